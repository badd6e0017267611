/* The store of the latest query events, and those who follow. */
#include "unit/control/event_help.h"

#define KEEP 8

struct fixture {
    struct event_ring *rings[2];
    struct events *events;
    struct event_filter all;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->rings[0] = event_ring_new(1 << 16);
    f->rings[1] = event_ring_new(1 << 16);
    f->events = events_new(f->rings, 2, KEEP);
    assert_non_null(f->events);
    event_filter_init(&f->all);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    events_free(f->events);
    event_ring_free(f->rings[0]);
    event_ring_free(f->rings[1]);
    free(f);
    return 0;
}

static void push(struct fixture *f, unsigned ring, uint64_t now)
{
    struct told told;
    event_usual(&told, now);
    event_ring_push(f->rings[ring], &told.event);
}

/* What a visit saw: numbers and times. */
struct seen {
    struct events *events;
    unsigned count, limit; /* returns false at the limit; 0 = none */
    uint64_t numbers[32];
    char times[32][32];
    struct event_follower *other; /* to be unfollowed at the first event */
    json_t *last;
};

static bool see(void *arg, uint64_t number, const json_t *event)
{
    struct seen *s = arg;
    assert_true(s->count < 32);
    assert_int_equal(json_integer_value(json_object_get(event, "number")), number);
    snprintf(s->times[s->count], sizeof(s->times[0]), "%s", event_field(event, "time"));
    s->numbers[s->count++] = number;
    json_decref(s->last);
    s->last = json_deep_copy(event);
    events_unfollow(s->other);
    s->other = NULL;
    return s->count != s->limit;
}

static void test_fields(void **state)
{
    struct fixture *f = *state;
    struct told told;
    struct seen seen = {0};
    const char *const views[] = {"inside"};
    events_set_views(f->events, views, 1);
    event_usual(&told, 500);
    told.event.view = 1;
    told.event.change_id = 3;
    told.event.fault = "slow\x01";
    event_ring_push(f->rings[0], &told.event);
    assert_false(events_drain(f->events, 1769860800000));
    events_walk(f->events, &f->all, 0, see, &seen);
    char *text = json_dumps(seen.last, JSON_COMPACT);
    assert_string_equal(
        text, "{\"number\":1,\"time\":\"2026-01-31T12:00:00.500Z\",\"client\":\"10.5.0.20\","
              "\"view\":\"inside\",\"transport\":\"udp\",\"name\":\"_xmpp-client._tcp.lab."
              "example.\",\"type\":\"SRV\",\"service\":\"xmpp-client\",\"rcode\":\"NOERROR\","
              "\"source\":\"policy\",\"rule\":\"lab.yaml:12\",\"change\":3,\"fault\":\"slow\\\\x01"
              "\",\"answer\":\"10 5 5222 xmpp1.lab.example.; 20 5 5222 xmpp2.lab.example.\","
              "\"ttl\":5,\"ms\":1,\"dropped\":false}");
    free(text);
    json_decref(seen.last);
}

static void test_nothing_known(void **state)
{
    struct fixture *f = *state;
    static const char *const nulls[] = {"view", "service", "rule", "change", "fault"};
    const struct resolve_event event = {.service = -1,
                                        .view = 4, /* of a configuration that is gone */
                                        .source = 200,
                                        .type = 65280,
                                        .rcode = 4095,
                                        .flags = RESOLVE_EVENT_TCP | RESOLVE_EVENT_DROPPED};
    struct seen seen = {0};
    event_ring_push(f->rings[0], &event);
    events_drain(f->events, 0);
    events_walk(f->events, &f->all, 0, see, &seen);
    assert_int_equal(seen.count, 1);
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        assert_true(json_is_null(json_object_get(seen.last, nulls[i])));
    assert_true(json_is_true(json_object_get(seen.last, "dropped")));
    assert_string_equal(event_field(seen.last, "client"), "");
    assert_string_equal(event_field(seen.last, "name"), "");
    assert_string_equal(event_field(seen.last, "answer"), "");
    assert_string_equal(event_field(seen.last, "transport"), "tcp");
    assert_string_equal(event_field(seen.last, "type"), "TYPE65280");
    assert_string_equal(event_field(seen.last, "rcode"), "RCODE4095");
    json_decref(seen.last);
}

