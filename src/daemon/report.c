#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report.h"

#define REPORT_DOMAINS_MAX 5 /* named one by one; the rest is a number */

void report_listening(const struct log *log, const struct addr *addrs, size_t count)
{
    char text[ADDR_TEXT_MAX];
    for (size_t i = 0; i < count; i++)
        log_info(log, "listening on %s (UDP and TCP)", addr_format(&addrs[i], text));
}

static void report_routes(const struct log *log, const struct setup_routes *routes)
{
    char name[DNS_NAME_TEXT_MAX];
    char server[ENDPOINT_TEXT_MAX];
    for (size_t i = 0; i < routes->count; i++) {
        const struct upstream_route *route = &routes->routes[i];
        struct text t = {0};
        for (size_t s = 0; s < route->server_count; s++)
            text_addf(&t, "%s%s", s ? ", " : "", endpoint_format(&route->servers[s], server));
        bool is_default = route->domain.len == 1;
        log_info(log, "upstream for %s: %s%s",
                 is_default ? "all names" : dns_name_to_text(&route->domain, name),
                 t.data ? t.data : "none",
                 is_default && routes->from_resolv_conf ? " (from resolv.conf)" : "");
        text_deinit(&t);
    }
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void report_policy(const struct log *log, const struct setup *setup,
                   const struct setup_routes *routes)
{
    const struct policy_model *model = &setup->config.policy;
    struct policy_counts counts;
    struct text t = {0};
    char name[DNS_NAME_TEXT_MAX];
    report_routes(log, routes);
    policy_counts(setup->settings->policy, &counts);
    size_t shown =
        model->domain_count < REPORT_DOMAINS_MAX ? model->domain_count : REPORT_DOMAINS_MAX;
    for (size_t i = 0; i < shown; i++)
        text_addf(&t, "%s%s%s", i ? ", " : " (", model->domains[i].wildcard ? "*." : "",
                  dns_name_to_text(&model->domains[i].name, name));
    if (shown < model->domain_count)
        text_addf(&t, " and %zu more", model->domain_count - shown);
    if (shown > 0)
        text_add(&t, ")");
    log_info(log, "policy: %zu service%s of %zu domain%s%s, %zu host%s, %zu record%s",
             counts.services, plural(counts.services), counts.domains, plural(counts.domains),
             t.data ? t.data : "", counts.hosts, plural(counts.hosts), counts.records,
             plural(counts.records));
    text_deinit(&t);
}

/* A service that the file lists, so that the example shows records of ours. */
static const struct policy_domain *example_domain(const struct policy_model *model,
                                                  enum policy_service *service)
{
    for (size_t i = 0; i < model->domain_count; i++) {
        for (unsigned s = 0; s < POLICY_SERVICES; s++) {
            if (model->domains[i].sets[s].kind == POLICY_SET_TARGETS) {
                *service = (enum policy_service)s;
                return &model->domains[i];
            }
        }
    }
    return NULL;
}

/* A question that shows the policy at work, or any question where there is no policy. */
static void example_question(const struct policy_model *model, struct text *t)
{
    char name[DNS_NAME_TEXT_MAX], type[16];
    enum policy_service service;
    const struct policy_domain *d = example_domain(model, &service);
    if (d) {
        text_addf(t, "_%s._tcp.%s%s SRV", policy_service_name(service), d->wildcard ? "any." : "",
                  dns_name_to_text(&d->name, name));
    } else if (model->record_count > 0) {
        const struct policy_record *r = &model->records[0];
        text_addf(t, "'%s' %s", dns_name_to_text(&r->owner, name), dns_type_to_text(r->type, type));
    } else {
        text_add(t, "example.com. A");
    }
}

void report_example(const struct log *log, const struct config *config, const struct addr *addr)
{
    struct addr to = *addr;
    char host[ADDR_TEXT_MAX];
    struct text question = {0};
    if (addr_is_wildcard(&to)) {
        uint16_t port = addr_port(&to);
        const char *loopback = to.sa.sa_family == AF_INET6 ? "::1" : "127.0.0.1";
        if (addr_parse(&to, loopback, port) != ERR_OK)
            return;
    }
    addr_format_host(&to, host);
    example_question(&config->policy, &question);
    log_info(log, "try: dig @%s -p %u %s", host, addr_port(&to),
             question.data ? question.data : "");
    text_deinit(&question);
}

void report_diags(const struct log *log, const struct diag_list *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *d = &diags->items[i];
        char where[32] = "";
        if (d->line > 0)
            snprintf(where, sizeof(where), ":%u:%u", d->line, d->column);
        log_write(log, d->level == DIAG_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
                  "%s%s: %s%s%s%s", d->file, where, d->message, d->hint ? " (" : "",
                  d->hint ? d->hint : "", d->hint ? ")" : "");
    }
    size_t all = diags->errors + diags->warnings;
    if (all > diags->count)
        log_warning(log, "and %zu more findings: shunt check shows them", all - diags->count);
}

