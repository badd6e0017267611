/* What `shunt explain` found, for people and for programs. */
#include <string.h>

#include "cli/explain.h"
#include "cli/table.h"
#include "dns/message.h"

#define BAR_MAX 30 /* characters, for a chance of 1 */

static const char *transport_of(enum policy_service service)
{
    bool tls = service == POLICY_XMPPS_CLIENT || service == POLICY_XMPPS_SERVER;
    return tls ? "direct TLS" : "STARTTLS";
}

/* A word on a set without targets. */
static void add_reason(struct text *out, const struct explain_set *set)
{
    char rcode[16];
    switch (set->kind) {
    case EXPLAIN_NO_REPLY:
        text_add(out, "no reply: nearly every client takes this for no records\n");
        break;
    case EXPLAIN_FAILED:
        if (set->broken)
            text_add(out, "a reply that cannot be read\n");
        else
            text_addf(out, "%s: nearly every client takes this for no records\n",
                      dns_rcode_to_text(set->rcode, rcode));
        break;
    case EXPLAIN_NO_RECORDS:
        text_addf(out, "no records (%s)\n",
                  set->rcode == DNS_RCODE_NXDOMAIN ? "NXDOMAIN" : "NODATA");
        break;
    default:
        text_addf(out, "'.': there is no such service (TTL %us)\n", set->ttl);
        break;
    }
}

static void add_bar(struct table *table, double chance)
{
    char bar[BAR_MAX + 1];
    size_t len = (size_t)(chance * BAR_MAX + 0.5);
    len = len > BAR_MAX ? BAR_MAX : len;
    memset(bar, '#', len);
    bar[len] = '\0';
    table_add(table, bar);
}

static void print_list(const struct explain_list *list, bool services, struct text *out)
{
    static const char *const heads[] = {
        "priority", "weight", "target", "port",
        "service",  "first",  "place",  "odds to be the first of its priority",
        NULL};
    char name[DNS_NAME_TEXT_MAX];
    struct table table;
    table_init(&table, heads);
    for (size_t i = 0; i < list->count; i++) {
        const struct explain_target *target = &list->items[i];
        table_addf(&table, "%u", target->odds.priority);
        table_addf(&table, "%u", target->odds.weight);
        table_add(&table, dns_name_to_text(&target->name, name));
        table_addf(&table, "%u", target->port);
        table_add(&table, services ? policy_service_name(target->service) : "");
        table_addf(&table, "%.1f%%", 100 * target->odds.first);
        if (target->odds.place > 0)
            table_addf(&table, "%.2f", target->odds.place);
        else
            table_add(&table, "-");
        add_bar(&table, target->odds.first);
    }
    table_print(&table, 2, out);
    table_deinit(&table);
}

static void print_set(const struct explain *explain, const struct explain_set *set,
                      struct text *out)
{
    struct dns_name owner;
    char text[DNS_NAME_TEXT_MAX];
    if (set->kind == EXPLAIN_NOT_ASKED || explain_owner(explain, set->service, &owner) != ERR_OK)
        return;
    text_addf(out, "%s%s (%s): ", out->len > 0 ? "\n" : "", dns_name_to_text(&owner, text),
              transport_of(set->service));
    if (set->kind != EXPLAIN_TARGETS) {
        add_reason(out, set);
        return;
    }
    text_addf(out, "%zu target%s, TTL %us\n", set->targets.count,
              set->targets.count == 1 ? "" : "s", set->ttl);
    print_list(&set->targets, false, out);
    if (set->dot_too)
        text_add(out, "  A '.' stands beside them: what a client makes of that is not defined.\n");
}

static bool is_empty(const struct explain_set *set)
{
    return set->kind != EXPLAIN_TARGETS && set->kind != EXPLAIN_DOT;
}

/* What comes of both sets of a pair together. */
static void print_pair(const struct explain *explain, const struct explain_pair *pair,
                       struct text *out)
{
    char domain[DNS_NAME_TEXT_MAX];
    if (pair->both.count > 0) {
        text_addf(out, "\nBoth as one set, for clients that follow XEP-0368:\n");
        print_list(&pair->both, true, out);
        return;
    }
    if (pair->starttls->kind == EXPLAIN_NOT_ASKED || pair->tls->kind == EXPLAIN_NOT_ASKED)
        return;
    if (pair->tls->kind == EXPLAIN_TARGETS || pair->starttls->kind == EXPLAIN_TARGETS)
        return;
    if (is_empty(pair->starttls))
        text_addf(out, "Neither leads anywhere: %s try the addresses of %s, port %u.\n",
                  pair == &explain->pairs[EXPLAIN_CLIENTS] ? "clients" : "servers",
                  dns_name_to_text(&explain->domain, domain),
                  policy_service_port(pair->starttls->service));
    else
        text_addf(out, "The service is declared not to exist: %s give up.\n",
                  pair == &explain->pairs[EXPLAIN_CLIENTS] ? "clients" : "servers");
}

void explain_print(const struct explain *explain, struct text *out)
{
    for (int p = 0; p < EXPLAIN_PAIRS; p++) {
        const struct explain_pair *pair = &explain->pairs[p];
        print_set(explain, pair->tls, out);
        print_set(explain, pair->starttls, out);
        print_pair(explain, pair, out);
    }
}

static json_t *list_json(const struct explain_list *list)
{
    char name[DNS_NAME_TEXT_MAX];
    json_t *json = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct explain_target *t = &list->items[i];
        json_t *item =
            json_pack("{s:s, s:i, s:i, s:i, s:s, s:f}", "service", policy_service_name(t->service),
                      "priority", t->odds.priority, "weight", t->odds.weight, "port", t->port,
                      "target", dns_name_to_text(&t->name, name), "first", t->odds.first);
        json_object_set_new(item, "place",
                            t->odds.place > 0 ? json_real(t->odds.place) : json_null());
        json_array_append_new(json, item);
    }
    return json;
}

static json_t *set_json(const struct explain_set *set)
{
    static const char *const kinds[] = {
        [EXPLAIN_NO_REPLY] = "no-reply",     [EXPLAIN_FAILED] = "failed",
        [EXPLAIN_NO_RECORDS] = "no-records", [EXPLAIN_DOT] = "none",
        [EXPLAIN_TARGETS] = "targets",
    };
    char rcode[16];
    bool has_ttl = set->kind == EXPLAIN_DOT || set->kind == EXPLAIN_TARGETS;
    json_t *json = json_pack(
        "{s:s, s:s, s:o, s:o, s:o}", "service", policy_service_name(set->service), "result",
        kinds[set->kind], "rcode",
        set->kind == EXPLAIN_NO_REPLY ? json_null()
                                      : json_string(dns_rcode_to_text(set->rcode, rcode)),
        "ttl", has_ttl ? json_integer(set->ttl) : json_null(), "targets", list_json(&set->targets));
    return json;
}

json_t *explain_json(const struct explain *explain)
{
    char domain[DNS_NAME_TEXT_MAX];
    json_t *sets = json_array(), *merged = json_object();
    for (int s = 0; s < POLICY_SERVICES; s++) {
        if (explain->sets[s].kind != EXPLAIN_NOT_ASKED)
            json_array_append_new(sets, set_json(&explain->sets[s]));
    }
    json_object_set_new(merged, "clients", list_json(&explain->pairs[EXPLAIN_CLIENTS].both));
    json_object_set_new(merged, "servers", list_json(&explain->pairs[EXPLAIN_SERVERS].both));
    return json_pack("{s:s, s:o, s:o}", "domain", dns_name_to_text(&explain->domain, domain),
                     "sets", sets, "merged", merged);
}
