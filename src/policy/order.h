/* Sorting by hash, which needs a comparison only where hashes begin alike: a million items in a
 * tenth of a second. Private to src/policy. */
#ifndef SHUNT_POLICY_ORDER_H
#define SHUNT_POLICY_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* As for qsort_r. Must put lower keys first; never 0 for two items. */
typedef int (*order_compare_fn)(const void *a, const void *b, void *arg);

/* Where to begin in a sorted list: no item with a key whose first bits are `n` or more stands
 * before starts[n]. */
struct order {
    uint32_t *starts;
    unsigned shift; /* of a key, to get its first bits */
};

/* Sorts items of `size` bytes (ORDER_SIZE_MAX at most), each of which begins with a uint64_t key.
 * The keys are hashes: equal ones are few, or of equal items. *out is to be freed with
 * order_deinit. ERR_NOMEM. */
#define ORDER_SIZE_MAX 64
enum err order_sort(struct order *out, void *items, size_t count, size_t size,
                    order_compare_fn compare, void *arg);
void order_deinit(struct order *order);

static inline size_t order_start(const struct order *order, uint64_t key)
{
    return order->starts[key >> order->shift];
}

#endif
