/* Memory that is given out piece by piece and freed as a whole. A list of chunks begins as NULL and
 * takes larger ones as it grows. */
#ifndef SHUNT_BASE_CHUNK_H
#define SHUNT_BASE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_ALIGN sizeof(void *)

struct chunk;

/* `size` bytes at any address. NULL without memory. */
uint8_t *chunk_take(struct chunk **chunks, size_t size);
/* The same at a multiple of CHUNK_ALIGN, of which `size` is one, too. */
void *chunk_take_aligned(struct chunk **chunks, size_t size);
/* Frees all of a list, which may be NULL. */
void chunk_free_all(struct chunk *chunks);

#endif
