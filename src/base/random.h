/* Unpredictable numbers from the kernel, fetched a block at a time. One per thread; not locked. */
#ifndef SHUNT_BASE_RANDOM_H
#define SHUNT_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint8_t pool[512];
    size_t left; /* bytes of the pool not handed out yet */
};

void random_init(struct random *r);
void random_bytes(struct random *r, void *out, size_t len);
uint16_t random_u16(struct random *r);
uint32_t random_u32(struct random *r);
/* Evenly distributed in 0 … bound-1; bound must not be 0. */
uint32_t random_below(struct random *r, uint32_t bound);

#endif
