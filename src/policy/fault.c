#include "policy/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "policy/fault_key.h"

struct entry {
    struct fault_spec spec;
    struct fault_uses *uses;
    struct hash_key key; /* of the draws: from the seed and the name */
};

struct fault_set {
    size_t count;
    struct entry entries[];
};

struct fault_set *fault_set_new(const struct fault_spec *specs, struct fault_uses *const *uses,
                                size_t count, uint64_t seed)
{
    /* Any number will do, but another would draw differently. */
    const struct hash_key seeded = {seed, UINT64_C(0x73686e74)};
    struct fault_set *set = NULL;
    if (count < (SIZE_MAX - sizeof(*set)) / sizeof(set->entries[0]))
        set = calloc(1, sizeof(*set) + count * sizeof(set->entries[0]));
    if (!set)
        return NULL;
    set->count = count;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &set->entries[i];
        entry->spec = specs[i];
        entry->uses = uses[i];
        entry->key.k0 = seed;
        entry->key.k1 = hash_bytes(&seeded, specs[i].name, strlen(specs[i].name));
    }
    return set;
}

void fault_set_free(struct fault_set *set)
{
    free(set);
}

static bool match_names(const struct fault_match *match, const struct fault_reply *reply)
{
    if (match->name.len > 0 && !dns_name_equal(&match->name, reply->name))
        return false;
    if (match->domain.len > 0 && !dns_name_is_within(reply->name, &match->domain))
        return false;
    return true;
}

static bool match_sender(const struct fault_match *match, const struct fault_reply *reply)
{
    if (match->has_client && !subnet_contains(&match->client, reply->client))
        return false;
    if (match->view[0] != '\0' && strcmp(match->view, reply->view) != 0)
        return false;
    return true;
}

static bool matches(const struct fault_match *match, const struct fault_reply *reply)
{
    if (match->type != 0 && match->type != reply->type)
        return false;
    if (match->service >= 0 && match->service != reply->service)
        return false;
    if (match->transport == FAULT_UDP && reply->tcp)
        return false;
    if (match->transport == FAULT_TCP && !reply->tcp)
        return false;
    if (match->source != FAULT_ANY_SOURCE && match->source != reply->source)
        return false;
    return match_names(match, reply) && match_sender(match, reply);
}

/* Whether any of its actions can be done to this reply: one that cannot must neither hide the
 * faults behind it nor count. */
static bool has_effect(const struct fault_spec *spec, const struct fault_reply *reply)
{
    unsigned actions = spec->actions;
    if (reply->tcp)
        actions &= ~(unsigned)FAULT_DO_TRUNCATE;
    else
        actions &= ~(unsigned)FAULT_DO_TCP;
    if (spec->mangle == FAULT_MANGLE_WRONG_SOURCE && reply->tcp)
        actions &= ~(unsigned)FAULT_DO_MANGLE;
    /* Its drop is for those with EDNS too. */
    if (spec->mangle == FAULT_MANGLE_NO_EDNS && !reply->edns)
        actions &= ~(unsigned)(FAULT_DO_MANGLE | FAULT_DO_DROP);
    return actions != 0;
}

/* Whether the n-th match is one of those that the fault is for. */
static bool is_chosen(const struct fault_spec *spec, uint64_t n, uint64_t draw)
{
    if (spec->first > 0 && n > spec->first)
        return false;
    if (spec->every > 1 && n % spec->every != 0)
        return false;
    return draw % FAULT_SHARE_ALL < spec->share;
}

/* Counts one use; false when all are used up. */
static bool take_use(const struct entry *entry)
{
    unsigned long used = atomic_load_explicit(&entry->uses->used, memory_order_relaxed);
    do {
        if (entry->spec.uses_max > 0 && used >= entry->spec.uses_max)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&entry->uses->used, &used, used + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static bool is_used_up(const struct entry *entry)
{
    if (entry->spec.uses_max == 0)
        return false;
    return atomic_load_explicit(&entry->uses->used, memory_order_relaxed) >= entry->spec.uses_max;
}

static bool befalls(const struct entry *entry, const struct fault_reply *reply, uint64_t *draw)
{
    if (!matches(&entry->spec.match, reply) || !has_effect(&entry->spec, reply))
        return false;
    if (is_used_up(entry))
        return false;
    uint64_t n = 1 + atomic_fetch_add_explicit(&entry->uses->matched, 1, memory_order_relaxed);
    uint64_t drawn = hash_bytes(&entry->key, &n, sizeof(n));
    if (!is_chosen(&entry->spec, n, drawn))
        return false;
    *draw = hash_mix(drawn, n); /* apart from the share, which it would depend on */
    return take_use(entry);
}

const struct fault_spec *fault_find(const struct fault_set *set, const struct fault_reply *reply,
                                    uint64_t *draw)
{
    for (size_t i = 0; i < set->count; i++)
        if (befalls(&set->entries[i], reply, draw))
            return &set->entries[i].spec;
    return NULL;
}
