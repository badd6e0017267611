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

static void mark_add(struct policy *policy, struct policy_marks *marks, uint32_t ref, size_t skip)
{
    const struct policy_node *node = policy_arena_at(&policy->arena, ref);
    if (skip + 1 >= node->name_len) /* the root exists anyway, and nothing is above it */
        return;
    const uint8_t *name = policy_node_name(node) + skip;
    struct policy_mark *mark = &marks->items[(marks->first + marks->count++) % POLICY_MARKS];
    mark->hash = hash_bytes(&policy->key, name, node->name_len - skip);
    mark->node = ref;
    mark->skip = (uint8_t)skip;
    policy_prefetch(policy, mark->hash);
}

/* The name exists, and if that is new, so does the name above it. */
static enum err mark_next(struct policy *policy, struct policy_marks *marks)
{
    struct policy_mark mark = marks->items[marks->first++ % POLICY_MARKS];
    struct policy_node *node = policy_arena_at(&policy->arena, mark.node);
    const uint8_t *name = policy_node_name(node) + mark.skip;
    uint32_t *slot =
        names_find(&policy->names, &policy->arena, name, node->name_len - mark.skip, mark.hash);
    marks->count--;
    if (!slot && names_add(&policy->names, mark.hash, mark.node | NAMES_ABOVE) != ERR_OK)
        return ERR_NOMEM;
    if (slot && (*slot & NAMES_ABOVE))
        return ERR_OK;
    if (slot) {
        node = policy_arena_at(&policy->arena, *slot);
        if (node->flags & POLICY_NODE_EXISTS)
            return ERR_OK;
        node->flags |= POLICY_NODE_EXISTS;
    }
    mark_add(policy, marks, mark.node, mark.skip + 1u + *name);
    return ERR_OK;
}

enum err policy_marks_finish(struct policy *policy, struct policy_marks *marks)
{
    enum err e = ERR_OK;
    while (marks->count > 0 && e == ERR_OK)
        e = mark_next(policy, marks);
    return e;
}

static enum err put_wildcard(struct policy *policy, uint32_t ref, uint64_t hash)
{
    struct policy_node *node = policy_arena_at(&policy->arena, ref);
    unsigned depth = 0;
    for (const uint8_t *label = policy_node_name(node); *label != 0; label += 1u + *label)
        depth++;
    policy->depths[depth / 64] |= UINT64_C(1) << depth % 64;
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

enum err policy_put(struct policy *policy, struct policy_marks *marks, uint32_t ref, uint64_t hash)
{
    struct policy_node *node = policy_arena_at(&policy->arena, ref);
    bool wildcard = node->flags & POLICY_NODE_WILDCARD;
    enum err e = wildcard ? put_wildcard(policy, ref, hash) : put_name(policy, ref, hash);
    while (e == ERR_OK && marks->count > POLICY_MARKS / 2)
        e = mark_next(policy, marks);
    policy->counts.owners += node->rrset_count > 0;
    if (e != ERR_OK || (node->flags & POLICY_NODE_EXISTS) || !policy_node_has_data(node))
        return e;
    node->flags |= POLICY_NODE_EXISTS;
    /* The name below a wildcard's "*" exists too. */
    mark_add(policy, marks, ref, wildcard ? 0 : 1u + *policy_node_name(node));
    return ERR_OK;
}
