#include "listen/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/message.h"
#include "listen/datagrams.h"
#include "listen/late.h"
#include "listen/pktinfo.h"
#include "resolve/batch.h"

#define UDP_BATCH  RESOLVE_BATCH /* datagrams a system call */
#define UDP_ROUNDS 4             /* batches a wake-up, so that TCP and upstream get their turn */
#define UDP_RX     1536 /* bytes: more than any query needs; what is longer is cut: FORMERR */
#define UDP_TX     1280 /* DNS_UDP_PAYLOAD in whole cache lines */

_Static_assert(UDP_TX >= DNS_UDP_PAYLOAD, "a reply must fit its slot");

/* One listen address; the owner of its clients. */
struct udp_socket {
    struct udp *udp;
    struct event *readable; /* waited for unless busy */
    struct event *again;    /* a timer that is due at once, while busy */
    struct addr addr;
    int fd;
    bool wildcard;
    bool busy; /* see set_busy */
};

/* Memory for one batch, shared by the sockets of a worker. Slot i of `rx` belongs to clients[i] for
 * good; `tx` is filled from its start, whichever clients get a reply. */
struct udp_batch {
    const struct udp_socket *prepared; /* for which rx and clients are set up */
    struct mmsghdr rx[UDP_BATCH];
    struct mmsghdr tx[UDP_BATCH];
    struct iovec rx_part[UDP_BATCH];
    struct iovec tx_part[UDP_BATCH];
    struct resolve_client clients[UDP_BATCH];
    union pktinfo rx_info[UDP_BATCH];
    union pktinfo tx_info[UDP_BATCH];
    uint8_t rx_bytes[UDP_BATCH][UDP_RX];
    uint8_t tx_bytes[UDP_BATCH][UDP_TX];
};

struct udp {
    struct resolver *resolver;
    uint64_t *send_failed;
    struct udp_batch batch;
    struct late late;
    size_t count;
    struct udp_socket sockets[];
};

/* A reply that had to wait. */
static void udp_send_late(const struct resolve_client *client, const uint8_t *message, size_t len,
                          uint64_t now)
{
    (void)now;
    const struct udp_socket *s = client->owner;
    if (message)
        late_add(&s->udp->late, s->fd, s->wildcard, client, message, len);
}

/* For faults: the reply from a port that was not asked. */
static void udp_fail(const struct resolve_client *client, enum resolve_failure how,
                     const uint8_t *message, size_t len, uint64_t now, bool late)
{
    (void)now;
    (void)late;
    const struct udp_socket *s = client->owner;
    if (how != RESOLVE_FAIL_SOURCE)
        return;
    struct addr from = client->local;
    addr_set_port(&from, 0);
    int fd = socket(client->peer.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool sent = fd >= 0 && bind(fd, &from.sa, addr_len(&from)) == 0 &&
                sendto(fd, message, len, 0, &client->peer.sa, addr_len(&client->peer)) >= 0;
    if (!sent)
        ++*s->udp->send_failed;
    if (fd >= 0)
        close(fd);
}

/* What recvmmsg changes in a slot is set back. */
static void slot_reset(struct udp_batch *b, unsigned i, bool wildcard)
{
    b->rx[i].msg_hdr.msg_namelen = sizeof(b->clients[i].peer);
    b->rx[i].msg_hdr.msg_control = wildcard ? &b->rx_info[i] : NULL;
    b->rx[i].msg_hdr.msg_controllen = wildcard ? sizeof(b->rx_info[i]) : 0;
}

/* What never changes. */
static void batch_init(struct udp_batch *b)
{
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        b->clients[i] = (struct resolve_client){.send = udp_send_late, .fail = udp_fail};
        b->rx_part[i] = (struct iovec){.iov_base = b->rx_bytes[i], .iov_len = UDP_RX};
        b->tx_part[i] = (struct iovec){.iov_base = b->tx_bytes[i]};
        b->rx[i].msg_hdr = (struct msghdr){
            .msg_name = &b->clients[i].peer, .msg_iov = &b->rx_part[i], .msg_iovlen = 1};
        b->tx[i].msg_hdr = (struct msghdr){.msg_iov = &b->tx_part[i], .msg_iovlen = 1};
    }
}

/* What differs from socket to socket. */
static void batch_prepare(struct udp_batch *b, struct udp_socket *s)
{
    if (b->prepared == s)
        return;
    b->prepared = s;
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        b->clients[i].owner = s;
        b->clients[i].local = s->addr;
        slot_reset(b, i, s->wildcard);
        b->tx[i].msg_hdr.msg_control = NULL;
        b->tx[i].msg_hdr.msg_controllen = 0;
    }
}

