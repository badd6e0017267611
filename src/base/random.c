#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void random_fill(struct random *r)
{
    size_t got = 0;
    while (got < sizeof(r->pool)) {
        ssize_t n = getrandom(r->pool + got, sizeof(r->pool) - got, 0);
        if (n > 0)
            got += (size_t)n;
        else if (errno != EINTR)
            abort(); /* no such system call: predictable query IDs would be worse than no service */
    }
    r->left = sizeof(r->pool);
}

void random_init(struct random *r)
{
    r->left = 0;
}

void random_bytes(struct random *r, void *out, size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        if (r->left == 0)
            random_fill(r);
        size_t n = len < r->left ? len : r->left;
        uint8_t *from = r->pool + sizeof(r->pool) - r->left;
        memcpy(at, from, n);
        memset(from, 0, n); /* what was handed out cannot be read back from here */
        r->left -= n;
        at += n;
        len -= n;
    }
}

uint16_t random_u16(struct random *r)
{
    uint16_t value;
    random_bytes(r, &value, sizeof(value));
    return value;
}

uint32_t random_u32(struct random *r)
{
    uint32_t value;
    random_bytes(r, &value, sizeof(value));
    return value;
}

uint32_t random_below(struct random *r, uint32_t bound)
{
    /* The upper half of a 64-bit product is the result. The first 2^32 mod bound values of the
     * lower half belong to results that would come up once too often: draw again for those. */
    uint32_t uneven = (uint32_t)(-bound) % bound;
    for (;;) {
        uint64_t product = (uint64_t)random_u32(r) * bound;
        if ((uint32_t)product >= uneven)
            return (uint32_t)(product >> 32);
    }
}
