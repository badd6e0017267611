/* TCP and TLS (RFC 7766, RFC 7858): one connection per server, opened by the first query and
 * closed when nothing was heard on it for a while. Queries are sent without waiting for replies,
 * which may come in any order. */
#ifndef SHUNT_UPSTREAM_STREAM_H
#define SHUNT_UPSTREAM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "dns/query.h"

/* Queries that may wait on one connection: as many as fit in the low bits of an ID. */
#define STREAM_SLOT_BITS 10
#define STREAM_SLOTS     (1u << STREAM_SLOT_BITS)

struct attempt;
struct bufferevent;
struct server;
struct upstream;

struct stream {
    struct bufferevent *events;
    struct server *server;
    bool open;        /* connected, and the TLS handshake is done */
    bool busy;        /* a callback runs: it will do the closing */
    bool closed;      /* to be freed */
    unsigned waiting; /* attempts */
    unsigned next;    /* slot to look at first */
    uint64_t heard_at;
    struct attempt *slots[STREAM_SLOTS];
};

/* Sends the query of `attempt` to its server, over a new connection if there is none. Results as
 * udp_send has them. */
enum err stream_send(struct upstream *u, struct attempt *attempt,
                     const struct dns_question *question, uint64_t now);
/* No longer waits; a reply that comes later is ignored. */
void stream_release(struct attempt *attempt);

/* Gives the connection up when it owes replies and was silent for too long: a firewall may have
 * forgotten it. All who wait on it are told. */
void stream_check(struct upstream *u, struct stream *s, uint64_t now);

/* Closes a connection that nothing waits on. */
void stream_close(struct stream *s);

#endif
