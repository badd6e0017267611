/* Messages out of a TCP stream, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "listen/framing.h"

/* Feeds chunks as a connection does and writes each message and a '|' to `out`; '!' for a broken
 * stream. */
struct feed {
    struct framing framing;
    char out[512];
    size_t out_len;
    bool broken;
};

static void feed(struct feed *f, const char *bytes, size_t len)
{
    static uint8_t buffer[2 * FRAMING_MAX];
    if (f->broken)
        return;
    size_t have = framing_begin(&f->framing, buffer), at = 0, message_len;
    memcpy(buffer + have, bytes, len);
    have += len;
    const uint8_t *message;
    enum framing_step step;
    while ((step = framing_next(buffer, have, &at, &message, &message_len)) == FRAMING_MESSAGE) {
        memcpy(f->out + f->out_len, message, message_len);
        f->out_len += message_len;
        f->out[f->out_len++] = '|';
    }
    if (step == FRAMING_BROKEN) {
        f->broken = true;
        f->out[f->out_len++] = '!';
    }
    assert_int_equal(framing_keep(&f->framing, buffer + at, have - at), ERR_OK);
}

static const struct {
    const char *name;
    const char *stream;
    size_t len;
    const char *expected;
    size_t rest; /* bytes that stay */
} cases[] = {
    {"nothing", "", 0, "", 0},
    {"half a length", "\0", 1, "", 1},
    {"a length", "\0\3", 2, "", 2},
    {"half a message", "\0\3ab", 4, "", 4},
    {"one", "\0\3abc", 5, "abc|", 0},
    {"one byte", "\0\1a", 3, "a|", 0},
    {"three", "\0\3abc\0\1d\0\2ef", 12, "abc|d|ef|", 0},
    {"two and a half", "\0\3abc\0\1d\0\2e", 11, "abc|d|", 3},
    {"zero length", "\0\0", 2, "!", 2},
    {"zero length after one", "\0\1a\0\0\0\1b", 8, "a|!", 5},
    {"length of 256 or more", "\1\0a", 3, "", 3},
};

static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t chunk = 1; chunk <= cases[i].len + 1; chunk++) {
            struct feed f = {0};
            for (size_t at = 0; at < cases[i].len; at += chunk) {
                size_t left = cases[i].len - at;
                feed(&f, cases[i].stream + at, left < chunk ? left : chunk);
            }
            f.out[f.out_len] = '\0';
            if (strcmp(f.out, cases[i].expected) != 0)
                fail_msg("%s, by %zu: %s", cases[i].name, chunk, f.out);
            if (chunk > cases[i].len)
                assert_int_equal(f.framing.len, cases[i].rest);
            framing_deinit(&f.framing);
        }
    }
}

/* A connection between two messages holds no memory. */
static void empty_costs_nothing(void **state)
{
    (void)state;
    struct feed f = {0};
    feed(&f, "\0\3ab", 4);
    assert_non_null(f.framing.rest);
    feed(&f, "c", 1);
    assert_null(f.framing.rest);
    assert_int_equal(f.framing.len, 0);
}

/* The longest message that a length can name. */
static void longest(void **state)
{
    (void)state;
    static uint8_t buffer[FRAMING_MAX + 1];
    const uint8_t *message = NULL;
    size_t at = 0, len = 0;
    memset(buffer, 0xff, sizeof(buffer));
    assert_int_equal(framing_next(buffer, FRAMING_MAX - 1, &at, &message, &len), FRAMING_MORE);
    assert_int_equal(at, 0);
    assert_int_equal(framing_next(buffer, sizeof(buffer), &at, &message, &len), FRAMING_MESSAGE);
    assert_int_equal(len, 65535);
    assert_int_equal(at, FRAMING_MAX);
    assert_int_equal(framing_next(buffer, sizeof(buffer), &at, &message, &len), FRAMING_MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(empty_costs_nothing),
        cmocka_unit_test(longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
