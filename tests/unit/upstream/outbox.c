/* Queries over UDP leave together at the end of a wake-up. */
#include "unit/upstream/support/world.h"

#include "upstream/worker.h"

static struct {
    uint16_t ids[256], ports[256];
    unsigned count;
} seen;

static void note_source(struct fake *f, const struct fake_query *q)
{
    seen.ids[seen.count] = q->parsed.id;
    seen.ports[seen.count++] = addr_port(&q->from);
    fake_answer(f, q);
}

static struct world *world_noting(void)
{
    struct world *w = world_new(1, ENDPOINT_UDP);
    seen.count = 0;
    w->servers[0].on_udp = note_source;
    world_start(w);
    return w;
}

/* Bytes that wait at the fake server. */
static bool server_has_mail(const struct world *w)
{
    uint8_t byte;
    return recv(w->servers[0].udp, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static const struct server *the_server(const struct world *w)
{
    return w->u->routes->routes[0].servers[0];
}

/* Those of one wake-up share a socket, and no two have one ID. */
static void test_one_socket_a_wakeup(void **state)
{
    (void)state;
    struct world *w = world_noting();
    for (unsigned i = 0; i < 20; i++)
        world_ask(w, "a.example");
    assert_false(server_has_mail(w));
    world_run(w);
    assert_int_equal(seen.count, 20);
    for (unsigned i = 0; i < 20; i++) {
        expect_reply(w, &w->results[i], 0, DNS_RCODE_NOERROR);
        assert_int_equal(seen.ports[i], seen.ports[0]);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(seen.ids[i], seen.ids[j]);
    }
    world_free(w);
}

/* Over many wake-ups all places of the pool are used. */
static void test_wakeups_differ(void **state)
{
    (void)state;
    struct world *w = world_noting();
    unsigned used = 0;
    for (unsigned i = 0; i < 100; i++)
        world_ask_run(w, "a.example");
    for (unsigned i = 0; i < SERVER_POOL; i++)
        used += the_server(w)->pool[i] != NULL;
    assert_true(used >= SERVER_POOL - 1); /* one may just have had its last query */
    world_free(w);
}

/* A full box does not wait for the end of the wake-up, and several sockets may be in it. */
static void test_full(void **state)
{
    (void)state;
    struct world *w = world_noting();
    world_ask_run(w, "a.example");
    for (unsigned i = 0; i < OUTBOX_MAX; i++)
        world_ask(w, "a.example");
    assert_false(server_has_mail(w));
    world_ask(w, "a.example");
    assert_true(server_has_mail(w));
    for (unsigned i = 0; i < 3 * OUTBOX_MAX; i++)
        world_ask(w, "a.example");
    world_run(w);
    assert_int_equal(seen.count, w->asked);
    for (unsigned i = 0; i < w->asked; i++)
        expect_reply(w, &w->results[i], 0, DNS_RCODE_NOERROR);
    assert_int_equal(world_stats(w).errors, 0);
    world_free(w);
}

static struct udp_socket *the_socket(const struct world *w)
{
    assert_int_equal(sockets_in_use(w), 1);
    return TAILQ_FIRST(&w->u->udp.by_age);
}

/* The kernel has no room for the queries: they fail, and nobody is to blame. */
static void test_shortage(void **state)
{
    (void)state;
    struct world *w = world_noting();
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
    while (send(pair[0], "x", 1, 0) > 0)
        continue;
    for (unsigned i = 0; i < 3; i++)
        world_ask(w, "a.example");
    assert_true(dup2(pair[0], the_socket(w)->fd) >= 0);
    world_run(w);
    for (unsigned i = 0; i < 3; i++)
        expect_failure(&w->results[i], UPSTREAM_UNREACHABLE);
    assert_int_equal(world_stats(w).errors, 3);
    assert_int_equal(the_server(w)->health.failures, 0);
    close(pair[0]);
    close(pair[1]);
    world_free(w);
}

/* The network refuses a socket: that of all who wait on it, and of it alone. */
static void test_refused(void **state)
{
    (void)state;
    struct world *w = world_noting();
    for (unsigned i = 0; i < 3; i++)
        world_ask(w, "a.example");
    assert_int_equal(shutdown(the_socket(w)->fd, SHUT_WR), 0);
    signal(SIGPIPE, SIG_IGN);
    world_run(w);
    for (unsigned i = 0; i < 3; i++)
        expect_failure(&w->results[i], UPSTREAM_UNREACHABLE);
    assert_int_equal(world_stats(w).errors, 3);
    assert_int_equal(sockets_in_use(w), 0);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    world_free(w);
}

/* What was given up before it left does not leave; its socket, and a server that is gone, stay as
 * long as they are needed. */
static void test_given_up(void **state)
{
    (void)state;
    for (int gone = 0; gone <= 1; gone++) {
        struct world *w = world_noting();
        w->u->settings.socket_queries = 3;
        for (unsigned i = 0; i < 3; i++)
            world_ask(w, "a.example");
        exchange_cancel_all(w->u);
        if (gone)
            assert_int_equal(upstream_configure(w->u, NULL, 0), ERR_OK);
        assert_int_equal(sockets_in_use(w), 1);
        assert_false(TAILQ_EMPTY(&w->u->servers));
        event_base_loop(w->base, EVLOOP_NONBLOCK);
        assert_false(server_has_mail(w));
        assert_int_equal(seen.count, 0);
        assert_int_equal(sockets_in_use(w), 0);
        assert_int_equal(TAILQ_EMPTY(&w->u->servers), gone);
        for (unsigned i = 0; i < 3; i++)
            expect_failure(&w->results[i], UPSTREAM_CANCELLED);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_socket_a_wakeup),
        cmocka_unit_test(test_wakeups_differ),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_shortage),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
