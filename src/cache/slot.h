/* A slot of the index: 64 bits that are read and changed as one.
 *
 * 0 is empty. Else: 16 bits of the hash, 1 bit that tells entries from ghosts, 1 bit for the log, 1
 * bit for "asked for since it came to its place", 45 bits of position. Positions don't come back,
 * so a slot that is what it was before still leads to the same entry, whole. A ghost remembers that
 * there was an entry, and how long ago. */
#ifndef SHUNT_CACHE_SLOT_H
#define SHUNT_CACHE_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CACHE_SLOTS 8 /* in a bucket: one line of the CPU's caches */

struct cache_bucket {
    _Alignas(64) _Atomic uint64_t slots[CACHE_SLOTS];
};

enum cache_log { CACHE_SMALL, CACHE_MAIN };

#define CACHE_TAG_SHIFT  48
#define CACHE_SLOT_ALIVE (UINT64_C(1) << 47)
#define CACHE_SLOT_MAIN  (UINT64_C(1) << 46)
/* Readers set it, once, and only while nothing else of the slot has changed. */
#define CACHE_SLOT_VISITED (UINT64_C(1) << 45)
#define CACHE_POSITION     (CACHE_SLOT_VISITED - 1)

static inline uint64_t cache_slot_make(uint64_t hash, enum cache_log log, uint64_t position)
{
    return hash << CACHE_TAG_SHIFT | CACHE_SLOT_ALIVE | (log == CACHE_MAIN ? CACHE_SLOT_MAIN : 0) |
           position;
}

static inline enum cache_log cache_slot_log(uint64_t slot)
{
    return slot & CACHE_SLOT_MAIN ? CACHE_MAIN : CACHE_SMALL;
}

/* It leads to an entry. */
static inline bool cache_slot_alive(uint64_t slot)
{
    return slot & CACHE_SLOT_ALIVE;
}

/* Alive, and perhaps that of this hash. */
static inline bool cache_slot_matches(uint64_t slot, uint64_t hash)
{
    return (slot ^ (hash << CACHE_TAG_SHIFT | CACHE_SLOT_ALIVE)) < CACHE_SLOT_ALIVE;
}

/* What was of this hash, perhaps. */
static inline bool cache_slot_haunts(uint64_t slot, uint64_t hash)
{
    return slot != 0 && (slot ^ hash << CACHE_TAG_SHIFT) < CACHE_SLOT_ALIVE;
}

/* Lead to the same entry, asked for or not. */
static inline bool cache_slot_same(uint64_t a, uint64_t b)
{
    return ((a ^ b) & ~CACHE_SLOT_VISITED) == 0;
}

/* What is written before is there for who finds it by this. */
static inline void cache_slot_set(_Atomic uint64_t *slot, uint64_t value)
{
    atomic_store_explicit(slot, value, memory_order_release);
}

static inline uint64_t cache_slot_get(const _Atomic uint64_t *slot)
{
    return atomic_load_explicit(slot, memory_order_acquire);
}

#endif
