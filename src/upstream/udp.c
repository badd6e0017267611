#include "upstream/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "upstream/network.h"
#include "upstream/worker.h"

/* From one buffer to the next: not a whole page, or the first lines of all would fall into the same
 * few places of the processor's cache. */
#define UDP_STRIDE (UDP_DATAGRAM + 192)

enum err udp_init(struct upstream *u)
{
    struct udp *udp = &u->udp;
    TAILQ_INIT(&udp->unused);
    TAILQ_INIT(&udp->by_age);
    udp->table = calloc(u->settings.sockets, sizeof(*udp->table));
    udp->buffers = malloc((size_t)UDP_BATCH * UDP_STRIDE);
    if (!udp->table || !udp->buffers)
        return ERR_NOMEM;
    for (unsigned i = 0; i < u->settings.sockets; i++)
        TAILQ_INSERT_TAIL(&udp->unused, &udp->table[i], by_age);
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        udp->iov[i] = (struct iovec){udp->buffers + (size_t)i * UDP_STRIDE, UDP_DATAGRAM};
        udp->messages[i].msg_hdr = (struct msghdr){.msg_iov = &udp->iov[i], .msg_iovlen = 1};
    }
    return ERR_OK;
}

void udp_deinit(struct upstream *u)
{
    free(u->udp.table);
    free(u->udp.buffers);
}

