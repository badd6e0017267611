/* A scripted server on loopback, UDP and TCP on one port, in the test's own event base. A test
 * gives handlers that see each query and send what they please. */
#ifndef SHUNT_TESTS_UPSTREAM_FAKE_H
#define SHUNT_TESTS_UPSTREAM_FAKE_H

#include "unit/upstream/support/check.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "dns/query.h"

struct fake;

/* A query as a handler sees it. */
struct fake_query {
    const uint8_t *bytes;
    size_t len;
    struct dns_query parsed;
    struct addr from;           /* UDP only */
    struct bufferevent *stream; /* TCP and TLS only */
    unsigned number;            /* 1 = the first of its transport */
};

typedef void (*fake_handler)(struct fake *f, const struct fake_query *q);

struct fake {
    struct event_base *base;
    struct addr addr;
    int udp, tcp;
    struct event *udp_event, *tcp_event;
    fake_handler on_udp, on_tcp; /* NULL = silence */
    unsigned udp_queries, tcp_queries, connections;
    struct bufferevent *streams[64];
    SSL_CTX *tls; /* set = TCP is TLS */
    void *arg;    /* the test's own */
};

/* Sends raw bytes as the answer to a query, over the way it came. */
static inline void fake_send(struct fake *f, const struct fake_query *q, const uint8_t *bytes,
                             size_t len)
{
    if (q->stream) {
        uint8_t prefix[2];
        bytes_put16(prefix, (uint16_t)len);
        bufferevent_write(q->stream, prefix, 2);
        bufferevent_write(q->stream, bytes, len);
        return;
    }
    assert_int_equal(sendto(f->udp, bytes, len, 0, &q->from.sa, addr_len(&q->from)), len);
}

/* Writes a reply: the query's header and question, `flags` besides QR, one A record 192.0.2.`last`
 * when `last` is not 0, and OPT if asked for. */
static inline size_t fake_write(const struct fake_query *q, uint16_t flags, uint8_t last, bool opt,
                                uint8_t out[512])
{
    struct writer w;
    const struct dns_edns edns = {.payload = 1232, .ede = DNS_EDE_NONE};
    writer_init(&w, out, 512);
    writer_u16(&w, q->parsed.id);
    writer_u16(&w, (uint16_t)(DNS_FLAG_QR | DNS_FLAG_RA | flags));
    writer_u16(&w, 1);
    writer_u16(&w, last ? 1 : 0);
    writer_u16(&w, 0);
    writer_u16(&w, opt ? 1 : 0);
    writer_bytes(&w, q->parsed.question, q->parsed.question_len);
    if (last) {
        const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last};
        writer_bytes(&w, record, sizeof(record));
    }
    if (opt)
        dns_edns_write(&w, &edns, NULL);
    assert_false(w.failed);
    return writer_len(&w);
}

static inline void fake_reply(struct fake *f, const struct fake_query *q, uint16_t flags,
                              uint8_t last)
{
    uint8_t bytes[512];
    size_t len = fake_write(q, flags, last, q->parsed.edns, bytes);
    fake_send(f, q, bytes, len);
}

/* The plainest handler. */
static inline void fake_answer(struct fake *f, const struct fake_query *q)
{
    fake_reply(f, q, 0, 1);
}

static inline void fake_parse(struct fake_query *q, const uint8_t *bytes, size_t len)
{
    q->bytes = bytes;
    q->len = len;
    assert_int_equal(dns_query_parse(&q->parsed, bytes, len), DNS_QUERY_OK);
}

static inline void on_fake_udp(evutil_socket_t fd, short what, void *arg)
{
    struct fake *f = arg;
    uint8_t bytes[2048];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof(from);
    struct fake_query q = {.number = ++f->udp_queries};
    (void)what;
    ssize_t len = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_len);
    assert_true(len > 0);
    addr_from_sockaddr(&q.from, (struct sockaddr *)&from, from_len);
    fake_parse(&q, bytes, (size_t)len);
    if (f->on_udp)
        f->on_udp(f, &q);
}

