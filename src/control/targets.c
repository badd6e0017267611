#include "control/targets.h"

#include <stdlib.h>
#include <string.h>

#include "control/target_index.h"
#include "control/target_rows.h"

struct targets {
    const struct policy_model *model;
    struct target_index index;
};

struct targets *targets_new(const struct policy_model *model)
{
    struct targets *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->model = model;
    if (target_index_init(&t->index, model) == ERR_OK)
        return t;
    targets_free(t);
    return NULL;
}

void targets_free(struct targets *targets)
{
    if (!targets)
        return;
    target_index_deinit(&targets->index);
    free(targets);
}

bool targets_known(const struct targets *targets, const struct dns_name *target, size_t *count,
                   uint32_t *ttl)
{
    return target_index_count(&targets->index, target, count, ttl);
}

/* The set of an owner's SRV records goes by the first of them; `srv` tells whether there is one.
 * False without any entry. */
static bool record_set(const struct targets *t, const struct dns_name *owner,
                       struct target_set *set, bool *srv)
{
    struct target_cursor cursor;
    const struct target_entry *entry;
    bool found = false;
    *srv = false;
    target_index_find(&t->index, owner, TARGET_INDEX_OWNER, &cursor);
    *set = (struct target_set){.service = -1};
    while (!*srv && (entry = target_index_next(&cursor))) {
        found = true;
        *srv = entry->kind == TARGET_RECORD && target_rows_is_srv(&t->model->records[entry->item]);
        set->item = entry->item;
    }
    return found;
}

/* A domain's set, and the same of its components, which have those between servers only. */
static bool visit_sets(const struct targets *t, const struct target_entry *entry,
                       target_set_fn visit, void *arg)
{
    const struct policy_domain *domain = &t->model->domains[entry->item];
    bool servers = entry->service == POLICY_XMPP_SERVER || entry->service == POLICY_XMPPS_SERVER;
    size_t components = servers && !domain->wildcard ? domain->component_count : 0;
    for (size_t i = 0; i <= components; i++) {
        struct target_set set = {entry->item, (uint32_t)i, (int8_t)entry->service};
        if (!visit(arg, &set))
            return false;
    }
    return true;
}

void targets_of(const struct targets *targets, const struct dns_name *target, target_set_fn visit,
                void *arg)
{
    struct target_cursor cursor;
    const struct target_entry *entry;
    bool more = true;
    target_index_find(&targets->index, target, TARGET_INDEX_TARGET, &cursor);
    while (more && (entry = target_index_next(&cursor))) {
        struct target_set set;
        struct dns_name owner;
        bool srv;
        if (entry->kind == TARGET_SET) {
            more = visit_sets(targets, entry, visit, arg);
            continue;
        }
        policy_record_owner(&targets->model->records[entry->item], &owner);
        if (record_set(targets, &owner, &set, &srv) && srv)
            more = visit(arg, &set);
    }
}

static bool is_set(const struct policy_set *set)
{
    return set->target_count > 0 || set->edit_count > 0;
}

/* The sets of the domains of this name, exact ones or wildcards; true when there is such a domain.
 */
static bool domain_sets(const struct targets *t, const struct dns_name *name, bool wildcard,
                        target_set_fn visit, void *arg)
{
    bool found = false;
    struct target_cursor cursor;
    const struct target_entry *entry;
    target_index_find(&t->index, name, TARGET_INDEX_OWNER, &cursor);
    while ((entry = target_index_next(&cursor))) {
        if (entry->kind != TARGET_DOMAIN)
            continue;
        const struct policy_domain *domain = &t->model->domains[entry->item];
        if (domain->wildcard != wildcard)
            continue;
        found = true;
        for (int service = 0; service < POLICY_SERVICES; service++) {
            struct target_set set = {entry->item, entry->which, (int8_t)service};
            bool to_servers = service == POLICY_XMPP_SERVER || service == POLICY_XMPPS_SERVER;
            if (entry->which > 0 && !to_servers)
                continue;
            if (is_set(&domain->sets[service]) && !visit(arg, &set))
                return true;
        }
    }
    return found;
}

static bool record_sets(const struct targets *t, const struct dns_name *domain, target_set_fn visit,
                        void *arg)
{
    bool found = false;
    for (int service = 0; service < POLICY_SERVICES; service++) {
        struct dns_name owner;
        if (!target_rows_owner(&owner, (enum policy_service)service, domain))
            continue;
        struct target_set set;
        bool srv;
        if (!record_set(t, &owner, &set, &srv))
            continue;
        found = true;
        if (srv && !visit(arg, &set))
            return true;
    }
    return found;
}

bool targets_of_domain(const struct targets *targets, const struct dns_name *domain,
                       target_set_fn visit, void *arg)
{
    struct dns_name above = *domain;
    bool found = domain_sets(targets, domain, false, visit, arg);
    found |= record_sets(targets, domain, visit, arg);
    while (!found && dns_name_parent(&above, &above))
        found = domain_sets(targets, &above, true, visit, arg);
    return found;
}

void targets_rows(const struct targets *targets, const struct target_set *set, target_row_fn visit,
                  void *arg)
{
    const struct policy_model *model = targets->model;
    if (set->service >= 0) {
        target_rows_of_set(&model->domains[set->item], set->component, set->service, visit, arg);
        return;
    }
    struct dns_name owner;
    policy_record_owner(&model->records[set->item], &owner);
    struct target_cursor cursor;
    const struct target_entry *entry;
    target_index_find(&targets->index, &owner, TARGET_INDEX_OWNER, &cursor);
    for (bool more = true; more && (entry = target_index_next(&cursor));) {
        const struct policy_record *record = &model->records[entry->item];
        if (entry->kind == TARGET_RECORD && target_rows_is_srv(record))
            more = target_rows_of_record(record, visit, arg);
    }
}

static bool visit_host(const struct policy_host *host, target_address_fn visit, void *arg)
{
    if (host->address_count == 0)
        return visit(arg, host->view, NULL, host->ttl);
    for (size_t i = 0; i < host->address_count; i++) {
        if (!visit(arg, host->view, &host->addresses[i], host->ttl))
            return false;
    }
    return true;
}

static bool visit_address(const struct policy_record *record, target_address_fn visit, void *arg)
{
    struct addr addr;
    bool address = record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA;
    if (!address || (record->rdlen != 4 && record->rdlen != 16))
        return true;
    addr_from_bytes(&addr, policy_record_rdata(record), record->rdlen, 0);
    return visit(arg, NULL, &addr, record->ttl);
}

void targets_addresses(const struct targets *targets, const struct dns_name *host,
                       target_address_fn visit, void *arg)
{
    struct target_cursor cursor;
    const struct target_entry *entry;
    target_index_find(&targets->index, host, TARGET_INDEX_OWNER, &cursor);
    for (bool more = true; more && (entry = target_index_next(&cursor));) {
        if (entry->kind == TARGET_HOST)
            more = visit_host(&targets->model->hosts[entry->item], visit, arg);
        if (entry->kind == TARGET_RECORD)
            more = visit_address(&targets->model->records[entry->item], visit, arg);
    }
}
