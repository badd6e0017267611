#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/random.h"

static void test_below_stays_below(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {1, 2, 3, 7, 100, 0x80000000, 0x80000001, 0xffffffff};
    struct random r;
    random_init(&r);
    for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
        for (int n = 0; n < 1000; n++)
            assert_true(random_below(&r, bounds[i]) < bounds[i]);
    }
}

/* Draws that come from a pool with known bytes: 32-bit values in the machine's order. */
static void pool_of(struct random *r, const uint32_t *values, size_t count)
{
    memset(r, 0, sizeof(*r));
    r->left = count * sizeof(*values);
    memcpy(r->pool + sizeof(r->pool) - r->left, values, r->left);
}

static void test_below_spans_evenly(void **state)
{
    (void)state;
    static const struct {
        uint32_t drawn, bound, result;
    } cases[] = {
        {1, 3, 0},          {0x55555555, 3, 0}, {0x55555556, 3, 1},
        {0xffffffff, 3, 2}, {0x7fffffff, 2, 0}, {0x80000000, 2, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct random r;
        pool_of(&r, &cases[i].drawn, 1);
        assert_int_equal(random_below(&r, cases[i].bound), cases[i].result);
    }
}

static void test_below_draws_again(void **state)
{
    (void)state;
    /* 2^32 mod 3 is 1: the draw 0 would make 0 one part in 2^32 likelier than the others. */
    static const uint32_t drawn[] = {0, 0xffffffff};
    struct random r;
    pool_of(&r, drawn, 2);
    assert_int_equal(random_below(&r, 3), 2);
    assert_int_equal(r.left, 0);
}

static void test_bytes_over_many_pools(void **state)
{
    (void)state;
    uint8_t out[2000] = {0};
    struct random r;
    random_init(&r);
    random_bytes(&r, out, 1);
    random_bytes(&r, out, sizeof(out));
    assert_int_equal(r.left, 4 * 512 - 2001);
    for (size_t i = 0; i + 16 <= sizeof(out); i += 16) {
        static const uint8_t zeros[16];
        assert_memory_not_equal(out + i, zeros, 16);
    }
}

static void test_nothing_is_handed_out_twice(void **state)
{
    (void)state;
    struct random r;
    uint8_t a[64], b[64];
    random_init(&r);
    random_bytes(&r, a, 64);
    random_bytes(&r, b, 64);
    assert_memory_not_equal(a, b, 64);
    for (size_t i = 0; i < 128; i++)
        assert_int_equal(r.pool[i], 0);
}

static void test_widths(void **state)
{
    (void)state;
    uint32_t seen16 = 0, seen32 = 0;
    struct random r;
    random_init(&r);
    for (int i = 0; i < 200; i++) {
        seen16 |= random_u16(&r);
        seen32 |= random_u32(&r);
    }
    assert_int_equal(seen16, 0xffff);
    assert_int_equal(seen32, 0xffffffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below_stays_below),
        cmocka_unit_test(test_below_spans_evenly),
        cmocka_unit_test(test_below_draws_again),
        cmocka_unit_test(test_bytes_over_many_pools),
        cmocka_unit_test(test_nothing_is_handed_out_twice),
        cmocka_unit_test(test_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
