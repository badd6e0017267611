#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE     (2 * HUGE_PAGE)

void *pages_new(size_t size)
{
    void *at;
    if (size < LARGE)
        return malloc(size);
    if (posix_memalign(&at, HUGE_PAGE, size) != 0)
        return NULL;
    madvise(at, size, MADV_HUGEPAGE); /* a wish: without, it is slower */
    return at;
}

void *pages_resize(void *old, size_t used, size_t size)
{
    if (size < LARGE)
        return realloc(old, size);
    void *at = pages_new(size);
    if (!at)
        return NULL;
    if (used > 0)
        memcpy(at, old, used);
    free(old);
    return at;
}

void *pages_fit(void *at, size_t used, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t first = (used + page - 1) / page * page, end = size / page * page;
    if (size >= LARGE) {
        if (first < end)
            madvise((uint8_t *)at + first, end - first, MADV_DONTNEED);
        return at;
    }
    void *less = realloc(at, used);
    if (!less)
        return at;
    return less;
}
