/* GET /metrics. Labels are bounded: no name that a client sent is among them. */
#include <stdlib.h>

#include "control/http.h"
#include "control/metrics_text.h"
#include "control/report.h"
#include "control/routes.h"
#include "control/state.h"

static void add_queries(struct text *out, const struct resolve_counters *c)
{
    static const char name[] = "shunt_queries_total";
    uint64_t udp6 = c->queries_ipv6 - c->queries_tcp_ipv6;
    const struct {
        const char *proto, *family;
        uint64_t count;
    } kinds[] = {
        {"udp", "ipv4", c->queries_udp - udp6},
        {"udp", "ipv6", udp6},
        {"tcp", "ipv4", c->queries_tcp - c->queries_tcp_ipv6},
        {"tcp", "ipv6", c->queries_tcp_ipv6},
    };
    metrics_head(out, name, "counter", "Queries received.");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct metrics_label labels[] = {{"proto", kinds[i].proto},
                                               {"family", kinds[i].family}};
        metrics_value(out, name, labels, 2, kinds[i].count);
    }
}

static void add_services(struct text *out, const struct resolve_counters *c)
{
    static const char name[] = "shunt_xmpp_queries_total";
    metrics_head(out, name, "counter", "Queries for the SRV records of XMPP services.");
    for (unsigned service = 0; service < POLICY_SERVICES; service++) {
        for (unsigned source = 0; source < RESOLVE_SOURCES; source++) {
            const struct metrics_label labels[] = {
                {"service", policy_service_name((enum policy_service)service)},
                {"source", report_source(source)}};
            metrics_value(out, name, labels, 2, c->service_sources[service][source]);
        }
    }
}

/* Every source has its NOERROR, so that rates begin at 0; other pairs come with their first reply.
 */
static void add_responses(struct text *out, const struct resolve_counters *c)
{
    static const char name[] = "shunt_responses_total";
    char text[16];
    metrics_head(out, name, "counter", "Replies sent.");
    for (unsigned source = 0; source < RESOLVE_SOURCES; source++) {
        for (unsigned rcode = 0; rcode < RESOLVE_RCODES; rcode++) {
            const struct metrics_label labels[] = {{"rcode", report_rcode(rcode, text)},
                                                   {"source", report_source(source)}};
            if (rcode == DNS_RCODE_NOERROR || c->replies[source][rcode] > 0)
                metrics_value(out, name, labels, 2, c->replies[source][rcode]);
        }
    }
}

static void add_durations(struct text *out, const struct resolve_counters *c)
{
    static const char name[] = "shunt_response_seconds";
    uint64_t count = 0;
    metrics_head(out, name, "histogram",
                 "Time from a query to its reply, in steps of a clock tick.");
    for (unsigned i = 0; i < RESOLVE_DURATIONS - 1; i++) {
        count += c->durations[i];
        metrics_bucket(out, name, resolve_duration_limits[i], count);
    }
    count += c->durations[RESOLVE_DURATIONS - 1];
    metrics_histogram_end(out, name, c->duration_ms, count);
}

static void add_dropped(struct text *out, const struct control_stats *stats)
{
    static const char name[] = "shunt_dropped_total";
    const struct {
        const char *reason;
        uint64_t count;
    } reasons[] = {
        {"malformed", stats->resolve.dropped_malformed},
        {"limit", stats->resolve.dropped_limit},
        {"fault", stats->resolve.dropped_fault},
        {"send", stats->send_failed},
        {"tcp-limit", stats->tcp_refused},
        {"tcp-timeout", stats->tcp_timeouts},
    };
    metrics_head(out, name, "counter", "Queries and connections that got no reply, by reason.");
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        metrics_value(out, name, &(struct metrics_label){"reason", reasons[i].reason}, 1,
                      reasons[i].count);
}

static void add_loads(struct text *out, const struct control_stats *stats)
{
    metrics_single(out, "shunt_pending_queries", "gauge",
                   "Queries that wait for an upstream server.", stats->pending);
    metrics_single(out, "shunt_coalesced_queries_total", "counter",
                   "Queries that waited for a question already in flight.",
                   stats->resolve.coalesced);
    metrics_single(out, "shunt_loops_total", "counter", "Queries of ours that came back to us.",
                   stats->resolve.loops);
    metrics_single(out, "shunt_tcp_connections", "gauge", "Open TCP connections of DNS clients.",
                   stats->tcp_open);
    metrics_single(out, "shunt_tcp_connections_total", "counter",
                   "TCP connections of DNS clients accepted.", stats->tcp_accepted);
    metrics_single(out, "shunt_workers", "gauge", "Threads that answer.", stats->workers);
}

/* One metric of every server. */
static void add_server_metric(struct text *out, const struct report_servers *servers,
                              const char *name, const char *type, const char *help,
                              uint64_t (*value)(const struct upstream_health *health))
{
    char text[ENDPOINT_TEXT_MAX];
    metrics_head(out, name, type, help);
    for (size_t i = 0; i < servers->count; i++) {
        const struct upstream_health *h = &servers->items[i].sum;
        metrics_value(out, name,
                      &(struct metrics_label){"server", endpoint_format(&h->server, text)}, 1,
                      value(h));
    }
}

static uint64_t server_up(const struct upstream_health *h)
{
    return h->up;
}

static uint64_t server_srtt(const struct upstream_health *h)
{
    return h->srtt_ms;
}

static uint64_t server_queries(const struct upstream_health *h)
{
    return h->queries;
}

static uint64_t server_replies(const struct upstream_health *h)
{
    return h->replies;
}

static uint64_t server_timeouts(const struct upstream_health *h)
{
    return h->timeouts;
}

