#include "upstream/stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "upstream/network.h"
#include "upstream/tls.h"
#include "upstream/worker.h"

#define LENGTH_PREFIX 2             /* RFC 1035 §4.2.2: two bytes before each message */
#define UNSENT_MAX    (128u * 1024) /* bytes that a slow server may leave with us */

static void stream_free(struct stream *s)
{
    bufferevent_free(s->events);
    free(s);
}

/* Nothing comes from it any more, and its server may have another one. */
static void stream_shut(struct stream *s)
{
    if (s->closed)
        return;
    s->closed = true;
    s->server->stream = NULL;
    bufferevent_disable(s->events, EV_READ | EV_WRITE);
}

void stream_close(struct stream *s)
{
    if (s->closed)
        return;
    stream_shut(s);
    if (!s->busy)
        stream_free(s);
}

/* Shuts it while attempts may wait: each is told why. */
static void stream_fail(struct upstream *u, struct stream *s, enum attempt_failure why,
                        uint64_t now)
{
    for (unsigned i = 0; i < STREAM_SLOTS && s->waiting > 0; i++)
        if (s->slots[i])
            exchange_on_failure(u, s->slots[i], why, now);
    stream_shut(s);
}

static void stream_read_one(struct upstream *u, struct stream *s, const uint8_t *message,
                            size_t len, uint64_t now)
{
    struct attempt *attempt = NULL;
    if (len >= DNS_HEADER_LEN)
        attempt = s->slots[bytes_get16(message) % STREAM_SLOTS];
    if (!attempt) {
        u->stats.ignored++;
        return;
    }
    exchange_on_message(u, attempt, message, len, now);
}

/* Takes the next whole message off the input; false when there is none yet. */
static bool stream_take(struct upstream *u, struct stream *s, struct evbuffer *input, uint64_t now)
{
    uint8_t prefix[LENGTH_PREFIX];
    if (evbuffer_copyout(input, prefix, sizeof(prefix)) != sizeof(prefix))
        return false;
    size_t whole = LENGTH_PREFIX + (size_t)bytes_get16(prefix);
    const uint8_t *bytes = evbuffer_pullup(input, (ev_ssize_t)whole);
    if (!bytes) /* not all there yet */
        return false;
    stream_read_one(u, s, bytes + LENGTH_PREFIX, whole - LENGTH_PREFIX, now);
    evbuffer_drain(input, whole);
    return true;
}

/* Brackets callbacks: whatever happens in them, the stream and its server stay until the end. */
static struct upstream *stream_enter(struct stream *s)
{
    s->busy = true;
    server_ref(s->server);
    return s->server->upstream;
}

static void stream_leave(struct stream *s)
{
    struct server *server = s->server;
    s->busy = false;
    if (s->closed)
        stream_free(s);
    server_unref(server);
}

/* Whoever is told may try again at once, and so come back here. */
void stream_check(struct upstream *u, struct stream *s, uint64_t now)
{
    bool outermost = !s->busy;
    if (s->waiting == 0)
        return;
    if (now < s->heard_at + u->settings.stream_stuck_ms)
        return;
    if (outermost)
        stream_enter(s);
    stream_fail(u, s, s->open ? ATTEMPT_CLOSED : ATTEMPT_NETWORK, now);
    if (outermost)
        stream_leave(s);
}

static void on_read(struct bufferevent *events, void *arg)
{
    struct stream *s = arg;
    struct upstream *u = stream_enter(s);
    uint64_t now = clock_now();
    s->heard_at = now;
    while (!s->closed && stream_take(u, s, bufferevent_get_input(events), now))
        continue;
    stream_leave(s);
}

/* Nothing was read for as long as an idle connection may live; but a query may have come since, and
 * then the time begins anew. */
static bool timeout_is_early(const struct stream *s, short what)
{
    return s->open && s->waiting > 0 && (what & BEV_EVENT_TIMEOUT) && (what & BEV_EVENT_READING);
}

