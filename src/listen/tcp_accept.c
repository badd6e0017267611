#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "listen/tcp.h"

#define ACCEPT_BATCH    16    /* connections a wake-up */
#define ACCEPT_RETRY    200   /* ms until accepting is tried again without file descriptors */
#define ACCEPT_LOG_PACE 10000 /* ms between two lines about that */

/* The machine is out of something: asking again at once would only burn time, because the listening
 * socket stays readable. */
static bool out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void accept_pause(struct tcp *t, int error)
{
    const struct timeval retry = {.tv_usec = ACCEPT_RETRY * 1000};
    uint64_t held;
    if (evtimer_add(t->retry_timer, &retry) < 0)
        return;
    for (size_t i = 0; i < t->listener_count; i++)
        event_del(t->listeners[i].acceptable);
    t->accept_paused = true;
    if (log_limit_pass(&t->pause_log, clock_now(), ACCEPT_LOG_PACE, &held))
        log_warning(t->log, "TCP connections are not accepted for the moment: %s", strerror(error));
}

void tcp_accept_resume(struct tcp *t)
{
    if (!t->accept_paused || t->stopped)
        return;
    t->accept_paused = false;
    evtimer_del(t->retry_timer);
    for (size_t i = 0; i < t->listener_count; i++) {
        if (event_add(t->listeners[i].acceptable, NULL) < 0) {
            accept_pause(t, ENOMEM);
            return;
        }
    }
}

/* Whether a new connection stays within the limits. */
static bool may_open(const struct tcp *t, const struct addr *peer)
{
    if (tcp_table_is_full(&t->table))
        return false;
    return tcp_table_count(&t->table, peer) < t->limits.tcp_connections_client;
}

/* False when there is nothing more to accept for now. */
static bool accept_one(struct tcp_listener *l, uint64_t now)
{
    struct tcp *t = l->tcp;
    struct addr peer = {0};
    socklen_t len = sizeof(peer);
    int fd = accept4(l->fd, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return false;
        if (out_of_resources(errno)) {
            accept_pause(t, errno);
            return false;
        }
        /* The connection at the front died in the queue (accept(2), "Error handling"). */
        return true;
    }
    if (!may_open(t, &peer)) {
        t->stats->tcp_refused++;
        close(fd);
        return true;
    }
    tcp_conn_open(l, fd, &peer, now);
    return true;
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    uint64_t now = clock_now();
    for (unsigned i = 0; i < ACCEPT_BATCH; i++) {
        if (!accept_one(arg, now))
            break;
    }
}

enum err tcp_listener_init(struct tcp_listener *l, struct tcp *t, const struct listen_sockets *from)
{
    *l = (struct tcp_listener){
        .tcp = t, .addr = from->addr, .fd = from->tcp, .wildcard = from->wildcard};
    l->acceptable = event_new(t->base, l->fd, EV_READ | EV_PERSIST, on_acceptable, l);
    if (!l->acceptable)
        return ERR_NOMEM;
    return event_add(l->acceptable, NULL) == 0 ? ERR_OK : ERR_NOMEM;
}

void tcp_listener_deinit(struct tcp_listener *l)
{
    if (l->acceptable)
        event_free(l->acceptable);
    l->acceptable = NULL;
}