static void add_servers(struct text *out, const struct control *control)
{
    struct report_servers servers;
    report_servers(control, &servers);
    add_server_metric(out, &servers, "shunt_upstream_up", "gauge", "Whether the server answers.",
                      server_up);
    add_server_metric(out, &servers, "shunt_upstream_rtt_milliseconds", "gauge",
                      "Smoothed round-trip time.", server_srtt);
    add_server_metric(out, &servers, "shunt_upstream_queries_total", "counter",
                      "Queries sent to the server.", server_queries);
    add_server_metric(out, &servers, "shunt_upstream_replies_total", "counter",
                      "Replies of the server.", server_replies);
    add_server_metric(out, &servers, "shunt_upstream_timeouts_total", "counter",
                      "Tries without a reply in time.", server_timeouts);
    report_servers_deinit(&servers);
}

static void add_upstream(struct text *out, const struct upstream_stats *u)
{
    const struct {
        const char *name, *help;
        uint64_t value;
    } counters[] = {
        {"shunt_upstream_questions_total", "Questions asked of upstream servers.", u->queries},
        {"shunt_upstream_retries_total", "Queries sent beyond the first.", u->retries},
        {"shunt_upstream_failed_total", "Questions that ended without a reply.", u->failed},
        {"shunt_upstream_ignored_total", "Replies that did not belong.", u->ignored},
        {"shunt_upstream_errors_total", "Tries that the network refused.", u->errors},
        {"shunt_upstream_tcp_fallbacks_total", "Replies too large for UDP.", u->tcp_fallbacks},
        {"shunt_upstream_edns_fallbacks_total", "Queries sent again without EDNS.",
         u->edns_fallbacks},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        metrics_single(out, counters[i].name, "counter", counters[i].help, counters[i].value);
    metrics_single(out, "shunt_upstream_in_flight", "gauge", "Questions in flight.", u->in_flight);
}

static void add_cache(struct text *out, struct cache *cache)
{
    struct cache_stats s;
    cache_stats(cache, &s);
    metrics_single(out, "shunt_cache_entries", "gauge", "Answers that are kept.", s.entries);
    metrics_single(out, "shunt_cache_bytes", "gauge", "Bytes that they take.", s.used);
    metrics_single(out, "shunt_cache_capacity_bytes", "gauge", "Bytes for entries.", s.capacity);
    metrics_single(out, "shunt_cache_hits_total", "counter", "Lookups that found one.", s.hits);
    metrics_single(out, "shunt_cache_misses_total", "counter", "Lookups that did not.", s.misses);
    metrics_single(out, "shunt_cache_insertions_total", "counter", "Answers put.", s.insertions);
    metrics_single(out, "shunt_cache_evictions_total", "counter",
                   "Answers that made room for others.", s.evictions);
    metrics_single(out, "shunt_cache_expired_total", "counter",
                   "Lookups that found an answer past its end.", s.expired);
}

static void add_policy(struct text *out, const struct control *control)
{
    const struct control_host *host = &control->init.host;
    const struct policy *policy = host->settings(host->ctx)->policy;
    struct policy_counts c;
    policy_counts(policy, &c);
    metrics_single(out, "shunt_policy_generation", "gauge", "Grows with every reload.",
                   policy_generation(policy));
    metrics_single(out, "shunt_policy_revision", "gauge", "Grows with every live change.",
                   (uint64_t)control_revision(control));
    metrics_single(out, "shunt_policy_domains", "gauge", "Domains in the files.", c.domains);
    metrics_single(out, "shunt_policy_services", "gauge", "Services of domains that are ours.",
                   c.services);
    metrics_single(out, "shunt_policy_hosts", "gauge", "Hosts in the files.", c.hosts);
    metrics_single(out, "shunt_policy_records", "gauge", "Records in the files.", c.records);
    metrics_single(out, "shunt_policy_owners", "gauge", "Names with something of ours.", c.owners);
}

static void add_control(struct text *out, const struct control *control)
{
    struct events_stats events;
    events_stats(control->events, &events);
    metrics_single(out, "shunt_events_total", "counter", "Query events taken.", events.recorded);
    metrics_single(out, "shunt_events_dropped_total", "counter", "Query events lost.",
                   events.dropped);
    if (!control->http)
        return;
    metrics_single(out, "shunt_control_connections", "gauge", "Connections to the control API.",
                   control->http->conn_count);
    metrics_single(out, "shunt_control_refused_total", "counter",
                   "Connections to the control API over its limit.", control->http->refused);
}

void api_metrics_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    struct text out = {0};
    struct control_stats stats = {0};
    (void)request;
    control->init.host.stats(control->init.host.ctx, &stats);
    metrics_head(&out, "shunt_build_info", "gauge", "The version that runs; always 1.");
    metrics_value(&out, "shunt_build_info", &(struct metrics_label){"version", SHUNT_VERSION}, 1,
                  1);
    metrics_single(&out, "shunt_start_time_seconds", "gauge", "Start, in seconds since 1970.",
                   control->started / 1000);
    add_queries(&out, &stats.resolve);
    add_services(&out, &stats.resolve);
    add_responses(&out, &stats.resolve);
    add_durations(&out, &stats.resolve);
    add_dropped(&out, &stats);
    add_loads(&out, &stats);
    add_servers(&out, control);
    add_upstream(&out, &stats.upstream);
    add_cache(&out, control->init.cache);
    add_policy(&out, control);
    add_control(&out, control);
    if (out.failed) {
        text_deinit(&out);
        api_fail(reply, 503, NULL, "no memory");
        return;
    }
    reply->text = out.data;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
}
