/* Queries that come together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message.h"
#include "resolve/batch.h"
#include "world.h"

/* A TCP connection leaves queries when its client takes no answers, and reads them again later. */
static void test_what_is_left_is_not_counted(void **state)
{
    static const struct message_options options = {.id = 7, .flags = DNS_FLAG_RD};
    static uint8_t rx[2][512], tx[DNS_MESSAGE_MAX];
    struct world *w = world_new("hosts: [{name: a.example, addresses: [10.0.0.1]}]\n");
    struct resolve_client client = {.owner = w, .tcp = true};
    struct resolve_batch batch;
    size_t len;
    (void)state;
    assert_int_equal(addr_parse(&client.peer, "127.0.0.1", 5353), ERR_OK);
    resolver_enter(w->resolver);
    for (unsigned round = 0; round < 2; round++) {
        resolve_batch_init(w->resolver, &batch);
        for (unsigned i = round; i < 2; i++) {
            len = message_write(&options, "a.example", "A", "IN", NULL, rx[i], sizeof(rx[i]));
            resolve_batch_add(w->resolver, &batch, &client, rx[i], len);
        }
        resolve_batch_look_up(w->resolver, &batch);
        assert_int_equal(resolve_batch_answer(w->resolver, &batch, 0, tx, &len, w->now),
                         RESOLVE_REPLY);
    }
    resolver_leave(w->resolver);
    assert_int_equal(resolver_counters(w->resolver)->queries_tcp, 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_left_is_not_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
