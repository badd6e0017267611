/* The control thread's services: the API over a Unix socket and over TCP, live changes, scenarios,
 * query events, metrics, the state file. */
#ifndef SHUNT_CONTROL_CONTROL_H
#define SHUNT_CONTROL_CONTROL_H

#include <event2/event.h>

#include "base/log.h"
#include "cache/cache.h"
#include "config/config.h"
#include "control/api.h"
#include "control/events.h"
#include "control/folder.h"
#include "control/live.h"
#include "resolve/resolve.h"
#include "upstream/upstream.h"

/* Sums over all workers. */
struct control_stats {
    struct resolve_counters resolve;
    struct upstream_stats upstream;
    uint64_t tcp_accepted, tcp_refused, tcp_open, tcp_timeouts, send_failed;
    unsigned pending;
    size_t workers;
};

/* A query that somebody wants to see answered as a client would be. */
struct control_question {
    const uint8_t *packet; /* during the call only */
    size_t len;
    struct addr client, local;
    bool tcp;
};

struct event_head;

/* The reply, or NULL when there would be none; `record` (control/event_record.h) says where it came
 * from. Both are good during the call only. */
typedef void (*control_answer_fn)(void *arg, const struct event_head *record, const uint8_t *reply,
                                  size_t len);

/* What the daemon does for control. */
struct control_host {
    void *ctx;
    /* Reads the files again; findings go to `diags`. Live changes stay. */
    enum err (*reload)(void *ctx, struct diag_list *diags);
    void (*stats)(void *ctx, struct control_stats *out);
    void (*walk_upstream)(void *ctx, void (*visit)(void *arg, const struct upstream_health *health),
                          void *arg);
    /* The settings in force; the control thread is the only one that changes them. */
    const struct resolve_settings *(*settings)(void *ctx);
    live_publish_fn publish;
    const struct config *(*config)(void *ctx);
    /* Asks as a client. `done` is called exactly once, perhaps before this returns, and not at all
     * after an error. */
    enum err (*query)(void *ctx, const struct control_question *question, control_answer_fn done,
                      void *arg);
};

struct control_init {
    struct event_base *base; /* the control thread's */
    const struct log *log;
    const struct hash_key *key;
    struct cache *cache;
    struct event_ring *const *rings;
    size_t ring_count;
    struct control_host host;
    const struct addr *addrs; /* where DNS is served, for status */
    size_t addr_count;
    uint64_t seed;
    struct folder_owner owner; /* when started as root: whom the daemon will become */
};

/* Opens the sockets that the configuration names, reads the state file, applies the file's faults.
 * To be called once the DNS sockets are bound and before privileges are dropped: it only opens,
 * binds and reads; requests are served when the event base runs. NULL with a logged reason; *status
 * is then the exit status of serve (2 network, 3 files, 4 memory). */
struct control *control_new(const struct control_init *init, int *status);
void control_free(struct control *control);

/* Before a reload: the old configuration is still in force. */
void control_reloading(struct control *control);
/* After a reload: the new configuration is in force. */
void control_reloaded(struct control *control);

#endif
