/* A worker: one thread with an event base, its sockets, resolver and upstream. */
#ifndef SHUNT_DAEMON_WORKER_H
#define SHUNT_DAEMON_WORKER_H

#include "cache/cache.h"
#include "control/events.h"
#include "daemon/setup.h"
#include "listen/listen.h"

struct worker_init {
    struct resolve_settings *const *settings; /* the daemon's root pointer */
    struct cache *cache;
    const struct hash_key *hash_key;
    const struct log *log;
    const char *server_id;
    const struct setup_routes *routes;
    const struct listen_sockets *sockets; /* this worker's own; the worker closes them */
    size_t socket_count;
    struct event_ring *ring; /* for query events; NULL = none */
};

struct worker_stats {
    struct resolve_counters resolve;
    struct upstream_stats upstream;
    struct listen_stats listen;
    unsigned pending;
};

struct worker;

/* Makes the worker and starts its thread. NULL on failure; errno says why. */
struct worker *worker_start(const struct worker_init *init);

/* These run in the worker's thread and return when they are done. */
enum err worker_configure(struct worker *w, const struct setup_routes *routes);
void worker_stats(struct worker *w, struct worker_stats *out);
/* Visits the upstream servers as this worker sees them. */
void worker_walk_upstream(struct worker *w,
                          void (*visit)(void *arg, const struct upstream_health *health),
                          void *arg);

/* Takes no new queries from now on and ends its thread once those in flight are answered, or after
 * `grace_ms`. Returns at once; worker_join waits for the end and frees it. */
void worker_stop(struct worker *w, unsigned grace_ms);
void worker_join(struct worker *w);

#endif
