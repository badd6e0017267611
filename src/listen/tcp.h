/* Queries over TCP (RFC 7766): several in a segment, one over many, answered as their answers come.
 * A worker reads and writes through two buffers that its connections share, so that an idle
 * connection costs only its place in the table. */
#ifndef SHUNT_LISTEN_TCP_H
#define SHUNT_LISTEN_TCP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listen/listen.h"
#include "listen/tcp_table.h"
#include "listen/udp.h"

#define TCP_READ 16384                    /* bytes a wake-up, so that no client keeps a worker */
#define TCP_RX   (TCP_READ + FRAMING_MAX) /* and the rest of the last read before them */
#define TCP_TX   (2 * FRAMING_MAX)        /* answers of one read; sent early when it gets full */
#define TCP_TURN 16                       /* connections seen to before UDP gets its turn */

struct tcp_listener {
    struct tcp *tcp;
    struct event *acceptable;
    struct addr addr;
    int fd;
    bool wildcard;
};

struct tcp {
    struct event_base *base;
    struct resolver *resolver;
    const struct log *log;
    struct listen_stats *stats;
    struct udp *udp;
    unsigned turns; /* connections that were seen to */
    struct listen_limits limits;
    struct tcp_table table;
    struct event *idle_timer;  /* runs while there are connections */
    struct event *retry_timer; /* runs while accepting is paused */
    struct log_limit pause_log;
    bool accept_paused, stopped;
    size_t tx_len;
    uint8_t rx[TCP_RX];
    uint8_t tx[TCP_TX];
    size_t listener_count;
    struct tcp_listener listeners[];
};

/* tcp.c: all of it. */

/* Serves the TCP halves of `sockets`. NULL without memory. */
struct tcp *tcp_new(struct event_base *base, const struct listen_sockets *sockets, size_t count,
                    struct resolver *resolver, const struct listen_limits *limits,
                    struct listen_stats *stats, struct udp *udp, const struct log *log);
/* As listen_stop. */
void tcp_stop(struct tcp *t);
void tcp_free(struct tcp *t);
/* A connection was seen to. Thousands can be due in one wake-up, when as many clients leave at
 * once: UDP gets its turn in between. The last thing that an event does. */
void tcp_turn(struct tcp *t);

/* tcp_accept.c: new connections. */

enum err tcp_listener_init(struct tcp_listener *l, struct tcp *t,
                           const struct listen_sockets *from);
void tcp_listener_deinit(struct tcp_listener *l);
/* Accepts again after a pause, if there was one. */
void tcp_accept_resume(struct tcp *t);

/* tcp_conn.c: one connection. */

/* Takes over an accepted socket; closes it when something is missing. */
void tcp_conn_open(struct tcp_listener *l, int fd, const struct addr *peer, uint64_t now);
void tcp_conn_close(struct tcp *t, struct tcp_conn *c);
/* Brings the events of a connection in line with its state, or closes it. */
void tcp_conn_settle(struct tcp *t, struct tcp_conn *c);

#endif
