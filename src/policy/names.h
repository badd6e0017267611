/* A table from names to nodes: what a query looks at first. A bucket is a cache line of eight
 * slots, and nearly every name that is not there is told by one of them. Nothing is ever taken out.
 * Private to src/policy. */
#ifndef SHUNT_POLICY_NAMES_H
#define SHUNT_POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/node.h"

#define NAMES_SLOTS 8

/* A slot is a tag, the upper half of the name's hash, and a reference to a node; 0 when it is free.
 * Used slots come first. A full bucket goes on in the next one, the last in the first. */
struct names_bucket {
    uint32_t tags[NAMES_SLOTS];
    uint32_t refs[NAMES_SLOTS];
};

/* In a slot of a name that has no node, but exists because of the node's name, which is below. */
#define NAMES_ABOVE (UINT32_C(1) << 31)

/* All zero is an empty one. */
struct names {
    struct names_bucket *buckets; /* in order of their tags; NULL while empty */
    uint32_t bucket_count;
    size_t used; /* slots */
};

/* Room for about so many names; it grows when there are more. ERR_NOMEM. */
enum err names_init(struct names *table, size_t expected);
void names_deinit(struct names *table);

/* The slot of a lower-cased name in wire form, `hash` its hash_bytes; NULL if there is none. */
uint32_t *names_find(const struct names *table, const struct policy_arena *arena,
                     const uint8_t *name, size_t len, uint64_t hash);
/* Adds a name that is not there. ERR_NOMEM. */
enum err names_add(struct names *table, uint64_t hash, uint32_t ref);
/* Gives back what is not needed, once all names are there. */
void names_fit(struct names *table);

static inline uint32_t names_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static inline struct names_bucket *names_home(const struct names *table, uint64_t hash)
{
    return &table->buckets[(uint64_t)names_tag(hash) * table->bucket_count >> 32];
}

/* The slots with this tag, a bit each. */
static inline unsigned names_matches(const struct names_bucket *bucket, uint32_t tag)
{
    unsigned matches = 0;
    for (unsigned i = 0; i < NAMES_SLOTS; i++)
        matches |= (unsigned)(bucket->tags[i] == tag) << i;
    return matches;
}

/* The node of a name, which must be its own; NULL if there is none. */
static inline const struct policy_node *names_get(const struct names *table,
                                                  const struct policy_arena *arena,
                                                  const uint8_t *name, size_t len, uint64_t hash)
{
    if (table->used == 0)
        return NULL;
    const struct names_bucket *bucket = names_home(table, hash);
    const struct names_bucket *end = table->buckets + table->bucket_count;
    for (;;) {
        unsigned matches = names_matches(bucket, names_tag(hash));
        for (; matches != 0; matches &= matches - 1) {
            uint32_t ref = bucket->refs[__builtin_ctz(matches)];
            if (ref == 0 || (ref & NAMES_ABOVE))
                continue;
            const struct policy_node *node = policy_arena_at(arena, ref);
            if (policy_node_is(node, name, len))
                return node;
        }
        if (bucket->refs[NAMES_SLOTS - 1] == 0)
            return NULL;
        if (++bucket == end)
            bucket = table->buckets;
    }
}

#endif
