/* Aligned columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/table.h"

struct expected {
    const char *heads[4];
    const char *cells[9]; /* NULL at the end */
    size_t indent;
    const char *text;
};

static const struct expected rows[] = {
    {{"a", "b", NULL},
     {"x", "long", "longer", "y", NULL},
     0,
     "a       b\nx       long\nlonger  y\n"},
    {{"name", "n", NULL}, {"x", "5", "y", "12", NULL}, 2, "  name   n\n  x      5\n  y     12\n"},
    {{"", "", NULL}, {"up", "3s", "x", "4s", NULL}, 0, "up  3s\nx   4s\n"},
    {{"a", "empty", "c", NULL}, {"1", "", "x", "22", "", "y", NULL}, 0, " a  c\n 1  x\n22  y\n"},
    {{"a", "b", NULL}, {"x", "", "y", "z", NULL}, 0, "a  b\nx\ny  z\n"},
    {{"a", "b", NULL},
     {"\xc3\xa4\xc3\xb6", "1", "x", "2", NULL},
     0,
     "a   b\n\xc3\xa4\xc3\xb6  1\nx   2\n"},
    {{"a", NULL}, {"x\x1b[1m", NULL}, 0, "a\nx\\x1b[1m\n"},
    {{"head", NULL}, {NULL}, 0, "\n"},
};

static void test_print(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct table table;
        struct text out = {0};
        table_init(&table, rows[i].heads);
        for (size_t c = 0; rows[i].cells[c]; c++)
            table_add(&table, rows[i].cells[c]);
        table_print(&table, rows[i].indent, &out);
        assert_false(out.failed);
        assert_string_equal(out.data, rows[i].text);
        text_deinit(&out);
        table_deinit(&table);
    }
}

static void test_many_rows(void **unused)
{
    (void)unused;
    static const char *const heads[] = {"n", "text", NULL};
    struct table table;
    struct text out = {0};
    table_init(&table, heads);
    for (unsigned i = 0; i < 1000; i++) {
        table_addf(&table, "%u", i);
        table_add(&table, NULL);
    }
    table_print(&table, 0, &out);
    assert_int_equal(out.len, 1001 * 4);
    assert_string_equal(out.data + out.len - 8, "998\n999\n");
    text_deinit(&out);
    table_deinit(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
