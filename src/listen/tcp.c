#include "listen/tcp.h"

#include <stdlib.h>

#include "base/clock.h"

/* Whether a connection that has been silent for long is still owed something: its answers come
 * late. One that does not take them is owed nothing. */
static bool is_waiting(const struct tcp_conn *c)
{
    return c->pending > 0 && output_is_empty(&c->out);
}

void tcp_turn(struct tcp *t)
{
    if (++t->turns % TCP_TURN == 0)
        udp_serve(t->udp);
}

/* Equal time-outs are sorted already: the oldest connection is the next to go. */
static void on_idle(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct tcp *t = arg;
    uint64_t now = clock_now();
    struct tcp_conn *c;
    while ((c = t->table.oldest) && c->active + t->limits.tcp_idle_ms <= now) {
        if (is_waiting(c)) {
            tcp_table_touch(&t->table, c, now);
            continue;
        }
        t->stats->tcp_timeouts++;
        tcp_conn_close(t, c);
        tcp_turn(t);
    }
    if (!c)
        return;
    uint64_t left = c->active + t->limits.tcp_idle_ms - now;
    const struct timeval tv = {.tv_sec = (time_t)(left / 1000),
                               .tv_usec = (long)(left % 1000) * 1000};
    evtimer_add(t->idle_timer, &tv);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    tcp_accept_resume(arg);
}

static enum err tcp_init(struct tcp *t, const struct listen_sockets *sockets, size_t count)
{
    if (tcp_table_init(&t->table, t->limits.tcp_connections) != ERR_OK)
        return ERR_NOMEM;
    t->idle_timer = evtimer_new(t->base, on_idle, t);
    t->retry_timer = evtimer_new(t->base, on_retry, t);
    if (!t->idle_timer || !t->retry_timer)
        return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        t->listener_count = i + 1;
        if (tcp_listener_init(&t->listeners[i], t, &sockets[i]) != ERR_OK)
            return ERR_NOMEM;
    }
    return ERR_OK;
}

struct tcp *tcp_new(struct event_base *base, const struct listen_sockets *sockets, size_t count,
                    struct resolver *resolver, const struct listen_limits *limits,
                    struct listen_stats *stats, struct udp *udp, const struct log *log)
{
    struct tcp *t = calloc(1, sizeof(*t) + count * sizeof(t->listeners[0]));
    if (!t)
        return NULL;
    t->base = base;
    t->resolver = resolver;
    t->log = log;
    t->stats = stats;
    t->udp = udp;
    t->limits = *limits;
    if (t->limits.tcp_idle_ms == 0)
        t->limits.tcp_idle_ms = 1; /* no time at all would keep on_idle going round */
    if (tcp_init(t, sockets, count) != ERR_OK) {
        tcp_free(t);
        return NULL;
    }
    return t;
}

/* Calls `act` for each connection; it may close that one. */
static void for_each(struct tcp *t, void (*act)(struct tcp *t, struct tcp_conn *c))
{
    struct tcp_conn *newer;
    for (struct tcp_conn *c = t->table.oldest; c; c = newer) {
        newer = c->newer;
        act(t, c);
    }
}

static void conn_end(struct tcp *t, struct tcp_conn *c)
{
    c->ended = true;
    c->paused = false;
    tcp_conn_settle(t, c);
}

void tcp_stop(struct tcp *t)
{
    t->stopped = true;
    for (size_t i = 0; i < t->listener_count; i++)
        tcp_listener_deinit(&t->listeners[i]);
    for_each(t, conn_end);
}

void tcp_free(struct tcp *t)
{
    if (!t)
        return;
    t->stopped = true;
    for (size_t i = 0; i < t->listener_count; i++)
        tcp_listener_deinit(&t->listeners[i]);
    for_each(t, tcp_conn_close);
    if (t->idle_timer)
        event_free(t->idle_timer);
    if (t->retry_timer)
        event_free(t->retry_timer);
    if (t->table.conns)
        tcp_table_deinit(&t->table);
    free(t);
}
