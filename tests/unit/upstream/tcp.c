/* Servers over TCP: framing, pipelining, connections that die. */
#include "unit/upstream/support/world.h"

#include "upstream/stream.h"
#include "upstream/worker.h"

static void expect_nothing_waits(const struct world *w, size_t server)
{
    const struct stream *s = w->u->routes->routes[0].servers[server]->stream;
    assert_non_null(s);
    assert_int_equal(s->waiting, 0);
    for (unsigned i = 0; i < STREAM_SLOTS; i++)
        assert_null(s->slots[i]);
}

static void test_answer(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = fake_answer;
    world_start(w);
    for (unsigned i = 0; i < 5; i++)
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(w->servers[0].connections, 1);
    assert_int_equal(w->servers[0].udp_queries, 0);
    world_free(w);
}

#define PIPELINED 300

static uint8_t held[PIPELINED][512];
static struct fake_query held_queries[PIPELINED];
static unsigned held_count;

/* Waits for all queries, and then answers the last one first. */
static void answer_backwards(struct fake *f, const struct fake_query *q)
{
    held_queries[held_count] = *q;
    memcpy(held[held_count], q->bytes, q->len);
    fake_parse(&held_queries[held_count], held[held_count], q->len);
    if (++held_count < PIPELINED)
        return;
    while (held_count > 0) {
        uint8_t bytes[512];
        held_count--;
        size_t len = fake_write(&held_queries[held_count], 0, held[held_count][13], false, bytes);
        fake_send(f, &held_queries[held_count], bytes, len);
    }
}

static void test_pipelined_out_of_order(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = answer_backwards;
    world_start(w);
    for (unsigned i = 0; i < PIPELINED; i++) {
        char name[] = "a.example";
        name[0] = (char)('a' + i % 26);
        world_ask(w, name);
    }
    world_run(w);
    for (unsigned i = 0; i < PIPELINED; i++) {
        expect_reply(w, &w->results[i], 0, DNS_RCODE_NOERROR);
        assert_int_equal(w->results[i].last, 'a' + i % 26);
    }
    assert_int_equal(w->servers[0].connections, 1);
    expect_nothing_waits(w, 0);
    world_free(w);
}

/* One byte a write, and nothing else until it was read. */
struct drip {
    struct bufferevent *stream;
    uint8_t bytes[514];
    size_t len, at;
};
static struct drip drip;

static void on_drip(evutil_socket_t fd, short what, void *arg)
{
    struct fake *f = arg;
    (void)fd;
    (void)what;
    bufferevent_write(drip.stream, drip.bytes + drip.at++, 1);
    if (drip.at < drip.len)
        event_base_once(f->base, -1, EV_TIMEOUT, on_drip, f, &(struct timeval){0});
}

static void answer_by_bytes(struct fake *f, const struct fake_query *q)
{
    drip.stream = q->stream;
    drip.at = 0;
    size_t len = fake_write(q, 0, 1, true, drip.bytes + 2);
    bytes_put16(drip.bytes, (uint16_t)len);
    drip.len = len + 2;
    on_drip(-1, 0, f);
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = answer_by_bytes;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    expect_reply(w, world_ask_run(w, "b.example"), 0, DNS_RCODE_NOERROR);
    world_free(w);
}

static void junk_then_good(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    const uint8_t zeros[40] = {0};
    fake_send(f, q, zeros, 0);
    fake_send(f, q, zeros, 5);
    fake_send(f, q, zeros, sizeof(zeros));
    size_t len = fake_write(q, 0, 9, false, bytes);
    bytes[0] ^= 0x80;
    fake_send(f, q, bytes, len);
    bytes[0] ^= 0x80;
    bytes[13] ^= 1;
    fake_send(f, q, bytes, len);
    bytes[13] ^= 1;
    fake_send(f, q, bytes, len - 2);
    fake_answer(f, q);
}

static void test_foreign_messages_are_ignored(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = junk_then_good;
    world_start(w);
    struct outcome *o = world_ask_run(w, "a.example");
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    assert_int_not_equal(o->last, 9);
    assert_int_equal(world_stats(w).ignored, 6);
    world_free(w);
}

static void answer_largest(struct fake *f, const struct fake_query *q)
{
    static uint8_t bytes[DNS_MESSAGE_MAX];
    size_t len = fake_write(q, 0, 0, false, bytes);
    bytes_put16(bytes + 6, 1);
    const uint8_t record[] = {0xc0, 12, 0xff, 0, 0, 1, 0, 0, 0, 60};
    memcpy(bytes + len, record, sizeof(record));
    bytes_put16(bytes + len + 10, (uint16_t)(sizeof(bytes) - len - 12));
    bytes[sizeof(bytes) - 1] = 77;
    fake_send(f, q, bytes, sizeof(bytes));
}

static void test_largest_message(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = answer_largest;
    world_start(w);
    struct outcome *o = world_ask_run(w, "a.example");
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    assert_int_equal(o->len, DNS_MESSAGE_MAX);
    assert_int_equal(o->last, 77);
    world_free(w);
}

