/* Queries that the daemon asks itself, as any client could: through the same pipeline as those of
 * clients, in the control thread, with a resolver and upstream sockets of its own. For `shunt query
 * --client`, which wants to see what another host is told, and why. */
#ifndef SHUNT_DAEMON_PROBE_H
#define SHUNT_DAEMON_PROBE_H

#include <event2/event.h>

#include "control/control.h"
#include "daemon/setup.h"

struct probe;

struct probe_init {
    struct event_base *base;
    struct resolve_settings *const *settings;
    struct cache *cache;
    const struct hash_key *hash_key;
    const struct log *log;
    const char *server_id;
    const struct setup_routes *routes;
};

/* NULL without memory. What `init` points to outlives it. */
struct probe *probe_new(const struct probe_init *init);
/* Ends what is in flight: their `done` are called. */
void probe_free(struct probe *probe);
enum err probe_configure(struct probe *probe, const struct setup_routes *routes);

/* Asks. `done` is called exactly once, perhaps before this returns. ERR_NOMEM: not at all. */
enum err probe_query(struct probe *probe, const struct control_question *question,
                     control_answer_fn done, void *arg);

#endif
