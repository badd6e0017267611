#include "base/pages.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE     (2 * HUGE_PAGE)

void *pages_aligned(size_t alignment, size_t size)
{
    void *at;
    bool large = size >= LARGE;
    if (posix_memalign(&at, large ? HUGE_PAGE : alignment, size) != 0)
        return NULL;
    if (large)
        madvise(at, size, MADV_HUGEPAGE); /* a wish: without, it is slower */
    return at;
}

void *pages_new(size_t size)
{
    return pages_aligned(alignof(max_align_t), size);
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
