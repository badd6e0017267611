/* Answers to the A and AAAA of targets that were made to fail. */
#include "policy/overlay_parts.h"
#include "policy/soa.h"

/* The latest change that speaks of this host's addresses and has a use left: `has_use` looks for
 * one, or takes it. */
static const struct overlay_change *find(const struct overlay *overlay, const struct dns_name *name,
                                         uint64_t hash,
                                         bool (*has_use)(const struct overlay_change *change))
{
    struct overlay_cursor cursor;
    const struct overlay_change *change;
    overlay_cursor_init(&cursor, overlay, hash, false);
    while ((change = overlay_cursor_next(&cursor))) {
        if (change->address == OVERLAY_ADDRESS_KEEP)
            continue;
        if (!dns_name_equal(&change->edit.target, name))
            continue;
        if (has_use(change))
            return change;
    }
    return NULL;
}

static bool is_address(uint16_t type)
{
    return type == DNS_TYPE_A || type == DNS_TYPE_AAAA || type == DNS_TYPE_ANY;
}

bool overlay_address_fails(const struct overlay *overlay, const struct dns_name *name,
                           uint64_t hash, uint16_t type)
{
    return is_address(type) && find(overlay, name, hash, overlay_change_is_usable) != NULL;
}

/* Adds the addresses of one family; how many there were. */
static size_t add_addresses(const struct overlay_change *change, const struct dns_name *name,
                            uint16_t type, struct dns_builder *builder)
{
    size_t added = 0, wanted = type == DNS_TYPE_A ? 4 : 16;
    struct dns_rr rr = {.owner = *name,
                        .type = type,
                        .class = DNS_CLASS_IN,
                        .ttl = change->ttl,
                        .section = DNS_ANSWER};
    for (size_t i = 0; i < change->address_count; i++) {
        size_t len;
        rr.rdata = addr_bytes(&change->addresses[i], &len);
        if (!rr.rdata || len != wanted)
            continue;
        rr.rdlen = (uint16_t)len;
        dns_builder_add(builder, &rr);
        added++;
    }
    return added;
}

int overlay_address_answer(const struct overlay *overlay, const struct dns_name *name,
                           uint64_t hash, uint16_t type, struct dns_builder *builder,
                           uint32_t *change_id)
{
    size_t added = 0;
    if (!is_address(type))
        return -1;
    const struct overlay_change *change = find(overlay, name, hash, overlay_change_use);
    if (!change)
        return -1;
    *change_id = change->id;
    if (change->address == OVERLAY_ADDRESS_REPLACE && type != DNS_TYPE_AAAA)
        added += add_addresses(change, name, DNS_TYPE_A, builder);
    if (change->address == OVERLAY_ADDRESS_REPLACE && type != DNS_TYPE_A)
        added += add_addresses(change, name, DNS_TYPE_AAAA, builder);
    if (added == 0)
        policy_soa_add(builder, name, change->id, change->ttl);
    bool nxdomain = change->address == OVERLAY_ADDRESS_NXDOMAIN;
    return DNS_FLAG_AA | (nxdomain ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
}
