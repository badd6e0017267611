#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

struct table_key {
    const uint8_t *name;
    size_t len;
};

static struct policy_node *node_of(struct cds_lfht_node *link)
{
    return caa_container_of(link, struct policy_node, link);
}

static int table_match(struct cds_lfht_node *link, const void *arg)
{
    const struct table_key *key = arg;
    const struct policy_node *node = node_of(link);
    return node->name_len == key->len && memcmp(policy_node_name(node), key->name, key->len) == 0;
}

struct policy_node *policy_table_get(struct cds_lfht *table, const uint8_t *name, size_t len,
                                     uint64_t hash)
{
    struct table_key key = {name, len};
    struct cds_lfht_iter iter;
    cds_lfht_lookup(table, (unsigned long)hash, table_match, &key, &iter);
    struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);
    return link ? node_of(link) : NULL;
}

static struct cds_lfht *table_new(size_t nodes)
{
    unsigned long buckets = 16;
    while (buckets + buckets / 2 < nodes) /* a bucket takes 16 bytes: chains of 1.5 are fine */
        buckets *= 2;
    return cds_lfht_new(buckets, 16, 0, 0, NULL);
}

static void table_free(struct cds_lfht *table)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *link;
    if (!table)
        return;
    cds_lfht_first(table, &iter);
    while ((link = cds_lfht_iter_get_node(&iter)) != NULL) {
        cds_lfht_next(table, &iter); /* before the node goes */
        cds_lfht_del(table, link);
    }
    cds_lfht_destroy(table, NULL);
}

struct policy *policy_new(const struct hash_key *key, size_t names, size_t wildcards)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    if (!policy)
        return NULL;
    policy->key = *key;
    policy->names = table_new(names);
    if (wildcards > 0)
        policy->wildcards = table_new(wildcards);
    if (!policy->names || (wildcards > 0 && !policy->wildcards)) {
        policy_free(policy);
        return NULL;
    }
    return policy;
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    table_free(policy->names);
    table_free(policy->wildcards);
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

/* One more reason for a name to exist. The first one is also a reason for the name above it. */
static enum err mark_name(struct policy *policy, const uint8_t *name, size_t len)
{
    while (*name != 0) { /* the root exists anyway */
        uint64_t hash = hash_bytes(&policy->key, name, len);
        struct policy_node *node = policy_table_get(policy->names, name, len, hash);
        if (!node) {
            struct policy_node_draft draft = {.name = name, .name_len = len};
            node = policy_node_new(&policy->arena, &draft);
            if (!node)
                return ERR_NOMEM;
            cds_lfht_add(policy->names, (unsigned long)hash, &node->link);
        }
        if (node->alive++ > 0)
            return ERR_OK;
        len -= 1u + *name;
        name += 1u + *name;
    }
    return ERR_OK;
}

enum err policy_put(struct policy *policy, struct policy_node *node, uint64_t hash)
{
    bool wildcard = node->flags & POLICY_NODE_WILDCARD;
    struct cds_lfht *table = wildcard ? policy->wildcards : policy->names;
    struct table_key key = {policy_node_name(node), node->name_len};
    struct cds_lfht_node *old =
        cds_lfht_add_replace(table, (unsigned long)hash, table_match, &key, &node->link);
    if (old) /* it stood there for what is below it */
        node->alive = node_of(old)->alive;
    policy->counts.owners += node->rrset_count > 0;
    if (!policy_node_has_data(node))
        return ERR_OK;
    if (wildcard) /* the name below the "*" exists too */
        node->alive = 1;
    return mark_name(policy, key.name, key.len);
}
