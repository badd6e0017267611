/* The examples in the documentation are files that work, and every key is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

/* What the examples name beside themselves is in this folder. */
#define BESIDE "unit/config/docs/example.yaml"

static char *file_read(const char *path)
{
    char *data = calloc(1, 100000);
    FILE *f = fopen(path, "re");
    assert_non_null(data);
    assert_non_null(f);
    size_t len = fread(data, 1, 99999, f);
    fclose(f);
    assert_true(len < 99999);
    return data;
}

/* The findings of one example; empty when there are none. To be freed. */
static char *findings(const char *text, size_t len)
{
    struct config config;
    struct diag_list diags = {0};
    struct text out = {0};
    if (config_parse(&config, BESIDE, text, len, NULL, &diags) == ERR_OK)
        config_deinit(&config);
    text_add(&out, "");
    diag_list_print(&diags, &out);
    diag_list_deinit(&diags);
    return out.data;
}

/* Loads every block between a line `open` and a line of three backquotes; returns how many. */
static int check_blocks(const char *path, const char *open)
{
    char *page = file_read(path);
    int count = 0;
    for (char *at = page; (at = strstr(at, open));) {
        char *start = at + strlen(open), *end = strstr(start, "\n```\n");
        assert_non_null(end);
        char *found = findings(start, (size_t)(end + 1 - start));
        if (*found)
            fail_msg("%s, in the example\n%.*s\n%s", path, (int)(end - start), start, found);
        free(found);
        count++;
        at = end + 5;
    }
    free(page);
    return count;
}

static void test_reference(void **state)
{
    (void)state;
    assert_true(check_blocks("../docs/configuration.md", "\n```yaml\n") >= 13);
}

static void test_manual(void **state)
{
    (void)state;
    assert_int_equal(check_blocks("../docs/man/shunt.yaml.5.scd", "\n```\n"), 3);
}

/* Files with a key that there cannot be: the finding lists those that there are. */
static const char *const levels[] = {
    "zzzzz: 1\n",
    "domains: [{name: a.example, zzzzz: 1}]\n",
    "domains: [{name: a.example, xmpp-client: [{target: a.example, zzzzz: 1}]}]\n",
    "hosts: [{name: a.example, addresses: [], zzzzz: 1}]\n",
    "upstreams: [{servers: [192.0.2.1], zzzzz: 1}]\n",
    "cache: {zzzzz: 1}\n",
    "log: {zzzzz: 1}\n",
};

/* The keys that the findings of levels[i] list, each with a blank before it; to be freed. */
static char *known_keys(size_t i)
{
    static const char mark[] = "(known here:";
    char *found = findings(levels[i], strlen(levels[i])), *list = strstr(found, mark);
    assert_non_null(list);
    list += sizeof(mark) - 1;
    list[strcspn(list, ")")] = '\0';
    char *keys = strdup(list);
    assert_non_null(keys);
    free(found);
    return keys;
}

static void test_all_keys(void **state)
{
    (void)state;
    char *page = file_read("../docs/configuration.md");
    char *sample = file_read("../conf/shunt.yaml");
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        char *rest = NULL, *keys = known_keys(i);
        for (char *key = strtok_r(keys, " ", &rest); key; key = strtok_r(NULL, " ", &rest)) {
            char heading[64], row[64], setting[64];
            snprintf(heading, sizeof(heading), "\n### `%s`\n", key);
            snprintf(row, sizeof(row), "\n| `%s` |", key);
            snprintf(setting, sizeof(setting), "%s:", key);
            if (!strstr(page, i == 0 ? heading : row))
                fail_msg("%s is not in configuration.md", key);
            if (!strstr(sample, setting))
                fail_msg("%s is not in conf/shunt.yaml", key);
        }
        free(keys);
    }
    free(page);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_all_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
