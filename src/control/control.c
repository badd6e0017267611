/* The parts of control, made and undone in order, and their timers. */
#include "control/control.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "control/event_text.h"
#include "control/http.h"
#include "control/live_gone.h"
#include "control/scenarios.h"
#include "control/state.h"
#include "control/targets.h"

#define EVENTS_KEPT    10000
#define DRAIN_MS       50   /* between looks at the workers' rings */
#define TICK_MS        1000 /* at most, between looks for changes that have come to their end */
#define DRAINS_AT_ONCE 16   /* rounds before the other events get their turn */
#define STATUS_MEMORY  4    /* exit status of serve */

void control_clock(struct control *control)
{
    control->now = clock_now();
    control->wall_now = clock_wall();
}

int64_t control_revision(const struct control *control)
{
    return control->live ? (int64_t)live_revision(control->live) : 0;
}

static void timer_start(struct event *timer, uint64_t ms)
{
    const struct timeval wait = {.tv_sec = (time_t)(ms / 1000),
                                 .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    event_add(timer, &wait);
}

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
    struct control *control = arg;
    (void)fd;
    (void)what;
    control_clock(control);
    int64_t offset = (int64_t)(control->wall_now - control->now);
    for (int i = 0; i < DRAINS_AT_ONCE && events_drain(control->events, offset); i++)
        continue;
    timer_start(control->drain, DRAIN_MS);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct control *control = arg;
    (void)fd;
    (void)what;
    control_clock(control);
    uint64_t next = live_tick(control->live, control->now, control->wall_now);
    uint64_t wait = next > control->now ? next - control->now : 1;
    timer_start(control->tick, wait < TICK_MS ? wait : TICK_MS);
}

static const struct config *control_config(const struct control *control)
{
    return control->init.host.config(control->init.host.ctx);
}

/* The index of targets points into the configuration before this one. */
static void renew_targets(struct control *control)
{
    targets_free(control->targets);
    control->targets = NULL;
    json_decref(control->gone);
    control->gone = NULL;
    if (control_targets(control))
        control->gone = live_gone(control->in_policy, control->targets);
    for (size_t i = 0; i < json_array_size(control->gone); i++)
        log_warning(control->init.log, "%s", json_string_value(json_array_get(control->gone, i)));
}

/* The address of a target that refuses, unless the configuration names some: ours. Of a wildcard
 * that is the loopback address, where a client finds itself. */
static struct addr default_refuse(const struct control *control)
{
    static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};
    struct addr addr = control->init.addrs[0];
    if (!addr_is_wildcard(&addr))
        return addr;
    if (addr.sa.sa_family == AF_INET6)
        addr_from_bytes(&addr, v6, sizeof(v6), 0);
    else
        addr_from_bytes(&addr, v4, sizeof(v4), 0);
    return addr;
}

/* What the configuration in force says to live changes and events. */
static enum err configure(struct control *control)
{
    renew_targets(control);
    const struct config *config = control_config(control);
    const struct addr refuse = default_refuse(control);
    const struct live_lab lab = {.refuse = config->lab_refuse_count ? config->lab_refuse : &refuse,
                                 .refuse_count =
                                     config->lab_refuse_count ? config->lab_refuse_count : 1,
                                 .blackhole = config->lab_blackhole,
                                 .blackhole_count = config->lab_blackhole_count,
                                 .ttl = config->ttl};
    const char **names = calloc(config->view_count + 1, sizeof(*names));
    if (!names)
        return ERR_NOMEM;
    for (size_t i = 0; i < config->view_count; i++)
        names[i] = config->views[i].name;
    events_set_views(control->events, names, config->view_count);
    free(names);
    event_log_set(control->events, &control->query_log, control->init.log, config->log_queries);
    return live_configure(control->live, &lab, config->faults, config->fault_count, control->now,
                          control->wall_now);
}