static inline void on_fake_read(struct bufferevent *stream, void *arg)
{
    struct fake *f = arg;
    struct evbuffer *input = bufferevent_get_input(stream);
    uint8_t bytes[2048];
    while (evbuffer_copyout(input, bytes, 2) == 2) {
        size_t len = bytes_get16(bytes);
        if (evbuffer_get_length(input) < len + 2)
            return;
        evbuffer_remove(input, bytes, len + 2);
        struct fake_query q = {.number = ++f->tcp_queries, .stream = stream};
        fake_parse(&q, bytes + 2, len);
        if (f->on_tcp)
            f->on_tcp(f, &q);
    }
}

/* Closes a connection that the other side, or the script, is done with. */
static inline void fake_hang_up(struct fake *f, struct bufferevent *stream)
{
    for (unsigned i = 0; i < 64; i++)
        if (f->streams[i] == stream)
            f->streams[i] = NULL;
    bufferevent_free(stream);
}

static inline void on_fake_event(struct bufferevent *stream, short what, void *arg)
{
    if (!(what & BEV_EVENT_CONNECTED))
        fake_hang_up(arg, stream);
}

static inline void on_fake_accept(evutil_socket_t listener, short what, void *arg)
{
    struct fake *f = arg;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    unsigned place = 0;
    (void)what;
    assert_true(fd >= 0);
    while (f->streams[place])
        place++;
    assert_true(place < 64);
    f->connections++;
    f->streams[place] =
        f->tls ? bufferevent_openssl_socket_new(f->base, fd, SSL_new(f->tls),
                                                BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
               : bufferevent_socket_new(f->base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(f->streams[place], on_fake_read, NULL, on_fake_event, f);
    bufferevent_enable(f->streams[place], EV_READ | EV_WRITE);
}

/* Binds UDP and TCP to one free port of 127.0.0.1. */
static inline void fake_bind(struct fake *f)
{
    struct sockaddr_in name;
    socklen_t len = sizeof(name);
    for (;;) {
        f->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        f->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(addr_parse(&f->addr, "127.0.0.1:0", 0), ERR_OK);
        assert_int_equal(bind(f->tcp, &f->addr.sa, addr_len(&f->addr)), 0);
        assert_int_equal(getsockname(f->tcp, (struct sockaddr *)&name, &len), 0);
        addr_from_sockaddr(&f->addr, (struct sockaddr *)&name, len);
        if (bind(f->udp, &f->addr.sa, addr_len(&f->addr)) == 0)
            return;
        close(f->udp);
        close(f->tcp);
    }
}

static inline void fake_open(struct fake *f, struct event_base *base)
{
    *f = (struct fake){.base = base};
    fake_bind(f);
    const int room = 4 << 20; /* for many queries at once: what the kernel grants of it */
    setsockopt(f->udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    assert_int_equal(listen(f->tcp, 64), 0);
    f->udp_event = event_new(base, f->udp, EV_READ | EV_PERSIST, on_fake_udp, f);
    f->tcp_event = event_new(base, f->tcp, EV_READ | EV_PERSIST, on_fake_accept, f);
    event_add(f->udp_event, NULL);
    event_add(f->tcp_event, NULL);
}

static inline void fake_close_udp(struct fake *f)
{
    if (!f->udp_event)
        return;
    event_free(f->udp_event);
    f->udp_event = NULL;
    close(f->udp);
}

/* From now on connections are refused. */
static inline void fake_close_tcp(struct fake *f)
{
    if (!f->tcp_event)
        return;
    event_free(f->tcp_event);
    f->tcp_event = NULL;
    close(f->tcp);
}

static inline void fake_close(struct fake *f)
{
    fake_close_udp(f);
    fake_close_tcp(f);
    for (unsigned i = 0; i < 64; i++)
        if (f->streams[i])
            bufferevent_free(f->streams[i]);
}

#endif
