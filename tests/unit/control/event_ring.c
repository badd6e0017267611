/* The ring between a worker and the control thread. */
#include "unit/control/event_help.h"

#include <pthread.h>

#define SMALL 4096 /* a few records */

static size_t take(struct event_ring *ring, struct event_view *view, uint8_t *record)
{
    size_t size = event_ring_take(ring, record);
    if (size > 0)
        event_record_read(view, record);
    return size;
}

static void test_empty(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    uint64_t now;
    struct event_ring *ring = event_ring_new(0);
    (void)state;
    assert_non_null(ring);
    assert_false(event_ring_peek(ring, &now));
    assert_int_equal(event_ring_take(ring, record), 0);
    assert_int_equal(event_ring_dropped(ring), 0);
    event_ring_free(ring);
}

/* All that an event says comes out again. */
static void test_whole(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(SMALL);
    struct resolve_event event;
    struct event_view view;
    uint64_t now;
    (void)state;
    event_make(&event, "fd00::20", CLIENT_NAME, DNS_TYPE_SRV, POLICY_XMPP_CLIENT, 77);
    event.duration_ms = 9;
    event.flags = RESOLVE_EVENT_TCP;
    event.rcode = 2;
    event.view = 3;
    event.change_id = 5;
    event.reply_len = 1400;
    snprintf(event.fault, sizeof(event.fault), "flaky");
    event_ring_push(ring, &event);
    assert_true(event_ring_peek(ring, &now));
    assert_int_equal(now, 77);
    assert_true(take(ring, &view, record) < 400);
    assert_true(addr_same_host(&view.client, &event.client));
    assert_true(dns_name_equal(&view.name, &event.name));
    assert_int_equal(view.head.duration_ms, 9);
    assert_int_equal(view.head.flags, RESOLVE_EVENT_TCP);
    assert_int_equal(view.head.rcode, 2);
    assert_int_equal(view.head.view, 3);
    assert_int_equal(view.head.change_id, 5);
    assert_int_equal(view.head.rule_line, 12);
    assert_int_equal(view.head.reply_len, 1400);
    assert_int_equal(view.head.service, POLICY_XMPP_CLIENT);
    assert_int_equal(view.head.type, DNS_TYPE_SRV);
    assert_int_equal(view.head.source, RESOLVE_FROM_POLICY);
    assert_int_equal(view.head.fault_len, 5);
    assert_memory_equal(view.fault, "flaky", 5);
    assert_int_equal(view.head.file_len, 8);
    assert_memory_equal(view.file, "lab.yaml", 8);
    assert_int_equal(view.head.kept, event.kept);
    assert_memory_equal(view.reply, event.reply, event.kept);
    assert_int_equal(take(ring, &view, record), 0);
    event_ring_free(ring);
}

/* The longest of everything, and more than is allowed. */
static void test_limits(void **state)
{
    static const char marker[] = "END";
    char file[5000];
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(0);
    struct resolve_event event;
    struct event_view view;
    (void)state;
    event_make(&event, "fd00::1", ".", DNS_TYPE_A, -1, 1);
    event.name.len = DNS_NAME_MAX;
    memset(event.fault, 'f', sizeof(event.fault)); /* no NUL */
    memset(file, 'x', sizeof(file));
    memcpy(file + sizeof(file) - sizeof(marker), marker, sizeof(marker));
    event.rule_file = file;
    event.kept = 65535;
    event_ring_push(ring, &event);
    assert_int_equal(take(ring, &view, record), EVENT_RECORD_MAX);
    assert_int_equal(view.head.kept, RESOLVE_EVENT_REPLY_MAX);
    assert_int_equal(view.head.fault_len, sizeof(event.fault));
    assert_int_equal(view.head.file_len, EVENT_FILE_MAX);
    assert_memory_equal(view.file + EVENT_FILE_MAX - 3, marker, 3);
    event_ring_free(ring);
}

/* No client and no rule: the parts may all be missing. */
static void test_nothing(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(0);
    const struct resolve_event event = {.now = 3, .service = -1};
    struct event_view view;
    (void)state;
    event_ring_push(ring, &event);
    assert_int_equal(take(ring, &view, record), sizeof(struct event_head));
    assert_int_equal(view.head.now, 3);
    assert_int_equal(view.head.service, -1);
    assert_int_equal(view.client.sa.sa_family, AF_UNSPEC);
    event_ring_free(ring);
}

/* A full ring loses the newest, counts them, and takes more once there is room. */
static void test_full(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(SMALL);
    struct resolve_event event;
    struct event_view view;
    unsigned kept = 0;
    (void)state;
    event_usual(&event, 0);
    for (; event_ring_dropped(ring) == 0; event.now++)
        event_ring_push(ring, &event);
    event_ring_push(ring, &event);
    assert_int_equal(event_ring_dropped(ring), 2);
    assert_true(event.now > 4);
    while (take(ring, &view, record) > 0)
        assert_int_equal(view.head.now, kept++);
    assert_int_equal(kept, event.now - 1);
    event.now = 1000;
    event_ring_push(ring, &event);
    assert_int_equal(event_ring_dropped(ring), 2);
    take(ring, &view, record);
    assert_int_equal(view.head.now, 1000);
    event_ring_free(ring);
}

/* Full means full, to the byte: 17 records are one byte more than the ring has. */
static void test_full_to_the_byte(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(SMALL);
    const struct resolve_event event = {.kept = 241 - sizeof(struct event_head)};
    struct event_view view;
    (void)state;
    assert_int_equal(17 * 241, SMALL + 1);
    for (unsigned i = 0; i < 17; i++)
        event_ring_push(ring, &event);
    assert_int_equal(event_ring_dropped(ring), 1);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(take(ring, &view, record), 241);
    assert_int_equal(take(ring, &view, record), 0);
    event_ring_free(ring);
}

/* Names of every length move the end of the array through every part of a record. */
static void test_wrap(void **state)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_ring *ring = event_ring_new(SMALL);
    struct resolve_event event;
    struct event_view view;
    (void)state;
    event_usual(&event, 0);
    for (unsigned n = 0; n < 20000; n++) {
        event.now = n;
        event.kept = (uint16_t)(n % 131);
        event_ring_push(ring, &event);
        assert_true(take(ring, &view, record) > 0);
        assert_int_equal(view.head.now, n);
        assert_int_equal(view.head.kept, n % 131);
        assert_true(dns_name_equal(&view.name, &event.name));
        assert_memory_equal(view.reply, event.reply, view.head.kept);
    }
    assert_int_equal(event_ring_dropped(ring), 0);
    event_ring_free(ring);
}

#define MANY 50000

static void *produce(void *arg)
{
    struct resolve_event event;
    event_usual(&event, 0);
    for (unsigned n = 0; n < MANY; n++) {
        event.now = n;
        event.change_id = ~n;
        event.kept = (uint16_t)(n % 97);
        memset(event.reply, (int)n, event.kept);
        event_ring_push(arg, &event);
    }
    return NULL;
}

/* Counts what comes out, and checks that no record is torn and none comes twice. */
static unsigned consume(struct event_ring *ring, uint64_t *next)
{
    uint8_t record[EVENT_RECORD_MAX];
    struct event_view view;
    unsigned count = 0;
    while (take(ring, &view, record) > 0) {
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
        cmocka_unit_test(test_empty),  cmocka_unit_test(test_whole),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_full),   cmocka_unit_test(test_full_to_the_byte),
        cmocka_unit_test(test_wrap),   cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
