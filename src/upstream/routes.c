#include "upstream/routes.h"

#include <stdlib.h>

static enum err route_init(struct route *route, struct upstream *u,
                           const struct upstream_route *from)
{
    route->domain = from->domain;
    route->servers = calloc(from->server_count, sizeof(struct server *));
    if (!route->servers)
        return ERR_NOMEM;
    for (size_t i = 0; i < from->server_count; i++) {
        struct server *s = server_get(u, &from->servers[i]);
        if (!s)
            return ERR_NOMEM;
        route->servers[route->count++] = s;
    }
    return ERR_OK;
}

static void route_deinit(struct route *route)
{
    for (size_t i = 0; i < route->count; i++)
        server_unref(route->servers[i]);
    free(route->servers);
}

/* Puts the last route where it belongs: labels decide, and the earlier of two equal ones stays in
 * front, where it is found first. */
static void set_sort_last(struct route_set *set)
{
    size_t at = set->count - 1;
    struct route last = set->routes[at];
    unsigned labels = dns_name_labels(&last.domain);
    while (at > 0 && dns_name_labels(&set->routes[at - 1].domain) < labels) {
        set->routes[at] = set->routes[at - 1];
        at--;
    }
    set->routes[at] = last;
}

struct route_set *routes_new(struct upstream *u, const struct upstream_route *routes, size_t count)
{
    struct route_set *set = calloc(1, sizeof(*set) + count * sizeof(set->routes[0]));
    if (!set)
        return NULL;
    set->refs = 1;
    for (size_t i = 0; i < count; i++) {
        if (routes[i].server_count == 0)
            continue;
        enum err e = route_init(&set->routes[set->count++], u, &routes[i]);
        if (e != ERR_OK) {
            routes_unref(set);
            return NULL;
        }
        set_sort_last(set);
    }
    return set;
}

void routes_ref(struct route_set *set)
{
    set->refs++;
}

void routes_unref(struct route_set *set)
{
    if (--set->refs > 0)
        return;
    for (size_t i = 0; i < set->count; i++)
        route_deinit(&set->routes[i]);
    free(set);
}

const struct route *routes_find(const struct route_set *set, const struct dns_name *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (dns_name_is_within(name, &set->routes[i].domain))
            return &set->routes[i];
    return NULL;
}
