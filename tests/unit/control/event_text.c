/* Query events as lines, and the log of queries. */
#include "unit/control/event_help.h"

#include <fcntl.h>
#include <unistd.h>

#include "control/event_text.h"

static void check(const char *json, const char *expected)
{
    struct text out = {0};
    json_t *event = json_loads(json, 0, NULL);
    assert_non_null(event);
    event_text(event, &out);
    assert_string_equal(out.data, expected);
    text_deinit(&out);
    json_decref(event);
}

static void test_lines(void **state)
{
    (void)state;
    check("{}", "-               -> -                                    -     -            -      "
                "  -        -                    -");
    check("{\"client\":\"fd00::1\",\"name\":\"a.example.\",\"type\":\"AAAA\",\"service\":null,"
          "\"rcode\":\"NXDOMAIN\",\"source\":\"upstream\",\"answer\":\"\"}",
          "fd00::1         -> a.example.                           AAAA  -            NXDOMAIN "
          "upstream -                    -");
    check("{\"client\":\"10.0.0.1\",\"name\":\"a.\",\"type\":\"A\",\"rcode\":\"NOERROR\","
          "\"source\":\"policy\",\"rule\":\"f:1\",\"change\":3,\"fault\":\"x\",\"answer\":\"y\"}",
          "10.0.0.1        -> a.                                   A     -            NOERROR  "
          "policy   f:1 change=3 fault=x y");
    check("{\"rcode\":\"NOERROR\",\"dropped\":true}",
          "-               -> -                                    -     -            dropped  "
          "-        -                    -");
    /* What a daemon that is not ours might say. */
    check("{\"client\":7,\"name\":\"\\u001b[31m\",\"answer\":\"a\\nb\"}",
          "-               -> \\x1b[31m                             -     -            -        "
          "-        -                    a\\x0ab");
}

static void read_all(int fd, char *out, size_t size)
{
    ssize_t n = read(fd, out, size - 1);
    out[n > 0 ? n : 0] = '\0';
}

/* Each lookup is a line, as the log's others are, whatever its level; until it is switched off. */
static void test_log(void **state)
{
    int pipes[2];
    char text[4096];
    struct event_ring *ring = event_ring_new(0);
    struct events *events = events_new(&ring, 1, 10);
    struct event_follower *follower = NULL;
    struct told told;
    (void)state;
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    struct log log = {.level = LOG_LEVEL_ERROR, .format = LOG_FORMAT_TEXT, .fd = pipes[1]};
    event_usual(&told, 500);
    event_log_set(events, &follower, &log, false);
    assert_null(follower);
    event_log_set(events, &follower, &log, true);
    event_log_set(events, &follower, &log, true); /* once is enough */
    event_ring_push(ring, &told.event);
    events_drain(events, 0);
    read_all(pipes[0], text, sizeof(text));
    assert_string_equal(text, "1970-01-01T00:00:00.500Z query 10.5.0.20       -> _xmpp-client._tcp."
                              "lab.example.       SRV   xmpp-client  NOERROR  policy   lab.yaml:12"
                              "          10 5 5222 xmpp1.lab.example.; 20 5 5222 "
                              "xmpp2.lab.example.\n");
    log.format = LOG_FORMAT_JSON;
    event_ring_push(ring, &told.event);
    events_drain(events, 0);
    read_all(pipes[0], text, sizeof(text));
    assert_memory_equal(text,
                        "{\"time\":\"1970-01-01T00:00:00.500Z\",\"level\":\"info\",\"message\""
                        ":\"query\",\"number\":2,",
                        78);
    assert_int_equal(text[strlen(text) - 1], '\n');
    json_t *line = json_loads(text, 0, NULL);
    assert_string_equal(event_field(line, "client"), "10.5.0.20");
    json_decref(line);
    event_log_set(events, &follower, &log, false);
    assert_null(follower);
    event_ring_push(ring, &told.event);
    events_drain(events, 0);
    read_all(pipes[0], text, sizeof(text));
    assert_string_equal(text, "");
    close(pipes[0]);
    close(pipes[1]);
    events_free(events);
    event_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_log)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
