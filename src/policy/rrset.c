#include "policy/rrset.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "policy/soa.h"

#define SRV_TARGET 6 /* where the target begins in SRV RDATA (RFC 2782) */

enum err rrset_maker_init(struct rrset_maker *maker, struct part_list *parts, uint32_t serial)
{
    *maker = (struct rrset_maker){.parts = parts, .serial = serial};
    maker->buffer = malloc(DNS_ANSWER_MAX);
    return maker->buffer ? ERR_OK : ERR_NOMEM;
}

void rrset_maker_deinit(struct rrset_maker *maker)
{
    item_list_deinit(&maker->set);
    item_list_deinit(&maker->extra);
    free(maker->targets);
    free(maker->buffer);
    *maker = (struct rrset_maker){0};
}

/* The part of a group with this address type; `*end` is where its set ends. */
static size_t find_type(const struct part_list *parts, size_t group, uint16_t type, size_t *end)
{
    size_t group_end = part_group_end(parts, group);
    for (size_t at = group; at < group_end; at = *end) {
        *end = part_rrset_end(parts, at, group_end);
        if (parts->items[at].type == type)
            return at;
    }
    *end = parts->count;
    return parts->count;
}

/* Notes the target of an SRV record when its addresses are known here. */
static enum err note_target(struct rrset_maker *maker, const struct item *item)
{
    struct reader r;
    struct dns_name target;
    reader_init(&r, item->rdata, item->rdlen);
    reader_bytes(&r, SRV_TARGET);
    if (r.failed || dns_name_read(&target, &r) != ERR_OK)
        return ERR_OK;
    dns_name_lower(&target);
    size_t group = part_address_find(maker->parts, &target);
    if (group == maker->parts->count || maker->parts->items[group].mark == maker->mark)
        return ERR_OK;
    maker->parts->items[group].mark = maker->mark;
    if (maker->target_count == maker->target_capacity) {
        size_t larger = maker->target_capacity ? maker->target_capacity * 2 : 16;
        size_t *moved = reallocarray(maker->targets, larger, sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        maker->targets = moved;
        maker->target_capacity = larger;
    }
    maker->targets[maker->target_count++] = group;
    return ERR_OK;
}

static const uint16_t address_types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
#define ADDRESS_TYPES (sizeof(address_types) / sizeof(address_types[0]))

/* Finds the targets with addresses, and lowers *ttl to the lowest of theirs. */
static enum err find_targets(struct rrset_maker *maker, uint32_t *ttl)
{
    enum err e = ERR_OK;
    maker->mark++;
    maker->target_count = 0;
    for (size_t i = 0; i < maker->set.count && e == ERR_OK; i++)
        e = note_target(maker, &maker->set.items[i]);
    for (size_t i = 0; i < maker->target_count * ADDRESS_TYPES && e == ERR_OK; i++) {
        size_t end, group = maker->targets[i / ADDRESS_TYPES];
        size_t at = find_type(maker->parts, group, address_types[i % ADDRESS_TYPES], &end);
        e = item_list_gather(&maker->extra, maker->parts, at, end);
        if (maker->extra.count > 0 && maker->extra.ttl < *ttl)
            *ttl = maker->extra.ttl;
    }
    return e;
}

static void add_items(struct dns_builder *b, const struct item_list *list, struct dns_rr *rr)
{
    for (size_t i = 0; i < list->count && !b->failed; i++) {
        rr->rdata = list->items[i].rdata;
        rr->rdlen = (uint16_t)list->items[i].rdlen;
        dns_builder_add(b, rr);
    }
}

static enum err add_addresses(struct rrset_maker *maker, struct dns_builder *b, uint32_t ttl)
{
    for (size_t i = 0; i < maker->target_count * ADDRESS_TYPES; i++) {
        struct dns_rr rr = {.class = DNS_CLASS_IN, .ttl = ttl, .section = DNS_ADDITIONAL};
        struct dns_name scratch;
        size_t end, group = maker->targets[i / ADDRESS_TYPES];
        rr.type = address_types[i % ADDRESS_TYPES];
        size_t at = find_type(maker->parts, group, rr.type, &end);
        enum err e = item_list_gather(&maker->extra, maker->parts, at, end);
        if (e != ERR_OK)
            return e;
        struct part_name owner = part_owner(maker->parts, &maker->parts->items[group], &scratch);
        memcpy(rr.owner.wire, owner.wire, owner.len);
        rr.owner.len = (uint8_t)owner.len;
        add_items(b, &maker->extra, &rr);
    }
    return ERR_OK;
}

/* The name that the SOA of a negative answer belongs to: the domain, or the host itself. */
static void apex(const struct part_list *parts, const struct part *part, struct dns_name *out)
{
    if (part->source == PART_DOMAIN)
        policy_name_get(&parts->model->domains[part->index].name, out);
    else
        *out = parts->model->hosts[part->index].name;
}

static uint16_t answer_flags(const struct part_list *parts, const struct part *part)
{
    if (part->source != PART_DOMAIN)
        return DNS_FLAG_AA;
    const struct policy_domain *domain = &parts->model->domains[part->index];
    bool nxdomain = part_kind(domain, (enum policy_service)part->service) == POLICY_SET_NXDOMAIN;
    return DNS_FLAG_AA | (nxdomain ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
}

/* Writes what was gathered, with the targets' addresses if there are any; NULL when it doesn't fit.
 */
static enum err write_answer(struct rrset_maker *maker, const struct part *part,
                             const struct dns_name *owner, uint32_t ttl,
                             const struct dns_answer **out)
{
    static const struct dns_name anything = {3, "\001*"}; /* only stands for the question */
    struct dns_builder b;
    if (part->wildcard)
        owner = &anything;
    struct dns_rr rr = {.owner = *owner,
                        .type = part->type,
                        .class = DNS_CLASS_IN,
                        .ttl = ttl,
                        .section = DNS_ANSWER};
    dns_builder_init(&b, maker->buffer, DNS_ANSWER_MAX, owner);
    if (part->wildcard)
        dns_builder_set_wildcard(&b);
    add_items(&b, &maker->set, &rr);
    if (maker->set.count == 0) {
        apex(maker->parts, part, &rr.owner);
        policy_soa_add(&b, &rr.owner, maker->serial, ttl);
    }
    enum err e = add_addresses(maker, &b, ttl);
    *out = dns_builder_finish(&b, answer_flags(maker->parts, part));
    return e;
}

enum err rrset_make(struct rrset_maker *maker, size_t first, size_t end,
                    const struct dns_name *owner, const struct dns_answer **out)
{
    const struct part *part = &maker->parts->items[first];
    enum err e = item_list_gather(&maker->set, maker->parts, first, end);
    uint32_t ttl = maker->set.ttl;
    maker->target_count = 0;
    if (e == ERR_OK && part->type == DNS_TYPE_SRV)
        e = find_targets(maker, &ttl);
    if (e == ERR_OK)
        e = write_answer(maker, part, owner, ttl, out);
    if (e == ERR_OK && !*out && maker->target_count > 0) {
        maker->target_count = 0; /* the additional section is a favour, no more */
        e = write_answer(maker, part, owner, maker->set.ttl, out);
    }
    if (e != ERR_OK)
        return e;
    return *out ? ERR_OK : ERR_RANGE;
}