/* Workers' events come in the order of their time. */
static void test_order(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {0};
    push(f, 1, 1);
    push(f, 0, 2);
    push(f, 0, 4);
    push(f, 1, 3);
    push(f, 1, 5);
    events_drain(f->events, 0);
    events_walk(f->events, &f->all, 0, see, &seen);
    assert_int_equal(seen.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        char time[32];
        snprintf(time, sizeof(time), "1970-01-01T00:00:00.%03uZ", i + 1);
        assert_string_equal(seen.times[i], time);
        assert_int_equal(seen.numbers[i], i + 1);
    }
    json_decref(seen.last);
}

static void test_keeps_the_latest(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {0};
    struct events_stats stats;
    for (unsigned i = 0; i < 3 * KEEP + 3; i++) {
        push(f, i % 2, i);
        events_drain(f->events, 0);
    }
    events_walk(f->events, &f->all, 0, see, &seen);
    assert_int_equal(seen.count, KEEP);
    assert_int_equal(seen.numbers[0], 2 * KEEP + 4);
    assert_int_equal(seen.numbers[KEEP - 1], 3 * KEEP + 3);
    assert_int_equal(events_next(f->events), 3 * KEEP + 4);
    events_stats(f->events, &stats);
    assert_int_equal(stats.recorded, 3 * KEEP + 3);
    assert_int_equal(stats.dropped, 0);
    json_decref(seen.last);
}

static void test_counts_what_is_lost(void **state)
{
    struct fixture *f = *state;
    struct events_stats stats;
    for (unsigned i = 0; i < 2000; i++)
        push(f, 1, i);
    while (events_drain(f->events, 0))
        continue;
    events_stats(f->events, &stats);
    assert_true(stats.dropped > 0);
    assert_int_equal(stats.recorded + stats.dropped, 2000);
}

static void test_walk_from_and_limit(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.limit = 2};
    struct event_filter some = f->all;
    for (unsigned i = 1; i <= 6; i++)
        push(f, 0, i);
    events_drain(f->events, 0);
    events_walk(f->events, &f->all, 3, see, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 3);
    assert_int_equal(events_latest(f->events, &f->all, 0, 2), 5);
    assert_int_equal(events_latest(f->events, &f->all, 0, 100), 1);
    assert_int_equal(events_latest(f->events, &f->all, 4, 100), 4);
    assert_int_equal(events_latest(f->events, &f->all, 0, 0), 7);
    assert_int_equal(events_latest(f->events, &f->all, 900, 1), 7);
    some.since = 100;
    assert_int_equal(events_latest(f->events, &some, 2, 1), 2);
    json_decref(seen.last);
}

static void test_followers(void **state)
{
    struct fixture *f = *state;
    struct seen a = {0}, b = {.limit = 1}, none = {0};
    struct event_filter nobody = f->all;
    nobody.rcode = 5;
    push(f, 0, 1);
    events_drain(f->events, 0); /* before anybody follows */
    struct event_follower *follower = events_follow(f->events, &f->all, see, &a);
    assert_non_null(events_follow(f->events, &f->all, see, &b));
    assert_non_null(events_follow(f->events, &nobody, see, &none));
    push(f, 0, 2);
    push(f, 1, 3);
    events_drain(f->events, 0);
    assert_int_equal(a.count, 2);
    assert_int_equal(a.numbers[0], 2);
    assert_int_equal(b.count, 1); /* ended itself */
    assert_int_equal(none.count, 0);
    events_unfollow(follower);
    push(f, 0, 4);
    events_drain(f->events, 0);
    assert_int_equal(a.count, 2);
    events_unfollow(NULL);
    json_decref(a.last);
    json_decref(b.last);
}

/* One follower ends another while events are handed out, be it before or behind it. */
static void test_unfollow_within(void **state)
{
    struct fixture *f = *state;
    for (int order = 0; order < 2; order++) {
        struct seen a = {0}, b = {0};
        struct event_follower *first = events_follow(f->events, &f->all, see, &a);
        struct event_follower *second = events_follow(f->events, &f->all, see, &b);
        if (order == 0)
            a.other = second;
        else
            b.other = first;
        push(f, 0, 1);
        push(f, 0, 2);
        events_drain(f->events, 0);
        assert_int_equal(order == 0 ? a.count : b.count, 2);
        /* The one that follows later is told first. */
        assert_int_equal(order == 0 ? b.count : a.count, order == 0 ? 1 : 0);
        events_unfollow(order == 0 ? first : second);
        json_decref(a.last);
        json_decref(b.last);
    }
}

