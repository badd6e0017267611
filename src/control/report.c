#include "control/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/state.h"

const char *report_time(uint64_t wall, char out[REPORT_TIME_MAX])
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm utc;
    char whole[24];
    gmtime_r(&seconds, &utc);
    strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, REPORT_TIME_MAX, "%s.%03uZ", whole, (unsigned)(wall % 1000));
    return out;
}

const char *report_source(unsigned source)
{
    static const char *const names[RESOLVE_SOURCES] = {
        [RESOLVE_FROM_POLICY] = "policy",     [RESOLVE_FROM_CACHE] = "cache",
        [RESOLVE_FROM_UPSTREAM] = "upstream", [RESOLVE_FROM_STALE] = "stale",
        [RESOLVE_FROM_REFUSED] = "refused",   [RESOLVE_FROM_FAULT] = "fault",
    };
    return source < RESOLVE_SOURCES ? names[source] : "other";
}

const char *report_rcode(unsigned rcode, char out[16])
{
    if (rcode < RESOLVE_RCODES - 1)
        return dns_rcode_to_text((uint16_t)rcode, out);
    snprintf(out, 16, "other");
    return out;
}

json_t *report_queries(const struct control_stats *stats)
{
    const struct resolve_counters *c = &stats->resolve;
    json_t *services = json_object();
    for (unsigned s = 0; s < POLICY_SERVICES; s++)
        json_object_set_new(services, policy_service_name((enum policy_service)s),
                            json_integer((json_int_t)c->services[s]));
    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "udp", (json_int_t)c->queries_udp, "tcp",
                     (json_int_t)c->queries_tcp, "ipv6", (json_int_t)c->queries_ipv6, "pending",
                     (json_int_t)stats->pending, "services", services);
}

json_t *report_responses(const struct control_stats *stats)
{
    const struct resolve_counters *c = &stats->resolve;
    json_t *sources = json_object(), *rcodes = json_object();
    char text[16];
    for (unsigned s = 0; s < RESOLVE_SOURCES; s++)
        json_object_set_new(sources, report_source(s), json_integer((json_int_t)c->sources[s]));
    for (unsigned r = 0; r < RESOLVE_RCODES; r++) {
        if (c->rcodes[r] > 0)
            json_object_set_new(rcodes, report_rcode(r, text),
                                json_integer((json_int_t)c->rcodes[r]));
    }
    return json_pack("{s:o, s:o}", "sources", sources, "rcodes", rcodes);
}

json_t *report_dropped(const struct control_stats *stats)
{
    return json_pack("{s:I, s:I, s:I}", "malformed", (json_int_t)stats->resolve.dropped_malformed,
                     "limit", (json_int_t)stats->resolve.dropped_limit, "fault",
                     (json_int_t)stats->resolve.dropped_fault);
}

json_t *report_cache(struct cache *cache)
{
    struct cache_stats s;
    cache_stats(cache, &s);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "entries", (json_int_t)s.entries,
                     "used", (json_int_t)s.used, "capacity", (json_int_t)s.capacity, "hits",
                     (json_int_t)s.hits, "misses", (json_int_t)s.misses, "insertions",
                     (json_int_t)s.insertions, "evictions", (json_int_t)s.evictions, "expired",
                     (json_int_t)s.expired);
}

static struct report_server *server_of(struct report_servers *servers,
                                       const struct endpoint *endpoint)
{
    for (size_t i = 0; i < servers->count; i++) {
        if (endpoint_equal(&servers->items[i].sum.server, endpoint))
            return &servers->items[i];
    }
    struct report_server *grown =
        realloc(servers->items, (servers->count + 1) * sizeof(*servers->items));
    if (!grown) {
        servers->failed = true;
        return NULL;
    }
    servers->items = grown;
    grown[servers->count] = (struct report_server){.sum = {.server = *endpoint}};
    return &grown[servers->count++];
}

static void on_health(void *arg, const struct upstream_health *health)
{
    struct report_server *server = server_of(arg, &health->server);
    if (!server)
        return;
    server->workers++;
    server->srtt_sum += health->srtt_ms;
    server->sum.srtt_ms = (uint32_t)(server->srtt_sum / server->workers);
    server->sum.up = server->sum.up || health->up;
    server->sum.queries += health->queries;
    server->sum.replies += health->replies;
    server->sum.timeouts += health->timeouts;
}

void report_servers(const struct control *control, struct report_servers *out)
{
    *out = (struct report_servers){0};
    control->init.host.walk_upstream(control->init.host.ctx, on_health, out);
}

void report_servers_deinit(struct report_servers *servers)
{
    free(servers->items);
    *servers = (struct report_servers){0};
}

json_t *report_servers_json(const struct report_servers *servers)
{
    json_t *list = json_array();
    char text[ENDPOINT_TEXT_MAX];
    for (size_t i = 0; i < servers->count; i++) {
        const struct upstream_health *h = &servers->items[i].sum;
        json_array_append_new(
            list, json_pack("{s:s, s:b, s:I, s:I, s:I, s:I}", "server",
                            endpoint_format(&h->server, text), "up", h->up, "srtt_ms",
                            (json_int_t)h->srtt_ms, "queries", (json_int_t)h->queries, "replies",
                            (json_int_t)h->replies, "timeouts", (json_int_t)h->timeouts));
    }
    return list;
}
