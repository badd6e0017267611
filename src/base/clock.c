#include "base/clock.h"

#include <time.h>

static uint64_t clock_read(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_now(void)
{
    /* The coarse clock is a read of shared memory without touching the timer hardware. */
    return clock_read(CLOCK_MONOTONIC_COARSE);
}

uint64_t clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}
