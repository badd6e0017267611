#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"

struct parse_case {
    const char *text;
    enum err result;
    const char *format; /* after success: with port, as printed */
};

static const struct parse_case parse_cases[] = {
    {"192.0.2.1", ERR_OK, "192.0.2.1:53"},
    {"192.0.2.1:5353", ERR_OK, "192.0.2.1:5353"},
    {"192.0.2.1:0", ERR_OK, "192.0.2.1:0"},
    {"192.0.2.1:65535", ERR_OK, "192.0.2.1:65535"},
    {"0.0.0.0", ERR_OK, "0.0.0.0:53"},
    {"::1", ERR_OK, "[::1]:53"},
    {"::", ERR_OK, "[::]:53"},
    {"[::1]", ERR_OK, "[::1]:53"},
    {"[::1]:5353", ERR_OK, "[::1]:5353"},
    {"[::1]:0", ERR_OK, "[::1]:0"},
    {"2001:DB8:0:0::1", ERR_OK, "[2001:db8::1]:53"},
    {"[2001:db8:1111:2222:3333:4444:5555:6666]:65535", ERR_OK,
     "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"},
    {"::ffff:192.0.2.1", ERR_OK, "[::ffff:192.0.2.1]:53"},
    {"fe80::1%lo", ERR_OK, "[fe80::1%lo]:53"},
    {"[fe80::1%lo]:5353", ERR_OK, "[fe80::1%lo]:5353"},
    {"fe80::1%4000000000", ERR_OK, "[fe80::1%4000000000]:53"},
    {"", ERR_INVALID, NULL},
    {" ", ERR_INVALID, NULL},
    {"192.0.2", ERR_INVALID, NULL},
    {"192.0.2.256", ERR_INVALID, NULL},
    {"192.0.2.1.", ERR_INVALID, NULL},
    {" 192.0.2.1", ERR_INVALID, NULL},
    {"192.0.2.1 ", ERR_INVALID, NULL},
    {"192.0.2.1:", ERR_INVALID, NULL},
    {"192.0.2.1:dns", ERR_INVALID, NULL},
    {"192.0.2.1:-1", ERR_INVALID, NULL},
    {"192.0.2.1:+53", ERR_INVALID, NULL},
    {"192.0.2.1:53 ", ERR_INVALID, NULL},
    {"192.0.2.1:65536", ERR_RANGE, NULL},
    {"192.0.2.1:99999999999999999999999", ERR_RANGE, NULL},
    {"[::1]:65536", ERR_RANGE, NULL},
    {":53", ERR_INVALID, NULL},
    {"::1:2:3:4:5:6:7:8:9", ERR_INVALID, NULL},
    {"[::1", ERR_INVALID, NULL},
    {"::1]", ERR_INVALID, NULL},
    {"[]", ERR_INVALID, NULL},
    {"[", ERR_INVALID, NULL},
    {"[::1]x", ERR_INVALID, NULL},
    {"[::1]:", ERR_INVALID, NULL},
    {"[192.0.2.1]", ERR_INVALID, NULL},
    {"[192.0.2.1]:53", ERR_INVALID, NULL},
    {"192.0.2.1%lo", ERR_INVALID, NULL},
    {"fe80::1%", ERR_INVALID, NULL},
    {"fe80::1%0", ERR_INVALID, NULL},
    {"fe80::1%nosuchinterface", ERR_INVALID, NULL},
    {"localhost", ERR_INVALID, NULL},
    {"1111111111111111111111111111111111111111111111111111111111111111111111:53", ERR_INVALID,
     NULL},
    {"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", ERR_INVALID, NULL},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(*parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        char text[ADDR_TEXT_MAX];
        struct addr a, again;
        print_message("'%s'\n", c->text);
        assert_int_equal(addr_parse(&a, c->text, 53), c->result);
        if (c->result != ERR_OK)
            continue;
        assert_string_equal(addr_format(&a, text), c->format);
        assert_int_equal(addr_parse(&again, text, 1), ERR_OK);
        assert_true(addr_equal(&a, &again));
    }
}

static void test_parse_failure_leaves_result(void **state)
{
    (void)state;
    struct addr a, before;
    assert_int_equal(addr_parse(&a, "192.0.2.1", 53), ERR_OK);
    before = a;
    assert_int_equal(addr_parse(&a, "[::1]:99999", 53), ERR_RANGE);
    assert_true(addr_equal(&a, &before));
}

static struct addr parsed(const char *text)
{
    struct addr a;
    assert_int_equal(addr_parse(&a, text, 53), ERR_OK);
    return a;
}

static void test_format_host(void **state)
{
    (void)state;
    char text[ADDR_TEXT_MAX];
    struct addr v4 = parsed("192.0.2.1:1"), v6 = parsed("[fe80::1%lo]:1"), none = {0};
    assert_string_equal(addr_format_host(&v4, text), "192.0.2.1");
    assert_string_equal(addr_format_host(&v6, text), "fe80::1%lo");
    assert_string_equal(addr_format_host(&none, text), "none");
    assert_string_equal(addr_format(&none, text), "none");
}