/* Events before a change are told from those after it; and it may end before the next tick. */
static void on_publish(void *ctx, struct overlay *overlay, struct fault_set *faults,
                       uint64_t revision)
{
    struct control *control = ctx;
    timer_start(control->tick, 0);
    events_mark(control->events, revision, (int64_t)(control->wall_now - control->now));
    control->init.host.publish(control->init.host.ctx, overlay, faults, revision);
}

/* Where changes are kept: a place that the file does not name may be missing. */
static const char *state_path(const struct control *control)
{
    const struct config *config = control_config(control);
    const struct folder_owner *owner = &control->init.owner;
    if (!config->state_path)
        return NULL;
    if (config->state_set && !owner->set)
        return config->state_path;
    if (config->state_set) {
        /* To root all is usable, but it is whom we become that has to write. */
        (void)folder_make(config->state_path, owner);
        if (folder_usable(config->state_path, owner) != ERR_OK && errno == EACCES)
            log_warning(
                control->init.log,
                "state file %s: the user that we become can write nothing there, so "
                "changes while running will be refused; \"state: off\" keeps them in memory",
                config->state_path);
        return config->state_path;
    }
    if (folder_make(config->state_path, owner) == ERR_OK &&
        folder_usable(config->state_path, owner) == ERR_OK)
        return config->state_path;
    log_info(control->init.log,
             "changes made while running are kept in memory only: no file can be written at %s "
             "(state in the configuration names another place)",
             config->state_path);
    return NULL;
}

static enum err parts_new(struct control *control)
{
    const struct control_init *init = &control->init;
    const struct live_init live = {.key = init->key,
                                   .log = init->log,
                                   .state_path = state_path(control),
                                   .seed = init->seed,
                                   .publish = on_publish,
                                   .ctx = control};
    control->events = events_new(init->rings, init->ring_count, EVENTS_KEPT);
    control->live = live_new(&live);
    control->scenarios = scenarios_new(control);
    control->drain = evtimer_new(init->base, on_drain, control);
    control->tick = evtimer_new(init->base, on_tick, control);
    if (!control->events || !control->live || !control->scenarios)
        return ERR_NOMEM;
    if (!control->drain || !control->tick)
        return ERR_NOMEM;
    /* A damaged file is kept aside, and was said: the policy of the files is served. */
    enum err e = live_restore(control->live, control->now, control->wall_now);
    if (e != ERR_OK && e != ERR_INVALID)
        log_warning(init->log, "changes made before cannot be read: %s", err_text(e));
    return configure(control);
}

struct control *control_new(const struct control_init *init, int *status)
{
    struct control *control = calloc(1, sizeof(*control));
    *status = STATUS_MEMORY;
    if (!control)
        return NULL;
    control->init = *init;
    control_clock(control);
    control->started = control->wall_now;
    if (parts_new(control) != ERR_OK)
        goto fail;
    control->http = http_new(control, status);
    if (!control->http)
        goto fail;
    timer_start(control->drain, DRAIN_MS);
    timer_start(control->tick, 0);
    return control;

fail:
    control_free(control);
    return NULL;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    http_free(control->http);
    scenarios_free(control->scenarios); /* takes back what one that runs has changed */
    if (control->tick)
        event_free(control->tick);
    if (control->drain)
        event_free(control->drain);
    if (control->live)
        live_free(control->live);
    if (control->events)
        events_free(control->events);
    targets_free(control->targets);
    json_decref(control->in_policy);
    json_decref(control->gone);
    free(control);
}

void control_reloading(struct control *control)
{
    json_decref(control->in_policy);
    control->in_policy = NULL;
    if (control_targets(control))
        control->in_policy = live_in_policy(control->live, control->targets, control->now);
}

void control_reloaded(struct control *control)
{
    control_clock(control);
    if (configure(control) != ERR_OK)
        log_error(control->init.log, "the faults of the files are not in force: out of memory");
}
