/* What lookups share with the rest of the cache. */
#ifndef SHUNT_CACHE_READ_H
#define SHUNT_CACHE_READ_H

#include "cache/shards.h"

/* The counts of all readers, those that were freed too. */
struct cache_counts cache_readers_sum(struct cache *c);

#endif