static void test_len_and_port(void **state)
{
    (void)state;
    struct addr v4 = parsed("192.0.2.1"), v6 = parsed("::1"), none = {0};
    assert_int_equal(addr_len(&v4), sizeof(struct sockaddr_in));
    assert_int_equal(addr_len(&v6), sizeof(struct sockaddr_in6));
    assert_int_equal(addr_len(&none), 0);
    addr_set_port(&v4, 0x1234);
    addr_set_port(&v6, 0x1234);
    addr_set_port(&none, 0x1234);
    assert_int_equal(addr_port(&v4), 0x1234);
    assert_int_equal(v4.v4.sin_port, htons(0x1234));
    assert_int_equal(addr_port(&v6), 0x1234);
    assert_int_equal(addr_port(&none), 0);
}

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal, same_host;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1:53", true, true},  {"192.0.2.1", "192.0.2.1:54", false, true},
        {"192.0.2.1", "192.0.2.2", false, false},   {"::1", "[::1]:53", true, true},
        {"::1", "[::1]:54", false, true},           {"::1", "::2", false, false},
        {"fe80::1%1", "fe80::1%2", false, true},    {"192.0.2.1", "::ffff:192.0.2.1", false, true},
        {"192.0.2.1", "::192.0.2.1", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct addr a = parsed(cases[i].a), b = parsed(cases[i].b);
        print_message("%s %s\n", cases[i].a, cases[i].b);
        assert_int_equal(addr_equal(&a, &b), cases[i].equal);
        assert_int_equal(addr_equal(&b, &a), cases[i].equal);
        assert_int_equal(addr_same_host(&a, &b), cases[i].same_host);
        assert_int_equal(addr_same_host(&b, &a), cases[i].same_host);
    }
    struct addr none = {0}, some = parsed("0.0.0.0");
    assert_true(addr_equal(&none, &none));
    assert_false(addr_equal(&none, &some));
    assert_false(addr_same_host(&none, &none));
}

static void test_wildcard(void **state)
{
    (void)state;
    struct addr v4 = parsed("0.0.0.0"), v6 = parsed("::"), one = parsed("::1"), none = {0};
    assert_true(addr_is_wildcard(&v4));
    assert_true(addr_is_wildcard(&v6));
    assert_false(addr_is_wildcard(&one));
    assert_false(addr_is_wildcard(&none));
}

static void test_bytes(void **state)
{
    (void)state;
    static const uint8_t four[4] = {192, 0, 2, 7}, sixteen[16] = {0x20, 1, 0xd, 0xb8, [15] = 9};
    char text[ADDR_TEXT_MAX];
    struct addr a;
    size_t len;
    addr_from_bytes(&a, four, 4, 99);
    assert_string_equal(addr_format(&a, text), "192.0.2.7:99");
    assert_memory_equal(addr_bytes(&a, &len), four, 4);
    assert_int_equal(len, 4);
    addr_from_bytes(&a, sixteen, 16, 99);
    assert_string_equal(addr_format(&a, text), "[2001:db8::9]:99");
    assert_memory_equal(addr_bytes(&a, &len), sixteen, 16);
    assert_int_equal(len, 16);
    addr_from_bytes(&a, sixteen, 5, 99);
    assert_null(addr_bytes(&a, &len));
    assert_int_equal(len, 0);
}

static void test_from_sockaddr(void **state)
{
    (void)state;
    struct addr v4 = parsed("192.0.2.1:7"), v6 = parsed("[fe80::1%3]:7"), out;
    assert_int_equal(addr_from_sockaddr(&out, &v4.sa, sizeof(v4.v4)), ERR_OK);
    assert_true(addr_equal(&out, &v4));
    assert_int_equal(addr_from_sockaddr(&out, &v6.sa, sizeof(v6.v6)), ERR_OK);
    assert_true(addr_equal(&out, &v6));
    assert_int_equal(addr_from_sockaddr(&out, &v4.sa, sizeof(v4.v4) - 1), ERR_INVALID);
    assert_int_equal(addr_from_sockaddr(&out, &v6.sa, sizeof(v4.v4)), ERR_INVALID);
    assert_int_equal(addr_from_sockaddr(&out, &v4.sa, 0), ERR_INVALID);
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_int_equal(addr_from_sockaddr(&out, &local, sizeof(local)), ERR_INVALID);
    assert_int_equal(addr_len(&out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),       cmocka_unit_test(test_parse_failure_leaves_result),
        cmocka_unit_test(test_format_host), cmocka_unit_test(test_len_and_port),
        cmocka_unit_test(test_equal),       cmocka_unit_test(test_wildcard),
        cmocka_unit_test(test_bytes),       cmocka_unit_test(test_from_sockaddr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
