#include "policy/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define SHORT 12 /* items that are sorted by insertion */

struct sorting {
    uint8_t *items;
    size_t count, size;
    order_compare_fn compare;
    void *arg;
};

static uint64_t key_of(const void *item)
{
    uint64_t key;
    memcpy(&key, item, sizeof(key));
    return key;
}

/* One start for every two items or so. */
static unsigned bits_for(size_t count)
{
    unsigned bits = 1;
    while (bits < 31 && (size_t)4 << bits <= count)
        bits++;
    return bits;
}

static void count_keys(struct order *order, const struct sorting *s)
{
    uint32_t *starts = order->starts;
    size_t places = (size_t)1 << (64 - order->shift);
    uint32_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        starts[key_of(s->items + i * s->size) >> order->shift]++;
    for (size_t n = 0; n < places; n++) {
        uint32_t here = starts[n];
        starts[n] = sum;
        sum += here;
    }
}

/* Each item to its place; afterwards each start is where the next one's items begin. */
static enum err spread(const struct order *order, const struct sorting *s)
{
    uint8_t *from = pages_new(s->count * s->size);
    if (!from)
        return ERR_NOMEM;
    memcpy(from, s->items, s->count * s->size);
    for (size_t i = 0; i < s->count; i++) {
        const uint8_t *item = from + i * s->size;
        uint32_t *start = &order->starts[key_of(item) >> order->shift];
        memcpy(s->items + (size_t)(*start)++ * s->size, item, s->size);
    }
    free(from);
    return ERR_OK;
}

static void insert(const struct sorting *s, uint8_t *first, size_t count)
{
    uint8_t item[ORDER_SIZE_MAX];
    for (size_t i = 1; i < count; i++) {
        size_t at = i;
        memcpy(item, first + i * s->size, s->size);
        while (at > 0 && s->compare(first + (at - 1) * s->size, item, s->arg) > 0)
            at--;
        memmove(first + (at + 1) * s->size, first + at * s->size, (i - at) * s->size);
        memcpy(first + at * s->size, item, s->size);
    }
}

/* Sorts what has the same first bits, and puts the starts back where they belong. */
static void finish(const struct order *order, const struct sorting *s)
{
    size_t places = (size_t)1 << (64 - order->shift);
    uint32_t first = 0;
    for (size_t n = 0; n < places; n++) {
        uint32_t end = order->starts[n];
        uint8_t *at = s->items + first * s->size;
        if (end - first <= SHORT)
            insert(s, at, end - first);
        else
            qsort_r(at, end - first, s->size, s->compare, s->arg);
        order->starts[n] = first;
        first = end;
    }
}

enum err order_sort(struct order *out, void *items, size_t count, size_t size,
                    order_compare_fn compare, void *arg)
{
    unsigned bits = bits_for(count);
    struct sorting s = {items, count, size, compare, arg};
    *out = (struct order){.shift = 64 - bits};
    if (count > UINT32_MAX)
        return ERR_NOMEM;
    out->starts = calloc((size_t)1 << bits, sizeof(*out->starts));
    if (!out->starts)
        return ERR_NOMEM;
    if (count == 0) /* and `items` may be NULL */
        return ERR_OK;
    count_keys(out, &s);
    if (spread(out, &s) != ERR_OK) {
        order_deinit(out);
        return ERR_NOMEM;
    }
    finish(out, &s);
    return ERR_OK;
}

void order_deinit(struct order *order)
{
    free(order->starts);
    *order = (struct order){0};
}
