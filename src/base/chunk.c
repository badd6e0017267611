#include "base/chunk.h"

#include <stdlib.h>

#include "base/pages.h"

#define CHUNK_MIN ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)4 << 20)

/* Bytes are taken from its beginning on, and from its end what has to be aligned. */
struct chunk {
    struct chunk *next;
    size_t used, end; /* between them it is free */
    size_t size;      /* with this head */
    uint8_t bytes[];
};

/* The latest chunk, or a new one, with `size` free bytes. */
static struct chunk *chunk_with(struct chunk **chunks, size_t size)
{
    struct chunk *chunk = *chunks;
    if (chunk && chunk->end - chunk->used >= size)
        return chunk;
    size_t larger = chunk ? chunk->size * 2 : CHUNK_MIN;
    if (larger > CHUNK_MAX)
        larger = CHUNK_MAX;
    if (larger < sizeof(*chunk) + size)
        larger = (sizeof(*chunk) + size + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
    chunk = pages_new(larger);
    if (!chunk)
        return NULL;
    *chunk = (struct chunk){.next = *chunks, .end = larger - sizeof(*chunk), .size = larger};
    *chunks = chunk;
    return chunk;
}

uint8_t *chunk_take(struct chunk **chunks, size_t size)
{
    struct chunk *chunk = chunk_with(chunks, size);
    if (!chunk)
        return NULL;
    chunk->used += size;
    return chunk->bytes + chunk->used - size;
}

void *chunk_take_aligned(struct chunk **chunks, size_t size)
{
    struct chunk *chunk = chunk_with(chunks, size);
    if (!chunk)
        return NULL;
    chunk->end -= size;
    return chunk->bytes + chunk->end;
}

void chunk_free_all(struct chunk *chunks)
{
    while (chunks) {
        struct chunk *next = chunks->next;
        free(chunks);
        chunks = next;
    }
}
