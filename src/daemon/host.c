/* What the daemon does for the control services, and its ties to them. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "daemon/privileges.h"
#include "daemon/probe.h"
#include "daemon/report.h"
#include "daemon/state.h"
#include "resolve/root.h"

#define RING_BYTES (1u << 22) /* of query events a worker: some 20,000, what 50 ms can bring */

static enum err host_reload(void *ctx, struct diag_list *diags)
{
    return reload_run(ctx, diags);
}

static void host_stats(void *ctx, struct control_stats *out)
{
    const struct daemon *d = ctx;
    struct worker_stats sum;
    report_sum(d->workers, d->worker_count, &sum);
    *out = (struct control_stats){.resolve = sum.resolve,
                                  .upstream = sum.upstream,
                                  .tcp_accepted = sum.listen.tcp_accepted,
                                  .tcp_refused = sum.listen.tcp_refused,
                                  .tcp_open = sum.listen.tcp_open,
                                  .tcp_timeouts = sum.listen.tcp_timeouts,
                                  .send_failed = sum.listen.send_failed,
                                  .pending = sum.pending,
                                  .workers = d->worker_count};
}

static void host_walk_upstream(void *ctx,
                               void (*visit)(void *arg, const struct upstream_health *health),
                               void *arg)
{
    const struct daemon *d = ctx;
    for (size_t i = 0; i < d->worker_count; i++)
        worker_walk_upstream(d->workers[i], visit, arg);
}

static const struct resolve_settings *host_settings(void *ctx)
{
    const struct daemon *d = ctx;
    return d->settings;
}

static const struct config *host_config(void *ctx)
{
    const struct daemon *d = ctx;
    return &d->setup.config;
}

/* The settings in force with another overlay and other faults: the spare takes their place, and
 * they become the spare once no worker reads them. So a change needs no memory, and cannot fail. */
static void host_publish(void *ctx, struct overlay *overlay, struct fault_set *faults,
                         uint64_t revision)
{
    struct daemon *d = ctx;
    struct resolve_settings *old = d->settings;
    struct resolve_settings *new = d->spare;
    (void)revision;
    *new = *old;
    new->overlay = overlay;
    new->faults = faults;
    new->mark = d->numbers;
    d->numbers += (uint32_t) new->view_count + 1;
    root_replace(&d->settings, new);
    d->setup.settings = new;
    overlay_free(old->overlay);
    fault_set_free(old->faults);
    d->spare = old;
}

static enum err host_query(void *ctx, const struct control_question *question,
                           control_answer_fn done, void *arg)
{
    const struct daemon *d = ctx;
    return probe_query(d->probe, question, done, arg);
}

static enum daemon_exit make_probe(struct daemon *d)
{
    const struct probe_init init = {.base = d->base,
                                    .settings = &d->settings,
                                    .cache = d->cache,
                                    .hash_key = &d->hash_key,
                                    .log = &d->log,
                                    .routes = &d->routes};
    d->probe = probe_new(&init);
    return d->probe ? DAEMON_EXIT_OK : DAEMON_EXIT_MEMORY;
}

static enum daemon_exit make_rings(struct daemon *d, size_t count)
{
    d->rings = calloc(count, sizeof(struct event_ring *));
    d->spare = calloc(1, sizeof(*d->spare));
    if (!d->rings || !d->spare)
        return DAEMON_EXIT_MEMORY;
    for (size_t i = 0; i < count; i++) {
        d->rings[i] = event_ring_new(RING_BYTES);
        if (!d->rings[i])
            return DAEMON_EXIT_MEMORY;
    }
    return DAEMON_EXIT_OK;
}

enum daemon_exit host_open(struct daemon *d)
{
    size_t count = d->socket_count / d->addr_count;
    struct random random;
    uint64_t seed;
    int status = DAEMON_EXIT_OK;
    if (make_rings(d, count) != DAEMON_EXIT_OK || make_probe(d) != DAEMON_EXIT_OK)
        return DAEMON_EXIT_MEMORY;
    random_init(&random);
    random_bytes(&random, &seed, sizeof(seed));
    struct control_init init = {.base = d->base,
                                .log = &d->log,
                                .key = &d->hash_key,
                                .cache = d->cache,
                                .rings = d->rings,
                                .ring_count = count,
                                .host = {.ctx = d,
                                         .reload = host_reload,
                                         .stats = host_stats,
                                         .walk_upstream = host_walk_upstream,
                                         .settings = host_settings,
                                         .publish = host_publish,
                                         .config = host_config,
                                         .query = host_query},
                                .addrs = d->addrs,
                                .addr_count = d->addr_count,
                                .seed = d->options->has_seed ? d->options->seed : seed};
    if (privileges_owner(d->setup.config.user, &init.owner) != ERR_OK)
        init.owner.set = false; /* drop_privileges says so */
    d->control = control_new(&init, &status);
    return d->control ? DAEMON_EXIT_OK : (enum daemon_exit)status;
}

void host_close(struct daemon *d)
{
    probe_free(d->probe); /* before control, which waits for its answers */
    control_free(d->control);
    if (d->settings) {
        overlay_free(d->settings->overlay);
        fault_set_free(d->settings->faults);
    }
    free(d->spare);
    for (size_t i = 0; d->rings && d->addr_count > 0 && i < d->socket_count / d->addr_count; i++)
        event_ring_free(d->rings[i]);
    free(d->rings);
}
