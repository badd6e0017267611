/* Asking upstream servers: which one, over what, how often, and which reply to believe. One per
 * worker and used in its thread only; nothing is shared between workers.
 *
 * UDP goes through a pool of connected sockets on random ports, each retired after some queries or
 * seconds; TCP and TLS keep a connection per server while there is work. A server is retried and
 * the next one tried on a schedule from its smoothed round-trip time (RFC 6298); servers that fail
 * are set aside and probed. Every question ends in exactly one call of its `done`, at the latest
 * after UPSTREAM_DEADLINE. */
#ifndef SHUNT_UPSTREAM_UPSTREAM_H
#define SHUNT_UPSTREAM_UPSTREAM_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "base/err.h"
#include "base/log.h"
#include "base/random.h"
#include "dns/name.h"
#include "dns/query.h"

#define UPSTREAM_DEADLINE 4000 /* ms for a whole question: clients give up at 5 s */

/* Servers for the names at and below `domain`; the root is the default. */
struct upstream_route {
    struct dns_name domain; /* lower-cased */
    const struct endpoint *servers;
    size_t server_count;
};

enum upstream_status {
    UPSTREAM_REPLY,       /* `message` is the reply: any RCODE; readable to its end */
    UPSTREAM_TIMEOUT,     /* no server answered in time */
    UPSTREAM_UNREACHABLE, /* every server refused the connection or the network had no way */
    UPSTREAM_NO_ROUTE,    /* no servers for this name */
    UPSTREAM_CANCELLED,   /* upstream_free came first */
};

/* TC is set in a reply only where the whole could not be had: TCP failed, or the server truncates
 * even there. A failure (SERVFAIL, REFUSED …) is a reply only if no other server knew better. */
struct upstream_result {
    enum upstream_status status;
    const uint8_t *message; /* valid during the call only */
    size_t len;
    const struct endpoint *server; /* that replied, or that was tried last; NULL if none */
    uint64_t now;
};

typedef void (*upstream_done_fn)(void *arg, const struct upstream_result *result);

struct upstream_stats { /* totals since the start */
    uint64_t queries;   /* questions */
    uint64_t replies;   /* messages that belonged to a question, those that led to a retry too */
    uint64_t timeouts;  /* tries without a reply in time */
    uint64_t retries;   /* queries sent beyond the first of each question */
    uint64_t tcp_fallbacks, edns_fallbacks;
    uint64_t ignored; /* replies that did not belong: wrong ID, question or source */
    uint64_t errors;  /* refused or reset by the network, or no socket to be had */
    uint64_t failed;  /* questions that ended without a reply */
    uint64_t in_flight;
};

struct upstream_health {
    struct endpoint server;
    bool up;
    uint32_t srtt_ms;
    uint64_t queries, replies, timeouts;
};

struct upstream;

/* Routes are copied. `tls_ca` is a file of trusted certificates, NULL = the system's; it is read
 * when the first TLS server is configured. A TLS server with a name must prove it by its
 * certificate; without one it is not authenticated, only encrypted to. NULL on failure (memory or
 * TLS set-up, which is logged). The process must ignore SIGPIPE. */
struct upstream *upstream_new(struct event_base *base, const struct upstream_route *routes,
                              size_t route_count, struct random *random, const struct log *log,
                              const char *tls_ca);
/* Ends what is in flight with UPSTREAM_CANCELLED. Not to be called from a `done`. `u` may be NULL.
 */
void upstream_free(struct upstream *u);

/* Has each wake-up that may bring many replies begin with one call and end with the other, so that
 * those who hear them can do once what each reply needs. */
struct upstream_bracket {
    void (*begin)(void *arg);
    void (*end)(void *arg);
    void *arg;
};
void upstream_set_bracket(struct upstream *u, const struct upstream_bracket *bracket);

/* Replaces the routes; questions in flight go on with the old ones. Health of servers that stay is
 * kept. Of two routes for one domain the first holds. On an error the old routes stay: ERR_NOMEM,
 * or ERR_SYSTEM when TLS cannot be set up (logged). */
enum err upstream_configure(struct upstream *u, const struct upstream_route *routes,
                            size_t route_count);

/* Asks. `done` is never called before this returns ERR_OK, and not at all when it returns an error
 * (ERR_LIMIT: too much in flight, or shutting down; ERR_NOTFOUND: no route). */
enum err upstream_ask(struct upstream *u, const struct dns_question *question,
                      upstream_done_fn done, void *arg, uint64_t now);

void upstream_stats(const struct upstream *u, struct upstream_stats *out);
/* Calls `visit` for each server that is in any route, once. */
void upstream_walk(const struct upstream *u,
                   void (*visit)(void *arg, const struct upstream_health *health), void *arg);

#endif
