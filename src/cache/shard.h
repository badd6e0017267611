/* One part of the cache: an index of buckets over two logs, and the rules for what stays.
 *
 * An entry comes into the small log. When its space is needed and it was asked for meanwhile, it
 * moves to the main log; else it is given up, and its slot in the index stays behind as a ghost
 * that remembers the question. Who is put again while a ghost (or an older answer) remembers it
 * goes to the main log at once. In the main log an entry that was asked for is kept for another
 * round. So names that are asked for once, as in a flood of random names, only ever push out each
 * other (the idea of S3-FIFO, Yang et al., SOSP 2023, with the index as its ghost queue).
 *
 * Not locked: the callers hold `lock`. */
#ifndef SHUNT_CACHE_SHARD_H
#define SHUNT_CACHE_SHARD_H

#include <pthread.h>

#include "base/hash.h"
#include "cache/ring.h"

#define CACHE_SLOTS 8

/* A slot is 0 (empty) or 16 bits of the hash, 1 bit for the log, 47 bits of position. */
struct cache_bucket {
    uint64_t slots[CACHE_SLOTS];
} __attribute__((aligned(64)));

struct cache_shard {
    pthread_mutex_t lock;
    struct cache_bucket *buckets;
    uint32_t bucket_count;
    unsigned hash_skip;          /* upper bits of the hash, that chose the shard */
    uint64_t largest;            /* units of the largest entry that is kept */
    uint64_t stale_ms;           /* how long an entry is of use past its end */
    struct cache_ring logs[2];   /* CACHE_SMALL, CACHE_MAIN */
    uint64_t used;               /* units of entries in the index */
    struct cache_stats counters; /* capacity and used are not filled here */
} __attribute__((aligned(64)));

enum cache_log { CACHE_SMALL, CACHE_MAIN };

/* Lays a shard out in `bytes` of zeroed memory, 64-byte aligned. */
void cache_shard_init(struct cache_shard *s, void *memory, size_t bytes, unsigned hash_skip,
                      uint64_t stale_ms);

/* The hash that all of the cache uses: its upper half chooses shard and bucket, its lower half is
 * the tag. */
static inline uint64_t cache_hash(uint64_t name_hash, uint16_t type, uint16_t class, uint8_t flags)
{
    return hash_mix(name_hash, type | (uint64_t) class << 16 | (uint64_t)flags << 32);
}

/* The entry of a key, alive or expired, or NULL. */
struct cache_entry *cache_shard_find(struct cache_shard *s, const struct cache_key *key,
                                     uint64_t hash);

/* As cache_put. */
enum err cache_shard_put(struct cache_shard *s, const struct cache_key *key, uint64_t hash,
                         const struct dns_answer *answer, uint64_t now, uint32_t lifetime);

/* Whether the index still leads to the entry at a position; older versions of an answer and removed
 * entries stay in the log until it comes round. */
bool cache_shard_leads_to(struct cache_shard *s, enum cache_log log, uint64_t position);
/* Takes such an entry out of the index. */
void cache_shard_remove(struct cache_shard *s, enum cache_log log, uint64_t position);
/* Takes all out, ghosts too. */
void cache_shard_clear(struct cache_shard *s);

/* Milliseconds since an entry was put; 0 when the clock is behind it. */
static inline uint64_t cache_entry_elapsed(const struct cache_entry *e, uint64_t now)
{
    return now > e->put ? now - e->put : 0;
}

static inline const struct dns_answer *cache_entry_answer(const struct cache_entry *e)
{
    return (const struct dns_answer *)(const void *)(e->data + e->name_len + (e->name_len & 1));
}

#endif
