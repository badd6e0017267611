#include "listen/late.h"

#include <string.h>

/* A run of replies from one socket is one call of the system. */
static void late_flush(struct late *l)
{
    for (unsigned i = 0, end; i < l->count; i = end) {
        end = i + 1;
        while (end < l->count && l->fds[end] == l->fds[i])
            end++;
        *l->send_failed += datagrams_send(l->fds[i], l->messages + i, end - i);
    }
    l->count = 0;
}

static void on_leave(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    late_flush(arg);
}

void late_init(struct late *l, struct event_base *base, uint64_t *send_failed)
{
    l->send_failed = send_failed;
    l->count = 0;
    event_assign(&l->leave, base, -1, 0, on_leave, l);
    for (unsigned i = 0; i < LATE_BATCH; i++) {
        l->parts[i] = (struct iovec){.iov_base = l->bytes[i]};
        l->messages[i].msg_hdr =
            (struct msghdr){.msg_name = &l->peers[i], .msg_iov = &l->parts[i], .msg_iovlen = 1};
    }
}

void late_deinit(struct late *l)
{
    event_del(&l->leave);
    late_flush(l);
}

void late_add(struct late *l, int fd, bool wildcard, const struct resolve_client *client,
              const uint8_t *message, size_t len)
{
    if (len > LATE_BYTES) { /* no reply over UDP is */
        ++*l->send_failed;
        return;
    }
    unsigned i = l->count++;
    struct msghdr *m = &l->messages[i].msg_hdr;
    l->fds[i] = fd;
    l->peers[i] = client->peer;
    m->msg_namelen = addr_len(&client->peer);
    memcpy(l->bytes[i], message, len);
    l->parts[i].iov_len = len;
    m->msg_control = NULL;
    m->msg_controllen = 0;
    if (wildcard)
        pktinfo_write(m, &l->infos[i], &client->local);
    if (l->count == 1)
        event_active(&l->leave, EV_WRITE, 0);
    if (l->count == LATE_BATCH)
        late_flush(l);
}
