/* Queries over UDP. */
#include "fixture.h"

static const struct listen_limits limits = {10, 10, 10, 1000};

static void expect_datagram(struct fixture *f, int fd, const char *expected)
{
    char got[2048];
    ssize_t n = client_receive(f, fd, got, sizeof(got));
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(got, expected, strlen(expected));
}

/* Replies come, drops stay silent, and a pending query is answered when its answer is there. */
static void verdicts(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    client_send(fd, "01D", 3);
    client_send(fd, "02P", 3);
    client_send(fd, "03P", 3);
    client_send(fd, "", 0);
    client_send(fd, "04R.", 4);
    expect_datagram(&f, fd, "04r.");
    assert_int_equal(f.resolver.queries, 5);
    resolver_drop(&f.resolver, 0);
    resolver_answer(&f.resolver, 1);
    expect_datagram(&f, fd, "03l");
    assert_int_equal(stats_of(&f).send_failed, 0);
    close(fd);
    fixture_deinit(&f);
}

/* A burst is taken in batches: 32 a system call, four times a wake-up. */
static void burst(void **state)
{
    static const struct {
        unsigned count, wakeups;
    } cases[] = {{1, 1}, {31, 1}, {100, 1}, {127, 1}, {129, 2}, {200, 2}};
    (void)state;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct fixture f;
        bool seen[256] = {false};
        assert_true(fixture_init(&f, "127.0.0.1", &limits));
        int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
        for (unsigned i = 0; i < cases[c].count; i++)
            client_send(fd, (uint8_t[]){0, (uint8_t)i, 'R'}, 3);
        for (unsigned i = 0; i < cases[c].count; i++) {
            uint8_t got[64];
            assert_int_equal(client_receive(&f, fd, got, sizeof(got)), 3);
            assert_false(seen[got[1]]);
            seen[got[1]] = true;
        }
        assert_int_equal(f.resolver.wakeups, cases[c].wakeups);
        assert_int_equal(f.resolver.queries, cases[c].count);
        close(fd);
        fixture_deinit(&f);
    }
}

/* Clients in one batch get their own replies. */
static void many_clients(void **state)
{
    (void)state;
    struct fixture f;
    int fds[8];
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    for (unsigned i = 0; i < 8; i++) {
        fds[i] = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
        /* Every third is dropped, so that replies and clients have different places. */
        char query[] = {'0', (char)('0' + i), i % 3 == 0 ? 'D' : 'R'};
        client_send(fds[i], query, sizeof(query));
    }
    for (unsigned i = 0; i < 8; i++) {
        char expected[] = {'0', (char)('0' + i), 'r', '\0'};
        if (i % 3 != 0)
            expect_datagram(&f, fds[i], expected);
        close(fds[i]);
    }
    assert_int_equal(f.resolver.wakeups, 1);
    fixture_deinit(&f);
}

/* Replies of a wildcard socket leave from the address that was asked: a connected client takes no
 * others. */
static void asked_address(void **state)
{
    static const struct {
        const char *listen, *ask;
    } cases[] = {
        {"0.0.0.0", "127.0.0.2"},   {"0.0.0.0", "127.0.0.1"}, {"::", "::1"},
        {"127.0.0.3", "127.0.0.3"}, {"::1", "::1"},
    };
    (void)state;
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct fixture f;
        if (!fixture_init(&f, cases[c].listen, &limits))
            continue;
        int fd = client_open(&f, SOCK_DGRAM, cases[c].ask, NULL);
        struct addr asked = address(cases[c].ask);
        addr_set_port(&asked, addr_port(&f.sockets.addr));
        client_send(fd, "01P", 3);
        client_send(fd, "02R", 3);
        expect_datagram(&f, fd, "02r");
        assert_true(addr_equal(&f.resolver.local, &asked));
        resolver_answer(&f.resolver, 0);
        expect_datagram(&f, fd, "01l");
        close(fd);
        fixture_deinit(&f);
    }
}

/* One reply that cannot be sent takes no other with it. */
static void failed_send(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    client_send(fd, "01R", 3);
    client_send(fd, "02X", 3);
    client_send(fd, "03R", 3);
    client_send(fd, "04X", 3);
    client_send(fd, "05P", 3);
    expect_datagram(&f, fd, "01r");
    expect_datagram(&f, fd, "03r");
    assert_int_equal(stats_of(&f).send_failed, 2);
    static const uint8_t huge[65535];
    const struct resolve_client *client = &f.resolver.pending[0].client;
    client->send(client, huge, sizeof(huge), clock_now());
    pump(&f);
    assert_int_equal(stats_of(&f).send_failed, 3);
    close(fd);
    fixture_deinit(&f);
}

/* After listen_stop nothing new is taken; late replies still leave. */
static void stopped(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    client_send(fd, "01P", 3);
    pump(&f);
    listen_stop(f.listen);
    client_send(fd, "02R", 3);
    pump(&f);
    resolver_answer(&f.resolver, 0);
    expect_datagram(&f, fd, "01l");
    assert_int_equal(f.resolver.queries, 1);
    close(fd);
    fixture_deinit(&f);
}

/* After full batches the socket is asked again and again; once it is empty the loop sleeps, and
 * wakes up for the next query. */
static void burst_then_quiet(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4 * 32; i++)
            client_send(fd, "01D", 3);
        client_send(fd, "02R", 3);
        expect_datagram(&f, fd, "02r");
        for (unsigned i = 0; i < 3; i++)
            event_base_loop(f.base, EVLOOP_NONBLOCK);
        assert_int_equal(event_base_get_num_events(f.base, EVENT_BASE_COUNT_ACTIVE), 0);
        /* Those of the UDP and the TCP socket. */
        assert_int_equal(event_base_get_num_events(f.base, EVENT_BASE_COUNT_ADDED), 2);
    }
    close(fd);
    fixture_deinit(&f);
}

/* A socket that is never empty keeps nobody else from being served. */
static void flooded(void **state)
{
    (void)state;
    struct fixture f;
    char got[8];
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    f.resolver.flood_fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    f.resolver.flood_left = 50000;
    for (unsigned i = 0; i < 5 * 32; i++)
        client_send(f.resolver.flood_fd, "01F", 3);
    int fd = client_open(&f, SOCK_STREAM, "127.0.0.1", NULL);
    client_send(fd, "\0\00302R", 5);
    assert_int_equal(client_receive(&f, fd, got, sizeof(got)), 5);
    assert_memory_equal(got, "\0\00302r", 5);
    assert_true(f.resolver.flood_then > 40000);
    close(fd);
    close(f.resolver.flood_fd);
    fixture_deinit(&f);
}

/* A socket may be stopped while it is busy. */
static void stopped_busy(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(fixture_init(&f, "127.0.0.1", &limits));
    int fd = client_open(&f, SOCK_DGRAM, "127.0.0.1", NULL);
    for (unsigned i = 0; i < 4 * 32; i++)
        client_send(fd, "01D", 3);
    pump(&f);
    listen_stop(f.listen);
    assert_int_equal(event_base_get_num_events(f.base, EVENT_BASE_COUNT_ADDED), 0);
    assert_int_equal(event_base_get_num_events(f.base, EVENT_BASE_COUNT_ACTIVE), 0);
    close(fd);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),         cmocka_unit_test(burst),
        cmocka_unit_test(burst_then_quiet), cmocka_unit_test(flooded),
        cmocka_unit_test(many_clients),     cmocka_unit_test(asked_address),
        cmocka_unit_test(failed_send),      cmocka_unit_test(stopped),
        cmocka_unit_test(stopped_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
