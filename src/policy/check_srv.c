#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "dns/message.h"
#include "policy/check_parts.h"
#include "policy/order.h"

/* A target in the order in which those of one domain stand together. */
struct in_order {
    uint64_t key; /* of the domain */
    struct check_srv *srv;
};

#define SRV_FIXED 6 /* bytes of priority, weight and port before the target (RFC 2782) */

static bool service_is_tls(int service)
{
    return service == POLICY_XMPPS_CLIENT || service == POLICY_XMPPS_SERVER;
}

/* The STARTTLS and the direct TLS set of one purpose: XEP-0368 makes them one set. */
static int service_pair(int service)
{
    if (service < 0)
        return -1;
    return service == POLICY_XMPP_CLIENT || service == POLICY_XMPPS_CLIENT;
}

static void srv_from_target(struct check_srv *srv, const struct policy_domain *domain, int service,
                            const struct policy_target *target)
{
    *srv = (struct check_srv){.view = domain->view,
                              .domain = domain->name.wire,
                              .domain_len = domain->name.len,
                              .wildcard = domain->wildcard,
                              .service = (int8_t)service,
                              .target = target->name.wire,
                              .target_len = target->name.len,
                              .port = target->port,
                              .place = spot_place(domain->place.file, target->place)};
}

/* A target that an edit puts in another's place: what a name says about itself holds for it, but
 * which other targets it stands beside only upstream knows. */
static void srv_from_edit(struct check_srv *srv, const struct policy_domain *domain,
                          const struct policy_set *set, const struct policy_edit *edit)
{
    *srv = (struct check_srv){.view = domain->view,
                              .domain = domain->name.wire,
                              .domain_len = domain->name.len,
                              .wildcard = domain->wildcard,
                              .service = -1,
                              .target = edit->replace.wire,
                              .target_len = edit->replace.len,
                              .place = spot_place(domain->place.file, set->place)};
}

static size_t srv_from_domain(struct check_srv *out, const struct policy_domain *domain)
{
    size_t n = 0;
    for (int service = 0; service < POLICY_SERVICES; service++) {
        const struct policy_set *set = &domain->sets[service];
        for (size_t i = 0; i < set->target_count; i++)
            srv_from_target(&out[n++], domain, service, &set->targets[i]);
        for (size_t i = 0; i < set->edit_count; i++)
            if (set->edits[i].fields & POLICY_EDIT_REPLACE)
                srv_from_edit(&out[n++], domain, set, &set->edits[i]);
    }
    return n;
}

/* False when the record is no SRV record, or a broken one. */
static bool srv_from_record(struct check_srv *srv, const struct policy_record *record)
{
    const uint8_t *rdata = policy_record_rdata(record);
    struct dns_name target;
    struct reader r;
    if (record->type != DNS_TYPE_SRV || record->rdlen <= SRV_FIXED)
        return false;
    reader_init(&r, rdata + SRV_FIXED, (size_t)record->rdlen - SRV_FIXED);
    if (dns_name_read(&target, &r))
        return false;
    *srv = (struct check_srv){.service = (int8_t)check_owner_service(record->owner),
                              .target = rdata + SRV_FIXED,
                              .target_len = target.len,
                              .port = bytes_get16(rdata + 4),
                              .place = record->place};
    srv->domain = record->owner;
    for (int skip = srv->service < 0 ? 0 : 2; skip > 0; skip--)
        srv->domain += 1u + *srv->domain;
    srv->domain_len = (uint8_t)(record->owner + record->owner_len - srv->domain);
    return true;
}

static size_t srv_count(const struct policy_model *model)
{
    size_t n = 0;
    for (size_t i = 0; i < model->domain_count; i++)
        for (int service = 0; service < POLICY_SERVICES; service++)
            n += model->domains[i].sets[service].target_count +
                 model->domains[i].sets[service].edit_count;
    for (size_t i = 0; i < model->record_count; i++)
        n += model->records[i].type == DNS_TYPE_SRV;
    return n;
}

static size_t srv_collect(struct check_srv *out, const struct policy_model *model)
{
    size_t n = 0;
    for (size_t i = 0; i < model->domain_count; i++)
        n += srv_from_domain(out + n, &model->domains[i]);
    for (size_t i = 0; i < model->record_count; i++)
        n += srv_from_record(out + n, &model->records[i]);
    return n;
}

