/* Many questions, too many, and the ends of things: shutting down, new routes, old sockets. */
#include "unit/upstream/support/world.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "upstream/worker.h"

#define MANY 2000

static struct fake_query held[MANY];
static uint8_t held_bytes[MANY][300];
static unsigned held_count, held_wanted;

/* Waits for all queries, and then answers the last one first. */
static void answer_backwards(struct fake *f, const struct fake_query *q)
{
    held[held_count] = *q;
    memcpy(held_bytes[held_count], q->bytes, q->len);
    fake_parse(&held[held_count], held_bytes[held_count], q->len);
    if (++held_count < held_wanted)
        return;
    while (held_count > 0) {
        uint8_t bytes[512];
        held_count--;
        size_t len = fake_write(&held[held_count], 0, held_bytes[held_count][13], false, bytes);
        fake_send(f, &held[held_count], bytes, len);
    }
}

static unsigned run_many(struct world *w, unsigned count)
{
    unsigned answered = 0;
    for (unsigned i = 0; i < count; i++) {
        char name[] = "a.example";
        name[0] = (char)('a' + i % 26);
        world_ask(w, name);
        if (i % 100 == 99) /* the fake's receive buffer is finite */
            event_base_loop(w->base, EVLOOP_NONBLOCK);
    }
    world_run(w);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(w->results[i].calls, 1);
        if (w->results[i].status != UPSTREAM_REPLY)
            continue;
        assert_int_equal(w->results[i].last, 'a' + i % 26);
        answered++;
    }
    assert_int_equal(world_stats(w).in_flight, 0);
    assert_int_equal(world_stats(w).failed, count - answered);
    return answered;
}

static void test_many_in_flight(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    held_count = 0;
    held_wanted = 600; /* the rest of each lot finds all answered */
    w->servers[0].on_udp = answer_backwards;
    world_start(w);
    assert_int_equal(run_many(w, 1800), 1800);
    world_free(w);
}

/* More questions than all sockets together may carry: the newest fail, the others are answered. */
static void test_sockets_run_out(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    held_count = 0;
    held_wanted = 256;
    w->settings.sockets = 8;
    w->servers[0].on_udp = answer_backwards;
    world_start(w);
    for (unsigned i = 0; i < 300; i++)
        world_ask(w, "a.example");
    assert_int_equal(sockets_in_use(w), 8);
    world_run(w);
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(w->results[i].calls, 1);
        assert_int_equal(w->results[i].status, i < 256 ? UPSTREAM_REPLY : UPSTREAM_UNREACHABLE);
    }
    assert_int_equal(world_stats(w).errors, 44);
    world_free(w);
}

/* No descriptor to be had: the server is not to blame, and works again afterwards. */
static void test_descriptors_run_out(void **state)
{
    (void)state;
    for (enum endpoint_transport t = ENDPOINT_UDP; t <= ENDPOINT_TCP; t++) {
        struct world *w = world_new(1, t);
        struct rlimit limit, none;
        w->servers[0].on_udp = w->servers[0].on_tcp = fake_answer;
        world_start(w);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        none = limit;
        none.rlim_cur = 0;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        for (unsigned i = 0; i < 5; i++)
            expect_failure(world_ask_run(w, "a.example"), UPSTREAM_UNREACHABLE);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_int_equal(world_stats(w).errors, 5);
        assert_false(w->u->routes->routes[0].servers[0]->health.down);
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
        world_free(w);
    }
}

/* An open socket has to serve when no other can be opened. */
static void test_descriptors_run_out_later(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    struct rlimit limit, none;
    w->servers[0].on_udp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (unsigned i = 0; i < 20; i++)
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    world_free(w);
}

static void never(void *arg, const struct upstream_result *result)
{
    (void)arg;
    (void)result;
    fail();
}

static void test_table_full(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    const struct dns_question q = world_question("a.example");
    w->settings.exchanges = 3;
    world_start(w);
    for (unsigned i = 0; i < 3; i++)
        world_ask(w, "a.example");
    assert_int_equal(upstream_ask(w->u, &q, never, NULL, clock_now()), ERR_LIMIT);
    assert_int_equal(world_stats(w).in_flight, 3);
    world_free(w);
}

static void test_no_route(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    struct upstream_route route = world_route(w);
    const struct dns_question q = world_question("a.example");
    assert_int_equal(dns_name_from_text(&route.domain, "corp.example"), ERR_OK);
    w->u = upstream_new(w->base, &route, 1, &w->random, &w->log, NULL);
    assert_non_null(w->u);
    assert_int_equal(upstream_ask(w->u, &q, never, NULL, clock_now()), ERR_NOTFOUND);
    assert_int_equal(upstream_configure(w->u, NULL, 0), ERR_OK);
    assert_int_equal(upstream_ask(w->u, &q, never, NULL, clock_now()), ERR_NOTFOUND);
    world_free(w);
}

static void test_cancelled(void **state)
{
    (void)state;
    for (enum endpoint_transport t = ENDPOINT_UDP; t <= ENDPOINT_TCP; t++) {
        struct world *w = world_new(2, t);
        world_start(w);
        for (unsigned i = 0; i < 100; i++)
            world_ask(w, "a.example");
        event_base_loop(w->base, EVLOOP_NONBLOCK);
        upstream_free(w->u);
        w->u = NULL;
        for (unsigned i = 0; i < 100; i++)
            expect_failure(&w->results[i], UPSTREAM_CANCELLED);
        world_free(w);
    }
}

/* Asks again from inside `done`, ten times. */
struct chain {
    struct world *world;
    unsigned left;
};

