/* Server-sent events: what a client reads, and how a stream ends, from either side. */
#include "unit/control/control_fixture.h"

#include "control/stream.h"

static struct fixture f;
static struct http_stream *stream; /* the last that was opened */
static unsigned opened, closed;

static void on_closed(void *arg)
{
    assert_ptr_equal(arg, &closed);
    closed++;
    stream = NULL;
}

static void on_stream(void *arg, struct http_stream *opening)
{
    assert_ptr_equal(arg, &opened);
    assert_non_null(opening);
    opened++;
    stream = opening;
    http_stream_on_close(stream, on_closed, &closed);
}

static void run_stream(struct control *control, const struct api_request *request,
                       struct api_reply *reply)
{
    (void)control;
    if (!request->wants_stream) {
        api_fail(reply, 400, "Accept", "this is a stream");
        return;
    }
    reply->stream = on_stream;
    reply->stream_arg = &opened;
}

/* In place of the table of the daemon. */
const struct api_route *control_routes(size_t *count)
{
    static const struct api_route routes[] = {
        {.method = API_GET, .path = "/stream", .run = run_stream, .summary = "A stream"}};
    *count = 1;
    return routes;
}

static int setup(void **state)
{
    (void)state;
    stream = NULL;
    opened = closed = 0;
    fixture_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_deinit(&f);
    return 0;
}

#define REQUEST "GET /stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"

static int stream_open(void)
{
    int fd = client_unix(&f);
    client_send(&f, fd, REQUEST, strlen(REQUEST));
    for (int i = 0; i < TRIES && !stream; i++)
        fixture_turn(&f);
    assert_non_null(stream);
    return fd;
}

/* Reads until `text` is in `out`, chunk by chunk. */
static void read_until(int fd, char *out, size_t size, const char *text)
{
    size_t have = 0;
    out[0] = '\0';
    while (!strstr(out, text)) {
        size_t n = client_read(&f, fd, out + have, size - 1 - have);
        assert_true(n > 0);
        have += n;
        out[have] = '\0';
    }
}

static bool closed_becomes(unsigned count)
{
    for (int i = 0; i < TRIES && closed != count; i++) {
        fixture_turn(&f);
        usleep(100);
    }
    return closed == count;
}

static void test_events(void **state)
{
    char text[4096];
    int fd = stream_open();
    (void)state;
    assert_true(http_stream_send(stream, "query", 7, "{\"name\":\"a.\"}"));
    assert_true(http_stream_send(stream, NULL, 0, "one\ntwo\r\nthree\rfour"));
    read_until(fd, text, sizeof(text), "four");
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(text, "\r\nevent: query\nid: 7\ndata: {\"name\":\"a.\"}\n\n\r\n"));
    assert_non_null(strstr(text, "\r\ndata: one\ndata: two\ndata: three\ndata: four\n\n\r\n"));
    close(fd);
    assert_true(closed_becomes(1));
}

static void test_not_asked_for(void **state)
{
    struct response r;
    (void)state;
    client_once(&f, client_unix(&f), "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 400);
    response_deinit(&r);
    client_once(&f, client_unix(&f),
                "HEAD /stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n", &r);
    assert_int_equal(r.status, 400);
    response_deinit(&r);
    assert_int_equal(opened, 0);
}

/* The client leaves: told once, and nothing is left. */
static void test_client_leaves(void **state)
{
    int fd = stream_open();
    (void)state;
    close(fd);
    assert_true(closed_becomes(1));
    http_conn_sweep(f.control->http, f.control->now);
    assert_int_equal(f.control->http->conn_count, 0);
    assert_null(f.control->http->streams);
}

/* We end it: what was sent is read, and the connection goes on. */
static void test_we_end(void **state)
{
    char text[4096];
    int fd = stream_open();
    (void)state;
    assert_true(http_stream_send(stream, NULL, 0, "last"));
    struct http_stream *ending = stream;
    http_stream_close(ending);
    assert_int_equal(closed, 0); /* not from within */
    assert_false(http_stream_send(ending, NULL, 0, "more"));
    read_until(fd, text, sizeof(text), "\r\n0\r\n\r\n");
    assert_non_null(strstr(text, "data: last\n\n"));
    assert_null(strstr(text, "more"));
    assert_int_equal(closed, 1);
    client_send(&f, fd, REQUEST, strlen(REQUEST));
    for (int i = 0; i < TRIES && opened < 2; i++)
        fixture_turn(&f);
    assert_int_equal(opened, 2);
    close(fd);
    assert_true(closed_becomes(2));
}

/* A client that does not read is dropped once STREAM_PENDING_MAX bytes wait for it. */
static void test_does_not_read(void **state)
{
    static char data[16 * 1024];
    size_t sent = 0;
    int fd = stream_open();
    (void)state;
    memset(data, 'x', sizeof(data) - 1);
    while (http_stream_send(stream, NULL, 0, data)) {
        assert_true(http_stream_waiting(stream) <= STREAM_PENDING_MAX);
        sent += sizeof(data);
        assert_true(sent < 64 * 1024 * 1024);
        fixture_turn(&f);
    }
    assert_true(sent >= STREAM_PENDING_MAX - sizeof(data));
    assert_true(closed_becomes(1));
    http_conn_sweep(f.control->http, f.control->now);
    assert_int_equal(f.control->http->conn_count, 0);
    close(fd);
}

/* A quiet stream outlives every deadline, and gets a comment now and then. */
static void test_quiet(void **state)
{
    char text[4096];
    struct http *http = f.control->http;
    int fd = stream_open();
    (void)state;
    http_stream_sweep(http, f.control->now + 3600000);
    http_conn_sweep(http, f.control->now + 3600000);
    read_until(fd, text, sizeof(text), "\r\n:\n\n\r\n");
    assert_int_equal(closed, 0);
    assert_int_equal(http->conn_count, 1);
    close(fd);
    assert_true(closed_becomes(1));
}

/* A client that talks on while it streams takes no memory without end. */
static void test_talks_on(void **state)
{
    static char data[65536];
    size_t sent = 0;
    int fd = stream_open();
    (void)state;
    for (int idle = 0; idle < 200;) {
        ssize_t n = send(fd, data, sizeof(data), MSG_NOSIGNAL | MSG_DONTWAIT);
        fixture_turn(&f);
        sent += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle + 1;
        assert_true(sent < 16 * HTTP_BODY_MAX);
    }
    close(fd);
    http_stream_send(stream, NULL, 0, "x");
    assert_true(closed_becomes(1));
}

/* The daemon stops while streams are open. */
static void test_stop(void **state)
{
    int a = stream_open(), b = client_unix(&f);
    (void)state;
    stream = NULL;
    client_send(&f, b, REQUEST, strlen(REQUEST));
    for (int i = 0; i < TRIES && !stream; i++)
        fixture_turn(&f);
    close(a); /* one of them has just been left */
    http_free(f.control->http);
    f.control->http = NULL;
    assert_int_equal(closed, 2);
    close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_we_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_does_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_talks_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
