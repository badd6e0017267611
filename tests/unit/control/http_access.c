/* The rules for Host, Origin and Authorization, one line a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/http_access.h"

static void test_host(void **state)
{
    static const struct {
        const char *listening, *own_name, *host;
        bool ours;
    } cases[] = {
        {"127.0.0.1:5253", "", "127.0.0.1", true},
        {"127.0.0.1:5253", "", "127.0.0.1:5253", true},
        {"127.0.0.1:5253", "", "127.0.0.1:1", true},
        {"127.0.0.1:5253", "", "127.0.0.2", true},
        {"127.0.0.1:5253", "", "[::1]", true},
        {"127.0.0.1:5253", "", "::1", false},
        {"127.0.0.1:5253", "", "localhost", true},
        {"127.0.0.1:5253", "", "localhost.:80", true},
        {"127.0.0.1:5253", "", "LocalHost", true},
        {"127.0.0.1:5253", "", "localhost.example", false},
        {"127.0.0.1:5253", "", "127.0.0.1.example", false},
        {"127.0.0.1:5253", "", "10.0.0.1", false},
        {"127.0.0.1:5253", "", "", false},
        {"127.0.0.1:5253", "", ":5253", false},
        {"127.0.0.1:5253", "", ".", false},
        {"127.0.0.1:5253", "", "[", false},
        {"127.0.0.1:5253", "", "[localhost]", false},
        {"127.0.0.1:5253", "", "user@127.0.0.1", false},
        {"127.0.0.1:5253", "", "127.0.0.1:99999", false},
        {"127.0.0.1:5253", "lab1", "lab1:5253", true},
        {"127.0.0.1:5253", "lab1", "LAB1", true},
        {"127.0.0.1:5253", "lab1", "lab2", false},
        {"10.0.0.1:5253", "", "10.0.0.1", true},
        {"10.0.0.1:5253", "", "10.0.0.2", false},
        {"10.0.0.1:5253", "", "127.0.0.1", false},
        {"0.0.0.0:5253", "", "10.9.8.7:80", true},
        {"0.0.0.0:5253", "", "rebound.example", false},
        {"[::]:5253", "", "[2001:db8::1]:5253", true},
        {"[2001:db8::1]:5253", "", "[2001:db8::2]:5253", false},
        {"[2001:db8::1]:5253", "", "[2001:DB8:0::1]:5253", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct addr listening;
        assert_int_equal(addr_parse(&listening, cases[i].listening, 0), ERR_OK);
        if (http_host_is_ours(&listening, cases[i].own_name, cases[i].host) != cases[i].ours)
            fail_msg("%s at %s", cases[i].host, cases[i].listening);
    }
}

static void test_origin(void **state)
{
    static const struct {
        const char *origin, *host;
        bool ours;
    } cases[] = {
        {"http://localhost:5253", "localhost:5253", true},
        {"https://localhost:5253", "localhost:5253", true},
        {"HTTP://LOCALHOST:5253", "localhost:5253", true},
        {"http://localhost:5254", "localhost:5253", false},
        {"http://localhost", "localhost:5253", false},
        {"http://localhost:5253.evil.example", "localhost:5253", false},
        {"http://evil.example", "localhost", false},
        {"localhost", "localhost", false},
        {"null", "localhost", false},
        {"file://", "localhost", false},
        {"", "localhost", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (http_origin_is_ours(cases[i].origin, cases[i].host) != cases[i].ours)
            fail_msg("%s for %s", cases[i].origin, cases[i].host);
    }
}

static void test_fetch_site(void **state)
{
    (void)state;
    assert_true(http_fetch_site_is_ours("same-origin"));
    assert_true(http_fetch_site_is_ours("none"));
    assert_false(http_fetch_site_is_ours("same-site"));
    assert_false(http_fetch_site_is_ours("cross-site"));
    assert_false(http_fetch_site_is_ours(""));
}

static void test_bearer(void **state)
{
    static const struct {
        const char *header, *token;
        bool right;
    } cases[] = {
        {"Bearer abc", "abc", true},     {"bearer abc", "abc", true},
        {"Bearer   abc", "abc", true},   {"Bearer ab", "abc", false},
        {"Bearer abcd", "abc", false},   {"Bearer abd", "abc", false},
        {"Bearer abcabc", "abc", false}, {"Bearer", "abc", false},
        {"Bearer ", "abc", false},       {"", "abc", false},
        {"abc", "abc", false},           {"Basic abc", "abc", false},
        {"Bearer x", "", false},         {"Bearerabc", "abc", false},
        {"Bearer ABC", "abc", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (http_bearer_is(cases[i].header, cases[i].token) != cases[i].right)
            fail_msg("\"%s\" for \"%s\"", cases[i].header, cases[i].token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_fetch_site),
        cmocka_unit_test(test_bearer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
