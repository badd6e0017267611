#include "control/live_make.h"

#include <stdlib.h>
#include <string.h>

#define PRIORITY_LAST 65535 /* of `demote`: tried after all others (RFC 2782) */

static const struct live_how hows[] = {
    {"remove", POLICY_EDIT_REMOVE, OVERLAY_ADDRESS_KEEP},
    {"demote", POLICY_EDIT_PRIORITY, OVERLAY_ADDRESS_KEEP},
    {"none", POLICY_EDIT_NONE, OVERLAY_ADDRESS_KEEP},
    {"no-address", 0, OVERLAY_ADDRESS_NODATA},
    {"nxdomain", 0, OVERLAY_ADDRESS_NXDOMAIN},
    {"refuse", 0, OVERLAY_ADDRESS_REPLACE},
    {"blackhole", 0, OVERLAY_ADDRESS_REPLACE},
};

const char *const *live_hows(size_t *count)
{
    static const char *const words[] = {"remove",   "demote", "none",     "no-address",
                                        "nxdomain", "refuse", "blackhole"};
    *count = sizeof(words) / sizeof(words[0]);
    return words;
}

const struct live_how *live_how_find(const char *word)
{
    for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
        if (strcmp(hows[i].word, word) == 0)
            return &hows[i];
    }
    return NULL;
}

bool live_how_is_address(const char *word)
{
    const struct live_how *how = live_how_find(word);
    return how && how->address != OVERLAY_ADDRESS_KEEP;
}

static size_t copy_addresses(struct addr *out, const struct addr *addresses, size_t count)
{
    if (count > OVERLAY_ADDRESSES_MAX)
        count = OVERLAY_ADDRESSES_MAX;
    if (count > 0)
        memcpy(out, addresses, count * sizeof(*out));
    return count;
}

void live_addresses_set(struct live_addresses *out, const struct live_lab *lab)
{
    *out = (struct live_addresses){.ttl = lab->ttl};
    out->refuse_count = copy_addresses(out->refuse, lab->refuse, lab->refuse_count);
    out->blackhole_count = copy_addresses(out->blackhole, lab->blackhole, lab->blackhole_count);
}

void live_change_edit(const struct live_change *change, struct policy_edit *out)
{
    const struct live_target *spec = &change->spec;
    *out = (struct policy_edit){
        .target = spec->target,
        .match_port = spec->match_port,
        .fields = spec->fields,
        .priority = spec->priority,
        .weight = spec->weight,
        .port = spec->port,
        .ttl = spec->ttl,
    };
    if (!spec->how)
        return;
    out->fields = live_how_find(spec->how)->fields;
    out->priority = PRIORITY_LAST;
}

static void make_change(const struct live_change *change, const struct live_addresses *lab,
                        struct overlay_change *out)
{
    const struct live_target *spec = &change->spec;
    bool ttl_given = (spec->fields & POLICY_EDIT_TTL) != 0;
    live_change_edit(change, &out->edit);
    out->domain = spec->domain;
    out->service = spec->service;
    out->ttl = ttl_given ? spec->ttl : lab->ttl;
    out->uses = change->uses ? &change->uses->overlay : NULL;
    out->id = change->id;
    if (!spec->how)
        return;
    out->address = live_how_find(spec->how)->address;
    if (strcmp(spec->how, "refuse") == 0)
        out->address_count = copy_addresses(out->addresses, lab->refuse, lab->refuse_count);
    if (strcmp(spec->how, "blackhole") == 0)
        out->address_count = copy_addresses(out->addresses, lab->blackhole, lab->blackhole_count);
}

enum err live_make_overlay(const struct live_set *set, const struct live_addresses *lab,
                           const struct hash_key *key, struct overlay **out)
{
    size_t count = 0;
    *out = NULL;
    if (set->change_count == 0)
        return ERR_OK;
    struct overlay_change *changes = calloc(set->change_count, sizeof(*changes));
    if (!changes)
        return ERR_NOMEM;
    for (size_t i = 0; i < set->change_count; i++) {
        if (!live_set_is_shadowed(set, i))
            make_change(&set->changes[i], lab, &changes[count++]);
    }
    *out = overlay_new(changes, count, key);
    free(changes);
    return *out ? ERR_OK : ERR_NOMEM;
}

static size_t gather_faults(const struct live_set *set, struct fault_spec *specs,
                            struct fault_uses **uses)
{
    size_t count = 0;
    for (size_t i = 0; i < set->fault_count; i++) {
        if (!live_fault_is_on(&set->faults[i]))
            continue;
        specs[count] = set->faults[i].spec;
        uses[count++] = &set->faults[i].uses->fault;
    }
    return count;
}

enum err live_make_faults(const struct live_set *set, uint64_t seed, struct fault_set **out)
{
    *out = NULL;
    if (set->fault_count == 0)
        return ERR_OK;
    struct fault_spec *specs = calloc(set->fault_count, sizeof(*specs));
    struct fault_uses **uses = calloc(set->fault_count, sizeof(struct fault_uses *));
    size_t count = 0;
    if (specs && uses)
        count = gather_faults(set, specs, uses);
    if (count > 0)
        *out = fault_set_new(specs, uses, count, seed);
    bool short_of_memory = !specs || !uses || (count > 0 && !*out);
    free(specs);
    free(uses);
    return short_of_memory ? ERR_NOMEM : ERR_OK;
}
