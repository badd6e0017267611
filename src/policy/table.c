#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

struct policy *policy_new(const struct hash_key *key, size_t names, size_t wildcards)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    if (!policy)
        return NULL;
    policy->key = *key;
    if (names_init(&policy->names, names) != ERR_OK ||
        names_init(&policy->wildcards, wildcards) != ERR_OK) {
        policy_free(policy);
        return NULL;
    }
    return policy;
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    names_deinit(&policy->names);
    names_deinit(&policy->wildcards);
    policy_arena_deinit(&policy->arena);
    for (size_t i = 0; i < policy->file_count; i++)
        free(policy->files[i]);
    free(policy->files);
    free(policy);
}

uint32_t policy_generation(const struct policy *policy)
{
    return policy->generation;
}

bool policy_is_empty(const struct policy *policy)
{
    return policy->counts.owners == 0;
}

void policy_counts(const struct policy *policy, struct policy_counts *out)
{
    *out = policy->counts;
}

/* The name exists because of a node whose name is that or below it, and so do those above it. */
static enum err mark_name(struct policy *policy, const uint8_t *name, size_t len, uint32_t because)
{
    while (*name != 0) { /* the root exists anyway */
        uint64_t hash = hash_bytes(&policy->key, name, len);
        uint32_t *slot = names_find(&policy->names, &policy->arena, name, len, hash);
        if (!slot && names_add(&policy->names, hash, because | NAMES_ABOVE) != ERR_OK)
            return ERR_NOMEM;
        if (slot && (*slot & NAMES_ABOVE))
            return ERR_OK;
        if (slot) {
            struct policy_node *node = policy_arena_at(&policy->arena, *slot);
            if (node->flags & POLICY_NODE_EXISTS)
                return ERR_OK;
            node->flags |= POLICY_NODE_EXISTS;
        }
        len -= 1u + *name;
        name += 1u + *name;
    }
    return ERR_OK;
}

static enum err put_wildcard(struct policy *policy, uint32_t ref, uint64_t hash)
{
    struct policy_node *node = policy_arena_at(&policy->arena, ref);
    unsigned depth = 0;
    for (const uint8_t *label = policy_node_name(node); *label != 0; label += 1u + *label)
        depth++;
    policy->depths[depth / 64] |= UINT64_C(1) << depth % 64;
    if (policy_node_has_data(node))
        node->flags |= POLICY_NODE_EXISTS;
    return names_add(&policy->wildcards, hash, ref);
}

/* It may stand there already for what is below it. */
static enum err put_name(struct policy *policy, uint32_t ref, uint64_t hash)
{
    struct policy_node *node = policy_arena_at(&policy->arena, ref);
    uint32_t *slot =
        names_find(&policy->names, &policy->arena, policy_node_name(node), node->name_len, hash);
    if (!slot)
        return names_add(&policy->names, hash, ref);
    *slot = ref;
    node->flags |= POLICY_NODE_EXISTS;
    return ERR_OK;
}

enum err policy_put(struct policy *policy, uint32_t ref, uint64_t hash)
{
    const struct policy_node *node = policy_arena_at(&policy->arena, ref);
    bool wildcard = node->flags & POLICY_NODE_WILDCARD;
    enum err e = wildcard ? put_wildcard(policy, ref, hash) : put_name(policy, ref, hash);
    policy->counts.owners += node->rrset_count > 0;
    if (e != ERR_OK || !policy_node_has_data(node))
        return e;
    return mark_name(policy, policy_node_name(node), node->name_len, ref);
}
