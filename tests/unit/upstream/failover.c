/* Servers that are silent, refuse or fail: who is asked next, and what the asker is told. */
#include "unit/upstream/support/world.h"

#include "upstream/worker.h"

static void servfail(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, DNS_RCODE_SERVFAIL, 0);
}

static void refused(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, DNS_RCODE_REFUSED, 0);
}

static void second_time_lucky(struct fake *f, const struct fake_query *q)
{
    if (q->number >= 2)
        fake_answer(f, q);
}

static void test_silent_once(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->servers[0].on_udp = second_time_lucky;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_true(world_stats(w).retries >= 1);
    assert_true(world_stats(w).timeouts >= 1);
    assert_int_equal(world_stats(w).failed, 0);
    world_free(w);
}

static void test_silent_for_ever(void **state)
{
    (void)state;
    for (size_t servers = 1; servers <= 3; servers++) {
        struct world *w = world_new(servers, ENDPOINT_UDP);
        world_hurry(w);
        world_start(w);
        uint64_t start = clock_now();
        struct outcome *o = world_ask_run(w, "a.example");
        expect_failure(o, UPSTREAM_TIMEOUT);
        assert_true(o->has_server);
        assert_true(clock_now() - start >= w->settings.deadline_ms);
        for (size_t i = 0; i < servers; i++)
            assert_true(w->servers[i].udp_queries >= 1);
        assert_int_equal(world_stats(w).failed, 1);
        assert_int_equal(world_stats(w).in_flight, 0);
        world_free(w);
    }
}

static void test_next_server_when_silent(void **state)
{
    (void)state;
    struct world *w = world_new(3, ENDPOINT_UDP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->servers[2].on_udp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 2, DNS_RCODE_NOERROR);
    assert_true(w->servers[0].udp_queries >= 1);
    assert_true(w->servers[1].udp_queries >= 1);
    world_free(w);
}

/* The first server answers when it hears that the second was asked. */
static struct fake_query early;
static uint8_t early_bytes[512];

static void keep_query(struct fake *f, const struct fake_query *q)
{
    (void)f;
    if (q->number != 1)
        return;
    early = *q;
    memcpy(early_bytes, q->bytes, q->len);
    fake_parse(&early, early_bytes, q->len);
}

static void answer_for_first(struct fake *f, const struct fake_query *q)
{
    struct world *w = f->arg;
    (void)q;
    fake_answer(&w->servers[0], &early);
}

static void test_late_reply_is_taken(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->servers[0].on_udp = keep_query;
    w->servers[1].on_udp = answer_for_first;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    world_free(w);
}

static void test_refused_port_next_server(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    fake_close_udp(&w->servers[0]);
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_int_equal(world_stats(w).errors, 1);
    assert_int_equal(world_stats(w).timeouts, 0);
    world_free(w);
}

/* Several wait on one socket when the network says that nobody is there. */
static void test_refused_port_of_many(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    fake_close_udp(&w->servers[0]);
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    for (unsigned i = 0; i < 100; i++)
        world_ask(w, "a.example");
    world_run(w);
    for (unsigned i = 0; i < 100; i++)
        expect_reply(w, &w->results[i], 1, DNS_RCODE_NOERROR);
    assert_true(world_stats(w).errors >= w->settings.failures_down);
    world_free(w);
}

static void test_all_ports_refused(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    fake_close_udp(&w->servers[0]);
    fake_close_udp(&w->servers[1]);
    world_start(w);
    expect_failure(world_ask_run(w, "a.example"), UPSTREAM_UNREACHABLE);
    world_free(w);
}

/* A destination that the kernel refuses at once: `done` still comes later. */
static void test_no_way_at_once(void **state)
{
    (void)state;
    for (enum endpoint_transport t = ENDPOINT_UDP; t <= ENDPOINT_TCP; t++) {
        struct world *w = world_new(1, t);
        const struct addr keep = w->endpoints[0].addr;
        addr_parse(&w->endpoints[0].addr, "255.255.255.255:53", 0);
        world_start(w);
        expect_failure(world_ask_run(w, "a.example"), UPSTREAM_UNREACHABLE);
        assert_int_equal(world_stats(w).errors, 1);
        w->endpoints[0].addr = keep;
        world_free(w);
    }
}

static void test_failure_next_server(void **state)
{
    static const fake_handler failures[] = {servfail, refused};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world *w = world_new(2, ENDPOINT_UDP);
        w->servers[0].on_udp = failures[i];
        w->servers[1].on_udp = fake_answer;
        world_start(w);
        expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
        assert_int_equal(w->servers[0].udp_queries, 1);
        world_free(w);
    }
}

static void nxdomain(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, DNS_RCODE_NXDOMAIN, 0);
}

