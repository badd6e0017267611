/* The upstream server's TCP side: not fast, but every server gets its answers. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "responder.h"

#define STREAMS 512
#define RX      16384

struct stream {
    size_t len; /* bytes of questions that have come in part */
    uint8_t rx[RX];
};

struct streams {
    struct pollfd polls[STREAMS + 1]; /* the listener first */
    struct stream *streams[STREAMS + 1];
    unsigned count; /* of polls */
};

static int answer(_Atomic uint32_t *count, int fd, const uint8_t *query, size_t len)
{
    uint8_t tx[2 + RESPONDER_SLOT];
    if (len > RESPONDER_SLOT / 2)
        return -1;
    memcpy(tx + 2, query, len);
    size_t size = respond(count, tx + 2, len);
    tx[0] = (uint8_t)(size >> 8);
    tx[1] = (uint8_t)size;
    return size > 0 && send(fd, tx, size + 2, MSG_NOSIGNAL) == (ssize_t)size + 2 ? 0 : -1;
}

/* Answers what has come whole; -1: the stream is over. */
static int on_bytes(_Atomic uint32_t *count, int fd, struct stream *s)
{
    size_t at = 0;
    ssize_t n = recv(fd, s->rx + s->len, sizeof(s->rx) - s->len, 0);
    if (n <= 0)
        return -1;
    s->len += (size_t)n;
    while (s->len - at >= 2) {
        size_t len = (size_t)s->rx[at] << 8 | s->rx[at + 1];
        if (s->len - at - 2 < len)
            break;
        if (answer(count, fd, s->rx + at + 2, len) != 0)
            return -1;
        at += len + 2;
    }
    s->len -= at;
    memmove(s->rx, s->rx + at, s->len);
    return s->len < sizeof(s->rx) ? 0 : -1;
}

static void on_connection(struct streams *all)
{
    int fd = accept(all->polls[0].fd, NULL, NULL);
    struct stream *s = calloc(1, sizeof(*s));
    if (fd < 0 || !s || all->count > STREAMS) {
        free(s);
        close(fd);
        return;
    }
    all->streams[all->count] = s;
    all->polls[all->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void drop(struct streams *all, unsigned i)
{
    close(all->polls[i].fd);
    free(all->streams[i]);
    all->count--;
    all->polls[i] = all->polls[all->count];
    all->streams[i] = all->streams[all->count];
}

void respond_tcp(_Atomic uint32_t *count, int listener)
{
    struct streams *all = calloc(1, sizeof(*all));
    if (!all)
        exit(1);
    all->polls[all->count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(all->polls, all->count, -1) <= 0)
            continue;
        for (unsigned i = all->count - 1; i > 0; i--) {
            if (all->polls[i].revents && on_bytes(count, all->polls[i].fd, all->streams[i]) != 0)
                drop(all, i);
        }
        if (all->polls[0].revents)
            on_connection(all);
    }
}
