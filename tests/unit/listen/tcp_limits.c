/* What bounds the connections: their number, their idleness, and the file descriptors. */
#include "fixture.h"

#include <sys/resource.h>

#include "listen/tcp_table.h"

/* struct event has this size in libevent 2.1; a connection has two at most. */
#define EVENT_SIZE 128
_Static_assert(sizeof(struct tcp_conn) + 2 * EVENT_SIZE < 1024, "an idle connection is cheap");

/* The server answers on this connection. */
static void assert_served(struct fixture *f, int fd)
{
    uint8_t got[8];
    client_send(fd,
                "\0\3"
                "01R",
                5);
    assert_int_equal(client_receive(f, fd, got, sizeof(got)), 5);
    assert_memory_equal(got + 2, "01r", 3);
}

static void total(void **state)
{
    const struct listen_limits two = {2, 10, 10, 60000};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &two));
    int a = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    int b = client_open(&f, SOCK_STREAM, "127.0.0.1", "127.0.0.2");
    assert_served(&f, a);
    assert_served(&f, b);
    int c = client_open(&f, SOCK_STREAM, "127.0.0.1", "127.0.0.3");
    assert_closed(&f, c);
    assert_int_equal(stats_of(&f).tcp_refused, 1);
    assert_int_equal(stats_of(&f).tcp_accepted, 2);
    close(a);
    PUMP_UNTIL(&f, stats_of(&f).tcp_open == 1);
    int d = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    assert_served(&f, d);
    assert_served(&f, b);
    close(b);
    close(c);
    close(d);
    fixture_deinit(&f);
}

static void per_client(void **state)
{
    const struct listen_limits one = {10, 1, 10, 60000};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &one));
    int a = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    assert_served(&f, a);
    int b = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    assert_closed(&f, b);
    int c = client_open(&f, SOCK_STREAM, "127.0.0.1", "127.0.0.2");
    assert_served(&f, c);
    close(a);
    PUMP_UNTIL(&f, stats_of(&f).tcp_open == 1);
    int d = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    assert_served(&f, d);
    close(b);
    close(c);
    close(d);
    fixture_deinit(&f);
}

/* Silence and a message that never ends are idle; a query that waits for its answer is not. */
static void idle(void **state)
{
    const struct listen_limits brief = {10, 10, 10, 20};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &brief));
    int waiting = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    client_send(waiting,
                "\0\3"
                "01P",
                5);
    PUMP_UNTIL(&f, f.resolver.pending_count > 0);
    int silent = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    int partial = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    client_send(partial, "\0", 1);
    assert_closed(&f, silent);
    assert_closed(&f, partial);
    assert_int_equal(stats_of(&f).tcp_timeouts, 2);
    assert_int_equal(stats_of(&f).tcp_open, 1);
    resolver_answer(&f.resolver, 0);
    uint8_t got[8];
    assert_int_equal(client_receive(&f, waiting, got, sizeof(got)), 5);
    assert_closed(&f, waiting);
    assert_int_equal(stats_of(&f).tcp_timeouts, 3);
    close(waiting);
    close(silent);
    close(partial);
    fixture_deinit(&f);
}

/* Bytes that never make a query do not keep a connection open. */
static void dribble(void **state)
{
    const struct listen_limits brief = {10, 10, 10, 20};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &brief));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    client_send(fd, "\xff\xff", 2);
    for (unsigned i = 0; i < 5000 && stats_of(&f).tcp_timeouts == 0; i++) {
        (void)!send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        pump(&f);
        poll(NULL, 0, 1);
    }
    assert_int_equal(stats_of(&f).tcp_timeouts, 1);
    assert_int_equal(stats_of(&f).tcp_open, 0);
    close(fd);
    fixture_deinit(&f);
}

/* A client that leaves its answers is as good as idle. */
static void never_reads(void **state)
{
    const struct listen_limits brief = {10, 10, 10, 20};
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &brief));
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    /* It is owed a late answer, too: that does not count. */
    client_send(fd,
                "\0\3"
                "01P",
                5);
    for (unsigned i = 0; i < 300; i++)
        client_send(fd,
                    "\0\3"
                    "02L",
                    5);
    PUMP_UNTIL(&f, stats_of(&f).tcp_timeouts == 1);
    assert_int_equal(stats_of(&f).tcp_open, 0);
    close(fd);
    fixture_deinit(&f);
}

/* No more file descriptors for this process than it has now. */
static struct rlimit descriptors_take(void)
{
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(0);
    assert_true(next >= 0);
    close(next);
    const struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return old;
}

/* Without file descriptors accepting pauses, those who are connected are served, and it goes on
 * when a timer says so, or a connection has been closed. */
