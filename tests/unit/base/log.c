#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* What was logged, read back from a pipe. */
struct captured {
    struct log log;
    int from;
    char text[16384];
};

static int capture_start(void **state)
{
    struct captured *c = calloc(1, sizeof(*c));
    int ends[2];
    assert_non_null(c);
    assert_int_equal(pipe(ends), 0);
    c->from = ends[0];
    c->log = (struct log){LOG_LEVEL_INFO, LOG_FORMAT_TEXT, ends[1]};
    *state = c;
    return 0;
}

static int capture_end(void **state)
{
    struct captured *c = *state;
    close(c->from);
    if (c->log.fd >= 0)
        close(c->log.fd);
    free(c);
    return 0;
}

/* Ends the log, and returns all that was written. */
static const char *capture_read(struct captured *c)
{
    size_t len = 0;
    ssize_t n;
    close(c->log.fd);
    c->log.fd = -1;
    while ((n = read(c->from, c->text + len, sizeof(c->text) - len - 1)) > 0)
        len += (size_t)n;
    c->text[len] = '\0';
    return c->text;
}

/* Every digit becomes 0, so that times compare. */
static const char *without_digits(char *text)
{
    for (char *c = text; *c; c++) {
        if (*c >= '0' && *c <= '9')
            *c = '0';
    }
    return text;
}

static void test_text(void **state)
{
    struct captured *c = *state;
    log_error(&c->log, "cannot read %s", "a.yaml");
    log_warning(&c->log, "odd");
    log_info(&c->log, "ready");
    capture_read(c);
    assert_string_equal(without_digits(c->text),
                        "0000-00-00T00:00:00.000Z error cannot read a.yaml\n"
                        "0000-00-00T00:00:00.000Z warning odd\n"
                        "0000-00-00T00:00:00.000Z info ready\n");
}

static void test_levels(void **state)
{
    struct captured *c = *state;
    c->log.level = LOG_LEVEL_WARNING;
    log_debug(&c->log, "debug");
    log_info(&c->log, "info");
    log_warning(&c->log, "warning");
    log_configure(&c->log, LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    log_debug(&c->log, "now");
    capture_read(c);
    assert_string_equal(without_digits(c->text), "0000-00-00T00:00:00.000Z warning warning\n"
                                                 "0000-00-00T00:00:00.000Z debug now\n");
}

static void test_configure(void **state)
{
    struct captured *c = *state;
    log_configure(&c->log, LOG_LEVEL_ERROR, LOG_FORMAT_JSON);
    log_warning(&c->log, "warning");
    log_error(&c->log, "error");
    capture_read(c);
    assert_string_equal(without_digits(c->text),
                        "{\"time\":\"0000-00-00T00:00:00.000Z\",\"level\":\"error\","
                        "\"message\":\"error\"}\n");
}

static void test_nowhere(void **state)
{
    (void)state;
    struct log log = {LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, -1};
    log_error(&log, "nobody reads this");
}

static void test_names_cannot_forge_lines(void **state)
{
    struct captured *c = *state;
    log_info(&c->log, "query for %s", "a\n2026-01-01 error forged\r\x1b[2J\xff");
    const char *text = capture_read(c);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_non_null(
        strstr(text, " info query for a\\x0a2026-01-01 error forged\\x0d\\x1b[2J\\xff\n"));
}

static void test_json(void **state)
{
    struct captured *c = *state;
    c->log.format = LOG_FORMAT_JSON;
    log_warning(&c->log, "say \"%s\"\n\xff", "a\\b");
    capture_read(c);
    assert_string_equal(without_digits(c->text),
                        "{\"time\":\"0000-00-00T00:00:00.000Z\",\"level\":\"warning\","
                        "\"message\":\"say \\\"a\\\\b\\\"\\n\\ufffd\"}\n");
}

/* Messages too long are cut, and the line is whole all the same, even where each byte grows. */
static void test_long_messages(void **state)
{
    struct captured *c = *state;
    char big[10000];
    memset(big, '\1', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    c->log.format = LOG_FORMAT_JSON;
    log_info(&c->log, "%s", big);
    const char *text = capture_read(c);
    size_t len = strlen(text);
    assert_true(len > 2000 * 6);
    assert_string_equal(text + len - 9, "\\u0001\"}\n");
}

static void test_errno_is_kept(void **state)
{
    struct captured *c = *state;
    int spare = c->log.fd;
    c->log.fd = 100000; /* not open: the write fails */
    errno = EADDRINUSE;
    log_error(&c->log, "cannot bind");
    assert_int_equal(errno, EADDRINUSE);
    c->log.fd = spare;
}

static void test_limit(void **state)
{
    (void)state;
    struct log_limit limit = {0};
    uint64_t held = 99;
    assert_true(log_limit_pass(&limit, 5000, 1000, &held));
    assert_int_equal(held, 0);
    assert_false(log_limit_pass(&limit, 5000, 1000, &held));
    assert_false(log_limit_pass(&limit, 5999, 1000, &held));
    assert_true(log_limit_pass(&limit, 6000, 1000, &held));
    assert_int_equal(held, 2);
    assert_false(log_limit_pass(&limit, 6001, 1000, &held));
    assert_true(log_limit_pass(&limit, 90000, 1000, &held));
    assert_int_equal(held, 1);
    assert_true(log_limit_pass(&limit, 91000, 1000, &held));
    assert_int_equal(held, 0);
}

int main(void)
{
#define CAPTURED(test) cmocka_unit_test_setup_teardown(test, capture_start, capture_end)
    const struct CMUnitTest tests[] = {
        CAPTURED(test_text),
        CAPTURED(test_levels),
        CAPTURED(test_configure),
        cmocka_unit_test(test_nowhere),
        CAPTURED(test_names_cannot_forge_lines),
        CAPTURED(test_json),
        CAPTURED(test_long_messages),
        CAPTURED(test_errno_is_kept),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
