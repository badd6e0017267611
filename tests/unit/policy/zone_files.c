/* Zone text in files: $INCLUDE, sizes beyond the window, and files that are none. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zone_help.h"

struct folder {
    char path[64];
};

static int folder_setup(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    strcpy(f->path, "/tmp/shunt-zone-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    *state = f;
    return 0;
}

/* The names of all files that the tests here make. */
static const char *const names[] = {"main",   "a",      "b",      "sub/c",  "big",    "chain1",
                                    "chain2", "chain3", "chain4", "chain5", "chain6", "chain7",
                                    "chain8", "chain9", "pipe",   "sub"};

static int folder_teardown(void **state)
{
    struct folder *f = *state;
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", f->path, names[i]);
        remove(path);
    }
    rmdir(f->path);
    free(f);
    return 0;
}

static const char *folder_path(const struct folder *f, const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", f->path, name);
    return path;
}

static void folder_write(const struct folder *f, const char *name, const char *text)
{
    FILE *file = fopen(folder_path(f, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void folder_read(const struct folder *f, const char *name, struct zone_result *z)
{
    struct place place = {.file = "lab.yaml", .line = 3, .column = 9};
    *z = (struct zone_result){0};
    assert_int_equal(policy_zone_read_file(&z->model, folder_path(f, name), &place, 5, &z->diags),
                     ERR_OK);
}

static void test_include(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    assert_int_equal(mkdir(folder_path(f, "sub"), 0700), 0);
    folder_write(f, "main",
                 "$ORIGIN lab.\n$TTL 9\nx A 1.2.3.4\n$INCLUDE a\n  A 1.2.3.5\ny A 1.2.3.6\n"
                 "$INCLUDE \"sub/c\" other.\n");
    folder_write(f, "a", "$TTL 1\n$ORIGIN deep\nz A 1.2.3.7\n");
    folder_write(f, "sub/c", "@ A 1.2.3.8\n$INCLUDE ../b\n");
    folder_write(f, "b", "b A 1.2.3.9\n");
    folder_read(f, "main", &z);
    zone_expect_clean(&z);
    struct text out = zone_print(&z);
    assert_string_equal(out.data, "x.lab. 9 1 01020304\nz.deep.lab. 1 1 01020307\n"
                                  "x.lab. 9 1 01020305\ny.lab. 9 1 01020306\n"
                                  "other. 9 1 01020308\nb.other. 9 1 01020309\n");
    assert_string_equal(z.model.records[1].place.file, folder_path(f, "a"));
    assert_int_equal(z.model.records[1].place.line, 3);
    text_deinit(&out);
    zone_result_deinit(&z);
}

static void expect_one(struct zone_result *z, const char *code, unsigned line, unsigned column,
                       const char *message)
{
    assert_int_equal(z->diags.count, 1);
    const struct diag *d = &z->diags.items[0];
    assert_string_equal(d->code, code);
    assert_int_equal(d->line, line);
    assert_int_equal(d->column, column);
    if (!strstr(d->message, message))
        fail_msg("%s", d->message);
}

static void test_include_cycle(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    folder_write(f, "a", "x A 1.2.3.4\n$INCLUDE ./b\n");
    folder_write(f, "b", "y A 1.2.3.4\n  $INCLUDE a\n");
    folder_read(f, "a", &z);
    expect_one(&z, "zone-include", 2, 12, "includes itself");
    assert_string_equal(strrchr(z.diags.items[0].file, '/'), "/b");
    assert_int_equal(z.model.record_count, 2);
    zone_result_deinit(&z);
}

/* Eight files deep, and not nine. */
static void test_include_depth(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    char name[16], text[64];
    folder_write(f, "main", "$INCLUDE chain1\n");
    for (int i = 1; i <= 9; i++) {
        snprintf(name, sizeof(name), "chain%d", i);
        snprintf(text, sizeof(text), "x%d A 1.2.3.4\n%s%d\n", i, i < 9 ? "$INCLUDE chain" : ";",
                 i + 1);
        folder_write(f, name, text);
    }
    folder_read(f, "main", &z);
    expect_one(&z, "zone-include", 2, 10, "too deep");
    assert_int_equal(z.model.record_count, 8);
    zone_result_deinit(&z);
}

/* The same file may come twice, but files that include files twice and so on end some time. */
static void test_include_bomb(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    char name[16], text[64];
    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof(name), "chain%d", i);
        snprintf(text, sizeof(text), "$INCLUDE chain%d\n$INCLUDE chain%d\n$INCLUDE chain%d\n",
                 i + 1, i + 1, i + 1);
        folder_write(f, name, text);
    }
    folder_write(f, "chain9", "x A 1.2.3.4\n");
    folder_read(f, "chain1", &z);
    assert_true(z.diags.errors > 0);
    assert_string_equal(z.diags.items[0].code, "zone-include");
    assert_true(z.model.record_count < 1000);
    assert_true(z.model.record_count > 100);
    zone_result_deinit(&z);
}

static void test_no_file(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    folder_read(f, "main", &z);
    expect_one(&z, "zone-file", 3, 9, "No such file");
    zone_result_deinit(&z);
    folder_read(f, ".", &z);
    expect_one(&z, "zone-file", 3, 9, "directory");
    zone_result_deinit(&z);
    assert_int_equal(mkfifo(folder_path(f, "pipe"), 0600), 0);
    folder_read(f, "pipe", &z);
    expect_one(&z, "zone-file", 3, 9, "pipe");
    zone_result_deinit(&z);
    folder_write(f, "main", "");
    folder_read(f, "main", &z);
    zone_expect_clean(&z);
    zone_result_deinit(&z);
}

static void file_repeat(FILE *file, char c, size_t count)
{
    while (count-- > 0)
        assert_int_not_equal(fputc(c, file), EOF);
}

/* Many windows full of records: none is lost or cut where two windows meet. */
static void test_large_file(void **state)
{
    const struct folder *f = *state;
    const unsigned count = 40000;
    struct zone_result z;
    FILE *file = fopen(folder_path(f, "big"), "w");
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "n%u A %u.%u.%u.1 ; some comment, so that the lines get longer\n", i,
                i >> 16 & 255, i >> 8 & 255, i & 255);
    assert_int_equal(fclose(file), 0);
    folder_read(f, "big", &z);
    zone_expect_clean(&z);
    assert_int_equal(z.model.record_count, count);
    for (unsigned i = 0; i < count; i++) {
        const struct policy_record *r = &z.model.records[i];
        assert_int_equal(r->place.line, i + 1);
        assert_int_equal(policy_record_rdata(r)[1] << 8 | policy_record_rdata(r)[2], i);
    }
    zone_result_deinit(&z);
}

