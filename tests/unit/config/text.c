/* What does not belong in a file is found wherever it stands, and told with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "config/yaml.h"

static size_t column_of(const char *text, size_t len)
{
    struct diag_list diags = {0};
    size_t column = 0;
    enum err e = yaml_check_text("test.yaml", text, len, &diags);
    assert_int_equal(e, diags.count > 0 ? ERR_INVALID : ERR_OK);
    if (e) {
        assert_int_equal(diags.count, 1);
        assert_int_equal(diags.items[0].line, 2);
        column = diags.items[0].column;
    }
    diag_list_deinit(&diags);
    return column;
}

/* At each place of a line of 40, and so of the eight bytes that are looked at together. */
static void test_places(void **state)
{
    static const uint8_t bad[] = {0x00, 0x01, 0x1f, 0x7f, 0x80, 0xc0, 0xff};
    static const char good[] = {0x09, 0x0d, 0x20, 0x7e};
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        char text[] = "first line: \xc3\xa4\n_234567890123456789012345678901234567890\n";
        char *line = strchr(text, '\n') + 1;
        for (size_t i = 0; i < sizeof(good); i++) {
            line[at] = good[i];
            assert_int_equal(column_of(text, sizeof(text) - 1), 0);
        }
        for (size_t i = 0; i < sizeof(bad); i++) {
            line[at] = (char)bad[i];
            assert_int_equal(column_of(text, sizeof(text) - 1), at + 1);
        }
    }
}

static enum err check_line(size_t len, size_t tabs, const char *end)
{
    struct diag_list diags = {0};
    char *text = malloc(len + 2);
    assert_non_null(text);
    memset(text, 'a', len);
    memset(text, '\t', tabs);
    strcpy(text + len, end);
    enum err e = yaml_check_text("test.yaml", text, strlen(text), &diags);
    diag_list_deinit(&diags);
    free(text);
    return e;
}

/* The limit is the same for a line that is looked at eight bytes at a time, or one. */
static void test_long_lines(void **state)
{
    (void)state;
    for (size_t over = 0; over < 20; over++) {
        size_t len = YAML_LINE_MAX - 10 + over;
        assert_int_equal(check_line(len, 0, ""), len > YAML_LINE_MAX + 1 ? ERR_INVALID : ERR_OK);
        assert_int_equal(check_line(len, len, ""), len > YAML_LINE_MAX + 1 ? ERR_INVALID : ERR_OK);
        assert_int_equal(check_line(len, 3, "\n"), len > YAML_LINE_MAX ? ERR_INVALID : ERR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
