#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

/* It is made for 5 of 8 slots in use: then one bucket in eight is full, and sends lookups on to the
 * next. It grows when 6 are. */
#define NAMES_USUAL         5
#define NAMES_MOST(buckets) ((size_t)(buckets)*6)
#define NAMES_BUCKETS_MAX   (UINT32_MAX / NAMES_SLOTS)

static uint32_t buckets_for(size_t names)
{
    size_t buckets = names / NAMES_USUAL + 2;
    return buckets < NAMES_BUCKETS_MAX ? (uint32_t)buckets : NAMES_BUCKETS_MAX;
}

/* Zeroed. A lookup goes anywhere in it. */
static struct names_bucket *buckets_new(uint32_t count)
{
    size_t size = count * sizeof(struct names_bucket);
    struct names_bucket *buckets = pages_aligned(sizeof(*buckets), size);
    if (buckets)
        memset(buckets, 0, size);
    return buckets;
}

static void put(struct names *table, uint32_t tag, uint32_t ref)
{
    struct names_bucket *bucket = names_home(table, (uint64_t)tag << 32);
    while (bucket->refs[NAMES_SLOTS - 1] != 0) {
        if (++bucket == table->buckets + table->bucket_count)
            bucket = table->buckets;
    }
    unsigned slot = 0;
    while (bucket->refs[slot] != 0)
        slot++;
    bucket->tags[slot] = tag;
    bucket->refs[slot] = ref;
}

/* The same names in another number of buckets, of which there must be enough. */
static enum err resize(struct names *table, uint32_t count)
{
    struct names old = *table;
    table->buckets = buckets_new(count);
    if (!table->buckets) {
        *table = old;
        return ERR_NOMEM;
    }
    table->bucket_count = count;
    for (uint32_t b = 0; b < old.bucket_count; b++) {
        const struct names_bucket *bucket = &old.buckets[b];
        for (unsigned i = 0; i < NAMES_SLOTS && bucket->refs[i] != 0; i++)
            put(table, bucket->tags[i], bucket->refs[i]);
    }
    free(old.buckets);
    return ERR_OK;
}

enum err names_init(struct names *table, size_t expected)
{
    *table = (struct names){0};
    return expected > 0 ? resize(table, buckets_for(expected)) : ERR_OK;
}

void names_deinit(struct names *table)
{
    free(table->buckets);
    *table = (struct names){0};
}

/* The name is the node's, or above it. */
static bool is_ending(const struct policy_node *node, const uint8_t *name, size_t len)
{
    const uint8_t *at = policy_node_name(node);
    size_t left = node->name_len;
    while (left > len) {
        left -= 1u + *at;
        at += 1u + *at;
    }
    return left == len && memcmp(at, name, len) == 0;
}

uint32_t *names_find(const struct names *table, const struct policy_arena *arena,
                     const uint8_t *name, size_t len, uint64_t hash)
{
    if (table->used == 0)
        return NULL;
    struct names_bucket *bucket = names_home(table, hash);
    for (;;) {
        unsigned matches = names_matches(bucket, names_tag(hash));
        for (; matches != 0; matches &= matches - 1) {
            uint32_t *ref = &bucket->refs[__builtin_ctz(matches)];
            const struct policy_node *node = policy_arena_at(arena, *ref & ~NAMES_ABOVE);
            if (*ref == 0)
                continue;
            if (*ref & NAMES_ABOVE ? is_ending(node, name, len) : policy_node_is(node, name, len))
                return ref;
        }
        if (bucket->refs[NAMES_SLOTS - 1] == 0)
            return NULL;
        if (++bucket == table->buckets + table->bucket_count)
            bucket = table->buckets;
    }
}

enum err names_add(struct names *table, uint64_t hash, uint32_t ref)
{
    if (table->used >= NAMES_MOST(table->bucket_count)) {
        if (table->bucket_count == NAMES_BUCKETS_MAX)
            return ERR_NOMEM;
        enum err e = resize(table, buckets_for(2 * table->used + NAMES_SLOTS));
        if (e != ERR_OK)
            return e;
    }
    put(table, names_tag(hash), ref);
    table->used++;
    return ERR_OK;
}

void names_fit(struct names *table)
{
    uint32_t wanted = buckets_for(table->used);
    if (table->used == 0)
        names_deinit(table);
    else if (wanted < table->bucket_count - table->bucket_count / 8)
        resize(table, wanted); /* without memory it stays as it is */
}
