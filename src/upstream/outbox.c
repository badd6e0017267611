#include "upstream/outbox.h"

#include <errno.h>

#include "base/clock.h"
#include "upstream/network.h"
#include "upstream/worker.h"

/* Sends the first `count` messages. An error belongs to the one at the front if we are short of
 * something; any other one is the socket's, and so that of all who wait on it. */
static void messages_send(struct upstream *u, struct udp_socket *s, unsigned count, uint64_t now)
{
    struct outbox *box = &u->udp.outbox;
    unsigned done = 0;
    while (done < count) {
        int sent = sendmmsg(s->fd, box->messages + done, count - done, 0);
        if (sent > 0) {
            done += (unsigned)sent;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (network_err(errno) == ERR_SYSTEM) {
            udp_fail(u, s, now);
            return;
        }
        exchange_on_failure(u, s->slots[box->slots[done]], ATTEMPT_SHORTAGE, now);
        done++;
    }
}

/* Sends what is for one socket, from entry `first` on. */
static void socket_flush(struct upstream *u, unsigned first, unsigned count, uint64_t now)
{
    struct outbox *box = &u->udp.outbox;
    struct udp_socket *s = box->entries[first].socket;
    unsigned held = 0, ready = 0;
    for (unsigned i = first; i < count; i++) {
        struct outbox_entry *e = &box->entries[i];
        if (e->socket != s)
            continue;
        e->socket = NULL;
        held++;
        if (!s->slots[e->slot])
            continue;
        box->parts[ready] = (struct iovec){.iov_base = box->bytes[i], .iov_len = e->len};
        box->slots[ready++] = e->slot;
    }
    messages_send(u, s, ready, now);
    while (held-- > 0)
        udp_let_go(u, s);
}

static void outbox_flush(struct upstream *u)
{
    struct outbox *box = &u->udp.outbox;
    uint64_t now = clock_now();
    for (unsigned i = 0; i < box->count; i++)
        if (box->entries[i].socket)
            socket_flush(u, i, box->count, now);
    box->count = 0;
    box->turn++;
}

static void on_leave(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    outbox_flush(arg);
}

void outbox_init(struct upstream *u)
{
    struct outbox *box = &u->udp.outbox;
    event_assign(&box->leave, u->base, -1, 0, on_leave, u);
    box->turn = 1; /* no server's yet */
    for (unsigned i = 0; i < OUTBOX_MAX; i++)
        box->messages[i].msg_hdr = (struct msghdr){.msg_iov = &box->parts[i], .msg_iovlen = 1};
}

void outbox_make_room(struct upstream *u)
{
    if (u->udp.outbox.count == OUTBOX_MAX)
        outbox_flush(u);
}

void outbox_deinit(struct upstream *u)
{
    struct outbox *box = &u->udp.outbox;
    event_del(&box->leave);
    for (unsigned i = 0; i < box->count; i++)
        udp_let_go(u, box->entries[i].socket);
    box->count = 0;
}

void outbox_add(struct upstream *u, struct udp_socket *socket, uint16_t slot,
                const struct dns_question *question, uint16_t id, bool edns)
{
    struct outbox *box = &u->udp.outbox;
    unsigned i = box->count++;
    size_t len = dns_query_write(question, id, edns, box->bytes[i], DNS_QUERY_MAX);
    box->entries[i] = (struct outbox_entry){.socket = socket, .slot = slot, .len = (uint16_t)len};
    udp_hold(socket);
    if (i == 0)
        event_active(&box->leave, EV_WRITE, 0);
}
