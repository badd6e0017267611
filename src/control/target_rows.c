#include "control/target_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

#define ALL_FIELDS (POLICY_EDIT_PRIORITY | POLICY_EDIT_WEIGHT | POLICY_EDIT_PORT | POLICY_EDIT_TTL)

bool target_rows_is_srv(const struct policy_record *record)
{
    if (record->type != DNS_TYPE_SRV || record->class != DNS_CLASS_IN)
        return false;
    return record->rdlen > TARGET_ROWS_SRV_FIXED &&
           record->rdlen <= TARGET_ROWS_SRV_FIXED + DNS_NAME_MAX;
}

bool target_rows_owner(struct dns_name *out, enum policy_service service,
                       const struct dns_name *domain)
{
    char text[64];
    struct dns_name prefix;
    snprintf(text, sizeof(text), "_%s._tcp.", policy_service_name(service));
    if (dns_name_from_text(&prefix, text) != ERR_OK)
        return false;
    return dns_name_join(out, &prefix, domain) == ERR_OK;
}

/* Like `target`, but for an amendment. */
static void row_of_edit(struct target_row *row, const struct policy_edit *edit)
{
    row->amends = true;
    row->any_target = edit->any_target;
    row->target = edit->target;
    row->fields = edit->fields & ALL_FIELDS;
    row->priority = edit->priority;
    row->weight = edit->weight;
    row->port = edit->port;
    row->ttl = edit->ttl;
}

static void row_of_target(struct target_row *row, const struct policy_target *target, uint32_t ttl)
{
    policy_name_get(&target->name, &row->target);
    row->fields = ALL_FIELDS;
    row->priority = target->priority;
    row->weight = target->weight;
    row->port = target->port;
    row->ttl = ttl;
}

bool target_rows_of_set(const struct policy_domain *domain, uint32_t component, int service,
                        target_row_fn visit, void *arg)
{
    const struct policy_set *set = &domain->sets[service];
    struct target_row row = {
        .wildcard = domain->wildcard,
        .service = service,
        .view = domain->view,
    };
    if (component > 0)
        row.domain = domain->components[component - 1];
    else
        policy_name_get(&domain->name, &row.domain);
    for (size_t i = 0; i < set->target_count; i++) {
        row_of_target(&row, &set->targets[i], domain->ttl);
        if (!visit(arg, &row))
            return false;
    }
    for (size_t i = 0; i < set->edit_count; i++) {
        row_of_edit(&row, &set->edits[i]);
        if (!visit(arg, &row))
            return false;
    }
    return true;
}

/* The name behind the two labels of a service; which service it is, or -1. */
static int split_owner(const struct dns_name *owner, struct dns_name *domain)
{
    struct dns_name made;
    size_t len;
    *domain = *owner;
    if (dns_name_labels(owner) < 2 || owner->wire[1] != '_')
        return -1;
    if (owner->wire[owner->wire[0] + 2] != '_')
        return -1;
    const uint8_t *behind = dns_name_suffix(owner, 2, &len);
    memcpy(domain->wire, behind, len);
    domain->len = (uint8_t)len;
    for (int service = 0; service < POLICY_SERVICES; service++) {
        if (!target_rows_owner(&made, (enum policy_service)service, domain))
            continue;
        if (dns_name_equal(&made, owner))
            return service;
    }
    return -1;
}

bool target_rows_of_record(const struct policy_record *record, target_row_fn visit, void *arg)
{
    const uint8_t *rdata = policy_record_rdata(record);
    struct dns_name owner;
    struct target_row row = {
        .owner = &owner,
        .fields = ALL_FIELDS,
        .priority = bytes_get16(rdata),
        .weight = bytes_get16(rdata + 2),
        .port = bytes_get16(rdata + 4),
        .ttl = record->ttl,
    };
    policy_record_owner(record, &owner);
    row.target.len = (uint8_t)(record->rdlen - TARGET_ROWS_SRV_FIXED);
    memcpy(row.target.wire, rdata + TARGET_ROWS_SRV_FIXED, row.target.len);
    dns_name_lower(&row.target);
    row.service = split_owner(&owner, &row.domain);
    return visit(arg, &row);
}

static bool walk_domain(const struct policy_domain *domain, target_row_fn visit, void *arg)
{
    size_t components = domain->wildcard ? 0 : domain->component_count;
    for (size_t c = 0; c <= components; c++) {
        for (int service = 0; service < POLICY_SERVICES; service++) {
            bool to_servers = service == POLICY_XMPP_SERVER || service == POLICY_XMPPS_SERVER;
            if (c > 0 && !to_servers)
                continue;
            if (!target_rows_of_set(domain, (uint32_t)c, service, visit, arg))
                return false;
        }
    }
    return true;
}

void targets_walk(const struct policy_model *model, target_row_fn visit, void *arg)
{
    for (size_t i = 0; i < model->domain_count; i++) {
        if (!walk_domain(&model->domains[i], visit, arg))
            return;
    }
    for (size_t i = 0; i < model->record_count; i++) {
        if (!target_rows_is_srv(&model->records[i]))
            continue;
        if (!target_rows_of_record(&model->records[i], visit, arg))
            return;
    }
}
