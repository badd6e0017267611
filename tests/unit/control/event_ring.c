/* The ring between a worker and the control thread. */
#include "unit/control/event_help.h"

#include <pthread.h>

#define SMALL 4096 /* a few records */

/* Copies the oldest record and takes it apart; its size, 0 when there is none. */
static size_t take(struct event_ring *ring, struct event_view *view, union event_record *copy)
{
    const struct event_head *oldest = event_ring_oldest(ring);
    if (!oldest)
        return 0;
    size_t size = oldest->size;
    memcpy(copy->bytes, oldest, size);
    event_record_read(view, &copy->head);
    event_ring_pass(ring);
    return size;
}

static void test_empty(void **state)
{
    struct event_ring *ring = event_ring_new(0);
    (void)state;
    assert_non_null(ring);
    assert_null(event_ring_oldest(ring));
    assert_int_equal(event_ring_dropped(ring), 0);
    event_ring_free(ring);
}

/* All that an event says comes out again. */
static void test_whole(void **state)
{
    union event_record record;
    struct event_ring *ring = event_ring_new(SMALL);
    struct told told;
    struct event_view view;
    (void)state;
    event_make(&told, "fd00::20", CLIENT_NAME, DNS_TYPE_SRV, POLICY_XMPP_CLIENT, 77);
    told.event.duration_ms = 9;
    told.event.flags = RESOLVE_EVENT_TCP;
    told.event.rcode = 2;
    told.event.view = 3;
    told.event.change_id = 5;
    told.event.fault = "flaky";
    event_ring_push(ring, &told.event);
    assert_true(take(ring, &view, &record) < 400);
    assert_true(addr_same_host(&view.client, &told.client));
    assert_true(dns_name_equal(&view.name, &told.name));
    assert_int_equal(view.head.now, 77);
    assert_int_equal(view.head.duration_ms, 9);
    assert_int_equal(view.head.flags, RESOLVE_EVENT_TCP);
    assert_int_equal(view.head.rcode, 2);
    assert_int_equal(view.head.view, 3);
    assert_int_equal(view.head.change_id, 5);
    assert_int_equal(view.head.rule_line, 12);
    assert_int_equal(view.head.service, POLICY_XMPP_CLIENT);
    assert_int_equal(view.head.type, DNS_TYPE_SRV);
    assert_int_equal(view.head.source, RESOLVE_FROM_POLICY);
    assert_int_equal(view.head.fault_len, 5);
    assert_memory_equal(view.fault, "flaky", 5);
    assert_int_equal(view.head.file_len, 8);
    assert_memory_equal(view.file, "lab.yaml", 8);
    assert_int_equal(view.head.kept, told.event.reply_len);
    assert_memory_equal(view.reply, told.reply, told.event.reply_len);
    assert_int_equal(take(ring, &view, &record), 0);
    event_ring_free(ring);
}

/* The longest of everything, and more than is allowed. */
static void test_limits(void **state)
{
    static const char marker[] = "END";
    char file[5000], fault[500];
    union event_record record;
    struct event_ring *ring = event_ring_new(0);
    struct told told;
    struct event_view view;
    (void)state;
    event_make(&told, "fd00::1", ".", DNS_TYPE_A, -1, 1);
    told.name.len = DNS_NAME_MAX;
    memset(fault, 'f', sizeof(fault)); /* no NUL */
    told.event.fault = fault;
    memset(file, 'x', sizeof(file));
    memcpy(file + sizeof(file) - sizeof(marker), marker, sizeof(marker));
    told.event.rule_file = file;
    told.event.reply_len = 65535;
    event_ring_push(ring, &told.event);
    assert_int_equal(take(ring, &view, &record), EVENT_RECORD_MAX);
    assert_int_equal(view.head.kept, EVENT_REPLY_MAX);
    assert_int_equal(view.head.fault_len, EVENT_FAULT_MAX);
    assert_int_equal(view.head.file_len, EVENT_FILE_MAX);
    assert_memory_equal(view.file + EVENT_FILE_MAX - 3, marker, 3);
    event_ring_free(ring);
}

/* No client and no rule: the parts may all be missing. */
static void test_nothing(void **state)
{
    union event_record record;
    struct event_ring *ring = event_ring_new(0);
    const struct resolve_event event = {.now = 3, .service = -1};
    struct event_view view;
    (void)state;
    event_ring_push(ring, &event);
    assert_int_equal(take(ring, &view, &record), sizeof(struct event_head));
    assert_int_equal(view.head.now, 3);
    assert_int_equal(view.head.service, -1);
    assert_int_equal(view.client.sa.sa_family, AF_UNSPEC);
    event_ring_free(ring);
}

/* A full ring loses the newest, counts them, and takes more once there is room. */
static void test_full(void **state)
{
    union event_record record;
    struct event_ring *ring = event_ring_new(SMALL);
    struct told told;
    struct event_view view;
    unsigned kept = 0;
    (void)state;
    event_usual(&told, 0);
    for (; event_ring_dropped(ring) == 0; told.event.now++)
        event_ring_push(ring, &told.event);
    event_ring_push(ring, &told.event);
    assert_int_equal(event_ring_dropped(ring), 2);
    assert_true(told.event.now > 4);
    while (take(ring, &view, &record) > 0)
        assert_int_equal(view.head.now, kept++);
    assert_int_equal(kept, told.event.now - 1);
    told.event.now = 1000;
    event_ring_push(ring, &told.event);
    assert_int_equal(event_ring_dropped(ring), 2);
    take(ring, &view, &record);
    assert_int_equal(view.head.now, 1000);
    event_ring_free(ring);
}