static void flush_and_close(struct fake *f, struct bufferevent *stream, const uint8_t *bytes,
                            size_t len)
{
    if (len > 0)
        assert_int_equal(send(bufferevent_getfd(stream), bytes, len, MSG_NOSIGNAL), len);
    fake_hang_up(f, stream);
}

/* A handler may not free the stream that on_fake_read stands on, so the closing comes after. */
static struct bufferevent *to_close;
static uint8_t half[20];

static void on_close_time(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    flush_and_close(arg, to_close, half, sizeof(half));
}

static void close_in_message(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 1, false, bytes);
    bytes_put16(half, (uint16_t)len);
    memcpy(half + 2, bytes, sizeof(half) - 2);
    to_close = q->stream;
    event_base_once(f->base, -1, EV_TIMEOUT, on_close_time, f, &(struct timeval){0});
}

static void close_first_only(struct fake *f, const struct fake_query *q)
{
    if (q->number == 1)
        close_in_message(f, q);
    else
        fake_answer(f, q);
}

static void test_closed_in_message_asked_again(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = close_first_only;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(w->servers[0].connections, 2);
    world_free(w);
}

static void test_closed_twice_next_server(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_TCP);
    w->servers[0].on_tcp = close_in_message;
    w->servers[1].on_tcp = fake_answer;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 1, DNS_RCODE_NOERROR);
    assert_int_equal(w->servers[0].connections, 2);
    assert_int_equal(world_stats(w).errors, 2);
    world_free(w);
}

static void test_always_closed(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->servers[0].on_tcp = close_in_message;
    world_start(w);
    expect_failure(world_ask_run(w, "a.example"), UPSTREAM_UNREACHABLE);
    assert_int_equal(w->servers[0].connections, 2);
    world_free(w);
}

static void test_connection_refused(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_TCP);
    fake_close_tcp(&w->servers[0]);
    w->servers[1].on_tcp = fake_answer;
    world_start(w);
    for (unsigned i = 0; i < 50; i++)
        world_ask(w, "a.example");
    world_run(w);
    for (unsigned i = 0; i < 50; i++)
        expect_reply(w, &w->results[i], 1, DNS_RCODE_NOERROR);
    world_free(w);
}

static void test_silent_connection(void **state)
{
    (void)state;
    for (unsigned silent_servers = 1; silent_servers <= 2; silent_servers++) {
        struct world *w = world_new(2, ENDPOINT_TCP);
        world_hurry(w);
        if (silent_servers == 1) {
            w->settings.deadline_ms = 60000;
            w->servers[1].on_tcp = fake_answer;
        }
        world_start(w);
        struct outcome *o = world_ask_run(w, "a.example");
        if (silent_servers == 1)
            expect_reply(w, o, 1, DNS_RCODE_NOERROR);
        else
            expect_failure(o, UPSTREAM_TIMEOUT);
        world_free(w);
    }
}

/* TCP loses nothing, so that a query is not sent twice on one connection. */
static void test_slow_server_is_asked_once(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    world_hurry(w);
    w->settings.rto_first_ms = 10;
    w->settings.stream_stuck_ms = 60000;
    world_start(w);
    expect_failure(world_ask_run(w, "a.example"), UPSTREAM_TIMEOUT);
    assert_true(world_stats(w).timeouts >= 2);
    assert_int_equal(world_stats(w).retries, 0);
    assert_int_equal(w->servers[0].tcp_queries, 1);
    expect_nothing_waits(w, 0);
    world_free(w);
}

/* An open connection that a firewall forgot: it swallows queries and never says a word. */
static void first_connection_only_once(struct fake *f, const struct fake_query *q)
{
    if (q->number == 1 || f->connections == 2)
        fake_answer(f, q);
}

static void test_dead_connection_is_replaced(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    world_hurry(w);
    w->settings.deadline_ms = 60000;
    w->servers[0].on_tcp = first_connection_only_once;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    expect_reply(w, world_ask_run(w, "b.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(w->servers[0].connections, 2);
    world_free(w);
}

static bool all_closed(const struct fake *f)
{
    for (unsigned i = 0; i < 64; i++)
        if (f->streams[i])
            return false;
    return true;
}

static void test_idle_connection_is_closed(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TCP);
    w->settings.stream_idle_ms = 20;
    w->servers[0].on_tcp = fake_answer;
    world_start(w);
    for (unsigned i = 1; i <= 2; i++) {
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
        while (!all_closed(&w->servers[0]))
            event_base_loop(w->base, EVLOOP_ONCE);
        assert_int_equal(w->servers[0].connections, i);
    }
    assert_int_equal(world_stats(w).errors, 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_pipelined_out_of_order),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_foreign_messages_are_ignored),
        cmocka_unit_test(test_largest_message),
        cmocka_unit_test(test_closed_in_message_asked_again),
        cmocka_unit_test(test_closed_twice_next_server),
        cmocka_unit_test(test_always_closed),
        cmocka_unit_test(test_connection_refused),
        cmocka_unit_test(test_silent_connection),
        cmocka_unit_test(test_slow_server_is_asked_once),
        cmocka_unit_test(test_dead_connection_is_replaced),
        cmocka_unit_test(test_idle_connection_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
