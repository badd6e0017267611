/* Whatever the fast reader takes, the whole scanner reads alike; and it takes what people write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_compare.h"

#define TEXT_MAX 65536

static const char *const taken[] = {
    "# nothing\n\n  # at all\n",
    "ttl: 5s\n",
    "ttl: 5s   # comment\n\n# another\nuser: none\n",
    "listen: [\"127.0.0.1:53\", \"[::1]:53\"]\n",
    "allow: [loopback, private , 203.0.113.0/24]\nx: []\ny: {}\n",
    "cache: {size: 64MiB, min-ttl: 0s, serve-stale: off}\n",
    "a:\n  b:\n    c: d\n  e: f\ng: h\n",
    "a:\n  - b\n  - c: 1\n    d: 2\n  -   e: {f: [g, {h: i}]}\n      j: k\n  -\n    - x\n",
    "a:\n- b\n- c\nd:\n- {e: f}\n",
    "- a\n-\n  b: c\n-\n  - d\n",
    "a: 'single #: {'\nb: \"double, ]\"\n'c d': e\n\"f\": g\n",
    "a: ~\nb: null\nc: [null, ~, Null]\n",
    "a: x:y\nb: http://h/#f\nc: a b  c\nd: 10.0.0.0/8\n",
    "records: |\n  x A 1\n\n  ; y\n    z\n\nb: c\n",
    "records: |\n  x\ty\n  caf\xc3\xa9\n\n\n",
    "a:\n  r: |   # why\n     x\n     y\n  s: t\n",
    "- |\n  x\n- y\n",
    "# caf\xc3\xa9\na: b # \xe2\x82\xac\n",
};

static const char *const left[] = {
    "- - x\n",
    "",
    "a: b",
    "a:\n",
    "a: b\n c\n",
    "a: |-\n  x\n",
    "a: >\n  x\n",
    "a: &x b\n",
    "a: *b\n",
    "a: !t b\n",
    "--- \na: b\n",
    "a: b\n...\n",
    "a: \"\\n\"\n",
    "a: 'b''c'\n",
    "a: [b,\n c]\n",
    "a: [b, ]\n",
    "a: {b}\n",
    "a: {b:c}\n",
    "a: b: c\n",
    "a: b\n  c: d\n",
    " a: b\n",
    "a: b\na: c\n",
    "a:\tb\n",
    "a: b\r\n",
    "? a\n: b\n",
    "a\n",
    "a: caf\xc3\xa9\n",
    "a: |\n\n  x\n",
    "a: |\n    x\n  y\n",
    "a: |\n  x\n    \n",
    "a: [b: c]\n",
    "a: -1\n",
    "a: 'b'c\n",
    "a: \"b\n",
    "a: b\n- c\n",
    "a: {b: c\n",
    "a: b # c\r\rd: e\n",
    "%YAML 1.2\n",
    "a: #b\n",
    "a:\n  - b\n c: d\n",
    "a: [b]c\n",
    "a: [b]#c\n",
};

static void test_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        if (yaml_compare(taken[i], strlen(taken[i])) != YAML_ALIKE)
            fail_msg("%s", taken[i]);
    }
}

static void test_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++) {
        if (yaml_compare(left[i], strlen(left[i])) != YAML_LEFT)
            fail_msg("%s", left[i]);
    }
}

static uint32_t next(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

/* A byte changed, put in or taken out, or a piece put elsewhere. */
static size_t mutate(char *text, size_t len, uint32_t *random)
{
    static const char bytes[] = " \n\n  :-[]{},#'\"|>&*!%@~?\t\\abc0";
    size_t at = next(random) % (len + 1), n = next(random) % 12, from = next(random) % (len + 1);
    char c = bytes[next(random) % (sizeof(bytes) - 1)];
    char piece[12];
    if (from + n > len || len + n + 1 >= TEXT_MAX)
        n = 0;
    memcpy(piece, text + from, n);
    switch (next(random) % 4) {
    case 0:
        if (at < len)
            text[at] = c;
        return len;
    case 1:
        memmove(text + at + 1, text + at, len - at);
        text[at] = c;
        return len + 1;
    case 2:
        if (at + n > len)
            return len;
        memmove(text + at, text + at + n, len - at - n);
        return len - n;
    default:
        memmove(text + at + n, text + at, len - at);
        memcpy(text + at, piece, n);
        return len + n;
    }
}

static void check_mutations(const char *original, size_t len, unsigned rounds, uint32_t *random)
{
    static char text[TEXT_MAX];
    for (unsigned i = 0; i < rounds; i++) {
        size_t now = len;
        memcpy(text, original, len);
        for (unsigned changes = 1 + next(random) % 3; changes > 0; changes--)
            now = mutate(text, now, random);
        if (yaml_compare(text, now) == YAML_DIFFERENT)
            fail_msg("read otherwise:\n%.*s", (int)now, text);
    }
}

static void test_mutations(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
        check_mutations(taken[i], strlen(taken[i]), 2000, &random);
    for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
        check_mutations(left[i], strlen(left[i]), 500, &random);
}

/* All samples, as they are and changed. */
static void test_samples(void **state)
{
    static char text[TEXT_MAX];
    uint32_t random = 2;
    size_t alike = 0;
    glob_t files = {0};
    (void)state;
    assert_int_equal(glob("../conf/*.yaml", 0, NULL, &files), 0);
    assert_int_equal(glob("../conf/*/*.yaml", GLOB_APPEND, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *file = fopen(files.gl_pathv[i], "r");
        assert_non_null(file);
        size_t len = fread(text, 1, TEXT_MAX / 2, file);
        fclose(file);
        enum yaml_comparison found = yaml_compare(text, len);
        assert_int_not_equal(found, YAML_DIFFERENT);
        alike += found == YAML_ALIKE;
        char *copy = strndup(text, len);
        check_mutations(copy, len, 300, &random);
        free(copy);
    }
    if (alike * 10 < files.gl_pathc * 9)
        fail_msg("%zu of %zu samples", alike, (size_t)files.gl_pathc);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
