#include "policy/arena.h"

#include <stdlib.h>

#include "base/pages.h"

#define CAPACITY_MIN 4096
#define USED_MAX     ((size_t)POLICY_ARENA_REF_MAX * POLICY_ARENA_UNIT)

static uint32_t arena_grow(struct policy_arena *arena, size_t used)
{
    size_t larger = arena->capacity ? arena->capacity * 2 : CAPACITY_MIN;
    while (larger < used)
        larger *= 2;
    uint8_t *moved = pages_resize(arena->bytes, arena->used, larger);
    if (!moved)
        return 0;
    arena->bytes = moved;
    arena->capacity = larger;
    return 1;
}

enum err policy_arena_init(struct policy_arena *arena, size_t expected)
{
    *arena = (struct policy_arena){0};
    return arena_grow(arena, expected < USED_MAX ? expected : USED_MAX) ? ERR_OK : ERR_NOMEM;
}

uint32_t policy_arena_take(struct policy_arena *arena, size_t size)
{
    size_t start = arena->used ? arena->used : POLICY_ARENA_UNIT; /* reference 0 means none */
    if (size > USED_MAX - start)
        return 0;
    size = (size + POLICY_ARENA_UNIT - 1) / POLICY_ARENA_UNIT * POLICY_ARENA_UNIT;
    if (start + size > arena->capacity && !arena_grow(arena, start + size))
        return 0;
    arena->used = start + size;
    return (uint32_t)(start / POLICY_ARENA_UNIT);
}

void policy_arena_fit(struct policy_arena *arena)
{
    if (arena->used == 0) {
        policy_arena_deinit(arena);
        return;
    }
    arena->bytes = pages_fit(arena->bytes, arena->used, arena->capacity);
    arena->capacity = arena->used;
}

void policy_arena_deinit(struct policy_arena *arena)
{
    free(arena->bytes);
    *arena = (struct policy_arena){0};
}