/* Full is a ring that the longest record may not fit, to the byte: as many records as begin before
 * that are taken. */
static void test_full_to_the_byte(void **state)
{
    static const uint8_t reply[240 - sizeof(struct event_head)] = {0};
    struct event_ring *ring = event_ring_new(SMALL);
    const struct resolve_event event = {.reply = reply, .reply_len = sizeof(reply)};
    union event_record record;
    struct event_view view;
    unsigned fit = 1 + (unsigned)((SMALL - EVENT_RECORD_MAX) / 240);
    (void)state;
    for (unsigned i = 0; i <= fit; i++)
        event_ring_push(ring, &event);
    assert_int_equal(event_ring_dropped(ring), 1);
    for (unsigned i = 0; i < fit; i++)
        assert_int_equal(take(ring, &view, &record), 240);
    assert_int_equal(take(ring, &view, &record), 0);
    event_ring_free(ring);
}

/* An event whose reply has a length and bytes that go by its number. */
static void number(struct told *told, unsigned n)
{
    told->event.now = n;
    told->event.reply_len = (uint16_t)(n * 7 % (EVENT_REPLY_MAX + 1));
    memset(told->reply, (int)n, told->event.reply_len);
}

static void check_numbered(const struct event_view *view, const struct told *told, uint64_t n)
{
    assert_int_equal(view->head.now, n);
    assert_int_equal(view->head.kept, n * 7 % (EVENT_REPLY_MAX + 1));
    assert_true(dns_name_equal(&view->name, &told->name));
    for (unsigned i = 0; i < view->head.kept; i++)
        assert_int_equal(view->reply[i], n & 0xff);
}

/* Records of every length, the longest included, come to the end of the array in every way. */
static void test_wrap(void **state)
{
    union event_record record;
    struct event_ring *ring = event_ring_new(SMALL);
    struct told told;
    struct event_view view;
    (void)state;
    event_usual(&told, 0);
    for (unsigned n = 0; n < 20000; n++) {
        number(&told, n);
        event_ring_push(ring, &told.event);
        assert_true(take(ring, &view, &record) > 0);
        check_numbered(&view, &told, n);
    }
    assert_int_equal(event_ring_dropped(ring), 0);
    event_ring_free(ring);
}

/* The same while the ring is as full as it gets: what is written runs into nothing unread. */
static void test_wrap_of_a_full_ring(void **state)
{
    union event_record record;
    struct event_ring *ring = event_ring_new(SMALL);
    struct told told;
    struct event_view view;
    uint64_t next = 0, dropped = 0;
    (void)state;
    event_usual(&told, 0);
    for (unsigned n = 0; n < 20000;) {
        number(&told, n);
        event_ring_push(ring, &told.event);
        if (event_ring_dropped(ring) == dropped) {
            n++;
            continue;
        }
        dropped++;
        assert_true(take(ring, &view, &record) > 0);
        check_numbered(&view, &told, next++);
    }
    assert_true(next > 19000);
    event_ring_free(ring);
}

#define MANY 50000

static void *produce(void *arg)
{
    struct told told;
    event_usual(&told, 0);
    for (unsigned n = 0; n < MANY; n++) {
        told.event.now = n;
        told.event.change_id = ~n;
        told.event.reply_len = (uint16_t)(n % 97);
        memset(told.reply, (int)n, told.event.reply_len);
        event_ring_push(arg, &told.event);
    }
    return NULL;
}

/* Counts what comes out, and checks that no record is torn and none comes twice. */
static unsigned consume(struct event_ring *ring, uint64_t *next)
{
    union event_record record;
    struct event_view view;
    unsigned count = 0;
    while (take(ring, &view, &record) > 0) {
        unsigned n = (unsigned)view.head.now;
        assert_true(view.head.now >= *next);
        *next = view.head.now + 1;
        assert_int_equal(view.head.change_id, ~n);
        assert_int_equal(view.head.kept, n % 97);
        for (unsigned i = 0; i < view.head.kept; i++)
            assert_int_equal(view.reply[i], n & 0xff);
        count++;
    }
    return count;
}

static void test_two_threads(void **state)
{
    struct event_ring *ring = event_ring_new(SMALL);
    pthread_t thread;
    uint64_t next = 0;
    uint64_t taken = 0;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, produce, ring), 0);
    while (next < MANY / 2 && taken + event_ring_dropped(ring) < MANY)
        taken += consume(ring, &next);
    pthread_join(thread, NULL);
    taken += consume(ring, &next);
    assert_int_equal(taken + event_ring_dropped(ring), MANY);
    assert_true(taken > 0);
    event_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),       cmocka_unit_test(test_whole),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_full),        cmocka_unit_test(test_full_to_the_byte),
        cmocka_unit_test(test_wrap),        cmocka_unit_test(test_wrap_of_a_full_ring),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
