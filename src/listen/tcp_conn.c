#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "listen/tcp.h"
#include "resolve/batch.h"

static struct tcp *tcp_of(const struct tcp_conn *c)
{
    const struct tcp_listener *l = c->client.owner;
    return l->tcp;
}

/* Whether another query may be taken on: not while too many wait, and not while the client leaves
 * the answers it has. */
static bool may_take(const struct tcp *t, const struct tcp_conn *c)
{
    return c->pending < t->limits.tcp_pipeline && output_is_empty(&c->out);
}

/* The result of an output_write or output_flush. */
static void output_done(struct tcp *t, struct tcp_conn *c, ssize_t sent, uint64_t now)
{
    if (sent < 0) {
        c->broken = true;
        t->stats->send_failed++;
    } else if (sent > 0) {
        tcp_table_touch(&t->table, c, now);
    }
}

void tcp_conn_close(struct tcp *t, struct tcp_conn *c)
{
    if (c->readable)
        event_free(c->readable);
    if (c->writable)
        event_free(c->writable);
    close(c->fd);
    framing_deinit(&c->in);
    output_deinit(&c->out);
    tcp_table_release(&t->table, c);
    t->stats->tcp_open--;
    tcp_accept_resume(t);
}

/* A late reply: one of the connection's pending queries is over. */
static void tcp_send_late(const struct resolve_client *client, const uint8_t *message, size_t len,
                          uint64_t now)
{
    struct tcp_listener *l = client->owner;
    struct tcp *t = l->tcp;
    struct tcp_conn *c = tcp_table_find(&t->table, client->handle);
    if (!c)
        return;
    c->pending--;
    if (message && !c->broken) {
        uint8_t head[FRAMING_HEAD];
        bytes_put16(head, (uint16_t)len);
        /* The second part is only read; struct iovec has no const. */
        const struct iovec parts[OUTPUT_PARTS] = {
            {.iov_base = head, .iov_len = sizeof(head)},
            {.iov_base = (void *)(uintptr_t)message, .iov_len = len},
        };
        output_done(t, c, output_write(&c->out, c->fd, parts, OUTPUT_PARTS), now);
    }
    if (!c->busy)
        tcp_conn_settle(t, c);
}

