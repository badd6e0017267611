#include "policy/arena.h"

#include <stdlib.h>

#define ALIGNMENT 8
#define CHUNK_MIN 4096
#define CHUNK_MAX ((size_t)1 << 20)

struct policy_chunk {
    struct policy_chunk *next;
    uint64_t bytes[];
};

/* A piece that is larger than a chunk gets one of its own. */
static struct policy_chunk *chunk_add(struct policy_arena *arena, size_t room)
{
    if (room > SIZE_MAX - sizeof(struct policy_chunk))
        return NULL;
    struct policy_chunk *chunk = malloc(sizeof(*chunk) + room);
    if (!chunk)
        return NULL;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *policy_arena_take(struct policy_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > CHUNK_MAX) {
        struct policy_chunk *chunk = chunk_add(arena, size);
        return chunk ? chunk->bytes : NULL;
    }
    if (size > arena->left) {
        size_t larger = arena->size ? arena->size * 2 : CHUNK_MIN;
        while (larger < size)
            larger *= 2;
        larger = larger > CHUNK_MAX ? CHUNK_MAX : larger;
        struct policy_chunk *chunk = chunk_add(arena, larger);
        if (!chunk)
            return NULL;
        arena->at = (uint8_t *)chunk->bytes;
        arena->left = arena->size = larger;
    }
    void *piece = arena->at;
    arena->at += size;
    arena->left -= size;
    return piece;
}

void policy_arena_deinit(struct policy_arena *arena)
{
    while (arena->chunks) {
        struct policy_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    *arena = (struct policy_arena){0};
}
