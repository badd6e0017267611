/* Which servers are responsible for a name. A set of routes never changes: a new configuration is
 * a new set, and the old one lives on until the questions that began with it have ended. */
#ifndef SHUNT_UPSTREAM_ROUTES_H
#define SHUNT_UPSTREAM_ROUTES_H

#include <stddef.h>

#include "upstream/server.h"
#include "upstream/upstream.h"

struct route {
    struct dns_name domain;
    struct server **servers; /* in the order of the configuration; never empty */
    size_t count;
};

struct route_set {
    unsigned refs;
    size_t count;
    struct route routes[]; /* the longest domain first */
};

/* NULL without memory. Routes without servers are left out; of two for one domain the first is
 * kept. The caller owns one reference. */
struct route_set *routes_new(struct upstream *u, const struct upstream_route *routes, size_t count);
void routes_ref(struct route_set *set);
void routes_unref(struct route_set *set);

/* The route with the longest domain that `name` is at or below; NULL when there is none. */
const struct route *routes_find(const struct route_set *set, const struct dns_name *name);

#endif
