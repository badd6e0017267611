/* One part of the cache: an index of buckets over two logs, and the rules for what stays.
 *
 * An entry comes into the small log. When its space is needed it moves to the main log, if it was
 * asked for meanwhile or there is room that nobody uses; else it is given up, and its slot in the
 * index stays behind as a ghost that remembers the question. Who is put again while a ghost (or an
 * older answer) remembers it goes to the main log at once. In the main log an entry that was asked
 * for is kept for another round. So nothing goes before the memory is full, and then names that are
 * asked for once, as in a flood of random names, push out each other first (the idea of S3-FIFO,
 * Yang et al., SOSP 2023, with the index as its ghost queue).
 *
 * The callers of everything here hold `lock`. Readers need none of it: see entry.h and read.c. */
#ifndef SHUNT_CACHE_SHARD_H
#define SHUNT_CACHE_SHARD_H

#include <pthread.h>

#include "cache/ring.h"
#include "cache/slot.h"

/* How each shard's memory is divided: buckets, the small log, the main log. */
struct cache_layout {
    uint32_t bucket_count;
    unsigned hash_skip; /* upper bits of the hash, that chose the shard */
    size_t logs[2];     /* where they start; bytes */
    uint64_t units[2];  /* of each log */
    uint64_t masks[2];  /* the bits of a position that are its offset */
};

/* What the lookups of one reader came to, or of all of them. */
struct cache_counts {
    uint64_t hits, misses, expired;
};

struct cache_shard {
    pthread_mutex_t lock;
    const struct cache_layout *layout;
    struct cache_bucket *buckets;
    uint64_t largest;          /* units of the largest entry that is kept */
    uint64_t stale_ms;         /* how long an entry is of use past its end */
    struct cache_ring logs[2]; /* CACHE_SMALL, CACHE_MAIN */
    uint64_t used;             /* units of entries in the index */
    uint64_t entries, insertions, evictions;
} __attribute__((aligned(64)));

/* For shards of `bytes` each. */
void cache_layout_init(struct cache_layout *layout, size_t bytes, unsigned hash_skip);

static inline size_t cache_bucket_index(const struct cache_layout *layout, uint64_t hash)
{
    uint64_t upper = (uint32_t)((hash << layout->hash_skip) >> 32);
    return upper * layout->bucket_count >> 32;
}

/* Lays a shard out in zeroed memory, 64-byte aligned. The layout must outlive it. */
void cache_shard_init(struct cache_shard *s, void *memory, const struct cache_layout *layout,
                      uint64_t stale_ms);

/* As cache_mark. */
void cache_shard_mark(struct cache_shard *s, uint64_t hash, uint64_t place, uint32_t generation);

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

#endif
