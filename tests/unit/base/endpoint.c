#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/endpoint.h"

static const struct {
    const char *text;
    enum err result;
    const char *format;
} cases[] = {
    {"192.0.2.1", ERR_OK, "192.0.2.1:53"},
    {"192.0.2.1:5353", ERR_OK, "192.0.2.1:5353"},
    {"udp://192.0.2.1", ERR_OK, "192.0.2.1:53"},
    {"::1", ERR_OK, "[::1]:53"},
    {"tcp://192.0.2.1", ERR_OK, "tcp://192.0.2.1:53"},
    {"tcp://[::1]:54", ERR_OK, "tcp://[::1]:54"},
    {"tls://192.0.2.1", ERR_OK, "tls://192.0.2.1:853"},
    {"TLS://192.0.2.1", ERR_OK, "tls://192.0.2.1:853"},
    {"tls://10.0.0.54#dns.corp.example", ERR_OK, "tls://10.0.0.54:853#dns.corp.example"},
    {"tls://[2001:db8::1]:8853#a", ERR_OK, "tls://[2001:db8::1]:8853#a"},
    {"tls://2001:db8::1#192.0.2.1", ERR_OK, "tls://[2001:db8::1]:853#192.0.2.1"},
    {"", ERR_INVALID, NULL},
    {"tls://", ERR_INVALID, NULL},
    {"https://192.0.2.1", ERR_INVALID, NULL},
    {"tls:192.0.2.1", ERR_INVALID, NULL},
    {"dns.corp.example", ERR_INVALID, NULL},
    {"tls://dns.corp.example", ERR_INVALID, NULL},
    {"192.0.2.1#dns.corp.example", ERR_INVALID, NULL},
    {"192.0.2.1#5353", ERR_INVALID, NULL},
    {"tcp://192.0.2.1#dns.corp.example", ERR_INVALID, NULL},
    {"tls://192.0.2.1#", ERR_INVALID, NULL},
    {"tls://192.0.2.1#a b", ERR_INVALID, NULL},
    {"tls://192.0.2.1#a#b", ERR_INVALID, NULL},
    {"192.0.2.1:65536", ERR_RANGE, NULL},
    {"192.0.2.1:0", ERR_RANGE, NULL},
    {"11111111111111111111111111111111111111111111111111111111111111111111111111", ERR_INVALID,
     NULL},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[ENDPOINT_TEXT_MAX];
        struct endpoint e, again;
        print_message("'%s'\n", cases[i].text);
        assert_int_equal(endpoint_parse(&e, cases[i].text), cases[i].result);
        if (cases[i].result != ERR_OK)
            continue;
        assert_string_equal(endpoint_format(&e, text), cases[i].format);
        assert_int_equal(endpoint_parse(&again, text), ERR_OK);
        assert_true(endpoint_equal(&e, &again));
    }
}

static void test_longest_name(void **state)
{
    (void)state;
    char text[300] = "tls://192.0.2.1#", format[ENDPOINT_TEXT_MAX];
    size_t at = strlen(text);
    struct endpoint e;
    memset(text + at, 'a', 256);
    assert_int_equal(endpoint_parse(&e, text), ERR_RANGE);
    text[at + 255] = '\0';
    assert_int_equal(endpoint_parse(&e, text), ERR_OK);
    assert_int_equal(strlen(e.tls_name), 255);
    assert_int_equal(strlen(endpoint_format(&e, format)), strlen(text) + 4);
}

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } pairs[] = {
        {"192.0.2.1", "udp://192.0.2.1:53", true},
        {"192.0.2.1", "tcp://192.0.2.1", false},
        {"192.0.2.1", "192.0.2.1:54", false},
        {"tls://192.0.2.1#a.example", "tls://192.0.2.1#A.example", true},
        {"tls://192.0.2.1#a.example", "tls://192.0.2.1#b.example", false},
        {"tls://192.0.2.1#a.example", "tls://192.0.2.1", false},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct endpoint a, b;
        assert_int_equal(endpoint_parse(&a, pairs[i].a), ERR_OK);
        assert_int_equal(endpoint_parse(&b, pairs[i].b), ERR_OK);
        assert_int_equal(endpoint_equal(&a, &b), pairs[i].equal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