static void on_event(struct bufferevent *events, short what, void *arg)
{
    struct stream *s = arg;
    struct upstream *u = stream_enter(s);
    uint64_t now = clock_now();
    if (what & BEV_EVENT_CONNECTED) {
        s->open = true;
        s->heard_at = now;
    } else if (timeout_is_early(s, what)) {
        bufferevent_enable(events, EV_READ);
    } else {
        SSL *ssl = bufferevent_openssl_get_ssl(events);
        if (!s->open && ssl)
            tls_complain(u, s->server, ssl, now);
        stream_fail(u, s, s->open ? ATTEMPT_CLOSED : ATTEMPT_NETWORK, now);
    }
    stream_leave(s);
}

static struct bufferevent *events_new(struct upstream *u, struct server *server)
{
    if (server->endpoint.transport != ENDPOINT_TLS)
        return bufferevent_socket_new(u->base, -1, BEV_OPT_CLOSE_ON_FREE);
    SSL *ssl = tls_connection(u, server);
    if (!ssl)
        return NULL;
    struct bufferevent *events = bufferevent_openssl_socket_new(
        u->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
    if (!events)
        SSL_free(ssl);
    return events;
}

/* Small writes go out at once, and no child inherits it. */
static void fd_prepare(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static enum err stream_open(struct upstream *u, struct server *server, uint64_t now)
{
    const struct timeval idle = {.tv_sec = u->settings.stream_idle_ms / 1000,
                                 .tv_usec = u->settings.stream_idle_ms % 1000 * 1000};
    const struct addr *to = &server->endpoint.addr;
    enum err e = ERR_LIMIT;
    struct stream *s = calloc(1, sizeof(*s));
    if (!s)
        return e;
    s->server = server;
    s->heard_at = now;
    s->next = random_u16(u->random) % STREAM_SLOTS;
    s->events = events_new(u, server);
    if (!s->events)
        goto fail;
    bufferevent_setcb(s->events, on_read, NULL, on_event, s);
    bufferevent_set_timeouts(s->events, &idle, &idle);
    bufferevent_enable(s->events, EV_READ | EV_WRITE);
    if (bufferevent_socket_connect(s->events, &to->sa, (int)addr_len(to)) < 0) {
        e = network_err(errno);
        goto fail_connect;
    }
    fd_prepare(bufferevent_getfd(s->events));
    server->stream = s;
    return ERR_OK;
fail_connect:
    bufferevent_free(s->events);
fail:
    free(s);
    return e;
}

static enum err slot_find(const struct stream *s, unsigned *slot)
{
    for (unsigned i = 0; i < STREAM_SLOTS; i++) {
        *slot = (s->next + i) % STREAM_SLOTS;
        if (!s->slots[*slot])
            return ERR_OK;
    }
    return ERR_LIMIT;
}

enum err stream_send(struct upstream *u, struct attempt *attempt,
                     const struct dns_question *question, uint64_t now)
{
    uint8_t framed[LENGTH_PREFIX + DNS_QUERY_MAX];
    struct server *server = attempt->server;
    unsigned slot;
    if (!server->stream) {
        enum err e = stream_open(u, server, now);
        if (e != ERR_OK)
            return e;
    }
    struct stream *s = server->stream;
    if (evbuffer_get_length(bufferevent_get_output(s->events)) > UNSENT_MAX)
        return ERR_LIMIT;
    if (slot_find(s, &slot) != ERR_OK)
        return ERR_LIMIT;
    /* The upper bits are random, so that a late reply to a slot's last query is not taken. */
    attempt->id = (uint16_t)(random_u16(u->random) << STREAM_SLOT_BITS | slot);
    size_t len = dns_query_write(question, attempt->id, attempt->edns, framed + LENGTH_PREFIX,
                                 DNS_QUERY_MAX);
    bytes_put16(framed, (uint16_t)len);
    if (bufferevent_write(s->events, framed, LENGTH_PREFIX + len) < 0)
        return ERR_LIMIT;
    if (s->waiting == 0) /* its silence begins to matter now */
        s->heard_at = now;
    attempt->first_trip = !s->open;
    attempt->stream = s;
    attempt->slot = (uint16_t)slot;
    s->slots[slot] = attempt;
    s->next = slot + 1;
    s->waiting++;
    return ERR_OK;
}

void stream_release(struct attempt *attempt)
{
    struct stream *s = attempt->stream;
    s->slots[attempt->slot] = NULL;
    s->waiting--;
    attempt->stream = NULL;
}