static void ask_again(void *arg, const struct upstream_result *result)
{
    struct chain *c = arg;
    const struct dns_question q = world_question("a.example");
    assert_int_equal(result->status, UPSTREAM_REPLY);
    if (--c->left > 0)
        assert_int_equal(upstream_ask(c->world->u, &q, ask_again, c, result->now), ERR_OK);
}

static void test_ask_in_done(void **state)
{
    (void)state;
    for (enum endpoint_transport t = ENDPOINT_UDP; t <= ENDPOINT_TCP; t++) {
        struct world *w = world_new(1, t);
        const struct dns_question q = world_question("a.example");
        struct chain chain = {w, 100};
        w->servers[0].on_udp = w->servers[0].on_tcp = fake_answer;
        world_start(w);
        assert_int_equal(upstream_ask(w->u, &q, ask_again, &chain, clock_now()), ERR_OK);
        while (chain.left > 0)
            event_base_loop(w->base, EVLOOP_ONCE);
        assert_int_equal(world_stats(w).replies, 100);
        world_free(w);
    }
}

/* Asks in `done` of a question that was cancelled: refused, and nothing hangs. */
static void ask_when_cancelled(void *arg, const struct upstream_result *result)
{
    struct chain *c = arg;
    const struct dns_question q = world_question("a.example");
    assert_int_equal(result->status, UPSTREAM_CANCELLED);
    assert_int_equal(upstream_ask(c->world->u, &q, never, c, result->now), ERR_LIMIT);
    c->left--;
}

static void test_ask_when_cancelled(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    const struct dns_question q = world_question("a.example");
    struct chain chain = {w, 1};
    world_start(w);
    assert_int_equal(upstream_ask(w->u, &q, ask_when_cancelled, &chain, clock_now()), ERR_OK);
    upstream_free(w->u);
    w->u = NULL;
    assert_int_equal(chain.left, 0);
    world_free(w);
}

/* Takes the server away while its reply is read. */
static void configure_in_done(void *arg, const struct upstream_result *result)
{
    struct chain *c = arg;
    assert_int_equal(result->status, UPSTREAM_REPLY);
    assert_int_equal(upstream_configure(c->world->u, NULL, 0), ERR_OK);
    assert_true(endpoint_equal(result->server, &c->world->endpoints[0]));
    assert_int_equal(bytes_get16(result->message + 4), 1);
    c->left--;
}

static void test_configure_in_done(void **state)
{
    (void)state;
    for (enum endpoint_transport t = ENDPOINT_UDP; t <= ENDPOINT_TCP; t++) {
        struct world *w = world_new(1, t);
        const struct dns_question q = world_question("a.example");
        struct chain chain = {w, 1};
        w->servers[0].on_udp = w->servers[0].on_tcp = fake_answer;
        world_start(w);
        assert_int_equal(upstream_ask(w->u, &q, configure_in_done, &chain, clock_now()), ERR_OK);
        while (chain.left > 0)
            event_base_loop(w->base, EVLOOP_ONCE);
        assert_true(TAILQ_EMPTY(&w->u->servers));
        world_free(w);
    }
}

static void configure_to_second(struct world *w)
{
    struct upstream_route route = world_route(w);
    route.servers = &w->endpoints[1];
    route.server_count = 1;
    assert_int_equal(upstream_configure(w->u, &route, 1), ERR_OK);
}

/* New routes while a question is in flight: it ends with the old ones, the next has the new. */
static void test_configure_in_flight(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[0].on_udp = w->servers[1].on_udp = fake_answer;
    world_start(w);
    struct outcome *o = world_ask(w, "a.example");
    configure_to_second(w);
    world_run(w);
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_int_equal(w->servers[0].udp_queries, 1);
    world_free(w);
}

static void note_health(void *arg, const struct upstream_health *health)
{
    *(struct upstream_health *)arg = *health;
}

static void test_health_survives_configure(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    struct upstream_health health = {.queries = 0};
    fake_close_udp(&w->servers[0]);
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    configure_to_second(w);
    upstream_walk(w->u, note_health, &health);
    assert_true(endpoint_equal(&health.server, &w->endpoints[1]));
    assert_int_equal(health.queries, 1);
    assert_int_equal(health.replies, 1);
    assert_true(health.up);
    world_free(w);
}

/* Old sockets are closed though nobody asks any more. */
static void test_old_sockets_are_closed(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->settings.socket_ms = 20;
    w->servers[0].on_udp = fake_answer;
    world_start(w);
    world_ask_run(w, "a.example");
    while (sockets_in_use(w) > 0)
        event_base_loop(w->base, EVLOOP_ONCE);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    world_free(w);
}

/* A socket that has had its queries is closed with the last reply. */
static void test_used_sockets_are_closed(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->settings.socket_queries = 1;
    w->servers[0].on_udp = fake_answer;
    world_start(w);
    for (unsigned i = 0; i < 10; i++) {
        world_ask(w, "a.example");
        assert_int_equal(sockets_in_use(w), 1);
        world_run(w);
        assert_int_equal(sockets_in_use(w), 0);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_in_flight),
        cmocka_unit_test(test_sockets_run_out),
        cmocka_unit_test(test_descriptors_run_out),
        cmocka_unit_test(test_descriptors_run_out_later),
        cmocka_unit_test(test_table_full),
        cmocka_unit_test(test_no_route),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_ask_in_done),
        cmocka_unit_test(test_ask_when_cancelled),
        cmocka_unit_test(test_configure_in_done),
        cmocka_unit_test(test_configure_in_flight),
        cmocka_unit_test(test_health_survives_configure),
        cmocka_unit_test(test_old_sockets_are_closed),
        cmocka_unit_test(test_used_sockets_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
