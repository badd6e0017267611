#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

static void test_now_never_goes_back(void **state)
{
    (void)state;
    uint64_t last = clock_now();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = clock_now();
        assert_true(now >= last);
        last = now;
    }
}

static void test_wall_is_milliseconds_since_1970(void **state)
{
    (void)state;
    uint64_t before = (uint64_t)time(NULL), wall = clock_wall();
    assert_true(wall / 1000 + 1 >= before);
    assert_true(wall / 1000 <= (uint64_t)time(NULL) + 1);
}

static void test_every_error_has_a_text(void **state)
{
    (void)state;
    for (int e = ERR_SYSTEM; e <= ERR_OK; e++) {
        const char *text = err_text((enum err)e);
        assert_non_null(text);
        assert_true(*text != '\0');
        for (int other = ERR_SYSTEM; other < e; other++)
            assert_string_not_equal(text, err_text((enum err)other));
    }
    assert_non_null(err_text((enum err) - 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now_never_goes_back),
        cmocka_unit_test(test_wall_is_milliseconds_since_1970),
        cmocka_unit_test(test_every_error_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
