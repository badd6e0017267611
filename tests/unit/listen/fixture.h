/* Real loopback sockets in front of a resolver that does what its queries say. A query is three
 * bytes or more: an ID of two, and a letter:
 *     R  replied at once: the same bytes, the letter being 'r'
 *     D  dropped
 *     P  pending: replied when the test says so, the letter being 'l'
 *     L  replied at once with 60000 bytes
 *     X  replied at once with a length that no socket takes
 *     F  dropped, and sent again by `flood_fd`, `flood_left` times in all
 * Included by one source file of a test program. */
#ifndef SHUNT_TESTS_LISTEN_FIXTURE_H
#define SHUNT_TESTS_LISTEN_FIXTURE_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen/listen.h"
#include "resolve/batch.h"

#define LARGE       60000
#define PENDING_MAX 512
#define TRIES       20000 /* turns of the loop, a millisecond each at most, until a test gives up */

struct resolver {
    bool entered;
    unsigned wakeups; /* resolver_enter calls */
    unsigned queries;
    int flood_fd;
    unsigned flood_left;
    unsigned flood_then;  /* when the last query of letter R came */
    unsigned datagram_at; /* how many queries had come when the last one over UDP came */
    struct addr local;    /* of the last query */
    struct {
        struct resolve_client client;
        uint8_t query[64];
        size_t len;
    } pending[PENDING_MAX];
    unsigned pending_count;
};

void resolver_enter(struct resolver *r)
{
    assert_false(r->entered);
    r->entered = true;
    r->wakeups++;
}

void resolver_leave(struct resolver *r)
{
    assert_true(r->entered);
    r->entered = false;
}

void resolve_batch_init(struct resolver *r, struct resolve_batch *batch)
{
    assert_true(r->entered);
    batch->count = 0;
}

/* The packet as it is takes the place of the question. */
void resolve_batch_add(struct resolver *r, struct resolve_batch *batch,
                       const struct resolve_client *client, const uint8_t *rx, size_t rx_len)
{
    assert_true(r->entered && batch->count < RESOLVE_BATCH);
    struct resolve_item *item = &batch->items[batch->count++];
    item->client = client;
    item->query.question = rx;
    item->query.question_len = (uint16_t)rx_len;
}

void resolve_batch_look_up(struct resolver *r, const struct resolve_batch *batch)
{
    (void)batch;
    assert_true(r->entered);
}

enum resolve_verdict resolve_batch_answer(struct resolver *r, const struct resolve_batch *batch,
                                          unsigned i, uint8_t *tx, size_t *tx_len, uint64_t now)
{
    (void)now;
    assert_true(r->entered && i < batch->count);
    const struct resolve_client *client = batch->items[i].client;
    const uint8_t *rx = batch->items[i].query.question;
    size_t rx_len = batch->items[i].query.question_len;
    r->queries++;
    r->local = client->local;
    if (!client->tcp)
        r->datagram_at = r->queries;
    switch (rx_len >= 3 ? rx[2] : 'D') {
    case 'R':
        r->flood_then = r->flood_left;
        memcpy(tx, rx, rx_len);
        tx[2] = 'r';
        *tx_len = rx_len;
        return RESOLVE_REPLY;
    case 'L':
        memset(tx, 0, LARGE);
        memcpy(tx, rx, 2);
        tx[2] = 'r';
        *tx_len = LARGE;
        return RESOLVE_REPLY;
    case 'X':
        *tx_len = 70000;
        return RESOLVE_REPLY;
    case 'F':
        if (r->flood_left > 0 && send(r->flood_fd, rx, rx_len, MSG_DONTWAIT) > 0)
            r->flood_left--;
        return RESOLVE_DROP;
    case 'P':
        assert_true(r->pending_count < PENDING_MAX && rx_len <= sizeof(r->pending[0].query));
        r->pending[r->pending_count].client = *client;
        memcpy(r->pending[r->pending_count].query, rx, rx_len);
        r->pending[r->pending_count++].len = rx_len;
        return RESOLVE_PENDING;
    default:
        return RESOLVE_DROP;
    }
}

