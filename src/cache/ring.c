#include "cache/ring.h"

#include <stdatomic.h>

static uint64_t lap(const struct cache_ring *ring)
{
    return UINT64_C(1) << ring->bits;
}

static uint64_t offset_of(const struct cache_ring *ring, uint64_t position)
{
    return position & (lap(ring) - 1);
}

static uint64_t next_lap(const struct cache_ring *ring, uint64_t position)
{
    return position - offset_of(ring, position) + lap(ring);
}

unsigned cache_ring_bits(uint64_t units)
{
    unsigned bits = 1;
    while ((UINT64_C(1) << bits) <= units)
        bits++;
    return bits;
}

void cache_ring_init(struct cache_ring *ring, void *memory, uint64_t units)
{
    *ring = (struct cache_ring){.memory = memory, .units = units, .bits = cache_ring_bits(units)};
    ring->head = lap(ring); /* no position is 0, which means "none" in the index */
    ring->tail = ring->head;
}

uint64_t cache_ring_next(const struct cache_ring *ring, uint64_t position)
{
    uint64_t next = position + cache_ring_at(ring, position)->units;
    if (offset_of(ring, next) == ring->units)
        return next_lap(ring, next);
    if (next < ring->head && cache_ring_at(ring, next)->units == 0)
        return next_lap(ring, next);
    return next;
}

/* Where an entry of `units` would start. */
static uint64_t start_for(const struct cache_ring *ring, uint64_t units)
{
    if (offset_of(ring, ring->head) + units > ring->units)
        return next_lap(ring, ring->head);
    return ring->head;
}

bool cache_ring_has_room(const struct cache_ring *ring, uint64_t units)
{
    /* The same byte one lap earlier belongs to the tail or is behind it. */
    return start_for(ring, units) + units <= ring->tail + lap(ring);
}

void cache_ring_drop(struct cache_ring *ring)
{
    ring->tail = cache_ring_next(ring, ring->tail);
}

void cache_ring_clear(struct cache_ring *ring)
{
    ring->head = next_lap(ring, ring->head);
    ring->tail = ring->head;
}

uint64_t cache_ring_append(struct cache_ring *ring, uint64_t units)
{
    uint64_t start = start_for(ring, units);
    /* The slots that led to what is overwritten from here on were changed before. */
    atomic_thread_fence(memory_order_release);
    if (start != ring->head) {
        cache_word_store((cache_word *)cache_ring_at(ring, ring->head), 0);
        if (ring->tail == ring->head)
            ring->tail = start;
    }
    ring->head = start + units;
    if (offset_of(ring, ring->head) == ring->units)
        ring->head = next_lap(ring, ring->head);
    return start;
}
