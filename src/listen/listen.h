/* The sockets that clients talk to. Sockets are bound once, in the main thread and with its
 * privileges; then each worker serves its share of them on its own event base. */
#ifndef SHUNT_LISTEN_LISTEN_H
#define SHUNT_LISTEN_LISTEN_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/log.h"
#include "resolve/resolve.h"

/* The UDP and TCP socket of one listen address, for one worker. */
struct listen_sockets {
    struct addr addr; /* as bound: the port is never 0 */
    int udp, tcp;
    bool wildcard; /* replies must name their source address (pktinfo) */
};

/* Binds `addr` for UDP and TCP, SO_REUSEPORT both, non-blocking, IPV6_V6ONLY. Port 0: any port that
 * is free for both; addr in *out says which. ERR_SYSTEM with errno; nothing is left open then. */
enum err listen_bind(struct listen_sockets *out, const struct addr *addr);
void listen_close(struct listen_sockets *sockets);
/* Whether `addr` is free for UDP and TCP. SO_REUSEPORT lets a second daemon of the same user share
 * an address unnoticed, so ask this for every address before the first listen_bind. Results as
 * there; errno EADDRINUSE when it is taken. */
enum err listen_probe(const struct addr *addr);

struct listen_limits {
    unsigned tcp_connections;        /* in all, per worker; under half a KiB each once open */
    unsigned tcp_connections_client; /* per client address */
    unsigned tcp_pipeline;           /* queries in flight per connection */
    uint32_t tcp_idle_ms;            /* without a query */
};
#define LISTEN_LIMITS_DEFAULT                                                                      \
    (struct listen_limits)                                                                         \
    {                                                                                              \
        .tcp_connections = 16384, .tcp_connections_client = 100, .tcp_pipeline = 200,              \
        .tcp_idle_ms = 10000                                                                       \
    }

struct listen_stats {
    uint64_t tcp_accepted;
    uint64_t tcp_refused;  /* over a limit: closed at once */
    uint64_t tcp_open;     /* now */
    uint64_t tcp_timeouts; /* closed for being idle, or for not taking their answers */
    uint64_t send_failed;  /* replies that the kernel did not take, UDP and TCP */
};

struct listen;

/* Serves sockets (copied; not owned) with a worker's resolver until listen_free. NULL without
 * memory. */
struct listen *listen_new(struct event_base *base, const struct listen_sockets *sockets,
                          size_t count, struct resolver *resolver,
                          const struct listen_limits *limits, const struct log *log);
/* No new queries and connections; what is pending is still answered. Connections that wait for
 * nothing are closed now, the others with their last answer. */
void listen_stop(struct listen *l);
/* Late replies find their way through `l`: free it once nothing is pending, so after
 * upstream_free. */
void listen_free(struct listen *l);
void listen_stats(const struct listen *l, struct listen_stats *out);

#endif
