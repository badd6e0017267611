/* A log of entries in a fixed piece of memory: written at the head, given up at the tail, in the
 * order of arrival. An entry lies in one piece; what is left at the end of the memory is padding.
 *
 * A position counts units of 8 bytes and never comes back: the offset in its low bits, the laps
 * above them. So positions compare as times do. The lock of the shard is held for everything here;
 * readers come by slots of the index, and look at the memory alone. */
#ifndef SHUNT_CACHE_RING_H
#define SHUNT_CACHE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/entry.h"

struct cache_ring {
    uint8_t *memory;
    uint64_t units; /* of the memory */
    unsigned bits;  /* of a position, that are its offset */
    uint64_t head;  /* where the next entry goes */
    uint64_t tail;  /* the oldest entry, or the head */
};

/* How many bits of the positions in a ring of `units` are the offset. */
unsigned cache_ring_bits(uint64_t units);

/* An empty ring over `units` units of the caller's memory, which must be 8-byte aligned. */
void cache_ring_init(struct cache_ring *ring, void *memory, uint64_t units);

static inline struct cache_entry *cache_ring_at(const struct cache_ring *ring, uint64_t position)
{
    uint64_t offset = position & ((UINT64_C(1) << ring->bits) - 1);
    return (struct cache_entry *)(void *)(ring->memory + offset * CACHE_UNIT);
}

static inline bool cache_ring_holds(const struct cache_ring *ring, uint64_t position)
{
    return position >= ring->tail && position < ring->head;
}

/* The position behind the entry at `position`: another entry, or the head. */
uint64_t cache_ring_next(const struct cache_ring *ring, uint64_t position);

/* Whether `units` fit at the head without giving up anything. */
bool cache_ring_has_room(const struct cache_ring *ring, uint64_t units);

/* Gives up the entry at the tail; there must be one, and no slot may lead to it any more. */
void cache_ring_drop(struct cache_ring *ring);

/* Gives up everything; no slot may lead here any more. */
void cache_ring_clear(struct cache_ring *ring);

/* Takes `units` at the head, for which there must be room, and returns their position. The caller
 * fills them at once, word by word: readers who are late may still look there. */
uint64_t cache_ring_append(struct cache_ring *ring, uint64_t units);

#endif
