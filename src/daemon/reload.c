/* New configuration into the running daemon: read aside, and swapped in when it is whole. */
#include <string.h>

#include "daemon/probe.h"
#include "daemon/report.h"
#include "daemon/state.h"
#include "resolve/root.h"

void reload_stat(struct stat *out)
{
    memset(out, 0, sizeof(*out));
    if (stat(SETUP_RESOLV_CONF, out) != 0)
        memset(out, 0, sizeof(*out));
}

static bool listen_is_same(const struct config *a, const struct config *b)
{
    if (a->listen_count != b->listen_count)
        return false;
    for (size_t i = 0; i < a->listen_count; i++) {
        if (!addr_equal(&a->listen[i], &b->listen[i]))
            return false;
    }
    return true;
}

/* Either may be NULL, for what is off. */
static bool path_is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool control_http_is_same(const struct config *a, const struct config *b)
{
    if (a->has_control_http && b->has_control_http)
        return addr_equal(&a->control_http, &b->control_http);
    return a->has_control_http == b->has_control_http;
}

/* What is made once, at start. */
static void warn_restart(const struct daemon *d, const struct config *new)
{
    const struct config *old = &d->setup.config;
    const struct {
        bool same;
        const char *key;
    } keys[] = {
        {listen_is_same(old, new), "listen"},
        {old->threads == new->threads, "threads"},
        {strcmp(old->user, new->user) == 0, "user"},
        {old->cache_size == new->cache_size, "cache.size"},
        {old->cache_serve_stale == new->cache_serve_stale, "cache.serve-stale"},
        {path_is_same(old->control_socket, new->control_socket), "control.socket"},
        {control_http_is_same(old, new), "control.http"},
        {path_is_same(old->state_path, new->state_path), "state"},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!keys[i].same)
            log_warning(&d->log, "%s has changed: that takes effect at the next start",
                        keys[i].key);
    }
}

/* On an error the old routes stay. */
static enum err routes_swap(struct daemon *d, struct setup_routes *routes)
{
    enum err probe = probe_configure(d->probe, routes);
    if (probe != ERR_OK)
        return probe;
    for (size_t i = 0; i < d->worker_count; i++) {
        enum err e = worker_configure(d->workers[i], routes);
        if (e == ERR_OK)
            continue;
        while (i-- > 0) /* all workers or none; going back needs no more than was there */
            worker_configure(d->workers[i], &d->routes);
        probe_configure(d->probe, &d->routes);
        return e;
    }
    setup_routes_deinit(&d->routes);
    d->routes = *routes;
    return ERR_OK;
}

/* Workers see the new settings with their next batch; the old are freed when none reads them. */
static void setup_swap(struct daemon *d, struct setup *setup)
{
    warn_restart(d, &setup->config);
    setup->settings->overlay = d->settings->overlay; /* live changes stay */
    setup->settings->faults = d->settings->faults;
    setup->settings->unrecorded &= d->settings->unrecorded; /* who could ask still can */
    root_replace(&d->settings, setup->settings);
    setup_deinit(&d->setup);
    d->setup = *setup;
    log_configure(&d->log, d->setup.config.log.level, d->setup.config.log.format);
}

static enum err reload_load(struct daemon *d, struct setup *setup, struct setup_routes *routes,
                            struct diag_list *diags)
{
    enum err e = setup_load(setup, d->options->file, &d->options->overrides, &d->hash_key,
                            &d->numbers, diags);
    if (e != ERR_OK)
        return e;
    e = setup_routes(routes, &setup->config, SETUP_RESOLV_CONF, d->addrs, d->addr_count, diags);
    if (e != ERR_OK)
        setup_deinit(setup);
    return e;
}

enum err reload_run(struct daemon *d, struct diag_list *diags)
{
    struct setup setup;
    struct setup_routes routes;
    enum err e = reload_load(d, &setup, &routes, diags);
    if (e != ERR_OK)
        return e;
    e = routes_swap(d, &routes);
    if (e != ERR_OK) {
        log_error(&d->log, "upstream servers cannot be changed (%s)", err_text(e));
        setup_routes_deinit(&routes);
        setup_deinit(&setup);
        return e;
    }
    control_reloading(d->control);
    setup_swap(d, &setup);
    control_reloaded(d->control);
    setup_trim();
    report_policy(&d->log, &d->setup, &d->routes);
    log_info(&d->log, "reloaded");
    return ERR_OK;
}

void reload_logged(struct daemon *d)
{
    struct diag_list diags = {0};
    enum err e = reload_run(d, &diags);
    report_diags(&d->log, &diags);
    diag_list_deinit(&diags);
    if (e != ERR_OK)
        log_error(&d->log, "reload failed: the configuration before it stays in force");
}

static void on_resolv_timer(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;
    struct stat now;
    (void)fd;
    (void)what;
    if (!d->routes.from_resolv_conf)
        return;
    reload_stat(&now);
    if (now.st_ino == d->resolv_stat.st_ino && now.st_size == d->resolv_stat.st_size &&
        now.st_mtim.tv_sec == d->resolv_stat.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == d->resolv_stat.st_mtim.tv_nsec)
        return;
    d->resolv_stat = now;
    struct diag_list diags = {0};
    struct setup_routes routes;
    enum err e =
        setup_routes(&routes, &d->setup.config, SETUP_RESOLV_CONF, d->addrs, d->addr_count, &diags);
    report_diags(&d->log, &diags);
    diag_list_deinit(&diags);
    if (e == ERR_OK && (e = routes_swap(d, &routes)) != ERR_OK)
        setup_routes_deinit(&routes);
    if (e == ERR_OK)
        log_info(&d->log, "%s changed: read again", SETUP_RESOLV_CONF);
    else
        log_error(&d->log, "%s changed, and is not usable (%s): the servers before it stay",
                  SETUP_RESOLV_CONF, err_text(e));
}

enum err reload_watch(struct daemon *d)
{
    const struct timeval second = {.tv_sec = 1};
    d->resolv_timer = event_new(d->base, -1, EV_PERSIST, on_resolv_timer, d);
    if (!d->resolv_timer || event_add(d->resolv_timer, &second) != 0)
        return ERR_NOMEM;
    return ERR_OK;
}