/* How many came; 0 for none, or when the socket has trouble that the next wake-up meets again. */
static unsigned batch_receive(struct udp_batch *b, const struct udp_socket *s)
{
    int count;
    do {
        count = recvmmsg(s->fd, b->rx, UDP_BATCH, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    return count > 0 ? (unsigned)count : 0;
}

/* Addresses the reply in slot `at` to client `i`. */
static void reply_address(struct udp_batch *b, unsigned at, unsigned i, size_t len, bool wildcard)
{
    struct msghdr *m = &b->tx[at].msg_hdr;
    b->tx_part[at].iov_len = len;
    m->msg_name = &b->clients[i].peer;
    m->msg_namelen = b->rx[i].msg_hdr.msg_namelen;
    if (wildcard)
        pktinfo_write(m, &b->tx_info[at], &b->clients[i].local);
}

/* Reads all before it answers any. Returns how many replies are to be sent. */
static unsigned batch_resolve(struct udp *u, const struct udp_socket *s, unsigned count,
                              uint64_t now)
{
    struct udp_batch *b = &u->batch;
    struct resolve_batch queries;
    unsigned replies = 0;
    resolve_batch_init(u->resolver, &queries);
    for (unsigned i = 0; i < count; i++) {
        if (s->wildcard)
            pktinfo_read(&b->clients[i].local, &b->rx[i].msg_hdr);
        resolve_batch_add(u->resolver, &queries, &b->clients[i], b->rx_bytes[i], b->rx[i].msg_len);
    }
    resolve_batch_look_up(u->resolver, &queries);
    for (unsigned i = 0; i < count; i++) {
        size_t len = 0;
        enum resolve_verdict verdict =
            resolve_batch_answer(u->resolver, &queries, i, b->tx_bytes[replies], &len, now);
        if (verdict == RESOLVE_REPLY)
            reply_address(b, replies++, i, len, s->wildcard);
    }
    return replies;
}

static void batch_answer(struct udp *u, const struct udp_socket *s, unsigned count)
{
    unsigned replies = batch_resolve(u, s, count, clock_now());
    *u->send_failed += datagrams_send(s->fd, u->batch.tx, replies);
    for (unsigned i = 0; i < count; i++)
        slot_reset(&u->batch, i, s->wildcard);
}

/* The loop wakes up for datagrams, or, when `busy`, asks for them each time it comes round: while
 * somebody waits for events of a socket the kernel tells of each datagram that it has sent, which
 * is a twentieth of all its work. By a timer, since the loop looks at other sockets before timers:
 * an event made active here would be seen to before it comes round, and nothing else while queries
 * keep coming. Without memory for a timer that must do. */
static void set_busy(struct udp_socket *s, bool busy)
{
    static const struct timeval at_once = {0};
    if (s->busy != busy && (busy ? event_del(s->readable) : event_add(s->readable, NULL)) == 0)
        s->busy = busy;
    if (s->busy && event_add(s->again, &at_once) != 0)
        event_active(s->again, EV_TIMEOUT, 0);
}

static void socket_serve(struct udp_socket *s)
{
    struct udp *u = s->udp;
    unsigned full = 0;
    batch_prepare(&u->batch, s);
    unsigned count = batch_receive(&u->batch, s);
    if (count == 0) {
        set_busy(s, false);
        return;
    }
    resolver_enter(u->resolver);
    do {
        batch_answer(u, s, count);
        /* A short batch emptied the socket: asking again would only be told EAGAIN. */
        if (count < UDP_BATCH || ++full == UDP_ROUNDS)
            break;
        count = batch_receive(&u->batch, s);
    } while (count > 0);
    resolver_leave(u->resolver);
    set_busy(s, s->busy || full == UDP_ROUNDS);
}

static void on_datagrams(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    socket_serve(arg);
}

static enum err socket_init(struct udp_socket *s, struct udp *u, struct event_base *base,
                            const struct listen_sockets *from)
{
    *s = (struct udp_socket){
        .udp = u, .addr = from->addr, .fd = from->udp, .wildcard = from->wildcard};
    s->readable = event_new(base, s->fd, EV_READ | EV_PERSIST, on_datagrams, s);
    s->again = event_new(base, -1, 0, on_datagrams, s);
    if (!s->readable || !s->again)
        return ERR_NOMEM;
    return event_add(s->readable, NULL) == 0 ? ERR_OK : ERR_NOMEM;
}

struct udp *udp_new(struct event_base *base, const struct listen_sockets *sockets, size_t count,
                    struct resolver *resolver, uint64_t *send_failed)
{
    struct udp *u = calloc(1, sizeof(*u) + count * sizeof(u->sockets[0]));
    if (!u)
        return NULL;
    u->resolver = resolver;
    u->send_failed = send_failed;
    u->count = count;
    batch_init(&u->batch);
    late_init(&u->late, base, send_failed);
    for (size_t i = 0; i < count; i++) {
        if (socket_init(&u->sockets[i], u, base, &sockets[i]) != ERR_OK) {
            udp_free(u);
            return NULL;
        }
    }
    return u;
}

void udp_serve(struct udp *u)
{
    for (size_t i = 0; i < u->count; i++) {
        if (u->sockets[i].readable)
            socket_serve(&u->sockets[i]);
    }
}

void udp_stop(struct udp *u)
{
    for (size_t i = 0; i < u->count; i++) {
        struct udp_socket *s = &u->sockets[i];
        if (s->readable)
            event_free(s->readable);
        if (s->again)
            event_free(s->again);
        s->readable = s->again = NULL;
    }
}

void udp_free(struct udp *u)
{
    if (!u)
        return;
    udp_stop(u);
    late_deinit(&u->late);
    free(u);
}
