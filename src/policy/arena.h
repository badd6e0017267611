/* Memory that is given out piece by piece and freed as a whole: the nodes of a policy, which come
 * and go together. A piece costs its own bytes, without the allocator's. Private to src/policy. */
#ifndef SHUNT_POLICY_ARENA_H
#define SHUNT_POLICY_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct policy_chunk;

/* All zero is an empty one. */
struct policy_arena {
    struct policy_chunk *chunks; /* the latest first */
    uint8_t *at;                 /* what is left of it */
    size_t left;
    size_t size; /* of the latest chunk, in bytes */
};

/* `size` bytes at an address for any type of up to 8 bytes; NULL without memory. */
void *policy_arena_take(struct policy_arena *arena, size_t size);
void policy_arena_deinit(struct policy_arena *arena);

#endif
