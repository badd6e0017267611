/* A ring of bytes between one producer and one consumer. `head` and `tail` count all bytes ever
 * written and read; each is stored by one side only. */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "control/event_record.h"

#define RING_MIN  (2 * EVENT_RECORD_MAX)
#define RING_LINE 64 /* the two sides write to lines of their own */

struct event_ring {
    alignas(RING_LINE) atomic_size_t head; /* producer's */
    size_t tail_seen;                      /* producer's: the tail when it last looked */
    atomic_ulong dropped;                  /* producer's */
    alignas(RING_LINE) atomic_size_t tail; /* consumer's */
    alignas(RING_LINE) size_t mask;
    uint8_t bytes[];
};

struct event_ring *event_ring_new(size_t bytes)
{
    size_t capacity = 1;
    while (capacity < bytes || capacity < RING_MIN)
        capacity *= 2;
    size_t size = (sizeof(struct event_ring) + capacity + RING_LINE - 1) & ~(size_t)(RING_LINE - 1);
    struct event_ring *ring = aligned_alloc(RING_LINE, size);
    if (!ring)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->dropped, 0);
    ring->mask = capacity - 1;
    return ring;
}

void event_ring_free(struct event_ring *ring)
{
    free(ring);
}

/* How many bytes from `at` on stand before the end of the array. */
static size_t straight(const struct event_ring *ring, size_t at, size_t len)
{
    size_t left = ring->mask + 1 - (at & ring->mask);
    return len < left ? len : left;
}

static void copy_in(struct event_ring *ring, size_t at, const uint8_t *from, size_t len)
{
    size_t first = straight(ring, at, len);
    memcpy(ring->bytes + (at & ring->mask), from, first);
    memcpy(ring->bytes, from + first, len - first);
}

static void copy_out(const struct event_ring *ring, size_t at, void *to, size_t len)
{
    size_t first = straight(ring, at, len);
    memcpy(to, ring->bytes + (at & ring->mask), first);
    memcpy((uint8_t *)to + first, ring->bytes, len - first);
}

/* Whether `len` bytes are free; asks the consumer's side only when it did not look that way. */
static bool has_room(struct event_ring *ring, size_t head, size_t len)
{
    size_t capacity = ring->mask + 1;
    if (capacity - (head - ring->tail_seen) >= len)
        return true;
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return capacity - (head - ring->tail_seen) >= len;
}

void event_ring_push(void *ring_arg, const struct resolve_event *event)
{
    struct event_ring *ring = ring_arg;
    uint8_t record[EVENT_RECORD_MAX];
    size_t len = event_record_write(event, record);
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (!has_room(ring, head, len)) {
        atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
        return;
    }
    copy_in(ring, head, record, len);
    atomic_store_explicit(&ring->head, head + len, memory_order_release);
}

static bool oldest(const struct event_ring *ring, struct event_head *out)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (atomic_load_explicit(&ring->head, memory_order_acquire) == tail)
        return false;
    copy_out(ring, tail, out, sizeof(*out));
    return true;
}

bool event_ring_peek(const struct event_ring *ring, uint64_t *now)
{
    struct event_head head;
    if (!oldest(ring, &head))
        return false;
    *now = head.now;
    return true;
}

size_t event_ring_take(struct event_ring *ring, uint8_t *out)
{
    struct event_head head;
    if (!oldest(ring, &head))
        return 0;
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    copy_out(ring, tail, out, head.size);
    atomic_store_explicit(&ring->tail, tail + head.size, memory_order_release);
    return head.size;
}

uint64_t event_ring_dropped(const struct event_ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}
