/* The reader of server-sent events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sse.h"

/* Events as text: "name#id=data|…". */
struct seen {
    char text[512];
    unsigned count, limit;
};

static bool see(void *arg, const struct client_event *event)
{
    struct seen *s = arg;
    size_t len = strlen(s->text);
    snprintf(s->text + len, sizeof(s->text) - len, "%s#%s=%s|", event->name, event->id,
             event->data);
    return ++s->count != s->limit;
}

static const struct sse_case {
    const char *stream, *events;
} cases[] = {
    {"", ""},
    {"\n\n\n", ""},
    {"data: a\n\n", "message#=a|"},
    {"data:a\n\n", "message#=a|"},
    {"data:  a\n\n", "message#= a|"},
    {"data: a", ""},
    {"data: a\n", ""},
    {"data: a\ndata: b\n\n", "message#=a\nb|"},
    {"data\n\n", "message#=|"},
    {"data\ndata\n\n", "message#=\n|"},
    {"event: step\nid: 7\ndata: {}\n\ndata: x\n\n", "step#7={}|message#7=x|"},
    {"event: lost\n\ndata: x\n\n", "message#=x|"},
    {": a comment\ndata: a\n:\n\n", "message#=a|"},
    {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "message#=a|message#=b|message#=c|"},
    {"retry: 10\nfoo: bar\ndatax: y\nid\ndata: a:b\n\n", "message#=a:b|"},
};

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* In pieces of every size. */
        size_t len = strlen(cases[i].stream);
        for (size_t piece = 1; piece <= len + 1; piece++) {
            struct sse sse = {0};
            struct seen seen = {0};
            for (size_t at = 0; at < len; at += piece)
                assert_int_equal(sse_feed(&sse, cases[i].stream + at,
                                          len - at < piece ? len - at : piece, see, &seen),
                                 ERR_OK);
            assert_string_equal(seen.text, cases[i].events);
            sse_deinit(&sse);
        }
    }
}

static void test_ended_by_caller(void **state)
{
    static const char stream[] = "data: a\n\ndata: b\n\ndata: c\n\n";
    struct sse sse = {0};
    struct seen seen = {.limit = 2};
    (void)state;
    assert_int_equal(sse_feed(&sse, stream, strlen(stream), see, &seen), ERR_LIMIT);
    assert_string_equal(seen.text, "message#=a|message#=b|");
    sse_deinit(&sse);
}

static void test_too_long(void **state)
{
    struct sse sse = {0};
    struct seen seen = {0};
    size_t len = SSE_LINE_MAX / 2;
    char *text = malloc(len);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "data: ", 6);
    assert_int_equal(sse_feed(&sse, text, len, see, &seen), ERR_OK);
    assert_int_equal(sse_feed(&sse, text, len, see, &seen), ERR_OK);
    assert_int_equal(sse_feed(&sse, "x", 1, see, &seen), ERR_RANGE);
    sse_deinit(&sse);
    /* Many lines of one event. */
    sse = (struct sse){0};
    text[len - 1] = '\n';
    enum err e = ERR_OK;
    for (size_t total = 0; e == ERR_OK && total < 2 * SSE_DATA_MAX; total += len)
        e = sse_feed(&sse, text, len, see, &seen);
    assert_int_equal(e, ERR_RANGE);
    assert_int_equal(seen.count, 0);
    sse_deinit(&sse);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_ended_by_caller),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
