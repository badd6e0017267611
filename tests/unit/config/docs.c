/* The examples in the documentation are files that work, every key is in it, and its links lead
 * somewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void test_how_to(void **state)
{
    (void)state;
    glob_t pages;
    int count = 0;
    assert_int_equal(glob("../docs/howto/*.md", 0, NULL, &pages), 0);
    for (size_t i = 0; i < pages.gl_pathc; i++)
        count += check_blocks(pages.gl_pathv[i], "\n```yaml\n");
    globfree(&pages);
    assert_true(count >= 10);
    assert_true(check_blocks("../README.md", "\n```yaml\n") >= 1);
}

static void test_manual(void **state)
{
    (void)state;
    assert_int_equal(check_blocks("../docs/man/shunt.yaml.5.scd", "\n```\n"), 5);
}

/* The anchor that renderers make of a heading, which ends with its line: letters in lower case,
 * digits, '-' and '_'; blanks become '-', and all else goes. */
static void anchor_of(const char *heading, char *out, size_t size)
{
    size_t len = 0;
    for (const char *c = heading + strspn(heading, "# "); *c && *c != '\n' && len + 1 < size; c++) {
        if (isalnum((unsigned char)*c) || *c == '-' || *c == '_')
            out[len++] = (char)tolower((unsigned char)*c);
        else if (*c == ' ')
            out[len++] = '-';
    }
    out[len] = '\0';
}

static bool has_anchor(const char *path, const char *anchor)
{
    char *page = file_read(path), found[128];
    bool has = false;
    for (const char *at = page; !has && (at = strstr(at, "\n#")); at++) {
        anchor_of(at + 1, found, sizeof(found));
        has = strcmp(found, anchor) == 0;
    }
    free(page);
    return has;
}

/* Whether `link`, found on the page, leads to a file or folder, and to a heading if it names one.
 */
static bool link_leads(const char *page, const char *link)
{
    char path[512];
    const char *slash = strrchr(page, '/');
    int file = (int)strcspn(link, "#");
    if (file == 0)
        snprintf(path, sizeof(path), "%s", page);
    else
        snprintf(path, sizeof(path), "%.*s/%.*s", (int)(slash - page), page, file, link);
    return access(path, R_OK) == 0 && (!link[file] || has_anchor(path, link + file + 1));
}

/* Follows the relative links of a page; returns how many. */
static int check_links(const char *path)
{
    char *page = file_read(path), link[256];
    int count = 0;
    for (const char *at = page; (at = strstr(at, "](")); at++) {
        snprintf(link, sizeof(link), "%.*s", (int)strcspn(at + 2, ")"), at + 2);
        if (strstr(link, "://"))
            continue;
        count++;
        if (!link_leads(path, link))
            fail_msg("%s: the link %s leads nowhere", path, link);
    }
    free(page);
    return count;
}

static void test_links(void **state)
{
    (void)state;
    glob_t pages;
    assert_int_equal(glob("../docs/*.md", 0, NULL, &pages), 0);
    assert_int_equal(glob("../docs/*/*.md", GLOB_APPEND, NULL, &pages), 0);
    assert_int_equal(glob("*/README.md", GLOB_APPEND, NULL, &pages), 0);
    assert_int_equal(glob("../docker/*/README.md", GLOB_APPEND, NULL, &pages), 0);
    assert_true(check_links("../README.md") >= 6);
    int count = 0;
    for (size_t i = 0; i < pages.gl_pathc; i++)
        count += check_links(pages.gl_pathv[i]);
    globfree(&pages);
    assert_true(count >= 5);
}

/* Whatever leads nowhere is found. */
static void test_links_broken(void **state)
{
    (void)state;
    assert_true(link_leads("../README.md", "docs/configuration.md#zones"));
    assert_true(link_leads("../docs/howto/lab.md", "../../LICENSE"));
    assert_true(link_leads("../docs/configuration.md", "#zones"));
    assert_false(link_leads("../README.md", "docs/no-such-page.md"));
    assert_false(link_leads("../README.md", "docs/configuration.md#no-such-key"));
    assert_false(link_leads("../README.md", "#zones"));
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
    "domains: [{name: a.example, mode: amend, xmpp-client: [{target: a.example, zzzzz: 1}]}]\n",
    "views: [{name: a, clients: [all], zzzzz: 1}]\n",
    "faults: [{name: a, drop: true, zzzzz: 1}]\n",
    "faults: [{name: a, drop: true, match: {zzzzz: 1}}]\n",
    "lab: {zzzzz: 1}\n",
    "scenarios: [{name: a, zzzzz: 1}]\n",
    "scenarios: [{name: a, steps: [{at: 0s, do: [reset], zzzzz: 1}]}]\n",
    "scenarios: [{name: a, steps: [{at: 0s, expect: {zzzzz: 1}}]}]\n",
    "control: {zzzzz: 1}\n",
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
        cmocka_unit_test(test_reference),    cmocka_unit_test(test_how_to),
        cmocka_unit_test(test_manual),       cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_broken), cmocka_unit_test(test_all_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
