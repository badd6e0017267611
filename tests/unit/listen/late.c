/* Late replies over UDP leave together, in order, and not later than the wake-up they came in. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/late.h"

struct world {
    struct event_base *base;
    uint64_t send_failed;
    struct late *late;
    int from[2], to; /* `to` is the client, which takes packets from anybody */
    struct resolve_client client;
};

static int socket_open(struct addr *at)
{
    socklen_t len = sizeof(*at);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(addr_parse(at, "127.0.0.1", 0), ERR_OK);
    assert_int_equal(bind(fd, &at->sa, addr_len(at)), 0);
    assert_int_equal(getsockname(fd, &at->sa, &len), 0);
    return fd;
}

static void world_init(struct world *w)
{
    struct addr ignored;
    memset(w, 0, sizeof(*w));
    w->base = event_base_new();
    w->late = malloc(sizeof(*w->late));
    assert_true(w->base && w->late);
    late_init(w->late, w->base, &w->send_failed);
    for (unsigned i = 0; i < 2; i++)
        w->from[i] = socket_open(&ignored);
    w->to = socket_open(&w->client.peer);
}

static void world_deinit(struct world *w)
{
    late_deinit(w->late);
    free(w->late);
    for (unsigned i = 0; i < 2; i++)
        close(w->from[i]);
    close(w->to);
    event_base_free(w->base);
}

static void add(struct world *w, unsigned from, uint8_t number)
{
    late_add(w->late, w->from[from], false, &w->client, &number, 1);
}

/* The next packets are `first` to `last`, and no more are there. */
static void expect(const struct world *w, unsigned first, unsigned last)
{
    uint8_t got[2];
    for (unsigned i = first; i <= last; i++) {
        assert_int_equal(recv(w->to, got, sizeof(got), 0), 1);
        assert_int_equal(got[0], i);
    }
    assert_true(recv(w->to, got, sizeof(got), 0) < 0);
}

static void run_once(struct world *w)
{
    assert_true(event_base_loop(w->base, EVLOOP_NONBLOCK) >= 0);
}

/* A full batch leaves at once, what is behind it with the wake-up. */
static void full_batch(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    for (unsigned i = 0; i < LATE_BATCH - 1; i++)
        add(&w, 0, (uint8_t)i);
    expect(&w, 1, 0);
    for (unsigned i = LATE_BATCH - 1; i < 2 * LATE_BATCH + 5; i++)
        add(&w, 0, (uint8_t)i);
    expect(&w, 0, 2 * LATE_BATCH - 1);
    run_once(&w);
    expect(&w, 2 * LATE_BATCH, 2 * LATE_BATCH + 4);
    run_once(&w);
    expect(&w, 1, 0);
    assert_int_equal(w.send_failed, 0);
    world_deinit(&w);
}

/* Replies of several sockets leave each from its own, in order. */
static void two_sockets(void **state)
{
    (void)state;
    struct world w;
    struct addr from, sent_from;
    socklen_t len = sizeof(from);
    uint8_t got[2];
    world_init(&w);
    for (unsigned i = 0; i < 20; i++)
        add(&w, i % 5 > 2, (uint8_t)i);
    run_once(&w);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(getsockname(w.from[i % 5 > 2], &sent_from.sa, &len), 0);
        assert_int_equal(recvfrom(w.to, got, sizeof(got), 0, &from.sa, &len), 1);
        assert_int_equal(got[0], i);
        assert_int_equal(addr_port(&from), addr_port(&sent_from));
    }
    world_deinit(&w);
}

/* A reply that cannot be sent takes no other with it; nor does one that is too large. */
static void one_fails(void **state)
{
    static const uint8_t large[LATE_BYTES + 1];
    (void)state;
    struct world w;
    world_init(&w);
    struct resolve_client nowhere = w.client;
    addr_set_port(&nowhere.peer, 0);
    add(&w, 0, 0);
    late_add(w.late, w.from[0], false, &nowhere, (const uint8_t[]){9}, 1);
    late_add(w.late, w.from[0], false, &w.client, large, sizeof(large));
    add(&w, 0, 1);
    run_once(&w);
    expect(&w, 0, 1);
    assert_int_equal(w.send_failed, 2);
    world_deinit(&w);
}

static void on_wakeup(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    add(arg, 0, 0);
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    add(arg, 0, 1);
}

/* What comes up while events are seen to leaves before the worker looks for more of them. */
static void not_held_back(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event *first = event_new(w.base, -1, 0, on_wakeup, &w);
    struct event *second = event_new(w.base, -1, 0, on_next, &w);
    event_active(first, EV_READ, 0);
    event_active(second, EV_READ, 0);
    assert_true(event_base_loop(w.base, EVLOOP_ONCE) >= 0);
    expect(&w, 0, 1);
    event_free(first);
    event_free(second);
    world_deinit(&w);
}

/* A worker that ends sends what it has. */
static void sent_at_the_end(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    add(&w, 0, 0);
    late_deinit(w.late);
    expect(&w, 0, 0);
    late_init(w.late, w.base, &w.send_failed);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_batch),      cmocka_unit_test(two_sockets),
        cmocka_unit_test(one_fails),       cmocka_unit_test(not_held_back),
        cmocka_unit_test(sent_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
