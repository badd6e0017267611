/* Queries over TCP: how the stream is cut, what is pending, who closes. */
#include "fixture.h"

#include <netinet/tcp.h>

#include "listen/tcp_table.h"

static const struct listen_limits limits = {10, 10, 100, 60000};

/* Sends a query with its length. */
static void ask(int fd, const char *query)
{
    char framed[70] = {0, (char)strlen(query)};
    memcpy(framed + 2, query, strlen(query));
    client_send(fd, framed, 2 + strlen(query));
}

/* Reads exactly `len` bytes. */
static void read_whole(struct fixture *f, int fd, uint8_t *out, size_t len)
{
    for (size_t have = 0; have < len;) {
        ssize_t n = client_receive(f, fd, out + have, len - have);
        assert_true(n > 0);
        have += (size_t)n;
    }
}

/* Reads one message; returns its length. */
static size_t read_message(struct fixture *f, int fd, uint8_t out[65535])
{
    uint8_t head[2];
    read_whole(f, fd, head, 2);
    size_t len = (size_t)head[0] << 8 | head[1];
    read_whole(f, fd, out, len);
    return len;
}

static void expect_message(struct fixture *f, int fd, const char *expected)
{
    static uint8_t got[65535];
    assert_int_equal(read_message(f, fd, got), strlen(expected));
    assert_memory_equal(got, expected, strlen(expected));
}

static const struct {
    const char *name;
    const char *stream;
    size_t len;
    const char *replies[4];
    bool closed; /* by the server, though the client has not ended */
} streams[] = {
    {"one",
     "\0\3"
     "01R",
     5,
     {"01r"},
     false},
    {"three in a segment",
     "\0\3"
     "01R\0\4"
     "02R.\0\3"
     "03R",
     16,
     {"01r", "02r.", "03r"},
     false},
    {"a drop among others",
     "\0\3"
     "01R\0\3"
     "02D\0\3"
     "03R",
     15,
     {"01r", "03r"},
     false},
    {"too short for a query",
     "\0\1x\0\3"
     "02R",
     8,
     {"02r"},
     false},
    {"zero length", "\0\0", 2, {NULL}, true},
    {"zero length behind one",
     "\0\3"
     "01R\0\0",
     7,
     {"01r"},
     true},
};

/* Each stream, at once and byte by byte. */
static void framing_over_socket(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(streams) / sizeof(streams[0]); i++) {
        struct fixture f;
        size_t at = i / 2, step = i % 2 ? 1 : streams[at].len;
        int on = 1;
        print_message("%s, by %zu\n", streams[at].name, step);
        assert_true(fixture_init(&f, "127.0.0.1", &limits));
        int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        for (size_t sent = 0; sent < streams[at].len; sent += step) {
            client_send(fd, streams[at].stream + sent, step);
            pump(&f);
        }
        for (size_t r = 0; streams[at].replies[r]; r++)
            expect_message(&f, fd, streams[at].replies[r]);
        if (streams[at].closed)
            assert_closed(&f, fd);
        assert_int_equal(stats_of(&f).tcp_open, streams[at].closed ? 0 : 1);
        close(fd);
        fixture_deinit(&f);
    }
}

/* The client goes away in the middle of a message. */
static void half_message_then_close(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    client_send(fd,
                "\0\3"
                "01R\0\4x",
                8);
    expect_message(&f, fd, "01r");
    shutdown(fd, SHUT_WR);
    assert_closed(&f, fd);
    assert_int_equal(stats_of(&f).tcp_open, 0);
    assert_int_equal(f.resolver.queries, 1);
    close(fd);
    fixture_deinit(&f);
}

/* Answers leave as they come, whatever the order of the questions. */
static void out_of_order(void **state)
{
    static const unsigned order[] = {2, 0, 1};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    ask(fd, "00P");
    ask(fd, "01P");
    ask(fd, "02P");
    ask(fd, "03R");
    expect_message(&f, fd, "03r");
    for (size_t i = 0; i < 3; i++) {
        char expected[] = {'0', (char)('0' + order[i]), 'l', '\0'};
        resolver_answer(&f.resolver, order[i]);
        expect_message(&f, fd, expected);
    }
    close(fd);
    fixture_deinit(&f);
}

/* A client that has asked all it wants may end its side at once. */
static void half_closed_client(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    ask(fd, "00P");
    ask(fd, "01P");
    ask(fd, "02R");
    shutdown(fd, SHUT_WR);
    expect_message(&f, fd, "02r");
    resolver_answer(&f.resolver, 1);
    expect_message(&f, fd, "01l");
    assert_int_equal(stats_of(&f).tcp_open, 1);
    resolver_drop(&f.resolver, 0);
    assert_closed(&f, fd);
    assert_int_equal(stats_of(&f).tcp_open, 0);
    close(fd);
    fixture_deinit(&f);
}

/* Closes so that the other side gets a reset. */
static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(fd);
}

/* A late reply for a connection that is gone must not reach the one that has its place. */
static void late_for_another(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int first = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    ask(first, "01P");
    PUMP_UNTIL(&f, f.resolver.pending_count > 0);
    reset(first);
    PUMP_UNTIL(&f, stats_of(&f).tcp_open == 0);
    int second = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    ask(second, "02P");
    PUMP_UNTIL(&f, f.resolver.pending_count > 1);
    assert_int_equal(f.resolver.pending[0].client.handle >> 32,
                     f.resolver.pending[1].client.handle >> 32);
    resolver_answer(&f.resolver, 0);
    resolver_answer(&f.resolver, 1);
    expect_message(&f, second, "02l");
    close(second);
    fixture_deinit(&f);
}

