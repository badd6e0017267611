#include <stdlib.h>

#include "resolve/resolver.h"
#include "resolve/root.h"

#define RESOLVE_PENDING_DEFAULT 4096

void resolve_settings_free(struct resolve_settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->view_count; i++) {
        policy_free(settings->views[i].policy);
        free(settings->views[i].clients);
        free(settings->views[i].listeners);
        free(settings->views[i].name);
    }
    free(settings->views);
    policy_free(settings->policy);
    free(settings->allow);
    free(settings);
}

struct resolver *resolver_new(const struct resolver_init *init)
{
    struct resolver *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->init = *init;
    unsigned max = init->max_pending ? init->max_pending : RESOLVE_PENDING_DEFAULT;
    if (waiting_init(&r->waiting, max) != ERR_OK) {
        free(r);
        return NULL;
    }
    r->cache_reader = cache_reader_new(init->cache);
    if (!r->cache_reader) {
        resolver_free(r);
        return NULL;
    }
    return r;
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    cache_reader_free(r->cache_reader);
    waiting_deinit(&r->waiting);
    free(r);
}

/* A late TCP reply may let the connection's next query in, so these nest. */
void resolver_enter(struct resolver *r)
{
    if (r->entered++ == 0)
        root_enter();
}

void resolver_leave(struct resolver *r)
{
    if (--r->entered == 0)
        root_leave(r->init.settings);
}

const uint32_t resolve_duration_limits[RESOLVE_DURATIONS - 1] = {1,   5,   10,   25,   50,  100,
                                                                 250, 500, 1000, 2500, 5000};

void resolver_count(struct resolver *r, enum resolve_source source, uint16_t rcode, uint64_t ms)
{
    struct resolve_counters *c = &r->counters;
    unsigned known = rcode < RESOLVE_RCODES ? rcode : RESOLVE_RCODES - 1, i = 0;
    while (i < RESOLVE_DURATIONS - 1 && ms > resolve_duration_limits[i])
        i++;
    c->sources[source]++;
    c->rcodes[known]++;
    c->replies[source][known]++;
    c->durations[i]++;
    c->duration_ms += ms;
}

uint64_t resolver_hash(const struct resolver *r, const struct dns_name *name)
{
    return hash_bytes(r->init.hash_key, name->wire, name->len);
}

unsigned resolver_pending(const struct resolver *r)
{
    return r->waiting.pending;
}

const struct resolve_counters *resolver_counters(const struct resolver *r)
{
    return &r->counters;
}
