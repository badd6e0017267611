/* Files that are made to exhaust memory or the stack end in a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/yaml.h"

/* `head`, then `part` many times, then `tail`. */
static char *repeated(const char *head, const char *part, size_t times, const char *tail)
{
    size_t head_len = strlen(head), part_len = strlen(part), tail_len = strlen(tail);
    char *text = malloc(head_len + part_len * times + tail_len + 1);
    assert_non_null(text);
    memcpy(text, head, head_len);
    for (size_t i = 0; i < times; i++)
        memcpy(text + head_len + i * part_len, part, part_len);
    memcpy(text + head_len + times * part_len, tail, tail_len + 1);
    return text;
}

static const struct {
    const char *name, *head, *part;
    size_t times;
    const char *tail;
    const char *expected; /* in the first finding; NULL: there is none */
} cases[] = {
    {"brackets", "domains: ", "[", 100000, "", "nested more than 16 deep"},
    {"braces", "domains: ", "{a: ", 100000, "", "nested more than 16 deep"},
    {"dashes", "", "- ", 100000, "", "nested more than 16 deep"},
    {"questions", "", "? ", 100000, "", "cannot be a key"},
    {"one-line", "domains: [", "a,", 1000000, "]", "the line is longer than 1 MiB"},
    {"many-values", "domains:\n", "- a\n", 8000001, "", "more than 8000000 values"},
    {"anchors", "domains: ", "&a ", 100000, "", "not valid YAML"},
    {"tags", "domains: ", "!!str ", 100000, "", "tags (!...) are not read here"},
    {"comments", "", "#\n", 1000000, "", NULL},
    {"blank-lines", "", "\n", 1000000, "", NULL},
    {"records", "records: |\n", "  ; comment\n", 1000000, "", NULL},
    {"quotes", "user: \"", "\\u00e9", 150000, "\"", "does not exist"},
    {"word", "user: ", "x", 1000000, "", "does not exist"},
    {"joined-lines", "user: \"", "x \n ", 1000000, "\"", "does not exist"},
};

static void test_bombs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct config config;
        struct diag_list diags = {0};
        char *text = repeated(cases[i].head, cases[i].part, cases[i].times, cases[i].tail);
        enum err e = config_parse(&config, "bomb.yaml", text, strlen(text), NULL, &diags);
        free(text);
        const char *found = diags.count > 0 ? diags.items[0].message : NULL;
        if ((cases[i].expected != NULL) != (found != NULL))
            fail_msg("%s: %s", cases[i].name, found ? found : "no finding");
        if (found && !strstr(found, cases[i].expected))
            fail_msg("%s: %s", cases[i].name, found);
        if (!e)
            config_deinit(&config);
        diag_list_deinit(&diags);
    }
}

/* 101 different keys in one mapping. */
static void test_many_keys(void **state)
{
    struct yaml_doc doc;
    struct diag_list diags = {0};
    struct text text = {0};
    (void)state;
    for (int i = 0; i <= YAML_KEYS_MAX; i++)
        text_addf(&text, "k%d: x\n", i);
    assert_int_equal(yaml_parse(&doc, "many.yaml", text.data, text.len, &diags), ERR_INVALID);
    assert_string_equal(diags.items[0].message, "a mapping of more than 100 keys");
    assert_int_equal(diags.items[0].line, 101);
    text_deinit(&text);
    diag_list_deinit(&diags);
}

static void test_too_large(void **state)
{
    struct yaml_doc doc;
    struct diag_list diags = {0};
    char *text = repeated("", "#\n", (YAML_BYTES_MAX / 2) + 1, "");
    (void)state;
    assert_int_equal(yaml_parse(&doc, "large.yaml", text, strlen(text), &diags), ERR_INVALID);
    assert_string_equal(diags.items[0].message, "the file is larger than 256 MiB");
    free(text);
    diag_list_deinit(&diags);
}

/* A device that never ends is no file to load. */
static void test_endless(void **state)
{
    struct config config;
    struct diag_list diags = {0};
    (void)state;
    assert_int_equal(config_load(&config, "/dev/zero", NULL, &diags), ERR_INVALID);
    assert_int_equal(diags.count, 1);
    diag_list_deinit(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
