/* Time. Everything that depends on time takes `now` as a parameter (milliseconds of a clock that
 * never jumps), so that tests own the clock; only event handlers read it, once a batch. */
#ifndef SHUNT_BASE_CLOCK_H
#define SHUNT_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since an unspecified start; steps of a kernel tick (1 to 4 ms). */
uint64_t clock_now(void);

/* Milliseconds since 1970, for what people read. */
uint64_t clock_wall(void);

#endif
