#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/diag.h"

static void test_print(void **state)
{
    (void)state;
    struct diag_list list = {0};
    struct text out = {0};
    struct place full = {"shunt.yaml", 3, 7}, line = {"lab.zone", 12, 0};
    struct place flag = {"--record 1", 0, 0}, odd = {"x.yaml", 0, 9};
    diag_add(&list, DIAG_ERROR, "unknown-key", &full, "did you mean 'listen'?", "unknown key '%s'",
             "lisen");
    diag_add(&list, DIAG_WARNING, "srv-target-address", &line, NULL, "'%s' is an address",
             "192.0.2.1");
    diag_add(&list, DIAG_ERROR, "bad-record", &flag, NULL, "no type");
    diag_add(&list, DIAG_ERROR, "no-file", NULL, NULL, "nothing to read");
    diag_add(&list, DIAG_ERROR, "odd", &odd, NULL, "a column without a line");
    diag_list_print(&list, &out);
    assert_string_equal(out.data,
                        "shunt.yaml:3:7: error: unknown key 'lisen' (did you mean 'listen'?)\n"
                        "lab.zone:12: warning: '192.0.2.1' is an address\n"
                        "--record 1: error: no type\n"
                        "error: nothing to read\n"
                        "x.yaml: error: a column without a line\n");
    assert_int_equal(list.errors, 4);
    assert_int_equal(list.warnings, 1);
    text_deinit(&out);
    diag_list_deinit(&list);
    assert_int_equal(list.count, 0);
    assert_int_equal(list.errors, 0);
}

static void test_bad_values_cannot_forge_lines(void **state)
{
    (void)state;
    struct diag_list list = {0};
    struct text out = {0};
    struct place place = {"a\nb.yaml", 1, 1};
    diag_add(&list, DIAG_ERROR, "bad", &place, "tab\t", "bad value '%s'", "x\n\x1b[2Jy");
    diag_list_print(&list, &out);
    assert_string_equal(out.data,
                        "a\\x0ab.yaml:1:1: error: bad value 'x\\x0a\\x1b[2Jy' (tab\\x09)\n");
    text_deinit(&out);
    diag_list_deinit(&list);
}

static void test_everything_is_copied(void **state)
{
    (void)state;
    char file[] = "a.yaml", hint[] = "hint", value[] = "value";
    struct diag_list list = {0};
    struct place place = {file, 1, 1};
    diag_add(&list, DIAG_ERROR, "bad", &place, hint, "%s", value);
    memset(file, 'x', sizeof(file) - 1);
    memset(hint, 'x', sizeof(hint) - 1);
    memset(value, 'x', sizeof(value) - 1);
    assert_string_equal(list.items[0].file, "a.yaml");
    assert_string_equal(list.items[0].hint, "hint");
    assert_string_equal(list.items[0].message, "value");
    diag_list_deinit(&list);
}

static void test_too_many_are_counted(void **state)
{
    (void)state;
    struct diag_list list = {0};
    struct text out = {0};
    for (int i = 0; i < DIAG_MAX + 5; i++)
        diag_add(&list, i % 2 ? DIAG_ERROR : DIAG_WARNING, "many", NULL, NULL, "number %d", i);
    assert_int_equal(list.count, DIAG_MAX);
    assert_int_equal(list.errors + list.warnings, DIAG_MAX + 5);
    assert_int_equal(list.warnings, DIAG_MAX / 2 + 3);
    diag_list_print(&list, &out);
    assert_string_equal(out.data + out.len - strlen("error: number 999\nand 5 more\n"),
                        "error: number 999\nand 5 more\n");
    text_deinit(&out);
    diag_list_deinit(&list);
}

static void test_print_json(void **state)
{
    (void)state;
    struct diag_list list = {0};
    struct text out = {0};
    struct place place = {"shunt.yaml", 3, 7};
    diag_list_print_json(&list, &out);
    assert_string_equal(out.data, "[]\n");
    text_deinit(&out);

    diag_add(&list, DIAG_ERROR, "bad", &place, "say \"x\"", "line\nend");
    diag_add(&list, DIAG_WARNING, "odd", NULL, NULL, "odd");
    diag_list_print_json(&list, &out);
    assert_string_equal(out.data,
                        "[{\"level\":\"error\",\"code\":\"bad\",\"file\":\"shunt.yaml\",\"line\":3,"
                        "\"column\":7,\"message\":\"line\\nend\",\"hint\":\"say \\\"x\\\"\"},\n "
                        "{\"level\":\"warning\",\"code\":\"odd\",\"file\":null,\"line\":0,"
                        "\"column\":0,\"message\":\"odd\",\"hint\":null}]\n");
    text_deinit(&out);
    diag_list_deinit(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_bad_values_cannot_forge_lines),
        cmocka_unit_test(test_everything_is_copied),
        cmocka_unit_test(test_too_many_are_counted),
        cmocka_unit_test(test_print_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
