/* Memory for what may be very large: huge pages then, where the system has them, so that walking
 * about in it misses fewer addresses. Small pieces are like any other. Not zeroed; to be freed with
 * free(). */
#ifndef SHUNT_BASE_PAGES_H
#define SHUNT_BASE_PAGES_H

#include <stddef.h>

/* `size` bytes, for any type. NULL without memory. */
void *pages_new(size_t size);
/* The same at a multiple of `alignment`, a power of two of at least sizeof(void *). */
void *pages_aligned(size_t alignment, size_t size);
/* Memory of another size in place of `old` (may be NULL), with the first `used` bytes of it, which
 * both sizes have. NULL without memory, and then the old one is as it was. */
void *pages_resize(void *old, size_t used, size_t size);
/* Gives back what is behind the first `used` bytes, 1 at least, of `size`. Where they are now: a
 * large piece stays where it is. */
void *pages_fit(void *at, size_t used, size_t size);

#endif