/* Ends pending query `i`: with its own bytes. */
static inline void resolver_answer(struct resolver *r, unsigned i)
{
    assert_true(i < r->pending_count);
    r->pending[i].query[2] = 'l';
    r->pending[i].client.send(&r->pending[i].client, r->pending[i].query, r->pending[i].len,
                              clock_now());
}

static inline void resolver_drop(struct resolver *r, unsigned i)
{
    assert_true(i < r->pending_count);
    r->pending[i].client.send(&r->pending[i].client, NULL, 0, clock_now());
}

struct fixture {
    struct event_base *base;
    struct listen_sockets sockets;
    struct resolver resolver;
    struct listen *listen;
    struct log log;
};

static inline struct addr address(const char *text)
{
    struct addr a;
    assert_int_equal(addr_parse(&a, text, 0), ERR_OK);
    return a;
}

/* Listens on `host`, any port. False when the machine has no such address family. */
static inline bool fixture_init(struct fixture *f, const char *host,
                                const struct listen_limits *limits)
{
    struct addr a = address(host);
    memset(f, 0, sizeof(*f));
    f->log = (struct log){.level = LOG_LEVEL_DEBUG, .fd = -1};
    if (listen_bind(&f->sockets, &a) != ERR_OK) {
        assert_true(errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
        return false;
    }
    f->base = event_base_new();
    assert_non_null(f->base);
    f->listen = listen_new(f->base, &f->sockets, 1, &f->resolver, limits, &f->log);
    assert_non_null(f->listen);
    return true;
}

static inline void fixture_deinit(struct fixture *f)
{
    listen_free(f->listen);
    event_base_free(f->base);
    listen_close(&f->sockets);
}

/* Lets the server do all that it can do now. */
static inline void pump(struct fixture *f)
{
    event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* Lets the server run until `condition` holds; the test fails when it never does. */
#define PUMP_UNTIL(f, condition)                                                                   \
    do {                                                                                           \
        unsigned turns_ = 0;                                                                       \
        while (!(condition)) {                                                                     \
            assert_true(turns_++ < TRIES);                                                         \
            pump(f);                                                                               \
            poll(NULL, 0, turns_ < 100 ? 0 : 1);                                                   \
        }                                                                                          \
    } while (0)

/* A socket that talks to the server at `host`; bound to `from` unless that is NULL. */
static inline int client_open(const struct fixture *f, int type, const char *host, const char *from)
{
    struct addr to = address(host);
    addr_set_port(&to, addr_port(&f->sockets.addr));
    int fd = socket(to.sa.sa_family, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    int small = 4096;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    if (from) {
        struct addr source = address(from);
        assert_int_equal(bind(fd, &source.sa, addr_len(&source)), 0);
    }
    assert_int_equal(connect(fd, &to.sa, addr_len(&to)), 0);
    return fd;
}

static inline void client_send(int fd, const void *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

/* Sends `len` bytes while the server runs, whatever the socket takes at a time. */
static inline void client_stream(struct fixture *f, int fd, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (unsigned i = 0; len > 0 && i < TRIES; i++) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        assert_true(n > 0 || errno == EAGAIN);
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
        pump(f);
    }
    assert_int_equal(len, 0);
}

/* What comes next, while the server runs: bytes of it, 0 at the end, -1 when the connection was
 * reset. */
static inline ssize_t client_receive(struct fixture *f, int fd, void *out, size_t size)
{
    for (unsigned i = 0; i < TRIES; i++) {
        pump(f);
        ssize_t n = recv(fd, out, size, MSG_DONTWAIT);
        if (n >= 0)
            return n;
        if (errno != EAGAIN && errno != ECONNREFUSED)
            return -1;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        poll(&p, 1, 1);
    }
    fail_msg("nothing came");
    return -1;
}

/* The server has closed the connection, kindly or not. */
static inline void assert_closed(struct fixture *f, int fd)
{
    uint8_t byte;
    assert_true(client_receive(f, fd, &byte, 1) <= 0);
}

static inline struct listen_stats stats_of(const struct fixture *f)
{
    struct listen_stats stats;
    listen_stats(f->listen, &stats);
    return stats;
}

#endif
