/* From replies to sets, and their odds. */
#include <stdlib.h>
#include <string.h>

#include "cli/explain.h"
#include "dns/message.h"

#define SRV_FIXED 6 /* priority, weight and port (RFC 2782) */

void explain_init(struct explain *explain, const struct dns_name *domain, int service)
{
    struct explain_set *sets = explain->sets;
    *explain = (struct explain){.domain = *domain};
    for (int s = 0; s < POLICY_SERVICES; s++) {
        sets[s].service = (enum policy_service)s;
        sets[s].kind = service < 0 || service == s ? EXPLAIN_NO_REPLY : EXPLAIN_NOT_ASKED;
    }
    explain->pairs[EXPLAIN_CLIENTS].tls = &sets[POLICY_XMPPS_CLIENT];
    explain->pairs[EXPLAIN_CLIENTS].starttls = &sets[POLICY_XMPP_CLIENT];
    explain->pairs[EXPLAIN_SERVERS].tls = &sets[POLICY_XMPPS_SERVER];
    explain->pairs[EXPLAIN_SERVERS].starttls = &sets[POLICY_XMPP_SERVER];
}

void explain_deinit(struct explain *explain)
{
    for (int s = 0; s < POLICY_SERVICES; s++)
        free(explain->sets[s].targets.items);
    for (int p = 0; p < EXPLAIN_PAIRS; p++)
        free(explain->pairs[p].both.items);
}

enum err explain_owner(const struct explain *explain, enum policy_service service,
                       struct dns_name *out)
{
    char text[64];
    struct dns_name prefix;
    snprintf(text, sizeof(text), "_%s._tcp.", policy_service_name(service));
    enum err e = dns_name_from_text(&prefix, text);
    return e == ERR_OK ? dns_name_join(out, &prefix, &explain->domain) : e;
}

static struct explain_target *add_target(struct explain_list *list)
{
    struct explain_target *items = realloc(list->items, (list->count + 1) * sizeof(*items));
    if (!items)
        return NULL;
    list->items = items;
    items[list->count] = (struct explain_target){0};
    return &items[list->count++];
}

/* ERR_INVALID for RDATA that is none of SRV. */
static enum err read_srv(struct explain_set *set, const struct dns_rr *rr, const uint8_t *message,
                         size_t len)
{
    uint8_t rdata[SRV_FIXED + DNS_NAME_MAX];
    struct writer w;
    struct reader r;
    struct dns_name name;
    writer_init(&w, rdata, sizeof(rdata));
    if (dns_rdata_expand(rr, message, len, &w) != ERR_OK || w.failed)
        return ERR_INVALID;
    reader_init(&r, rdata, writer_len(&w));
    uint16_t priority = reader_u16(&r), weight = reader_u16(&r), port = reader_u16(&r);
    if (dns_name_read(&name, &r) != ERR_OK || r.failed)
        return ERR_INVALID;
    set->ttl = set->ttl < rr->ttl ? set->ttl : rr->ttl;
    if (name.len == 1) {
        set->dot_too = true;
        return ERR_OK;
    }
    struct explain_target *target = add_target(&set->targets);
    if (!target)
        return ERR_NOMEM;
    target->name = name;
    target->port = port;
    target->service = set->service;
    target->odds.priority = priority;
    target->odds.weight = weight;
    return ERR_OK;
}

static enum err read_records(struct explain_set *set, const uint8_t *message, size_t len)
{
    struct dns_walk walk;
    struct dns_rr rr;
    int next = 0;
    enum err e = dns_walk_init(&walk, message, len);
    while (e == ERR_OK && (next = dns_walk_next(&walk, &rr)) == 1) {
        if (rr.section == DNS_ANSWER && rr.type == DNS_TYPE_SRV && rr.class == DNS_CLASS_IN)
            e = read_srv(set, &rr, message, len);
    }
    return e == ERR_OK && next < 0 ? ERR_INVALID : e;
}

enum err explain_set_read(struct explain_set *set, const uint8_t *message, size_t len)
{
    if (len == 0)
        return ERR_OK;
    set->ttl = UINT32_MAX;
    set->kind = EXPLAIN_FAILED;
    set->broken = true;
    if (len < DNS_HEADER_LEN)
        return ERR_OK;
    set->rcode = bytes_get16(message + 2) & DNS_RCODE_MASK;
    enum err e = read_records(set, message, len);
    if (e == ERR_NOMEM)
        return e;
    set->broken = e != ERR_OK;
    if (set->broken || (set->rcode != DNS_RCODE_NOERROR && set->rcode != DNS_RCODE_NXDOMAIN))
        return ERR_OK;
    if (set->targets.count > 0)
        set->kind = EXPLAIN_TARGETS;
    else
        set->kind = set->dot_too ? EXPLAIN_DOT : EXPLAIN_NO_RECORDS;
    return ERR_OK;
}

/* The lower priority first, in it the one that is most likely the first. */
static int compare(const void *a, const void *b)
{
    const struct explain_target *x = a, *y = b;
    if (x->odds.priority != y->odds.priority)
        return x->odds.priority < y->odds.priority ? -1 : 1;
    if (x->odds.first > y->odds.first || x->odds.first < y->odds.first)
        return x->odds.first > y->odds.first ? -1 : 1;
    return 0;
}

static enum err list_compute(struct explain_list *list)
{
    struct odds_target *odds = calloc(list->count + 1, sizeof(*odds));
    if (!odds)
        return ERR_NOMEM;
    for (size_t i = 0; i < list->count; i++)
        odds[i] = list->items[i].odds;
    enum err e = odds_compute(odds, list->count);
    for (size_t i = 0; i < list->count; i++)
        list->items[i].odds = odds[i];
    free(odds);
    list->placed = e == ERR_OK;
    if (e == ERR_NOMEM)
        return e;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare);
    return ERR_OK;
}

static enum err pair_compute(struct explain_pair *pair)
{
    const struct explain_list *tls = &pair->tls->targets, *starttls = &pair->starttls->targets;
    struct explain_list *both = &pair->both;
    if (pair->tls->kind != EXPLAIN_TARGETS || pair->starttls->kind != EXPLAIN_TARGETS)
        return ERR_OK;
    both->items = calloc(tls->count + starttls->count, sizeof(*both->items));
    if (!both->items)
        return ERR_NOMEM;
    both->count = tls->count + starttls->count;
    memcpy(both->items, tls->items, tls->count * sizeof(*tls->items));
    memcpy(both->items + tls->count, starttls->items, starttls->count * sizeof(*tls->items));
    return list_compute(both);
}

enum err explain_compute(struct explain *explain)
{
    enum err e = ERR_OK;
    for (int s = 0; e == ERR_OK && s < POLICY_SERVICES; s++)
        e = list_compute(&explain->sets[s].targets);
    for (int p = 0; e == ERR_OK && p < EXPLAIN_PAIRS; p++)
        e = pair_compute(&explain->pairs[p]);
    return e;
}

bool explain_has_targets(const struct explain *explain)
{
    for (int s = 0; s < POLICY_SERVICES; s++) {
        if (explain->sets[s].kind == EXPLAIN_TARGETS)
            return true;
    }
    return false;
}
