/* The way of a query allocates nothing: malloc and its kin are wrapped, and counted while a policy
 * hit and a cache hit pass through the core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/event_record.h"
#include "message.h"
#include "world.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

/* volatile: the compiler takes it for granted that malloc changes no variable of ours. Static,
 * because the linker's wrapping has no place for an argument. */
static volatile unsigned calls;

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    calls++;
    return __real_realloc(old, size);
}

void __wrap_free(void *old)
{
    calls++;
    __real_free(old);
}

static const char yaml[] = "domains:\n"
                           "  - name: lab.example\n"
                           "    order: shuffle\n"
                           "    xmpp-client:\n"
                           "      - {target: xmpp1.lab.example}\n"
                           "      - {target: xmpp2.lab.example}\n"
                           "hosts:\n"
                           "  - {name: xmpp1.lab.example, addresses: [10.0.0.1]}\n";

/* A query through the core as listen would hand it over; the result is the calls that it made. */
static unsigned calls_for(struct world *w, const char *name, const char *type, bool edns)
{
    static uint8_t rx[512], tx[DNS_MESSAGE_MAX];
    const struct message_options o = {.id = 7, .flags = DNS_FLAG_RD, .edns = edns, .payload = 1232};
    struct resolve_client client = {.owner = w};
    size_t tx_len = 0;
    size_t len = message_write(&o, name, type, "IN", NULL, rx, sizeof(rx));
    assert_int_equal(addr_parse(&client.peer, "127.0.0.1", 5353), ERR_OK);
    resolver_enter(w->resolver);
    calls = 0;
    enum resolve_verdict verdict =
        resolve_query(w->resolver, &client, rx, len, tx, &tx_len, w->now);
    unsigned made = calls;
    resolver_leave(w->resolver);
    assert_int_equal(verdict, RESOLVE_REPLY);
    assert_true(tx_len > len);
    assert_true(bytes_get16(tx + 6) > 0); /* it has answers */
    return made;
}

static void test_policy_hit_allocates_nothing(void **state)
{
    struct world *w = *state;
    assert_int_equal(calls_for(w, "_xmpp-client._tcp.lab.example", "SRV", false), 0);
    assert_int_equal(calls_for(w, "_xmpp-client._tcp.lab.example", "SRV", true), 0);
    assert_int_equal(calls_for(w, "xmpp1.lab.example", "A", true), 0);
}

static void test_cache_hit_allocates_nothing(void **state)
{
    struct world *w = *state;
    uint8_t message[512];
    const struct message_options query = {.id = 7, .flags = DNS_FLAG_RD};
    const struct message_options reply = {.flags = DNS_FLAG_QR | DNS_FLAG_RA};
    size_t len = message_write(&query, "www.example.com", "A", "IN", NULL, message, 512);
    world_ask(w, message, len, "127.0.0.1", false);
    len = message_write(&reply, "www.example.com", "A", "IN", "www.example.com. 60 IN A 192.0.2.1",
                        message, 512);
    world_finish(w, UPSTREAM_REPLY, message, len);
    assert_int_equal(calls_for(w, "www.example.com", "A", false), 0);
    assert_int_equal(calls_for(w, "www.example.com", "A", true), 0);
}

/* Nor does telling the control thread of it, as is usual. */
static void test_recording_allocates_nothing(void **state)
{
    struct world *w = *state;
    struct event_ring *ring = event_ring_new(0);
    const struct resolver_init init = {.settings = &w->settings,
                                       .cache = w->cache,
                                       .hash_key = &w->key,
                                       .random = &w->random,
                                       .log = &w->log,
                                       .record = event_ring_push,
                                       .record_ctx = ring};
    struct resolver *plain = w->resolver;
    w->resolver = resolver_new(&init);
    assert_int_equal(calls_for(w, "_xmpp-client._tcp.lab.example", "SRV", true), 0);
    const struct event_head *event = event_ring_oldest(ring);
    assert_non_null(event);
    assert_int_equal(event->type, DNS_TYPE_SRV);
    resolver_free(w->resolver);
    w->resolver = plain;
    event_ring_free(ring);
}

/* The wrapping works at all. */
static void test_wrap_counts(void **state)
{
    (void)state;
    calls = 0;
    char *volatile p = malloc(1);
    free(p);
    assert_int_equal(calls, 2);
}

static int setup(void **state)
{
    *state = world_new(yaml);
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap_counts),
        cmocka_unit_test_setup_teardown(test_policy_hit_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cache_hit_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recording_allocates_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
