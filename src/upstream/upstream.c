#include "upstream/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "upstream/stream.h"
#include "upstream/tls.h"
#include "upstream/worker.h"

static bool needs_tls(const struct upstream_route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < routes[i].server_count; j++)
            if (routes[i].servers[j].transport == ENDPOINT_TLS)
                return true;
    return false;
}

enum err upstream_configure(struct upstream *u, const struct upstream_route *routes,
                            size_t route_count)
{
    if (needs_tls(routes, route_count) && tls_prepare(u) != ERR_OK)
        return ERR_SYSTEM;
    struct route_set *set = routes_new(u, routes, route_count);
    if (!set)
        return ERR_NOMEM;
    if (u->routes)
        routes_unref(u->routes);
    u->routes = set;
    return ERR_OK;
}

static void lists_init(struct upstream *u)
{
    TAILQ_INIT(&u->servers);
    TAILQ_INIT(&u->unused);
    TAILQ_INIT(&u->by_deadline);
    TAILQ_INIT(&u->soon);
    for (unsigned i = 0; i < SCHEDULE_CLASSES; i++)
        TAILQ_INIT(&u->by_step[i]);
}

static void nothing(void *arg)
{
    (void)arg;
}

struct upstream *upstream_new_with(const struct upstream_settings *settings,
                                   struct event_base *base, const struct upstream_route *routes,
                                   size_t route_count, struct random *random, const struct log *log,
                                   const char *tls_ca)
{
    struct upstream *u = calloc(1, sizeof(*u));
    if (!u)
        return NULL;
    u->settings = *settings;
    u->bracket = (struct upstream_bracket){.begin = nothing, .end = nothing};
    u->base = base;
    u->random = random;
    u->log = log;
    lists_init(u);
    timer_init(u);
    outbox_init(u);
    if (tls_ca && !(u->tls_ca = strdup(tls_ca)))
        goto fail;
    u->table = calloc(settings->exchanges, sizeof(*u->table));
    if (!u->table)
        goto fail;
    if (udp_init(u) != ERR_OK)
        goto fail;
    if (upstream_configure(u, routes, route_count) != ERR_OK)
        goto fail;
    return u;
fail:
    upstream_free(u);
    return NULL;
}

struct upstream *upstream_new(struct event_base *base, const struct upstream_route *routes,
                              size_t route_count, struct random *random, const struct log *log,
                              const char *tls_ca)
{
    return upstream_new_with(&upstream_settings_default, base, routes, route_count, random, log,
                             tls_ca);
}

void upstream_set_bracket(struct upstream *u, const struct upstream_bracket *bracket)
{
    u->bracket = *bracket;
}

void upstream_free(struct upstream *u)
{
    if (!u)
        return;
    u->closing = true;
    exchange_cancel_all(u);
    outbox_deinit(u);
    if (u->routes)
        routes_unref(u->routes);
    timer_deinit(u);
    udp_deinit(u);
    tls_deinit(u);
    free(u->table);
    free(u->tls_ca);
    free(u);
}

enum err upstream_ask(struct upstream *u, const struct dns_question *question,
                      upstream_done_fn done, void *arg, uint64_t now)
{
    if (u->closing)
        return ERR_LIMIT;
    const struct route *route = routes_find(u->routes, &question->name);
    if (!route)
        return ERR_NOTFOUND;
    return exchange_start(u, route, question, done, arg, now);
}

void upstream_stats(const struct upstream *u, struct upstream_stats *out)
{
    *out = u->stats;
}

static bool route_names(const struct route *route, size_t count, const struct server *server)
{
    for (size_t i = 0; i < count; i++)
        if (route->servers[i] == server)
            return true;
    return false;
}

/* Whether a server was met before place `server` of route `route`. */
static bool walk_was_at(const struct route_set *set, size_t route, size_t server)
{
    const struct server *s = set->routes[route].servers[server];
    for (size_t i = 0; i < route; i++)
        if (route_names(&set->routes[i], set->routes[i].count, s))
            return true;
    return route_names(&set->routes[route], server, s);
}

static void health_report(struct upstream_health *out, const struct server *s)
{
    *out = (struct upstream_health){
        .server = s->endpoint,
        .up = !s->health.down,
        .srtt_ms = s->health.srtt8 / 8,
        .queries = s->health.queries,
        .replies = s->health.replies,
        .timeouts = s->health.timeouts,
    };
}

void upstream_walk(const struct upstream *u,
                   void (*visit)(void *arg, const struct upstream_health *health), void *arg)
{
    struct upstream_health report;
    for (size_t i = 0; i < u->routes->count; i++) {
        for (size_t j = 0; j < u->routes->routes[i].count; j++) {
            if (walk_was_at(u->routes, i, j))
                continue;
            health_report(&report, u->routes->routes[i].servers[j]);
            visit(arg, &report);
        }
    }
}
