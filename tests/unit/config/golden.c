/* Every golden/NAME.yaml gives exactly the findings in golden/NAME.txt. After a change of words,
 * run with SHUNT_GOLDEN_WRITE=1 to write the .txt files again, and read the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#define FOLDER "unit/config/golden"

static char *file_read(const char *path)
{
    FILE *f = fopen(path, "re");
    char *data = calloc(1, 65536);
    assert_non_null(data);
    if (f) {
        size_t len = fread(data, 1, 65535, f);
        data[len] = '\0';
        fclose(f);
    }
    return data;
}

static void file_write(const char *path, const char *data)
{
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(data, f);
    assert_int_equal(fclose(f), 0);
}

/* The findings of one file, as `shunt check` prints them. */
static char *findings(const char *path)
{
    struct config config;
    struct diag_list diags = {0};
    struct text out = {0};
    enum err e = config_load(&config, path, NULL, &diags);
    assert_true(e == ERR_OK || e == ERR_INVALID);
    assert_int_equal(e == ERR_OK, diags.errors == 0);
    if (!e)
        config_deinit(&config);
    text_add(&out, "");
    diag_list_print(&diags, &out);
    diag_list_deinit(&diags);
    assert_non_null(out.data);
    return out.data;
}

static int check_case(const char *yaml)
{
    char expected_path[512];
    snprintf(expected_path, sizeof(expected_path), "%.*s.txt", (int)strlen(yaml) - 5, yaml);
    char *got = findings(yaml), *expected = file_read(expected_path);
    int differs = strcmp(got, expected) != 0;
    if (differs && getenv("SHUNT_GOLDEN_WRITE"))
        file_write(expected_path, got);
    if (differs)
        print_error("%s: expected\n%sbut got\n%s", yaml, expected, got);
    free(got);
    free(expected);
    return differs;
}

static void test_golden(void **state)
{
    (void)state;
    glob_t found;
    int failures = 0;
    assert_int_equal(chdir(FOLDER), 0);
    assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 40);
    for (size_t i = 0; i < found.gl_pathc; i++)
        failures += check_case(found.gl_pathv[i]);
    globfree(&found);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