/* Over the pipeline's limit queries wait in the socket, and none is lost. */
static void pipeline_limit(void **state)
{
    const struct listen_limits few = {10, 10, 3, 60000};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &few));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    for (unsigned i = 0; i < 9; i++) {
        char query[] = {'0', (char)('0' + i), 'P', '\0'};
        ask(fd, query);
    }
    ask(fd, "9.R");
    shutdown(fd, SHUT_WR);
    for (unsigned i = 0; i < 9; i++) {
        char expected[] = {'0', (char)('0' + i), 'l', '\0'};
        for (unsigned turn = 0; turn < 5; turn++)
            pump(&f);
        assert_int_equal(f.resolver.pending_count, i + 3 < 9 ? i + 3 : 9);
        assert_int_equal(f.resolver.queries, i + 3 <= 9 ? i + 3 : 10);
        if (i == 7)
            expect_message(&f, fd, "9.r");
        if (i == 3)
            resolver_drop(&f.resolver, i);
        else
            resolver_answer(&f.resolver, i);
        if (i != 3)
            expect_message(&f, fd, expected);
    }
    assert_closed(&f, fd);
    close(fd);
    fixture_deinit(&f);
}

/* A client that asks for megabytes before it reads gets all of it, and costs no more than a bounded
 * queue meanwhile: its next queries wait. */
static void slow_reader(void **state)
{
    enum { COUNT = 300 };
    static uint8_t got[65535];
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        client_send(fd, (uint8_t[]){0, 3, (uint8_t)(i >> 8), (uint8_t)i, 'L'}, 5);
        pump(&f);
    }
    assert_true(f.resolver.queries < COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(read_message(&f, fd, got), LARGE);
        assert_int_equal(got[0] << 8 | got[1], i);
    }
    assert_int_equal(f.resolver.queries, COUNT);
    assert_int_equal(stats_of(&f).tcp_open, 1);
    close(fd);
    fixture_deinit(&f);
}

/* Late replies cannot wait for the client to read: past the bound it loses its connection. */
static void queue_bound(void **state)
{
    enum { COUNT = 400 };
    const struct listen_limits many = {10, 10, COUNT, 60000};
    static const uint8_t large[LARGE];
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &many));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    for (unsigned i = 0; i < COUNT; i++)
        ask(fd, "00P");
    PUMP_UNTIL(&f, f.resolver.pending_count == COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        const struct resolve_client *client = &f.resolver.pending[i].client;
        client->send(client, large, sizeof(large), clock_now());
    }
    assert_int_equal(stats_of(&f).tcp_open, 0);
    assert_int_equal(stats_of(&f).send_failed, 1);
    close(fd);
    fixture_deinit(&f);
}

/* A query of the greatest length, in whatever pieces the network makes of it. */
static void longest_query(void **state)
{
    static uint8_t query[2 + 65535], got[65535];
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    memset(query, 7, sizeof(query));
    memcpy(query,
           "\xff\xff"
           "01R",
           5);
    client_stream(&f, fd, query, sizeof(query));
    assert_int_equal(read_message(&f, fd, got), 65535);
    assert_memory_equal(got, "01r\x7", 4);
    close(fd);
    fixture_deinit(&f);
}

/* Connections know where they were asked. */
static void asked_address(void **state)
{
    static const struct {
        const char *listen, *ask;
    } cases[] = {{"0.0.0.0", "127.0.0.2"}, {"127.0.0.1", "127.0.0.1"}, {"::", "::1"}};
    (void)state;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct fixture f;
        if (!fixture_init(&f, cases[c].listen, &limits))
            continue;
        struct addr asked = address(cases[c].ask);
        addr_set_port(&asked, addr_port(&f.sockets.addr));
        int fd = client_open(&f, SOCK_STREAM, cases[c].ask, NULL);
        ask(fd, "01R");
        expect_message(&f, fd, "01r");
        assert_true(addr_equal(&f.resolver.local, &asked));
        close(fd);
        fixture_deinit(&f);
    }
}

/* After listen_stop: who waits for nothing is closed, who waits is answered and closed then. */
static void stopped(void **state)
{
    const struct listen_limits few = {10, 10, 1, 60000};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &few));
    int idle = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    int waiting = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    ask(waiting, "01P");
    ask(waiting, "02R"); /* over the pipeline's limit: never taken up */
    PUMP_UNTIL(&f, f.resolver.pending_count == 1 && stats_of(&f).tcp_open == 2);
    listen_stop(f.listen);
    assert_closed(&f, idle);
    assert_int_equal(stats_of(&f).tcp_open, 1);
    resolver_answer(&f.resolver, 0);
    expect_message(&f, waiting, "01l");
    assert_closed(&f, waiting);
    assert_int_equal(f.resolver.queries, 1);
    close(idle);
    close(waiting);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_over_socket),
        cmocka_unit_test(half_message_then_close),
        cmocka_unit_test(out_of_order),
        cmocka_unit_test(half_closed_client),
        cmocka_unit_test(late_for_another),
        cmocka_unit_test(pipeline_limit),
        cmocka_unit_test(slow_reader),
        cmocka_unit_test(queue_bound),
        cmocka_unit_test(longest_query),
        cmocka_unit_test(asked_address),
        cmocka_unit_test(stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
