/* Memory that becomes large keeps what it held, and what is given back is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pages.h"

#define MIB ((size_t)1 << 20)

static void fill(uint8_t *at, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        at[i] = (uint8_t)(i * 7 + (i >> 8));
}

static void check(const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i] != (uint8_t)(i * 7 + (i >> 8)))
            fail_msg("byte %zu is another one", i);
    }
}

static void test_resize(void **state)
{
    static const size_t sizes[] = {100, 5000, 3 * MIB, 4 * MIB, 9 * MIB, 17 * MIB, 10 * MIB, 50};
    (void)state;
    uint8_t *at = NULL;
    size_t used = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        used = used < sizes[i] ? used : sizes[i];
        at = pages_resize(at, used, sizes[i]);
        assert_non_null(at);
        check(at, used);
        fill(at, used, sizes[i]);
        used = sizes[i];
    }
    free(at);
}

static bool in_memory(uint8_t *at)
{
    unsigned char resident;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(mincore((uint8_t *)((uintptr_t)at / page * page), page, &resident), 0);
    return resident & 1;
}

static void test_fit(void **state)
{
    (void)state;
    uint8_t *at = pages_new(9 * MIB);
    assert_non_null(at);
    fill(at, 0, 9 * MIB);
    at = pages_fit(at, 5 * MIB + 1, 9 * MIB);
    check(at, 5 * MIB + 1);
    assert_true(in_memory(at + 5 * MIB));
    assert_false(in_memory(at + 6 * MIB));
    assert_false(in_memory(at + 9 * MIB - 1));
    free(at);
}

static void test_fit_small(void **state)
{
    (void)state;
    uint8_t *at = pages_new(1000);
    assert_non_null(at);
    fill(at, 0, 1000);
    at = pages_fit(at, 10, 1000);
    check(at, 10);
    free(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_fit_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
