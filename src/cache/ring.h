/* A log of entries in a fixed piece of memory: written at the head, given up at the tail, in the
 * order of arrival. An entry lies in one piece; what is left at the end of the memory is padding.
 *
 * A position counts units of 8 bytes and never comes back: the offset in its low bits, the laps
 * above them. So positions compare as times do, and one that is behind the tail is known to be
 * gone. Not locked. */
#ifndef SHUNT_CACHE_RING_H
#define SHUNT_CACHE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"

#define CACHE_UNIT 8 /* bytes; entries are made of whole units */

/* What an entry looks like in the log. The fields that change while readers look at it (marks,
 * generation) are changed in place; all others are written once. */
struct cache_entry {
    uint16_t units; /* of the whole entry; 0 = padding up to the end of the memory */
    uint16_t type, class;
    uint8_t name_len;
    uint8_t marks;      /* CACHE_KEY_* of the key, and CACHE_MARK_VISITED */
    uint64_t name_hash; /* as in the key */
    uint64_t put;       /* ms */
    uint32_t lifetime;  /* seconds from then */
    uint32_t generation;
    uint8_t data[]; /* the name; a pad byte if its length is odd; the answer */
};

#define CACHE_MARK_VISITED 0x80 /* it was asked for since it came to its place in the log */

struct cache_ring {
    uint8_t *memory;
    uint64_t units; /* of the memory */
    unsigned bits;  /* of a position, that are its offset */
    uint64_t head;  /* where the next entry goes */
    uint64_t tail;  /* the oldest entry, or the head */
};

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

/* Gives up the entry at the tail; there must be one. */
void cache_ring_drop(struct cache_ring *ring);

/* Gives up everything. Positions handed out before stay behind the tail. */
void cache_ring_clear(struct cache_ring *ring);

/* Takes `units` at the head, for which there must be room, and returns their position. The caller
 * fills them at once. */
uint64_t cache_ring_append(struct cache_ring *ring, uint64_t units);

#endif
