#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

#define CAPACITY 4

static const struct read_case {
    const char *text;
    enum err result;
    size_t len;
    uint8_t bytes[CAPACITY];
} read_cases[] = {
    {"", ERR_OK, 0, {0}},
    {"00", ERR_OK, 1, {0x00}},
    {"1f2E", ERR_OK, 2, {0x1f, 0x2e}},
    {"09afAFff", ERR_OK, 4, {0x09, 0xaf, 0xaf, 0xff}},
    {"09afAFff00", ERR_RANGE, 4, {0x09, 0xaf, 0xaf, 0xff}},
    {"1", ERR_INVALID, 0, {0}},
    {"1f2", ERR_INVALID, 1, {0x1f}},
    {"1g", ERR_INVALID, 0, {0}},
    {"g1", ERR_INVALID, 0, {0}},
    {" 1", ERR_INVALID, 0, {0}},
    {"0x1f", ERR_INVALID, 0, {0}},
    {"@1", ERR_INVALID, 0, {0}},
    {"/1", ERR_INVALID, 0, {0}},
    {":1", ERR_INVALID, 0, {0}},
    {"G1", ERR_INVALID, 0, {0}},
    {"`1", ERR_INVALID, 0, {0}},
    {"\xc3\xa9", ERR_INVALID, 0, {0}},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(read_cases) / sizeof(read_cases[0]); i++) {
        const struct read_case *c = &read_cases[i];
        uint8_t bytes[CAPACITY];
        size_t len = 99;
        print_message("%s\n", c->text);
        assert_int_equal(hex_read(c->text, bytes, sizeof(bytes), &len), c->result);
        assert_int_equal(len, c->len);
        assert_memory_equal(bytes, c->bytes, len);
    }
}

static void test_write_reads_back(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    char text[2 * sizeof(bytes) + 1];
    size_t len;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    memset(text, 'x', sizeof(text));
    hex_write(bytes, sizeof(bytes), text);
    assert_int_equal(strlen(text), 2 * sizeof(bytes));
    assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f10", 34);
    assert_int_equal(hex_read(text, back, sizeof(back), &len), ERR_OK);
    assert_int_equal(len, sizeof(bytes));
    assert_memory_equal(back, bytes, sizeof(bytes));
    hex_write(bytes, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_write_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