static void test_nxdomain_is_an_answer(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[0].on_udp = nxdomain;
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NXDOMAIN);
    world_free(w);
}

static void test_all_fail_last_is_told(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[0].on_udp = servfail;
    w->servers[1].on_udp = refused;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_REFUSED);
    assert_int_equal(w->servers[0].udp_queries, 1);
    assert_int_equal(w->servers[1].udp_queries, 1);
    world_free(w);
}

/* A failure is kept while the silent server gets a second chance, and told then. */
static void test_failure_and_silence(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->servers[0].on_udp = refused;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_REFUSED);
    assert_int_equal(w->servers[1].udp_queries, 2);
    world_free(w);
}

static void test_failure_and_refused_port(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[0].on_udp = servfail;
    fake_close_udp(&w->servers[1]);
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_SERVFAIL);
    world_free(w);
}

static void truncated(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, DNS_FLAG_TC, 1);
}

/* Truncated without TCP is worth more than another server's failure, less than its answer. */
static void test_truncated_and_others(void **state)
{
    (void)state;
    for (int good = 0; good <= 1; good++) {
        struct world *w = world_new(2, ENDPOINT_UDP);
        w->servers[0].on_udp = truncated;
        fake_close_tcp(&w->servers[0]);
        w->servers[1].on_udp = good ? fake_answer : servfail;
        world_start(w);
        struct outcome *o = world_ask_run(w, "a.example");
        expect_reply(w, o, good ? 1 : 0, DNS_RCODE_NOERROR);
        assert_int_equal(!(o->flags & DNS_FLAG_TC), good);
        world_free(w);
    }
}

static void note_health(void *arg, const struct upstream_health *health)
{
    struct upstream_health **next = arg;
    *(*next)++ = *health;
}

static bool is_up(const struct world *w, size_t server)
{
    struct upstream_health found[4], *next = found;
    upstream_walk(w->u, note_health, &next);
    assert_int_equal(next - found, w->server_count);
    assert_true(endpoint_equal(&found[server].server, &w->endpoints[server]));
    return found[server].up;
}

static void test_set_aside_and_probed(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->settings.probe_first_ms = 1;
    w->settings.probe_max_ms = 4;
    w->settings.probe_wait_ms = 50;
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    while (is_up(w, 0))
        expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_true(is_up(w, 1));
    assert_true(w->servers[0].udp_queries >= w->settings.failures_down);
    w->servers[0].on_udp = fake_answer;
    while (!is_up(w, 0)) { /* live questions go to the other, copies of them come here */
        struct outcome *o = world_ask_run(w, "a.example");
        assert_int_equal(o->status, UPSTREAM_REPLY);
        w->asked = w->done = 0;
        memset(w->results, 0, sizeof(w->results[0]));
    }
    world_free(w);
}

/* Of many questions one serves to probe, until the next probe is due. */
static void test_probed_once_a_while(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    struct health *h = &w->u->routes->routes[0].servers[0]->health;
    h->down = true;
    h->probe_wait = w->settings.probe_max_ms;
    for (unsigned i = 0; i < 10; i++)
        expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_int_equal(h->queries, 1);
    world_free(w);
}

/* What is asked for a probe is no question of anybody's. */
static void test_probe_is_not_counted(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->settings.failures_down = 1;
    w->settings.probe_first_ms = 0;
    fake_close_udp(&w->servers[0]);
    w->servers[1].on_udp = fake_answer;
    world_start(w);
    for (unsigned i = 0; i < 5; i++)
        expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_int_equal(world_stats(w).queries, 5);
    assert_int_equal(world_stats(w).failed, 0);
    assert_int_equal(world_stats(w).in_flight, 0);
    assert_true(world_stats(w).errors >= 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silent_once),
        cmocka_unit_test(test_silent_for_ever),
        cmocka_unit_test(test_next_server_when_silent),
        cmocka_unit_test(test_late_reply_is_taken),
        cmocka_unit_test(test_refused_port_next_server),
        cmocka_unit_test(test_refused_port_of_many),
        cmocka_unit_test(test_all_ports_refused),
        cmocka_unit_test(test_no_way_at_once),
        cmocka_unit_test(test_failure_next_server),
        cmocka_unit_test(test_nxdomain_is_an_answer),
        cmocka_unit_test(test_all_fail_last_is_told),
        cmocka_unit_test(test_failure_and_silence),
        cmocka_unit_test(test_failure_and_refused_port),
        cmocka_unit_test(test_truncated_and_others),
        cmocka_unit_test(test_set_aside_and_probed),
        cmocka_unit_test(test_probed_once_a_while),
        cmocka_unit_test(test_probe_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
