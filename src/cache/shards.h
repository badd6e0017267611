/* The cache as a whole: its shards, at the start of the memory that they share. */
#ifndef SHUNT_CACHE_SHARDS_H
#define SHUNT_CACHE_SHARDS_H

#include "cache/shard.h"

struct cache {
    size_t mapped; /* bytes, this struct included */
    unsigned bits; /* upper bits of the hash that choose the shard */
    struct cache_shard shards[];
};

static inline size_t cache_shard_count(const struct cache *c)
{
    return (size_t)1 << c->bits;
}

#endif
