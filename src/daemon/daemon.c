/* The composition root: what is made in which order, and undone in the other. */
#include "daemon/daemon.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "daemon/privileges.h"
#include "daemon/report.h"
#include "daemon/state.h"

#define STOP_GRACE_MS 2000 /* interface.md, Signals */

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct daemon *d = arg;
    (void)what;
    switch (number) {
    case SIGHUP:
        reload_logged(d);
        break;
    case SIGUSR1:
        report_state(&d->log, d->workers, d->worker_count, d->cache);
        break;
    default:
        log_info(&d->log, "stopping");
        event_base_loopbreak(d->base);
    }
}

static enum daemon_exit load(struct daemon *d)
{
    struct diag_list diags = {0};
    hash_key_init(&d->hash_key);
    enum err e = setup_load(&d->setup, d->options->file, &d->options->overrides, &d->hash_key,
                            &d->numbers, &diags);
    if (e == ERR_OK) {
        log_configure(&d->log, d->setup.config.log.level, d->setup.config.log.format);
        d->settings = d->setup.settings;
    }
    report_diags(&d->log, &diags);
    diag_list_deinit(&diags);
    if (e == ERR_NOMEM)
        return DAEMON_EXIT_MEMORY;
    if (e != ERR_OK && d->options->file && access(d->options->file, R_OK) != 0)
        return DAEMON_EXIT_FILES;
    return e == ERR_OK ? DAEMON_EXIT_OK : DAEMON_EXIT_CONFIG;
}

/* A socket for each TCP client, and some for upstream: the soft limit of 1024 is there for programs
 * that use select(2). Without more we serve fewer clients, as with any limit. */
static void raise_files_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void report_bind(const struct daemon *d, const struct addr *addr)
{
    char text[ADDR_TEXT_MAX];
    const char *hint = "";
    if (errno == EACCES)
        hint = " (ports under 1024 need root or CAP_NET_BIND_SERVICE; -l 127.0.0.1:5354 does not)";
    if (errno == EADDRINUSE)
        hint = " (another DNS server has it; systemd-resolved and dnsmasq often do)";
    log_error(&d->log, "cannot listen on %s: %s%s", addr_format(addr, text), strerror(errno), hint);
}

/* The default addresses hold [::1], which a machine or container without IPv6 does not have. */
static bool may_do_without(const struct daemon *d, const struct addr *addr)
{
    char text[ADDR_TEXT_MAX];
    bool missing = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
    if (!missing || d->addr_count < 2 || addr->sa.sa_family != AF_INET6 ||
        !IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr))
        return false;
    log_warning(&d->log, "not listening on %s: there is no IPv6 here", addr_format(addr, text));
    return true;
}

/* Workers share an address by SO_REUSEPORT, and so would another daemon: it would take part of the
 * queries, and nobody would notice. */
static enum daemon_exit probe_addresses(struct daemon *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->addr_count; i++) {
        if (listen_probe(&d->addrs[i]) == ERR_OK) {
            d->addrs[kept++] = d->addrs[i];
        } else if (!may_do_without(d, &d->addrs[i]) || (kept == 0 && i + 1 == d->addr_count)) {
            report_bind(d, &d->addrs[i]);
            return DAEMON_EXIT_NETWORK;
        }
    }
    d->addr_count = kept;
    return DAEMON_EXIT_OK;
}

static enum daemon_exit bind_sockets(struct daemon *d)
{
    const struct config *config = &d->setup.config;
    size_t workers = config->threads ? config->threads : (size_t)get_nprocs();
    d->addr_count = config->listen_count;
    d->addrs = calloc(d->addr_count, sizeof(*d->addrs));
    d->sockets = calloc(d->addr_count * workers, sizeof(*d->sockets));
    d->workers = calloc(workers, sizeof(struct worker *));
    if (!d->addrs || !d->sockets || !d->workers)
        return DAEMON_EXIT_MEMORY;
    memcpy(d->addrs, config->listen, d->addr_count * sizeof(*d->addrs));
    enum daemon_exit taken = probe_addresses(d);
    if (taken != DAEMON_EXIT_OK)
        return taken;
    for (size_t i = 0; i < workers * d->addr_count; i++) {
        struct addr *addr = &d->addrs[i % d->addr_count];
        if (listen_bind(&d->sockets[i], addr) != ERR_OK) {
            report_bind(d, addr);
            return DAEMON_EXIT_NETWORK;
        }
        d->socket_count++;
        *addr = d->sockets[i].addr; /* a port that was 0 is known now */
    }
    return DAEMON_EXIT_OK;
}

static enum daemon_exit make_routes(struct daemon *d)
{
    struct diag_list diags = {0};
    reload_stat(&d->resolv_stat);
    enum err e = setup_routes(&d->routes, &d->setup.config, SETUP_RESOLV_CONF, d->addrs,
                              d->addr_count, &diags);
    report_diags(&d->log, &diags);
    diag_list_deinit(&diags);
    if (e == ERR_NOMEM)
        return DAEMON_EXIT_MEMORY;
    return e == ERR_OK ? DAEMON_EXIT_OK : DAEMON_EXIT_CONFIG;
}

