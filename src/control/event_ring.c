/* A ring of records between one producer and one consumer. `head` and `tail` count all bytes ever
 * written and passed; each is stored by one side only. A record is in one piece: behind the array
 * is room for the end of one that begins before its end. */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "control/event_record.h"

#define RING_MIN  (2 * EVENT_RECORD_MAX)
#define RING_LINE 64 /* the two sides write to lines of their own */
#define RING_STEP alignof(struct event_head)

struct event_ring {
    alignas(RING_LINE) atomic_size_t head; /* producer's */
    size_t tail_seen;                      /* producer's: the tail when it last looked */
    atomic_ulong dropped;                  /* producer's */
    alignas(RING_LINE) atomic_size_t tail; /* consumer's */
    alignas(RING_LINE) size_t mask;
    alignas(RING_LINE) uint8_t bytes[];
};

struct event_ring *event_ring_new(size_t bytes)
{
    size_t capacity = 1;
    while (capacity < bytes || capacity < RING_MIN)
        capacity *= 2;
    size_t size = sizeof(struct event_ring) + capacity + EVENT_RECORD_MAX;
    struct event_ring *ring =
        aligned_alloc(RING_LINE, (size + RING_LINE - 1) & ~(size_t)(RING_LINE - 1));
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

static uint8_t *place(struct event_ring *ring, size_t at)
{
    return ring->bytes + (at & ring->mask);
}

/* Where the record behind one of `size` bytes begins. */
static size_t behind(size_t at, size_t size)
{
    return at + ((size + RING_STEP - 1) & ~(RING_STEP - 1));
}

/* Whether any record fits; asks the consumer's side only when it did not look that way. */
static bool has_room(struct event_ring *ring, size_t head)
{
    size_t most = ring->mask + 1 - EVENT_RECORD_MAX;
    if (head - ring->tail_seen <= most)
        return true;
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return head - ring->tail_seen <= most;
}

void event_ring_push(void *ring_arg, const struct resolve_event *event)
{
    struct event_ring *ring = ring_arg;
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (!has_room(ring, head)) {
        atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
        return;
    }
    struct event_head *record = (struct event_head *)(void *)place(ring, head);
    event_record_write(event, record);
    atomic_store_explicit(&ring->head, behind(head, record->size), memory_order_release);
}

const struct event_head *event_ring_oldest(struct event_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (atomic_load_explicit(&ring->head, memory_order_acquire) == tail)
        return NULL;
    return (const struct event_head *)(const void *)place(ring, tail);
}

void event_ring_pass(struct event_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    const struct event_head *record = (const struct event_head *)(const void *)place(ring, tail);
    atomic_store_explicit(&ring->tail, behind(tail, record->size), memory_order_release);
}

uint64_t event_ring_dropped(const struct event_ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}
