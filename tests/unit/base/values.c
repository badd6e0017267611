#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#define SECOND UINT64_C(1000)
#define DAY    (86400 * SECOND)

struct value_case {
    const char *text;
    enum err result;
    uint64_t value;
};

static const struct value_case durations[] = {
    {"0", ERR_OK, 0},
    {"0s", ERR_OK, 0},
    {"250ms", ERR_OK, 250},
    {"30s", ERR_OK, 30 * SECOND},
    {"5m", ERR_OK, 300 * SECOND},
    {"1h", ERR_OK, 3600 * SECOND},
    {"1d", ERR_OK, DAY},
    {"007s", ERR_OK, 7 * SECOND},
    {"4294967295s", ERR_OK, UINT64_C(4294967295000)},
    {"49710d", ERR_OK, 49710 * DAY},
    {"4294967296s", ERR_RANGE, 0},
    {"49711d", ERR_RANGE, 0},
    {"4294967295001ms", ERR_RANGE, 0},
    {"18446744073709551616ms", ERR_RANGE, 0},
    {"99999999999999999999999999d", ERR_RANGE, 0},
    {"99999999999999999999999999x", ERR_INVALID, 0},
    {"", ERR_INVALID, 0},
    {"s", ERR_INVALID, 0},
    {"30", ERR_INVALID, 0},
    {"30 s", ERR_INVALID, 0},
    {" 30s", ERR_INVALID, 0},
    {"30s ", ERR_INVALID, 0},
    {"-1s", ERR_INVALID, 0},
    {"+1s", ERR_INVALID, 0},
    {"1.5s", ERR_INVALID, 0},
    {"1h30m", ERR_INVALID, 0},
    {"30S", ERR_INVALID, 0},
    {"30sec", ERR_INVALID, 0},
    {"forever", ERR_INVALID, 0},
};

static const struct value_case sizes[] = {
    {"0", ERR_OK, 0},
    {"4096", ERR_OK, 4096},
    {"4096B", ERR_OK, 4096},
    {"512KiB", ERR_OK, 524288},
    {"64MiB", ERR_OK, 67108864},
    {"1GiB", ERR_OK, 1073741824},
    {"17179869183GiB", ERR_OK, UINT64_C(17179869183) << 30},
    {"17179869184GiB", ERR_RANGE, 0},
    {"18446744073709551615", ERR_OK, UINT64_MAX},
    {"18446744073709551616", ERR_RANGE, 0},
    {"", ERR_INVALID, 0},
    {"MiB", ERR_INVALID, 0},
    {"64 MiB", ERR_INVALID, 0},
    {"64mib", ERR_INVALID, 0},
    {"64M", ERR_INVALID, 0},
    {"64MB", ERR_INVALID, 0},
    {"-1", ERR_INVALID, 0},
    {"0x10", ERR_INVALID, 0},
};

/* At most 65535. */
static const struct value_case numbers[] = {
    {"0", ERR_OK, 0},
    {"65535", ERR_OK, 65535},
    {"0053", ERR_OK, 53},
    {"65536", ERR_RANGE, 0},
    {"18446744073709551616", ERR_RANGE, 0},
    {"18446744073709551616x", ERR_INVALID, 0},
    {"", ERR_INVALID, 0},
    {" 1", ERR_INVALID, 0},
    {"1 ", ERR_INVALID, 0},
    {"-1", ERR_INVALID, 0},
    {"+1", ERR_INVALID, 0},
    {"0x10", ERR_INVALID, 0},
    {"1e3", ERR_INVALID, 0},
};

static enum err number(uint64_t *out, const char *text)
{
    return text_number(out, text, 65535);
}

static void check(enum err (*read)(uint64_t *, const char *), const struct value_case *cases,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 12345;
        print_message("'%s'\n", cases[i].text);
        assert_int_equal(read(&value, cases[i].text), cases[i].result);
        /* What fails leaves the value alone. */
        assert_int_equal(value, cases[i].result == ERR_OK ? cases[i].value : 12345);
    }
}

static void test_durations(void **state)
{
    (void)state;
    check(text_duration, durations, sizeof(durations) / sizeof(*durations));
}

static void test_sizes(void **state)
{
    (void)state;
    check(text_size, sizes, sizeof(sizes) / sizeof(*sizes));
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t most;
    check(number, numbers, sizeof(numbers) / sizeof(*numbers));
    assert_int_equal(text_number(&most, "18446744073709551615", UINT64_MAX), ERR_OK);
    assert_int_equal(most, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