/* What was answered before a change is told from what was answered after it, within one turn. */
static void test_marks(void **state)
{
    struct fixture *f = *state;
    uint64_t number = 0;
    assert_int_equal(events_since_revision(f->events, 1, &number), ERR_NOTFOUND);
    push(f, 0, 1);
    events_mark(f->events, 1, 0);
    push(f, 0, 1);
    push(f, 1, 1);
    events_mark(f->events, 2, 0);
    events_drain(f->events, 0);
    assert_int_equal(events_since_revision(f->events, 1, &number), ERR_OK);
    assert_int_equal(number, 2);
    assert_int_equal(events_since_revision(f->events, 2, &number), ERR_OK);
    assert_int_equal(number, 4);
    for (uint64_t revision = 3; revision < 500; revision++)
        events_mark(f->events, revision, 0);
    assert_int_equal(events_since_revision(f->events, 2, &number), ERR_NOTFOUND);
    assert_int_equal(events_since_revision(f->events, 400, &number), ERR_OK);
    assert_int_equal(number, 4);
}

/* Only so many at a time, so that the control thread gets to its other work. */
static void test_drains_in_parts(void **state)
{
    struct event_ring *ring = event_ring_new(4 << 20);
    struct events *events = events_new(&ring, 1, KEEP);
    struct told told;
    (void)state;
    event_make(&told, "10.0.0.1", "a.", DNS_TYPE_A, -1, 1);
    for (unsigned i = 0; i < 5000; i++)
        event_ring_push(ring, &told.event);
    assert_true(events_drain(events, 0));
    assert_true(events_next(events) < 5001);
    assert_false(events_drain(events, 0));
    assert_int_equal(events_next(events), 5001);
    events_free(events);
    event_ring_free(ring);
}

static void test_answers(void **state)
{
    struct fixture *f = *state;
    static const uint8_t address[4] = {192, 0, 2, 1}, target[] = {0xc0, 0x0c}, text[] = "\2a\t";
    struct told told;
    struct seen seen = {0};
    struct writer w;
    event_make(&told, "10.0.0.1", "a.example.", DNS_TYPE_A, -1, 1);
    event_question(&told, &w);
    event_record(&told, &w, DNS_TYPE_CNAME, target, sizeof(target)); /* compressed */
    event_record(&told, &w, DNS_TYPE_A, address, sizeof(address));
    event_ring_push(f->rings[0], &told.event);
    told.event.reply_len -= 2; /* the rest was not kept */
    event_ring_push(f->rings[0], &told.event);
    told.event.reply_len = 13; /* within the question */
    event_ring_push(f->rings[0], &told.event);
    event_make(&told, "10.0.0.1", "a.example.", DNS_TYPE_TXT, -1, 1);
    event_question(&told, &w);
    event_record(&told, &w, DNS_TYPE_TXT, text, 3);
    event_ring_push(f->rings[0], &told.event);
    event_make(&told, "10.0.0.1", "a.example.", DNS_TYPE_A, -1, 1);
    event_ring_push(f->rings[0], &told.event);
    event_usual(&told, 1);
    told.event.flags = RESOLVE_EVENT_DROPPED; /* what would have been sent, but was not */
    event_ring_push(f->rings[0], &told.event);

    static const char *const expected[] = {"CNAME a.example.; 192.0.2.1",
                                           "CNAME a.example.; \xe2\x80\xa6",
                                           "\xe2\x80\xa6",
                                           "\"a \"",
                                           "",
                                           ""};
    events_drain(f->events, 0);
    for (unsigned i = 0; i < 6; i++) {
        seen.count = 0;
        seen.limit = 1;
        events_walk(f->events, &f->all, i + 1, see, &seen);
        assert_string_equal(event_field(seen.last, "answer"), expected[i]);
    }
    json_decref(seen.last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keeps_the_latest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts_what_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk_from_and_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_followers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unfollow_within, setup, teardown),
        cmocka_unit_test_setup_teardown(test_marks, setup, teardown),
        cmocka_unit_test(test_drains_in_parts),
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
