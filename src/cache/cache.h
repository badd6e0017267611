/* Prepared answers by question, in a fixed amount of memory. One cache serves all workers; every
 * function may be called from any thread. Old entries make room for new ones: nothing is allocated
 * after cache_new. Lookups take no lock and wait for nobody, and one that finds an entry which was
 * found before writes nothing that another thread reads. Time is `now` in milliseconds, of the
 * caller's clock. */
#ifndef SHUNT_CACHE_CACHE_H
#define SHUNT_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "dns/answer.h"
#include "dns/name.h"

struct cache;

#define CACHE_KEY_DO 1 /* asked with the DO bit: answers with signatures */
#define CACHE_KEY_CD 2 /* asked with checking disabled: answers that may be bogus */

/* A type that no query has: the entry holds for every type of the name (NXDOMAIN, RFC 2308 §5). */
#define CACHE_TYPE_NXDOMAIN 0

struct cache_key {
    const struct dns_name *name; /* lower-cased */
    uint64_t name_hash;          /* the caller's keyed hash of it */
    uint16_t type, class;
    uint8_t flags; /* CACHE_KEY_* */
};

static inline uint64_t cache_hash(uint64_t name_hash, uint16_t type, uint16_t class, uint8_t flags)
{
    return hash_mix(name_hash, type | (uint64_t) class << 16 | (uint64_t)flags << 32);
}

/* The hash that the cache goes by: its upper half chooses the place, its lower half is the tag. */
static inline uint64_t cache_key_hash(const struct cache_key *key)
{
    return cache_hash(key->name_hash, key->type, key->class, key->flags);
}

struct cache_hit {
    uint32_t age;        /* whole seconds since it was put */
    uint32_t left;       /* whole seconds until it expires; 0 when expired */
    uint32_t generation; /* as last marked; 0 when put */
    bool stale;          /* expired, and returned all the same */
    uint64_t place;      /* for cache_mark */
};

struct cache_stats {
    size_t capacity; /* bytes for entries: what cache_new was given, less the index */
    size_t used;     /* bytes of the entries that are there */
    /* `expired` are lookups that found an expired entry, returned as stale or not; those that were
     * not count as misses too. */
    uint64_t entries, hits, misses, insertions, evictions, expired;
};

/* `bytes`: all the memory it will ever use, its index included; at least 64 KiB. `stale_ms`: how
 * long past its end an entry may still be returned as stale (RFC 8767); 0 = never. NULL without
 * memory, and for less than 64 KiB. */
struct cache *cache_new(size_t bytes, uint64_t stale_ms);
void cache_free(struct cache *c);

/* Who looks up: one for each thread, since it counts what it finds without regard to others. To be
 * freed before the cache; its counts stay in cache_stats. NULL without memory. */
struct cache_reader;
struct cache_reader *cache_reader_new(struct cache *c);
void cache_reader_free(struct cache_reader *r);

/* Copies the entry's answer into `out` (2-byte aligned, `capacity` bytes; DNS_ANSWER_MAX hold any,
 * and what is behind the answer may change too) and fills *hit. False when there is none, when it
 * expired (and is not stale enough to serve), or when it doesn't fit; what is in `out` and *hit
 * then means nothing, and an entry that is just being moved or pushed out may count as none. Stale
 * entries are returned with hit->stale set: the caller decides. */
bool cache_get(struct cache_reader *r, const struct cache_key *key, uint64_t now,
               struct dns_answer *out, size_t capacity, struct cache_hit *hit);

/* For batches, since main memory is slow: the first for every query, by its cache_key_hash, then
 * the second for every query, then cache_get. Each starts to load what the next step reads. False
 * when there is no such entry. */
void cache_prefetch(const struct cache *c, uint64_t hash);
bool cache_prefetch_entry(const struct cache *c, uint64_t hash);

/* Keeps a copy for `lifetime` seconds, in place of an older entry of the same key. A lifetime of 0
 * is not kept (ERR_OK). ERR_RANGE when it is too large: about a fifth of the cache, or of its
 * 1 MiB part when it is larger than that, which any answer fits. */
enum err cache_put(struct cache *c, const struct cache_key *key, const struct dns_answer *answer,
                   uint64_t now, uint32_t lifetime);

/* Notes that the entry that cache_get found, at hit->place, was compared with policy `generation`
 * (never 0) and does not contradict it; nothing happens when the entry was moved or replaced, or
 * when somebody is writing near it. */
void cache_mark(struct cache *c, const struct cache_key *key, uint64_t place, uint32_t generation);

/* Removes entries: all (name NULL), those of a name, or those of a name and all below it; of every
 * type (type 0) or of one, the name's NXDOMAIN included. Returns how many. */
size_t cache_flush(struct cache *c, const struct dns_name *name, bool below, uint16_t type);

/* Calls `visit` for each entry that is alive at `now`; the order says nothing. The answer is valid
 * during the call only. Ends early when `visit` returns false. `visit` may use the cache; entries
 * that come, change or go meanwhile may be missed. Slow, and takes 80 KB of stack: for people. */
typedef bool (*cache_visit_fn)(void *arg, const struct cache_key *key,
                               const struct dns_answer *answer, uint32_t age, uint32_t left);
void cache_walk(struct cache *c, uint64_t now, cache_visit_fn visit, void *arg);

void cache_stats(struct cache *c, struct cache_stats *out);

#endif