static int target_compare(const struct check_srv *a, const struct check_srv *b)
{
    int order = (int)a->target_len - (int)b->target_len;
    for (size_t i = 0; i < a->target_len && !order; i++)
        order = tolower(a->target[i]) - tolower(b->target[i]);
    return order;
}

static int view_compare(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* Domains of different views stand apart: no client sees both. */
static int domain_compare(const struct check_srv *a, const struct check_srv *b)
{
    int order = (int)a->domain_len - (int)b->domain_len;
    if (!order && a->domain != b->domain) /* all of one entry have the very same */
        order = memcmp(a->domain, b->domain, a->domain_len);
    if (!order)
        order = (int)a->wildcard - (int)b->wildcard;
    return order ? order : view_compare(a->view, b->view);
}

/* The same host and port, for the same purpose of the same domain. */
static int address_compare(const struct check_srv *a, const struct check_srv *b)
{
    int order = domain_compare(a, b);
    if (!order)
        order = service_pair(a->service) - service_pair(b->service);
    if (!order)
        order = (int)a->port - (int)b->port;
    return order ? order : target_compare(a, b);
}

static int srv_compare(const void *left, const void *right, void *arg)
{
    const struct in_order *left_item = left, *right_item = right;
    const struct check_srv *a = left_item->srv, *b = right_item->srv;
    (void)arg;
    if (left_item->key != right_item->key)
        return left_item->key < right_item->key ? -1 : 1;
    int order = address_compare(a, b);
    if (!order)
        order = (int)service_is_tls(a->service) - (int)service_is_tls(b->service);
    return order ? order : (a < b ? -1 : a > b);
}

/* One domain, sorted[0] to sorted[n - 1]: a target "." says that there is no service (RFC 2782),
 * and other targets of the same service say that there is. */
static void srv_mark_roots(const struct in_order *sorted, size_t n)
{
    size_t real[POLICY_SERVICES + 1] = {0};
    for (size_t i = 0; i < n; i++)
        real[sorted[i].srv->service + 1] += sorted[i].srv->target_len > 1;
    for (size_t i = 0; i < n; i++)
        if (sorted[i].srv->target_len == 1 && real[sorted[i].srv->service + 1] > 0)
            sorted[i].srv->root_among_others = true;
}

/* STARTTLS comes before direct TLS among equal hosts and ports. */
static void srv_mark_twins(const struct in_order *sorted, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct check_srv *before = sorted[i - 1].srv;
        struct check_srv *srv = sorted[i].srv;
        if (!service_is_tls(srv->service) || srv->target_len == 1)
            continue;
        if (address_compare(before, srv) == 0 && !service_is_tls(before->service))
            srv->twin = before;
    }
}

#define FETCH 16 /* targets ahead: sorted, they are anywhere */

static void srv_mark(const struct in_order *sorted, size_t count)
{
    size_t n;
    for (size_t i = 0; i < count; i += n) {
        for (n = 1; i + n < count; n++) {
            if (i + n + FETCH < count)
                __builtin_prefetch(sorted[i + n + FETCH].srv);
            if (sorted[i].key != sorted[i + n].key)
                break;
            if (domain_compare(sorted[i].srv, sorted[i + n].srv) != 0)
                break;
        }
        if (n == 1) /* nothing to stand beside */
            continue;
        srv_mark_roots(sorted + i, n);
        srv_mark_twins(sorted + i, n);
    }
}

static enum err srv_sort(struct check_srv *all, size_t count, struct in_order *sorted)
{
    struct hash_key key;
    struct order order;
    hash_key_init(&key);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct in_order){hash_bytes(&key, all[i].domain, all[i].domain_len), &all[i]};
    enum err e = order_sort(&order, sorted, count, sizeof(*sorted), srv_compare, NULL);
    order_deinit(&order);
    return e;
}

enum err check_srv_all(const struct policy_model *model, const struct check_names *names,
                       struct diag_list *diags)
{
    size_t count = srv_count(model);
    if (count == 0)
        return ERR_OK;
    enum err err = ERR_NOMEM;
    struct check_srv *all = pages_new(count * sizeof(*all));
    struct in_order *sorted = pages_new(count * sizeof(*sorted));
    if (all && sorted) {
        count = srv_collect(all, model);
        err = srv_sort(all, count, sorted);
    }
    if (err == ERR_OK)
        srv_mark(sorted, count);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        check_target(&all[i], names, diags);
    free(sorted);
    free(all);
    return err;
}
