/* One server over UDP: which replies are believed, and what follows from those that are not
 * plain. */
#include "unit/upstream/support/world.h"

static void test_answer(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = fake_answer;
    world_start(w);
    struct outcome *o = world_ask_run(w, "a.example");
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    assert_true(o->flags & DNS_FLAG_RA);
    assert_int_equal(o->len, 12 + 11 + 4 + 16 + DNS_EDNS_LEN);
    struct upstream_stats stats = world_stats(w);
    assert_int_equal(stats.queries, 1);
    assert_int_equal(stats.replies, 1);
    assert_int_equal(stats.retries, 0);
    assert_int_equal(stats.failed, 0);
    assert_int_equal(stats.in_flight, 0);
    world_free(w);
}

static void check_query(struct fake *f, const struct fake_query *q)
{
    assert_true(q->parsed.edns);
    assert_true(q->parsed.dnssec_ok);
    assert_true(q->parsed.flags & DNS_FLAG_RD);
    assert_true(q->parsed.flags & DNS_FLAG_CD);
    assert_int_equal(q->parsed.type, DNS_TYPE_SRV);
    fake_answer(f, q);
}

/* The fields of the question reach the server. */
static void test_query_as_asked(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    struct dns_question question = world_question("_xmpp-client._tcp.a.example");
    struct asking *a = malloc(sizeof(*a));
    question.type = DNS_TYPE_SRV;
    question.checking_off = true;
    question.dnssec_ok = true;
    w->servers[0].on_udp = check_query;
    world_start(w);
    *a = (struct asking){w, w->asked++};
    assert_int_equal(upstream_ask(w->u, &question, on_world_done, a, clock_now()), ERR_OK);
    world_run(w);
    expect_reply(w, &w->results[0], 0, DNS_RCODE_NOERROR);
    world_free(w);
}

struct seen {
    uint16_t ids[256], ports[256];
    unsigned count;
};
static struct seen seen;

static void note_source(struct fake *f, const struct fake_query *q)
{
    seen.ids[seen.count] = q->parsed.id;
    seen.ports[seen.count++] = addr_port(&q->from);
    fake_answer(f, q);
}

static unsigned count_distinct(const uint16_t *values, unsigned count)
{
    unsigned distinct = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned j = 0;
        while (j < i && values[j] != values[i])
            j++;
        distinct += j == i;
    }
    return distinct;
}

/* 256 queries at 32 a socket need 8 ports at least; equal random IDs are few. */
static void test_ports_and_ids_change(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    memset(&seen, 0, sizeof(seen));
    w->servers[0].on_udp = note_source;
    world_start(w);
    for (unsigned i = 0; i < 256; i++)
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    assert_int_equal(seen.count, 256);
    assert_true(count_distinct(seen.ports, 256) >= 8);
    assert_true(count_distinct(seen.ids, 256) > 240);
    for (unsigned i = 0; i < 256; i++) {
        unsigned uses = 0;
        for (unsigned j = 0; j < 256; j++)
            uses += seen.ports[j] == seen.ports[i];
        assert_true(uses <= 64); /* the kernel may hand out a port twice */
    }
    world_free(w);
}

/* Ways of answering that must not be believed; the right reply follows each. */
static void bad_id(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 66, true, bytes);
    bytes[1] ^= 1;
    fake_send(f, q, bytes, len);
}

static void bad_question(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 66, true, bytes);
    bytes[DNS_HEADER_LEN + 1] ^= 1;
    fake_send(f, q, bytes, len);
}

static void bad_type(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 66, true, bytes);
    bytes[DNS_HEADER_LEN + q->parsed.question_len - 3] ^= 1;
    fake_send(f, q, bytes, len);
}

static void bad_qr(struct fake *f, const struct fake_query *q)
{
    fake_send(f, q, q->bytes, q->len);
}

static void bad_records(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 66, false, bytes);
    fake_send(f, q, bytes, len - 1);
}