/* A socket that only its server's packets reach. The kernel picks the port at random. */
static enum err fd_open(int *out, const struct addr *server)
{
    int fd = socket(server->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return network_err(errno);
    if (connect(fd, &server->sa, addr_len(server)) < 0) {
        int error = errno;
        close(fd);
        return network_err(error);
    }
    *out = fd;
    return ERR_OK;
}

static void socket_close_if_done(struct upstream *u, struct udp_socket *s)
{
    if (!s->retired || s->waiting > 0)
        return;
    event_del(&s->readable);
    close(s->fd);
    TAILQ_INSERT_HEAD(&u->udp.unused, s, by_age);
}

static void socket_retire(struct upstream *u, struct udp_socket *s)
{
    if (s->retired)
        return;
    s->retired = true;
    s->server->pool[s->pool_place] = NULL;
    TAILQ_REMOVE(&u->udp.by_age, s, by_age);
    socket_close_if_done(u, s);
}

void udp_close_pool(struct server *server)
{
    for (unsigned i = 0; i < SERVER_POOL; i++)
        if (server->pool[i])
            socket_retire(server->upstream, server->pool[i]);
}

uint64_t udp_retire_old(struct upstream *u, uint64_t now)
{
    struct udp_socket *s;
    while ((s = TAILQ_FIRST(&u->udp.by_age))) {
        uint64_t due = s->opened_at + u->settings.socket_ms;
        if (due > now)
            return due;
        socket_retire(u, s);
    }
    return TIMER_NEVER;
}

void udp_hold(struct udp_socket *s)
{
    s->waiting++;
    server_ref(s->server);
}

void udp_let_go(struct upstream *u, struct udp_socket *s)
{
    struct server *server = s->server;
    s->waiting--;
    socket_close_if_done(u, s);
    server_unref(server);
}

void udp_fail(struct upstream *u, struct udp_socket *s, uint64_t now)
{
    for (unsigned i = 0; i < s->used; i++)
        if (s->slots[i])
            exchange_on_failure(u, s->slots[i], ATTEMPT_NETWORK, now);
    socket_retire(u, s);
}

static struct attempt *socket_find(const struct udp_socket *s, uint16_t id)
{
    for (unsigned i = 0; i < s->used; i++)
        if (s->ids[i] == id)
            return s->slots[i];
    return NULL;
}

static void socket_read_one(struct upstream *u, struct udp_socket *s, uint8_t *message, size_t len,
                            bool cut, uint64_t now)
{
    struct attempt *attempt = len >= DNS_HEADER_LEN ? socket_find(s, bytes_get16(message)) : NULL;
    if (!attempt) {
        u->stats.ignored++;
        return;
    }
    if (cut)
        message[2] |= DNS_FLAG_TC >> 8;
    exchange_on_message(u, attempt, message, len, now);
}

static void socket_read(struct upstream *u, struct udp_socket *s, uint64_t now)
{
    struct mmsghdr *messages = u->udp.messages;
    int count = recvmmsg(s->fd, messages, UDP_BATCH, 0, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        udp_fail(u, s, now);
    for (int i = 0; i < count; i++)
        socket_read_one(u, s, messages[i].msg_hdr.msg_iov->iov_base, messages[i].msg_len,
                        messages[i].msg_hdr.msg_flags & MSG_TRUNC, now);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct udp_socket *s = arg;
    struct upstream *u = s->server->upstream;
    (void)fd;
    (void)what;
    udp_hold(s); /* it may be retired while we are here, and its server taken away */
    u->bracket.begin(u->bracket.arg);
    socket_read(u, s, clock_now());
    u->bracket.end(u->bracket.arg);
    udp_let_go(u, s);
}

static enum err socket_open(struct upstream *u, struct server *server, unsigned place, uint64_t now)
{
    struct udp_socket *s = TAILQ_FIRST(&u->udp.unused);
    if (!s)
        return ERR_LIMIT;
    enum err e = fd_open(&s->fd, &server->endpoint.addr);
    if (e != ERR_OK)
        return e;
    event_assign(&s->readable, u->base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
    if (event_add(&s->readable, NULL) < 0) {
        close(s->fd);
        return ERR_LIMIT;
    }
    TAILQ_REMOVE(&u->udp.unused, s, by_age);
    TAILQ_INSERT_TAIL(&u->udp.by_age, s, by_age);
    s->server = server;
    s->pool_place = place;
    s->opened_at = now;
    s->used = 0;
    s->waiting = 0;
    s->retired = false;
    server->pool[place] = s;
    timer_set(u, now + u->settings.socket_ms, now);
    return ERR_OK;
}

/* A place of the pool at random, the same for all queries of one wake-up. */
static unsigned pool_place(struct upstream *u, struct server *server)
{
    if (server->turn != u->udp.outbox.turn) {
        server->turn = u->udp.outbox.turn;
        server->place = random_below(u->random, SERVER_POOL);
    }
    return server->place;
}

/* A socket for one more query; an empty place is filled. When no socket can be had the others must
 * serve. */
static enum err socket_pick(struct upstream *u, struct server *server, struct udp_socket **out,
                            uint64_t now)
{
    enum err e = ERR_OK;
    unsigned place = pool_place(u, server);
    struct udp_socket *s = server->pool[place];
    if (s && now >= s->opened_at + u->settings.socket_ms)
        socket_retire(u, s);
    if (!server->pool[place])
        e = socket_open(u, server, place, now);
    for (unsigned i = 0; i < SERVER_POOL && e == ERR_LIMIT && !server->pool[place]; i++)
        place = (place + 1) % SERVER_POOL;
    *out = server->pool[place];
    return *out ? ERR_OK : e;
}

/* An ID that no other query on this socket has or had. */
static uint16_t socket_fresh_id(struct upstream *u, const struct udp_socket *s)
{
    for (;;) {
        uint16_t id = random_u16(u->random);
        unsigned i = 0;
        while (i < s->used && s->ids[i] != id)
            i++;
        if (i == s->used)
            return id;
    }
}

enum err udp_send(struct upstream *u, struct attempt *attempt, const struct dns_question *question,
                  uint64_t now)
{
    struct udp_socket *s;
    outbox_make_room(u);
    enum err e = socket_pick(u, attempt->server, &s, now);
    if (e != ERR_OK)
        return e;
    uint16_t id = socket_fresh_id(u, s);
    attempt->socket = s;
    attempt->id = id;
    attempt->slot = (uint16_t)s->used++;
    s->ids[attempt->slot] = id;
    s->slots[attempt->slot] = attempt;
    s->waiting++;
    if (s->used >= u->settings.socket_queries)
        socket_retire(u, s);
    outbox_add(u, s, attempt->slot, question, id, attempt->edns);
    return ERR_OK;
}

void udp_release(struct upstream *u, struct attempt *attempt)
{
    struct udp_socket *s = attempt->socket;
    s->slots[attempt->slot] = NULL;
    s->waiting--;
    attempt->socket = NULL;
    socket_close_if_done(u, s);
}
