/* The cache as a whole: its shards, at the start of the memory that they share. */
#ifndef SHUNT_CACHE_SHARDS_H
#define SHUNT_CACHE_SHARDS_H

#include "cache/shard.h"

struct cache {
    /* What readers need to find an entry; never written after cache_new. */
    uint8_t *memory; /* of the first shard */
    size_t stride;   /* bytes from one shard to the next */
    unsigned bits;   /* upper bits of the hash that choose the shard */
    struct cache_layout layout;
    uint64_t stale_ms; /* how long an entry is of use past its end */

    _Alignas(64) size_t mapped; /* bytes, this struct included */
    pthread_mutex_t lock;       /* of what follows */
    struct cache_reader *readers;
    struct cache_counts retired; /* of readers that were freed */

    _Alignas(64) struct cache_shard shards[];
};

static inline size_t cache_shard_count(const struct cache *c)
{
    return (size_t)1 << c->bits;
}

static inline size_t cache_shard_index(const struct cache *c, uint64_t hash)
{
    return c->bits ? hash >> (64 - c->bits) : 0;
}

#endif