static void bad_short(struct fake *f, const struct fake_query *q)
{
    fake_send(f, q, q->bytes, 7);
}

static void bad_empty(struct fake *f, const struct fake_query *q)
{
    fake_send(f, q, q->bytes, 0);
}

static fake_handler bad_one;

static void bad_then_good(struct fake *f, const struct fake_query *q)
{
    bad_one(f, q);
    fake_answer(f, q);
}

static void test_foreign_replies_are_ignored(void **state)
{
    static const fake_handler bad[] = {bad_id,      bad_question, bad_type, bad_qr,
                                       bad_records, bad_short,    bad_empty};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct world *w = world_new(1, ENDPOINT_UDP);
        bad_one = bad[i];
        w->servers[0].on_udp = bad_then_good;
        world_start(w);
        struct outcome *o = world_ask_run(w, "a.example");
        expect_reply(w, o, 0, DNS_RCODE_NOERROR);
        assert_true(o->len > 40);
        assert_int_equal(world_stats(w).ignored, 1);
        assert_int_equal(world_stats(w).retries, 0);
        world_free(w);
    }
}

/* The right reply in all but its source. */
static void other_port_then_good(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    struct world *w = f->arg;
    size_t len = fake_write(q, 0, 66, false, bytes);
    fake_send(&w->servers[1], q, bytes, len);
    len = fake_write(q, 0, 1, false, bytes);
    fake_send(f, q, bytes, len);
}

static void test_reply_from_elsewhere(void **state)
{
    (void)state;
    struct world *w = world_new(2, ENDPOINT_UDP);
    w->servers[0].on_udp = other_port_then_good;
    world_start(w);
    struct outcome *o = world_ask_run(w, "a.example");
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    assert_int_equal(o->last, 1);
    world_free(w);
}

static void case_changed(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 1, true, bytes);
    bytes[DNS_HEADER_LEN + 1] ^= 0x20;
    fake_send(f, q, bytes, len);
}

static void test_case_does_not_matter(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = case_changed;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
    world_free(w);
}

/* Knows no EDNS, and says so as old servers do: the header alone, or with the question. */
static void formerr_to_opt(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    if (!q->parsed.edns) {
        fake_answer(f, q);
        return;
    }
    size_t len = fake_write(q, DNS_RCODE_FORMERR, 0, false, bytes);
    if (q->number == 1) {
        bytes_put16(bytes + 4, 0);
        len = DNS_HEADER_LEN;
    }
    fake_send(f, q, bytes, len);
}

static void notimp_to_opt(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, q->parsed.edns ? DNS_RCODE_NOTIMP : 0, 0, false, bytes);
    fake_send(f, q, bytes, len);
}

static void badvers_to_opt(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, 0, 0, q->parsed.edns, bytes);
    if (q->parsed.edns)
        bytes[len - 6] = 1; /* the upper bits of the RCODE: 16 */
    fake_send(f, q, bytes, len);
}

static void test_edns_fallback_is_remembered(void **state)
{
    static const fake_handler refusals[] = {formerr_to_opt, notimp_to_opt, badvers_to_opt};
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct world *w = world_new(1, ENDPOINT_UDP);
        w->servers[0].on_udp = refusals[i];
        world_start(w);
        expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_NOERROR);
        assert_int_equal(w->servers[0].udp_queries, 2);
        expect_reply(w, world_ask_run(w, "b.example"), 0, DNS_RCODE_NOERROR);
        assert_int_equal(w->servers[0].udp_queries, 3);
        assert_int_equal(world_stats(w).edns_fallbacks, 1);
        world_free(w);
    }
}

static void test_edns_is_tried_again_later(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = formerr_to_opt;
    w->settings.plain_ms = 0;
    world_start(w);
    world_ask_run(w, "a.example");
    world_ask_run(w, "b.example");
    assert_int_equal(world_stats(w).edns_fallbacks, 2);
    world_free(w);
}

