#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"

static const struct {
    const char *text;
    enum err result;
    unsigned bits;
} parse_cases[] = {
    {"10.0.0.0/8", ERR_OK, 104},
    {"10.1.2.3/8", ERR_OK, 104},
    {"192.0.2.1", ERR_OK, 128},
    {"192.0.2.1/32", ERR_OK, 128},
    {"0.0.0.0/0", ERR_OK, 96},
    {"fd00::/8", ERR_OK, 8},
    {"::1", ERR_OK, 128},
    {"::/0", ERR_OK, 0},
    {"::ffff:10.0.0.0/104", ERR_OK, 104},
    {"10.0.0.0/33", ERR_RANGE, 0},
    {"::/129", ERR_RANGE, 0},
    {"10.0.0.0/", ERR_INVALID, 0},
    {"10.0.0.0/8/8", ERR_INVALID, 0},
    {"10.0.0.0/a", ERR_INVALID, 0},
    {"10.0.0.0/-1", ERR_INVALID, 0},
    {"10.0.0.0/ 8", ERR_INVALID, 0},
    {"10.0.0.0:53/8", ERR_INVALID, 0},
    {"10.0.0/8", ERR_INVALID, 0},
    {"[fd00::]/8", ERR_INVALID, 0},
    {"fe80::%lo/64", ERR_INVALID, 0},
    {"/8", ERR_INVALID, 0},
    {"", ERR_INVALID, 0},
    {"private", ERR_INVALID, 0},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(*parse_cases); i++) {
        struct subnet net;
        print_message("'%s'\n", parse_cases[i].text);
        assert_int_equal(subnet_parse(&net, parse_cases[i].text), parse_cases[i].result);
        if (parse_cases[i].result == ERR_OK)
            assert_int_equal(net.bits, parse_cases[i].bits);
    }
}

static void test_host_bits_are_cleared(void **state)
{
    (void)state;
    struct subnet a, b;
    assert_int_equal(subnet_parse(&a, "10.1.2.255/29"), ERR_OK);
    assert_int_equal(subnet_parse(&b, "10.1.2.248/29"), ERR_OK);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_int_equal(subnet_parse(&a, "2001:db8:ffff::1/33"), ERR_OK);
    assert_int_equal(subnet_parse(&b, "2001:db8:8000::/33"), ERR_OK);
    assert_memory_equal(&a, &b, sizeof(a));
}

static const struct {
    const char *net, *addr;
    bool contains;
} contains_cases[] = {
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
    {"10.0.0.0/8", "::10.1.2.3", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.4/30", "192.0.2.7", true},
    {"192.0.2.4/30", "192.0.2.8", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.0", false},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"0.0.0.0/0", "::1", false},
    {"fd00::/8", "fdff::1", true},
    {"fd00::/8", "fe00::1", false},
    {"::1", "::1", true},
    {"::1", "::", false},
    {"2001:db8::/33", "2001:db8:7fff::", true},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"::/0", "2001:db8::1", true},
    /* All of IPv6 is not all of IPv4. */
    {"::/0", "192.0.2.1", false},
    {"::/0", "::ffff:192.0.2.1", false},
    {"::ffff:0:0/96", "192.0.2.1", true},
};

static void test_contains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(contains_cases) / sizeof(*contains_cases); i++) {
        struct subnet net;
        struct addr a;
        print_message("%s %s\n", contains_cases[i].net, contains_cases[i].addr);
        assert_int_equal(subnet_parse(&net, contains_cases[i].net), ERR_OK);
        assert_int_equal(addr_parse(&a, contains_cases[i].addr, 53), ERR_OK);
        assert_int_equal(subnet_contains(&net, &a), contains_cases[i].contains);
    }
}

static void test_none_is_nowhere(void **state)
{
    (void)state;
    struct subnet net;
    struct addr none = {0};
    assert_int_equal(subnet_parse(&net, "::/0"), ERR_OK);
    assert_false(subnet_contains(&net, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_host_bits_are_cleared),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_none_is_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