static void counters_add(struct resolve_counters *sum, const struct resolve_counters *c)
{
    sum->queries_udp += c->queries_udp;
    sum->queries_tcp += c->queries_tcp;
    for (int i = 0; i < RESOLVE_SOURCES; i++)
        sum->sources[i] += c->sources[i];
    sum->dropped_malformed += c->dropped_malformed;
    sum->dropped_limit += c->dropped_limit;
    sum->coalesced += c->coalesced;
    sum->loops += c->loops;
}

static void on_health(void *arg, const struct upstream_health *health)
{
    const struct log *log = arg;
    char server[ENDPOINT_TEXT_MAX];
    log_info(log, "state: server %s %s, %u ms, %llu queries, %llu replies, %llu time-outs",
             endpoint_format(&health->server, server), health->up ? "up" : "down", health->srtt_ms,
             (unsigned long long)health->queries, (unsigned long long)health->replies,
             (unsigned long long)health->timeouts);
}

void report_state(const struct log *log, struct worker *const *workers, size_t count,
                  struct cache *cache)
{
    struct resolve_counters sum = {0};
    struct worker_stats stats;
    struct cache_stats cached;
    unsigned pending = 0;
    for (size_t i = 0; i < count; i++) {
        worker_stats(workers[i], &stats);
        counters_add(&sum, &stats.resolve);
        pending += stats.pending;
    }
    cache_stats(cache, &cached);
    log_info(log,
             "state: %llu queries over UDP, %llu over TCP; answered from policy %llu, cache %llu, "
             "upstream %llu, stale %llu; refused %llu; dropped %llu malformed, %llu over limits; "
             "%u waiting, %llu coalesced, %llu loops",
             (unsigned long long)sum.queries_udp, (unsigned long long)sum.queries_tcp,
             (unsigned long long)sum.sources[RESOLVE_FROM_POLICY],
             (unsigned long long)sum.sources[RESOLVE_FROM_CACHE],
             (unsigned long long)sum.sources[RESOLVE_FROM_UPSTREAM],
             (unsigned long long)sum.sources[RESOLVE_FROM_STALE],
             (unsigned long long)sum.sources[RESOLVE_FROM_REFUSED],
             (unsigned long long)sum.dropped_malformed, (unsigned long long)sum.dropped_limit,
             pending, (unsigned long long)sum.coalesced, (unsigned long long)sum.loops);
    log_info(log, "state: cache %llu entries, %zu of %zu bytes, %llu hits, %llu misses",
             (unsigned long long)cached.entries, cached.used, cached.capacity,
             (unsigned long long)cached.hits, (unsigned long long)cached.misses);
    for (size_t i = 0; i < count; i++) {
        log_info(log, "state: worker %zu of %zu", i + 1, count);
        worker_walk_upstream(workers[i], on_health, (void *)(uintptr_t)log);
    }
}
