/* Which records are text that people read, and which are written as unknown ones. */
#include "policy/rdata_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(uint16_t type, const void *rdata, size_t len, const char *expected)
{
    const struct dns_rr rr = {
        .type = type, .class = DNS_CLASS_IN, .rdata = rdata, .rdlen = (uint16_t)len};
    struct text out = {0};
    assert_int_equal(rdata_text_add(&out, &rr), ERR_OK);
    assert_string_equal(out.data, expected);
    text_deinit(&out);
}

static void expect_start(uint16_t type, const uint8_t *rdata, size_t len, const char *start)
{
    const struct dns_rr rr = {
        .type = type, .class = DNS_CLASS_IN, .rdata = rdata, .rdlen = (uint16_t)len};
    struct text out = {0};
    assert_int_equal(rdata_text_add(&out, &rr), ERR_OK);
    assert_memory_equal(out.data, start, strlen(start));
    text_deinit(&out);
}

static void known_types(void **state)
{
    (void)state;
    expect(DNS_TYPE_A, "\300\0\2\1", 4, "A 192.0.2.1");
    expect(DNS_TYPE_SRV, "\0\1\0\2\x14\x66\1a\0", 9, "SRV 1 2 5222 a.");
    expect(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\3\2h2\0\3\0\2\1\273", 16, "HTTPS 1 . alpn=h2 port=443");
}

static void data_that_does_not_fit(void **state)
{
    (void)state;
    expect(DNS_TYPE_A, "\300\0\2", 3, "TYPE1 \\# 3 c00002");
    expect(DNS_TYPE_A, "\300\0\2\1\5", 5, "TYPE1 \\# 5 c000020105");
    expect(DNS_TYPE_A, "", 0, "TYPE1 \\# 0");
    expect(DNS_TYPE_HTTPS, "\0\1\0\0\2\0\1x", 8, "TYPE65 \\# 8 0001000002000178");
}

/* The services of WKS would be looked up on this machine, one by one. */
static void unknown_types(void **state)
{
    (void)state;
    expect(11, "\300\0\2\1\6\x40", 6, "TYPE11 \\# 6 c00002010640");
    expect(65280, "\xab", 1, "TYPE65280 \\# 1 ab");
}

/* 500 parameters without a value: their names are twice as long as the buffer that ldns begins
 * with. */
static void parameters_without_room(void **state)
{
    uint8_t rdata[3 + 4 * 500] = {0, 1, 0};
    (void)state;
    for (size_t i = 0; i < 500; i++)
        rdata[3 + 4 * i + 1] = 2;
    expect_start(DNS_TYPE_HTTPS, rdata, sizeof(rdata), "HTTPS 1 . no-default-alpn no-default");
}

/* 65535 strings, each of which would cost ldns 64 KiB. */
static void longest_data(void **state)
{
    static const uint8_t rdata[UINT16_MAX];
    (void)state;
    expect_start(DNS_TYPE_TXT, rdata, 4096, "TXT \"\" \"\" ");
    expect_start(DNS_TYPE_TXT, rdata, 4097, "TYPE16 \\# 4097 0000");
    expect_start(DNS_TYPE_TXT, rdata, sizeof(rdata), "TYPE16 \\# 65535 0000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_types),   cmocka_unit_test(data_that_does_not_fit),
        cmocka_unit_test(unknown_types), cmocka_unit_test(parameters_without_room),
        cmocka_unit_test(longest_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
