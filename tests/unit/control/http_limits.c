/* What a client of the API can hold: connections, memory, time. */
#include "unit/control/control_fixture.h"

#include <sys/resource.h>

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_deinit(&f);
    return 0;
}

static void check_alive(int fd)
{
    struct response r;
    client_once(&f, fd, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    response_deinit(&r);
}

/* Turns the loop until `count` connections are left; false when that never happens. */
static bool connections_become(unsigned count)
{
    for (int i = 0; i < TRIES; i++) {
        fixture_turn(&f);
        http_conn_sweep(f.control->http, f.control->now);
        if (f.control->http->conn_count == count)
            return true;
        usleep(100);
    }
    return false;
}

static bool client_is_closed(int fd)
{
    char buffer[256];
    for (int i = 0; i < TRIES; i++) {
        fixture_turn(&f);
        ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
        usleep(100);
    }
    return false;
}

static void test_oversized_body(void **state)
{
    static const char head[] = "POST /v1/reset HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n";
    struct response r;
    char *body = malloc(HTTP_BODY_MAX + 1);
    int fd = client_unix(&f);
    (void)state;
    assert_non_null(body);
    memset(body, ' ', HTTP_BODY_MAX + 1);
    client_send(&f, fd, head, sizeof(head) - 1);
    client_send(&f, fd, body, HTTP_BODY_MAX + 1);
    client_response(&f, fd, &r, false);
    assert_int_equal(r.status, 413);
    response_deinit(&r);
    free(body);
    close(fd);
    check_alive(client_unix(&f));
}

static void test_largest_body(void **state)
{
    static const char head[] = "POST /v1/reload HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n";
    struct response r;
    char *body = malloc(HTTP_BODY_MAX);
    int fd = client_unix(&f);
    (void)state;
    assert_non_null(body);
    memset(body, ' ', HTTP_BODY_MAX);
    body[0] = '{';
    body[HTTP_BODY_MAX - 1] = '}';
    client_send(&f, fd, head, sizeof(head) - 1);
    client_send(&f, fd, body, HTTP_BODY_MAX);
    client_response(&f, fd, &r, false);
    assert_int_equal(r.status, 200);
    response_deinit(&r);
    free(body);
    close(fd);
}

static void test_oversized_chunks(void **state)
{
    static const char head[] = "POST /v1/reset HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char size[] = "10000\r\n";
    struct response r;
    char *chunk = malloc(0x10002);
    int fd = client_unix(&f);
    (void)state;
    assert_non_null(chunk);
    memset(chunk, ' ', 0x10000);
    memcpy(chunk + 0x10000, "\r\n", 2);
    client_send(&f, fd, head, sizeof(head) - 1);
    for (int i = 0; i < 17; i++) {
        client_send(&f, fd, size, sizeof(size) - 1);
        client_send(&f, fd, chunk, 0x10002);
    }
    client_response(&f, fd, &r, false);
    assert_true(r.closed || r.status == 413);
    response_deinit(&r);
    free(chunk);
    close(fd);
    check_alive(client_unix(&f));
}

static void test_oversized_headers(void **state)
{
    struct response r;
    char *text = malloc(HTTP_HEADERS_MAX + 256);
    int fd = client_unix(&f);
    (void)state;
    assert_non_null(text);
    int len = snprintf(text, 256, "GET /health HTTP/1.1\r\nX: ");
    memset(text + len, 'a', HTTP_HEADERS_MAX);
    memcpy(text + len + HTTP_HEADERS_MAX, "\r\n\r\n", 5);
    client_ask(&f, fd, text, &r);
    assert_int_equal(r.status, 400);
    response_deinit(&r);
    free(text);
    close(fd);
}

/* Half a request, and then nothing: closed when the time is over, not before. */
static void test_slow_request(void **state)
{
    struct http *http = f.control->http;
    int fd = client_unix(&f), idle = client_tcp(&f);
    (void)state;
    client_send(&f, fd, "POST /v1/re", 11);
    assert_true(connections_become(2));
    uint64_t now = f.control->now;
    http_conn_sweep(http, now + HTTP_DEADLINE_MS - 1);
    fixture_turn(&f);
    http_conn_sweep(http, now);
    assert_int_equal(http->conn_count, 2);
    http_conn_sweep(http, now + HTTP_DEADLINE_MS + 60000);
    assert_true(client_is_closed(fd));
    assert_true(client_is_closed(idle));
    assert_true(connections_become(0));
    close(fd);
    close(idle);
}

/* A byte now and then does not prolong the time. */
static void test_trickle(void **state)
{
    struct http *http = f.control->http;
    int fd = client_unix(&f);
    (void)state;
    client_send(&f, fd, "G", 1);
    assert_true(connections_become(1));
    uint64_t deadline = http->conns->deadline;
    client_send(&f, fd, "E", 1);
    assert_true(connections_become(1));
    assert_int_equal(http->conns->deadline, deadline);
    close(fd);
    assert_true(connections_become(0));
}

/* Requests without end, and no reply read: what waits is bounded, and others are served. */
static void test_never_reads(void **state)
{
    static const char request[] = "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    struct http *http = f.control->http;
    int fd = client_unix(&f);
    size_t sent = 0;
    (void)state;
    for (int idle = 0; idle < 200;) {
        ssize_t n = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        fixture_turn(&f);
        sent += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle + 1;
        assert_true(sent < 16 * HTTP_BODY_MAX);
    }
    check_alive(client_unix(&f));
    http_conn_sweep(http, f.control->now + HTTP_DEADLINE_MS + 60000);
    assert_true(connections_become(0));
    close(fd);
}

#define CLIENTS 1000

/* A thousand connections: those over the limit are told so and closed, and when the others leave
 * all is as before. */
static void test_thousand_connections(void **state)
{
    static int fds[CLIENTS];
    struct http *http = f.control->http;
    unsigned refused = 0;
    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = i % 2 ? client_unix(&f) : client_tcp(&f);
        fixture_turn(&f);
    }
    for (int i = 0; i < 20; i++)
        fixture_turn(&f);
    assert_int_equal(http->conn_count, HTTP_CONNECTIONS_MAX);
    assert_int_equal(http->refused, CLIENTS - HTTP_CONNECTIONS_MAX);
    for (int i = 0; i < CLIENTS; i++) {
        char buffer[512];
        ssize_t n = recv(fds[i], buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
        if (n > 0) {
            buffer[n] = '\0';
            assert_non_null(strstr(buffer, "HTTP/1.1 503"));
            assert_non_null(strstr(buffer, "too many connections"));
            const char *length = strstr(buffer, "Content-Length: ");
            const char *body = strstr(buffer, "\r\n\r\n") + 4;
            assert_int_equal(atoi(length + strlen("Content-Length: ")), strlen(body));
            refused++;
        }
    }
    assert_int_equal(refused, CLIENTS - HTTP_CONNECTIONS_MAX);
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    assert_true(connections_become(0));
    check_alive(client_unix(&f));
    check_alive(client_tcp(&f));
}

/* All places taken, all left at once, and one is new: it is not turned away for those who left. */
static void test_places_just_left(void **state)
{
    int fds[HTTP_CONNECTIONS_MAX];
    (void)state;
    for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        fds[i] = client_unix(&f);
        client_send(&f, fds[i], "GET /v1/st", 10);
        fixture_turn(&f);
    }
    assert_int_equal(f.control->http->conn_count, HTTP_CONNECTIONS_MAX);
    for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        close(fds[i]);
    check_alive(client_unix(&f));
    assert_int_equal(f.control->http->refused, 0);
}

/* Clients that come and go without a word hold no place. */
static void test_come_and_go(void **state)
{
    (void)state;
    for (int i = 0; i < 4 * HTTP_CONNECTIONS_MAX; i++) {
        int fd = client_unix(&f);
        fixture_turn(&f);
        close(fd);
    }
    check_alive(client_unix(&f));
    assert_true(connections_become(0));
}

/* Without file descriptors nobody is accepted, the loop does not spin, and it passes. */
static void test_no_descriptors(void **state)
{
    struct rlimit old, low;
    int fd = client_unix(&f);
    (void)state;
    int next = dup(fd);
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = (struct rlimit){(rlim_t)next, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int i = 0; i < 5; i++)
        fixture_turn(&f);
    assert_true(event_pending(f.control->http->resume, EV_TIMEOUT, NULL));
    assert_int_equal(f.control->http->conn_count, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    check_alive(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_oversized_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_largest_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oversized_chunks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oversized_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trickle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_thousand_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_just_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_descriptors, setup, teardown),
    };
    struct rlimit limit;
    rcu_register_thread();
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) { /* a thousand clients and their other ends */
        limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