/* With a linger time of 0 a close sends RST. */
static void reset_on_close(int fd)
{
    const struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

/* For faults: the connection ends, and not as it should. */
static void tcp_fail(const struct resolve_client *client, enum resolve_failure how,
                     const uint8_t *message, size_t len, uint64_t now, bool late)
{
    (void)now;
    struct tcp_listener *l = client->owner;
    struct tcp *t = l->tcp;
    struct tcp_conn *c = tcp_table_find(&t->table, client->handle);
    uint8_t head[FRAMING_HEAD];
    if (!c)
        return;
    if (late)
        c->pending--;
    bytes_put16(head, (uint16_t)len);
    if (how == RESOLVE_FAIL_RESET)
        reset_on_close(c->fd);
    if (how == RESOLVE_FAIL_HALF_LENGTH && send(c->fd, head, sizeof(head), MSG_NOSIGNAL) > 0)
        (void)!send(c->fd, message, len / 2, MSG_NOSIGNAL);
    c->broken = true;
    if (!c->busy)
        tcp_conn_settle(t, c);
}

/* Sends the answers that were gathered in the worker's buffer. */
static void send_gathered(struct tcp *t, struct tcp_conn *c, uint64_t now)
{
    const struct iovec part = {.iov_base = t->tx, .iov_len = t->tx_len};
    if (t->tx_len > 0 && !c->broken)
        output_done(t, c, output_write(&c->out, c->fd, &part, 1), now);
    t->tx_len = 0;
}

/* Queries that a connection's bytes begin with. */
struct tcp_batch {
    struct resolve_batch queries;
    size_t ends[RESOLVE_BATCH]; /* where each one ends */
    enum framing_step step;     /* what stands behind the last */
};

/* Reads whole queries from `at` on, as many as may be taken on at once. */
static void batch_read(struct tcp *t, struct tcp_conn *c, size_t at, size_t have,
                       struct tcp_batch *b)
{
    unsigned room = t->limits.tcp_pipeline - c->pending;
    const uint8_t *query;
    size_t len;
    if (room > RESOLVE_BATCH)
        room = RESOLVE_BATCH;
    resolve_batch_init(t->resolver, &b->queries);
    b->step = FRAMING_MESSAGE;
    while (b->queries.count < room) {
        b->step = framing_next(t->rx, have, &at, &query, &len);
        if (b->step != FRAMING_MESSAGE)
            break;
        b->ends[b->queries.count] = at;
        resolve_batch_add(t->resolver, &b->queries, &c->client, query, len);
    }
    resolve_batch_look_up(t->resolver, &b->queries);
}

static void answer_one(struct tcp *t, struct tcp_conn *c, const struct resolve_batch *queries,
                       unsigned i, uint64_t now)
{
    uint8_t *reply = t->tx + t->tx_len;
    size_t reply_len = 0;
    switch (resolve_batch_answer(t->resolver, queries, i, reply + FRAMING_HEAD, &reply_len, now)) {
    case RESOLVE_REPLY:
        bytes_put16(reply, (uint16_t)reply_len);
        t->tx_len += FRAMING_HEAD + reply_len;
        break;
    case RESOLVE_PENDING:
        c->pending++;
        break;
    case RESOLVE_DROP:
        break;
    }
    if (t->tx_len > TCP_TX - FRAMING_MAX)
        send_gathered(t, c, now);
}

/* Works on the queries at *at until there are no more, or no more may be taken on; *at is left
 * behind the last that was. */
static enum framing_step answer_batch(struct tcp *t, struct tcp_conn *c, size_t *at, size_t have,
                                      uint64_t now)
{
    struct tcp_batch b;
    batch_read(t, c, *at, have, &b);
    for (unsigned i = 0; i < b.queries.count; i++) {
        if (c->broken || !may_take(t, c))
            return FRAMING_MESSAGE;
        *at = b.ends[i];
        answer_one(t, c, &b.queries, i, now);
    }
    return b.step;
}

/* Works on the whole queries among the first `have` bytes of the worker's buffer and keeps the
 * rest. */
static void answer_all(struct tcp *t, struct tcp_conn *c, size_t have, uint64_t now)
{
    size_t at = 0;
    enum framing_step step = FRAMING_MESSAGE;
    c->busy = true;
    while (step == FRAMING_MESSAGE && !c->broken && may_take(t, c))
        step = answer_batch(t, c, &at, have, now);
    send_gathered(t, c, now);
    c->busy = false;
    c->paused = !may_take(t, c);
    if (at > 0)
        tcp_table_touch(&t->table, c, now);
    if (step == FRAMING_BROKEN || framing_keep(&c->in, t->rx + at, have - at) != ERR_OK)
        c->broken = true;
}

/* Adds what has come to the worker's buffer, behind `have` bytes; returns how much. */
static size_t receive_more(struct tcp *t, struct tcp_conn *c, size_t have)
{
    ssize_t got = recv(c->fd, t->rx + have, TCP_READ, MSG_DONTWAIT);
    if (got > 0)
        return (size_t)got;
    if (got == 0)
        c->ended = true;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        c->broken = true;
    return 0;
}

/* Bytes have come, or a connection may go on with queries that it kept. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct tcp_conn *c = arg;
    struct tcp *t = tcp_of(c);
    uint64_t now = clock_now();
    size_t have = framing_begin(&c->in, t->rx);
    size_t got = 0;
    if (!c->paused && !c->ended) {
        got = receive_more(t, c, have);
        have += got;
    }
    if (got > 0 || c->paused) {
        resolver_enter(t->resolver);
        answer_all(t, c, have, now);
        resolver_leave(t->resolver);
    }
    tcp_conn_settle(t, c);
    tcp_turn(t);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct tcp_conn *c = arg;
    struct tcp *t = tcp_of(c);
    output_done(t, c, output_flush(&c->out, fd), clock_now());
    tcp_conn_settle(t, c);
    tcp_turn(t);
}

/* Adds or removes an event when it isn't as wanted. */
static enum err set_event(struct event *event, bool *added, bool wanted)
{
    if (*added == wanted)
        return ERR_OK;
    if ((wanted ? event_add(event, NULL) : event_del(event)) < 0)
        return ERR_NOMEM;
    *added = wanted;
    return ERR_OK;
}

static enum err set_events(struct tcp *t, struct tcp_conn *c)
{
    bool waiting = !output_is_empty(&c->out);
    if (waiting && !c->writable) {
        c->writable = event_new(t->base, c->fd, EV_WRITE | EV_PERSIST, on_writable, c);
        if (!c->writable)
            return ERR_NOMEM;
    }
    enum err e = set_event(c->writable, &c->writing, waiting);
    if (e != ERR_OK)
        return e;
    return set_event(c->readable, &c->reading, !c->ended && !c->paused);
}

void tcp_conn_settle(struct tcp *t, struct tcp_conn *c)
{
    bool answered = c->pending == 0 && output_is_empty(&c->out);
    if (c->broken || (c->ended && !c->paused && answered)) {
        tcp_conn_close(t, c);
        return;
    }
    if (set_events(t, c) != ERR_OK) {
        tcp_conn_close(t, c);
        return;
    }
    /* Later, from the loop: a late reply comes from within the resolver. */
    if (c->paused && may_take(t, c))
        event_active(c->readable, EV_READ, 0);
}

/* Where the client reached us. */
static struct addr local_address(const struct tcp_listener *l, int fd)
{
    struct addr local = l->addr;
    socklen_t len = sizeof(local);
    if (l->wildcard && getsockname(fd, &local.sa, &len) < 0)
        return l->addr;
    return local;
}

static void start_idle_timer(struct tcp *t)
{
    const struct timeval tv = {.tv_sec = t->limits.tcp_idle_ms / 1000,
                               .tv_usec = t->limits.tcp_idle_ms % 1000 * 1000};
    if (!evtimer_pending(t->idle_timer, NULL))
        evtimer_add(t->idle_timer, &tv);
}

void tcp_conn_open(struct tcp_listener *l, int fd, const struct addr *peer, uint64_t now)
{
    struct tcp *t = l->tcp;
    struct tcp_conn *c = tcp_table_take(&t->table, peer, now);
    if (!c) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->client.local = local_address(l, fd);
    c->client.owner = l;
    c->client.send = tcp_send_late;
    c->client.fail = tcp_fail;
    c->readable = event_new(t->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    t->stats->tcp_accepted++;
    t->stats->tcp_open++;
    if (!c->readable) {
        tcp_conn_close(t, c);
        return;
    }
    start_idle_timer(t);
    tcp_conn_settle(t, c);
}