static void no_descriptors(void **state)
{
    const struct listen_limits many = {10, 10, 10, 60000};
    (void)state;
    for (unsigned by_close = 0; by_close < 2; by_close++) {
        struct fixture f;
        int log[2];
        char line[256] = "";
        assert_int_equal(pipe(log), 0);
        assert_true(fixture_init(&f, "127.0.0.1", &many));
        f.log.fd = log[1];
        int a = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
        assert_served(&f, a);
        int b = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
        struct rlimit old = descriptors_take();
        for (unsigned i = 0; i < 5; i++)
            pump(&f);
        assert_served(&f, a);
        assert_int_equal(stats_of(&f).tcp_accepted, 1);
        if (by_close) {
            close(a);
            PUMP_UNTIL(&f, stats_of(&f).tcp_open == 0 || stats_of(&f).tcp_accepted == 2);
            /* At once, not when the timer says so. */
            pump(&f);
            pump(&f);
            assert_int_equal(stats_of(&f).tcp_accepted, 2);
        } else {
            assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        }
        assert_served(&f, b);
        assert_int_equal(stats_of(&f).tcp_accepted, 2);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_true(read(log[0], line, sizeof(line) - 1) > 0);
        assert_non_null(strstr(line, "not accepted"));
        if (!by_close)
            close(a);
        close(b);
        close(log[0]);
        close(log[1]);
        fixture_deinit(&f);
    }
}

/* However many connections are due in one wake-up, a datagram that comes meanwhile does not wait
 * for all of them. */
static void crowd(void **state)
{
    enum { CROWD = 100 };
    const struct listen_limits many = {CROWD, CROWD, 10, 60000};
    (void)state;
    struct fixture f;
    int fds[CROWD];
    assert_true(fixture_init(&f, "127.0.0.1", &many));
    f.resolver.flood_fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    f.resolver.flood_left = 1;
    for (unsigned i = 0; i < CROWD; i++)
        fds[i] = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    PUMP_UNTIL(&f, stats_of(&f).tcp_open == CROWD);
    for (unsigned i = 0; i < CROWD; i++)
        client_send(fds[i], "\0\00301F", 5);
    PUMP_UNTIL(&f, f.resolver.queries == CROWD + 1);
    assert_in_range(f.resolver.datagram_at, 2, 40);
    for (unsigned i = 0; i < CROWD; i++)
        close(fds[i]);
    close(f.resolver.flood_fd);
    fixture_deinit(&f);
}

/* The table by itself: handles grow stale, ages are in order. */
static void table(void **state)
{
    struct tcp_table t;
    struct addr one = address("192.0.2.1:1"), same = address("192.0.2.1:2");
    struct addr other = address("[2001:db8::1]:1");
    (void)state;
    assert_int_equal(tcp_table_init(&t, 3), ERR_OK);
    assert_null(tcp_table_find(&t, 0)); /* the first place, which nobody has had */
    struct tcp_conn *a = tcp_table_take(&t, &one, 1);
    struct tcp_conn *b = tcp_table_take(&t, &same, 2);
    assert_false(tcp_table_is_full(&t));
    struct tcp_conn *c = tcp_table_take(&t, &other, 3);
    assert_true(tcp_table_is_full(&t));
    assert_null(tcp_table_take(&t, &other, 3));
    a->fd = b->fd = c->fd = 0;
    assert_int_equal(tcp_table_count(&t, &one), 2);
    assert_int_equal(tcp_table_count(&t, &other), 1);
    tcp_table_touch(&t, b, 4);
    tcp_table_touch(&t, a, 5);
    assert_ptr_equal(t.oldest, c);
    assert_ptr_equal(c->newer, b);
    assert_ptr_equal(b->newer, a);
    assert_ptr_equal(t.newest, a);
    uint64_t stale = b->client.handle;
    assert_ptr_equal(tcp_table_find(&t, stale), b);
    tcp_table_release(&t, b);
    assert_null(tcp_table_find(&t, stale));
    assert_false(tcp_table_is_full(&t));
    struct tcp_conn *again = tcp_table_take(&t, &other, 6);
    again->fd = 0;
    assert_ptr_equal(again, b);
    assert_null(tcp_table_find(&t, stale));
    assert_ptr_equal(tcp_table_find(&t, again->client.handle), b);
    assert_null(tcp_table_find(&t, UINT64_MAX));
    assert_int_equal(tcp_table_count(&t, &one), 1);
    assert_int_equal(tcp_table_count(&t, &other), 2);
    tcp_table_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(total),   cmocka_unit_test(per_client),  cmocka_unit_test(idle),
        cmocka_unit_test(dribble), cmocka_unit_test(never_reads), cmocka_unit_test(no_descriptors),
        cmocka_unit_test(crowd),   cmocka_unit_test(table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