static enum daemon_exit drop_privileges(struct daemon *d)
{
    char name[64];
    const char *became;
    const char *user = d->setup.config.user;
    enum err e = privileges_drop(user, name, sizeof(name), &became);
    if (e == ERR_NOTFOUND) {
        log_error(&d->log, "user '%s' does not exist (name one that does, or none)", user);
        return DAEMON_EXIT_CONFIG;
    }
    if (e != ERR_OK) {
        log_error(&d->log, "cannot become user '%s': %s", user, strerror(errno));
        return DAEMON_EXIT_OTHER;
    }
    if (became)
        log_info(&d->log, "running as user %s", became);
    return DAEMON_EXIT_OK;
}

static enum daemon_exit make_cache(struct daemon *d)
{
    const struct config *config = &d->setup.config;
    d->cache = cache_new(config->cache_size, (uint64_t)config->cache_serve_stale * 1000);
    if (d->cache)
        return DAEMON_EXIT_OK;
    log_error(&d->log, "no memory for a cache of %zu bytes", config->cache_size);
    return DAEMON_EXIT_MEMORY;
}

static enum daemon_exit start_workers(struct daemon *d)
{
    size_t count = d->socket_count / d->addr_count;
    if (gethostname(d->server_id, sizeof(d->server_id) - 1) != 0)
        d->server_id[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct worker_init init = {.settings = &d->settings,
                                         .cache = d->cache,
                                         .hash_key = &d->hash_key,
                                         .log = &d->log,
                                         .server_id = d->server_id[0] ? d->server_id : NULL,
                                         .routes = &d->routes,
                                         .sockets = d->sockets + i * d->addr_count,
                                         .socket_count = d->addr_count,
                                         .ring = d->rings[i]};
        d->workers[i] = worker_start(&init);
        d->sockets_taken += d->addr_count;
        if (!d->workers[i]) {
            log_error(&d->log, "cannot start worker %zu: %s", i + 1, strerror(errno));
            return DAEMON_EXIT_OTHER;
        }
        d->worker_count++;
    }
    return DAEMON_EXIT_OK;
}

/* Workers inherit a mask without these signals, so that only this thread gets them. */
static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signal_numbers) / sizeof(signal_numbers[0]); i++)
        sigaddset(&set, signal_numbers[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static enum daemon_exit make_base(struct daemon *d)
{
    d->base = event_base_new();
    return d->base ? DAEMON_EXIT_OK : DAEMON_EXIT_MEMORY;
}

static enum daemon_exit take_signals(struct daemon *d)
{
    sigset_t none;
    for (size_t i = 0; i < sizeof(signal_numbers) / sizeof(signal_numbers[0]); i++) {
        d->signals[i] = evsignal_new(d->base, signal_numbers[i], on_signal, d);
        if (!d->signals[i] || event_add(d->signals[i], NULL) != 0)
            return DAEMON_EXIT_MEMORY;
    }
    if (reload_watch(d) != ERR_OK)
        return DAEMON_EXIT_MEMORY;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    return DAEMON_EXIT_OK;
}

static void announce(const struct daemon *d)
{
    setup_trim();
    report_policy(&d->log, &d->setup, &d->routes);
    report_listening(&d->log, d->addrs, d->addr_count);
    report_example(&d->log, &d->setup.config, &d->addrs[0]);
    log_info(&d->log, "ready");
}

static void stop(struct daemon *d)
{
    for (size_t i = 0; i < d->worker_count; i++)
        worker_stop(d->workers[i], STOP_GRACE_MS);
    for (size_t i = 0; i < d->worker_count; i++)
        worker_join(d->workers[i]);
    host_close(d);
    for (size_t i = 0; i < sizeof(d->signals) / sizeof(d->signals[0]); i++) {
        if (d->signals[i])
            event_free(d->signals[i]);
    }
    if (d->resolv_timer)
        event_free(d->resolv_timer);
    if (d->base)
        event_base_free(d->base);
    cache_free(d->cache);
    for (size_t i = d->sockets_taken; i < d->socket_count; i++)
        listen_close(&d->sockets[i]);
    free(d->workers);
    free(d->sockets);
    free(d->addrs);
    setup_routes_deinit(&d->routes);
    setup_deinit(&d->setup);
    libevent_global_shutdown();
}

/* What has to succeed, in this order, before the first query is answered. */
static enum daemon_exit (*const start_steps[])(struct daemon *d) = {
    load,      bind_sockets,    make_routes,   make_cache,   make_base,
    host_open, drop_privileges, start_workers, take_signals,
};

enum daemon_exit daemon_run(const struct daemon_options *options)
{
    struct daemon d = {
        .options = options, .numbers = 1, .log = {.level = LOG_LEVEL_INFO, .fd = STDERR_FILENO}};
    enum daemon_exit result = DAEMON_EXIT_OK;
    setup_memory();
    signal(SIGPIPE, SIG_IGN);
    raise_files_limit();
    block_signals();
    rcu_register_thread(); /* the probe reads the settings as workers do */
    rcu_thread_offline();
    for (size_t i = 0; i < sizeof(start_steps) / sizeof(start_steps[0]); i++) {
        result = start_steps[i](&d);
        if (result != DAEMON_EXIT_OK)
            break;
    }
    if (result == DAEMON_EXIT_OK) {
        announce(&d);
        event_base_dispatch(d.base);
    }
    stop(&d);
    rcu_unregister_thread();
    return result;
}
