/* Questions over TCP: each connection keeps a window of them in flight, and sends as many as were
 * answered. A server that closes a connection gets another; what was in flight is lost. */
#define RX_SIZE 65536

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

struct connection {
    int fd;
    unsigned flying;
    size_t rx_len; /* of a reply that has come in part */
    uint64_t sent; /* when the last questions were */
    uint8_t rx[RX_SIZE + 2];
};

struct tcp_load {
    const struct options *options;
    struct load_result result;
    uint64_t end, random;
    size_t tx_size;
    uint8_t *tx; /* a window of questions */
    struct connection *connections;
};

static void connection_open(struct connection *c, const struct options *o)
{
    const struct sockaddr_in to = load_address(o->port);
    const struct timeval second = {.tv_sec = 1};
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        load_die("cannot connect over TCP");
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
    c->flying = 0;
    c->rx_len = 0;
}

static void connection_reopen(struct tcp_load *l, struct connection *c)
{
    l->result.lost += c->flying;
    close(c->fd);
    connection_open(c, l->options);
}

/* Fills the window. */
static bool connection_send(struct tcp_load *l, struct connection *c)
{
    const struct options *o = l->options;
    size_t len = 0;
    for (unsigned i = c->flying; i < o->window; i++) {
        uint64_t number = question_draw(&l->random) % o->names;
        size_t n = question_write(o->kind, number, (uint16_t)i, l->tx + len + 2);
        l->tx[len] = (uint8_t)(n >> 8);
        l->tx[len + 1] = (uint8_t)n;
        len += n + 2;
    }
    c->sent = load_now();
    c->flying = o->window;
    return send(c->fd, l->tx, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Counts whole replies and keeps the rest. */
static void connection_take(struct tcp_load *l, struct connection *c, uint64_t now)
{
    size_t at = 0;
    while (c->rx_len - at >= 2) {
        const uint8_t *reply = c->rx + at + 2;
        size_t len = (size_t)c->rx[at] << 8 | c->rx[at + 1];
        if (len < 12 || c->rx_len - at - 2 < len)
            break;
        if ((reply[3] & 15) != 0 || (reply[6] | reply[7]) == 0)
            l->result.other++;
        l->result.answers++;
        latency_add(l->result.latency, now - c->sent);
        c->flying -= c->flying > 0;
        at += len + 2;
    }
    c->rx_len -= at;
    memmove(c->rx, c->rx + at, c->rx_len);
}

static void connection_receive(struct tcp_load *l, struct connection *c)
{
    ssize_t n = recv(c->fd, c->rx + c->rx_len, sizeof(c->rx) - c->rx_len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        connection_reopen(l, c);
    } else {
        c->rx_len += (size_t)n;
        connection_take(l, c, load_now());
    }
    /* Some at a time: a question a segment would load the kernel and not the server. */
    if (c->flying <= l->options->window / 2 && load_now() < l->end && !connection_send(l, c))
        connection_reopen(l, c);
}

/* Waits for replies; false when none came for a second. */
static bool tcp_round(struct tcp_load *l, struct pollfd *polls)
{
    const unsigned count = l->options->connections;
    for (unsigned i = 0; i < count; i++)
        polls[i] = (struct pollfd){.fd = l->connections[i].fd, .events = POLLIN};
    if (poll(polls, count, 1000) <= 0)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (polls[i].revents)
            connection_receive(l, &l->connections[i]);
    }
    return true;
}

static void tcp_run(struct tcp_load *l)
{
    const struct options *o = l->options;
    struct pollfd *polls = calloc(o->connections, sizeof(*polls));
    uint64_t start = load_now();
    if (!polls)
        load_die("no memory");
    l->end = start + (uint64_t)(o->seconds * 1e9);
    for (unsigned i = 0; i < o->connections; i++) {
        if (!connection_send(l, &l->connections[i]))
            connection_reopen(l, &l->connections[i]);
    }
    while (load_now() < l->end && tcp_round(l, polls))
        continue;
    l->result.seconds = (double)(load_now() - start) * 1e-9;
    free(polls);
}

int load_tcp(const struct options *o)
{
    struct tcp_load l = {.options = o, .random = 0x9E3779B97F4A7C15u};
    l.result.latency = latency_new();
    l.tx = malloc((size_t)o->window * (QUESTION_MAX + 2));
    l.connections = calloc(o->connections, sizeof(*l.connections));
    if (!l.tx || !l.connections)
        load_die("no memory");
    for (unsigned i = 0; i < o->connections; i++)
        connection_open(&l.connections[i], o);
    tcp_run(&l);
    load_print(&l.result);
    for (unsigned i = 0; i < o->connections; i++)
        close(l.connections[i].fd);
    free(l.connections);
    free(l.tx);
    free(l.result.latency);
    return 0;
}