static void formerr_always(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    fake_send(f, q, bytes, fake_write(q, DNS_RCODE_FORMERR, 0, false, bytes));
}

/* FORMERR without OPT too: the question is what it dislikes, so EDNS is not given up. */
static void test_formerr_to_the_question(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = formerr_always;
    world_start(w);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_FORMERR);
    expect_reply(w, world_ask_run(w, "a.example"), 0, DNS_RCODE_FORMERR);
    assert_int_equal(world_stats(w).edns_fallbacks, 2);
    assert_int_equal(w->servers[0].udp_queries, 4);
    world_free(w);
}

static void truncated(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, DNS_FLAG_TC, 1);
}

static void answer_two(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[512];
    fake_send(f, q, bytes, fake_write(q, 0, 2, false, bytes));
}

static void test_truncated_goes_over_tcp(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = truncated;
    w->servers[0].on_tcp = answer_two;
    world_start(w);
    for (unsigned i = 1; i <= 3; i++) {
        struct outcome *o = world_ask_run(w, "a.example");
        expect_reply(w, o, 0, DNS_RCODE_NOERROR);
        assert_int_equal(o->last, 2);
        assert_false(o->flags & DNS_FLAG_TC);
        assert_int_equal(world_stats(w).tcp_fallbacks, i);
    }
    assert_int_equal(w->servers[0].connections, 1);
    world_free(w);
}

static void huge(struct fake *f, const struct fake_query *q)
{
    uint8_t bytes[UINT16_MAX / 2] = {0};
    fake_write(q, 0, 1, false, bytes);
    fake_send(f, q, bytes, sizeof(bytes));
}

/* A datagram beyond all that we asked for is taken as truncated. */
static void test_oversized_datagram(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = huge;
    w->servers[0].on_tcp = answer_two;
    world_start(w);
    assert_int_equal(world_ask_run(w, "a.example")->last, 2);
    assert_int_equal(world_stats(w).tcp_fallbacks, 1);
    world_free(w);
}

/* TC, but nobody listens for TCP, or nobody answers: what came is better than nothing. */
static void test_truncated_without_tcp(void **state)
{
    (void)state;
    for (int silent = 0; silent <= 1; silent++) {
        struct world *w = world_new(1, ENDPOINT_UDP);
        w->servers[0].on_udp = truncated;
        if (silent)
            world_hurry(w);
        else
            fake_close_tcp(&w->servers[0]);
        world_start(w);
        struct outcome *o = world_ask_run(w, "a.example");
        expect_reply(w, o, 0, DNS_RCODE_NOERROR);
        assert_true(o->flags & DNS_FLAG_TC);
        world_free(w);
    }
}

static void test_truncated_over_tcp_is_delivered(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_UDP);
    w->servers[0].on_udp = truncated;
    w->servers[0].on_tcp = truncated;
    world_start(w);
    struct outcome *o = world_ask_run(w, "a.example");
    expect_reply(w, o, 0, DNS_RCODE_NOERROR);
    assert_true(o->flags & DNS_FLAG_TC);
    assert_int_equal(w->servers[0].tcp_queries, 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_query_as_asked),
        cmocka_unit_test(test_ports_and_ids_change),
        cmocka_unit_test(test_foreign_replies_are_ignored),
        cmocka_unit_test(test_reply_from_elsewhere),
        cmocka_unit_test(test_case_does_not_matter),
        cmocka_unit_test(test_edns_fallback_is_remembered),
        cmocka_unit_test(test_edns_is_tried_again_later),
        cmocka_unit_test(test_formerr_to_the_question),
        cmocka_unit_test(test_truncated_goes_over_tcp),
        cmocka_unit_test(test_oversized_datagram),
        cmocka_unit_test(test_truncated_without_tcp),
        cmocka_unit_test(test_truncated_over_tcp_is_delivered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
