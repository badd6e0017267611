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

static const char *domain_text(const struct policy_domain *domain, char out[DNS_NAME_TEXT_MAX])
{
    struct dns_name name;
    policy_name_get(&domain->name, &name);
    return dns_name_to_text(&name, out);
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
                  domain_text(&model->domains[i], name));
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
                  domain_text(d, name));
    } else if (model->record_count > 0) {
        const struct policy_record *r = &model->records[0];
        struct dns_name owner;
        policy_record_owner(r, &owner);
        text_addf(t, "'%s' %s", dns_name_to_text(&owner, name), dns_type_to_text(r->type, type));
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

/* Adds up counters that lie one after the other. */
static void add_all(uint64_t *sum, const uint64_t *more, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof(*sum); i++)
        sum[i] += more[i]; // NOLINT(clang-analyzer-core.uninitialized.Assign): all are set to 0
}

static void stats_add(struct worker_stats *sum, const struct worker_stats *more)
{
    _Static_assert(sizeof(sum->resolve) % sizeof(uint64_t) == 0, "counters only");
    _Static_assert(sizeof(sum->upstream) % sizeof(uint64_t) == 0, "counters only");
    _Static_assert(sizeof(sum->listen) % sizeof(uint64_t) == 0, "counters only");
    add_all((uint64_t *)&sum->resolve, (const uint64_t *)&more->resolve, sizeof(sum->resolve));
    add_all((uint64_t *)&sum->upstream, (const uint64_t *)&more->upstream, sizeof(sum->upstream));
    add_all((uint64_t *)&sum->listen, (const uint64_t *)&more->listen, sizeof(sum->listen));
    sum->pending += more->pending;
}

void report_sum(struct worker *const *workers, size_t count, struct worker_stats *sum)
{
    struct worker_stats stats;
    *sum = (struct worker_stats){0};
    for (size_t i = 0; i < count; i++) {
        worker_stats(workers[i], &stats);
        stats_add(sum, &stats);
    }
}

#define N(counter) ((unsigned long long)(counter))

static void state_queries(const struct log *log, const struct worker_stats *sum)
{
    const struct resolve_counters *c = &sum->resolve;
    log_info(log,
             "state: %llu queries over UDP, %llu over TCP, %llu of all over IPv6; answered from "
             "policy %llu, cache %llu, upstream %llu, stale %llu; refused %llu; dropped %llu "
             "malformed, %llu over limits; %u waiting, %llu coalesced, %llu loops",
             N(c->queries_udp), N(c->queries_tcp), N(c->queries_ipv6),
             N(c->sources[RESOLVE_FROM_POLICY]), N(c->sources[RESOLVE_FROM_CACHE]),
             N(c->sources[RESOLVE_FROM_UPSTREAM]), N(c->sources[RESOLVE_FROM_STALE]),
             N(c->sources[RESOLVE_FROM_REFUSED]), N(c->dropped_malformed), N(c->dropped_limit),
             sum->pending, N(c->coalesced), N(c->loops));
}

/* "state: replies NOERROR 7, NXDOMAIN 1", without what did not occur. */
static void state_replies(const struct log *log, const struct resolve_counters *c)
{
    struct text t = {0};
    char rcode[16];
    for (uint16_t i = 0; i < RESOLVE_RCODES; i++) {
        if (c->rcodes[i] > 0)
            text_addf(&t, "%s %s %llu", t.len ? "," : "",
                      i < RESOLVE_RCODES - 1 ? dns_rcode_to_text(i, rcode) : "others",
                      N(c->rcodes[i]));
    }
    log_info(log, "state: replies%s", t.data ? t.data : " none");
    text_deinit(&t);
}

static void state_services(const struct log *log, const struct resolve_counters *c)
{
    struct text t = {0};
    for (unsigned i = 0; i < POLICY_SERVICES; i++)
        text_addf(&t, "%s %s %llu", i > 0 ? "," : "", policy_service_name((enum policy_service)i),
                  N(c->services[i]));
    log_info(log, "state: services asked for:%s", t.data ? t.data : "");
    text_deinit(&t);
}

static void state_network(const struct log *log, const struct worker_stats *sum)
{
    const struct upstream_stats *u = &sum->upstream;
    const struct listen_stats *l = &sum->listen;
    log_info(log,
             "state: upstream %llu questions, %llu replies, %llu time-outs, %llu retries, %llu "
             "again over TCP, %llu without EDNS, %llu replies that did not belong, %llu network "
             "errors, %llu failed, %llu in flight",
             N(u->queries), N(u->replies), N(u->timeouts), N(u->retries), N(u->tcp_fallbacks),
             N(u->edns_fallbacks), N(u->ignored), N(u->errors), N(u->failed), N(u->in_flight));
    log_info(log,
             "state: TCP %llu open, %llu accepted, %llu refused, %llu timed out; %llu replies "
             "could not be sent",
             N(l->tcp_open), N(l->tcp_accepted), N(l->tcp_refused), N(l->tcp_timeouts),
             N(l->send_failed));
}

static void state_cache(const struct log *log, struct cache *cache)
{
    struct cache_stats c;
    cache_stats(cache, &c);
    log_info(log,
             "state: cache %llu entries, %zu of %zu bytes, %llu hits, %llu misses, %llu put, %llu "
             "evicted, %llu found expired",
             N(c.entries), c.used, c.capacity, N(c.hits), N(c.misses), N(c.insertions),
             N(c.evictions), N(c.expired));
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
    struct worker_stats sum;
    report_sum(workers, count, &sum);
    state_queries(log, &sum);
    state_replies(log, &sum.resolve);
    state_services(log, &sum.resolve);
    state_network(log, &sum);
    state_cache(log, cache);
    for (size_t i = 0; i < count; i++) {
        log_info(log, "state: worker %zu of %zu", i + 1, count);
        worker_walk_upstream(workers[i], on_health, (void *)(uintptr_t)log);
    }
}