/* Lines that no record has: each is an error of its own, but for comments; the rest is read. */
static void test_absurd_lines(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    FILE *file = fopen(folder_path(f, "big"), "w");
    assert_non_null(file);
    fputs("a A 1.2.3.4\nb TXT ", file);
    file_repeat(file, 'x', 1000000);
    fputs("\na A 1.2.3.4\n;", file);
    file_repeat(file, 'c', 1500000);
    fputs("\na A 1.2.3.4\nb TXT \"", file);
    file_repeat(file, 'q', 1000000);
    fputs("\na A 1.2.3.4\n", file);
    file_repeat(file, ' ', 1000000);
    fputs("\nb TXT (", file);
    file_repeat(file, '\n', 1000000);
    fputs("x )\na A 1.2.3.4\n", file);
    assert_int_equal(fclose(file), 0);
    folder_read(f, "big", &z);
    assert_string_equal(z.diags.items[0].code, "zone-too-long");
    assert_int_equal(z.diags.items[0].line, 2);
    assert_string_equal(z.diags.items[1].code, "zone-too-long");
    assert_int_equal(z.diags.items[1].line, 6);
    assert_string_equal(z.diags.items[2].code, "zone-too-long");
    assert_int_equal(z.diags.items[2].line, 8);
    assert_string_equal(z.diags.items[3].code, "zone-parenthesis");
    assert_int_equal(z.diags.items[3].line, 9);
    assert_int_equal(z.model.record_count, 5);
    zone_result_deinit(&z);
}

/* A parenthesis on every line that is never closed: each window is read a bounded number of times.
 */
static void test_unclosed_everywhere(void **state)
{
    const struct folder *f = *state;
    struct zone_result z;
    FILE *file = fopen(folder_path(f, "big"), "w");
    assert_non_null(file);
    for (int i = 0; i < 200000; i++)
        fputs("x A ( 1.2.3.4\n", file);
    assert_int_equal(fclose(file), 0);
    folder_read(f, "big", &z);
    assert_true(z.diags.errors > 1);
    assert_true(z.diags.errors < 100);
    assert_int_equal(z.model.record_count, 0);
    zone_result_deinit(&z);
}

/* The most data that a record can have, and one byte more. */
static void test_largest_record(void **state)
{
    (void)state;
    struct zone_result z;
    struct text text = {0};
    text_add(&text, "t TXT");
    for (int i = 0; i < 255; i++)
        text_addf(&text, " %0255d", 0);
    text_addf(&text, " %0254d", 0); /* 255 × 256 + 255 */
    zone_read_text(&z, text.data);
    zone_expect_clean(&z);
    assert_int_equal(z.model.records[0].rdlen, 65535);
    zone_result_deinit(&z);
    text_add(&text, "0");
    zone_read_text(&z, text.data);
    expect_one(&z, "zone-too-long", 1, 7, "65535");
    zone_result_deinit(&z);
    text_deinit(&text);
}

int main(void)
{
#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_include),
        FOLDER_TEST(test_include_cycle),
        FOLDER_TEST(test_include_depth),
        FOLDER_TEST(test_include_bomb),
        FOLDER_TEST(test_no_file),
        FOLDER_TEST(test_large_file),
        FOLDER_TEST(test_absurd_lines),
        FOLDER_TEST(test_unclosed_everywhere),
        cmocka_unit_test(test_largest_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
