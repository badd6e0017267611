/* One piece of memory that grows at its end: the nodes of a policy, which come and go together.
 * What is in it is named by a reference, since it moves as it grows. A piece costs its own bytes,
 * rounded up to four, without the allocator's. Private to src/policy. */
#ifndef SHUNT_POLICY_ARENA_H
#define SHUNT_POLICY_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define POLICY_ARENA_UNIT    4 /* bytes; references count in it */
#define POLICY_ARENA_REF_MAX INT32_MAX

/* All zero is an empty one. */
struct policy_arena {
    uint8_t *bytes;
    size_t used, capacity; /* bytes */
};

/* An empty one with room for about so many bytes, which grows when there are more. ERR_NOMEM. */
enum err policy_arena_init(struct policy_arena *arena, size_t expected);
/* `size` bytes at an address for any type of up to 4 bytes. The reference is 1 to
 * POLICY_ARENA_REF_MAX, and 0 without memory or room. */
uint32_t policy_arena_take(struct policy_arena *arena, size_t size);
/* Gives back what is not in use, when nothing will be taken any more. */
void policy_arena_fit(struct policy_arena *arena);
void policy_arena_deinit(struct policy_arena *arena);

/* Valid until the next piece is taken. */
static inline void *policy_arena_at(const struct policy_arena *arena, uint32_t ref)
{
    return arena->bytes + (size_t)ref * POLICY_ARENA_UNIT;
}

#endif
