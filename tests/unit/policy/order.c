/* Sorting by hash: whatever the keys are, the order is that of the comparison, and the starts are
 * where a search may begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/order.h"

struct item {
    uint64_t key;
    uint32_t number;
};

static int compare(const void *left, const void *right, void *arg)
{
    const struct item *a = left, *b = right;
    (*(size_t *)arg)++;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

/* A bijection, so that keys differ unless they are made equal. */
static uint64_t spread(uint64_t n)
{
    n *= UINT64_C(0x9e3779b97f4a7c15);
    return n ^ n >> 32;
}

enum keys { SPREAD, EQUAL, LOW, HIGH, PAIRS, KINDS };

static uint64_t key_of(enum keys kind, uint32_t i)
{
    static const uint64_t base[] = {[EQUAL] = 7, [HIGH] = UINT64_MAX - 1000000};
    if (kind == SPREAD)
        return spread(i);
    if (kind == PAIRS)
        return spread(i / 2);
    return kind == EQUAL ? base[EQUAL] : base[kind] + 1000000 - i;
}

static void check(enum keys kind, uint32_t count)
{
    struct item *items = calloc(count + 1, sizeof(*items));
    struct order order;
    size_t compared = 0;
    assert_non_null(items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct item){key_of(kind, i), count - i};
    assert_int_equal(order_sort(&order, items, count, sizeof(*items), compare, &compared), ERR_OK);
    for (uint32_t i = 1; i < count; i++)
        assert_true(compare(&items[i - 1], &items[i], &compared) < 0);
    for (uint32_t i = 0; i < count; i++) {
        size_t start = order_start(&order, items[i].key);
        assert_true(start <= i);
        assert_true(start == 0 || items[start - 1].key < items[i].key);
    }
    assert_true(order_start(&order, 0) == 0);
    assert_true(order_start(&order, UINT64_MAX) <= count);
    if (kind == SPREAD)
        assert_true(compared < 8 * (size_t)count + 8);
    order_deinit(&order);
    free(items);
}

static void test_order(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 12, 13, 100, 4096, 100000};
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
            check((enum keys)kind, counts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
