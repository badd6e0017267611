/* When connections are taken, and when they are not. libevent accepts them; over the limit we do,
 * to say so and close; without file descriptors nobody does for a moment. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/http.h"
#include "control/state.h"

#define RESUME_MS  100 /* until accept is tried again without file descriptors */
#define SHED_BATCH 64  /* connections refused in one go, so that others get their turn */

static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\n"
                              "Content-Type: application/json\r\n"
                              "Content-Length: 63\r\n"
                              "Retry-After: 1\r\n"
                              "Connection: close\r\n\r\n"
                              "{\"error\": \"too many connections to the control API: try again\"}";

/* Whether a client has left whose connection libevent has not looked at yet. */
static bool somebody_left(const struct http *http)
{
    struct pollfd fds[HTTP_CONNECTIONS_MAX];
    nfds_t count = 0;
    for (const struct http_conn *c = http->conns; c && count < HTTP_CONNECTIONS_MAX; c = c->next)
        fds[count++] = (struct pollfd){.fd = bufferevent_getfd(c->bev), .events = POLLRDHUP};
    return poll(fds, count, 0) > 0;
}

/* A place that is about to be free is waited for, but not twice: who is new must be told. */
static bool place_is_found(struct http *http)
{
    http_conn_sweep(http, http->control->now);
    if (http->conn_count < http->conn_max)
        return true;
    http->waited = !http->waited && somebody_left(http);
    return http->waited;
}

static void on_shed(evutil_socket_t listening, short what, void *arg)
{
    struct http *http = ((struct http_listener *)arg)->http;
    (void)what;
    control_clock(http->control);
    if (place_is_found(http))
        return;
    for (int i = 0; i < SHED_BATCH; i++) {
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno != EAGAIN && errno != ECONNABORTED)
                http_accept_pause(http);
            return;
        }
        ssize_t sent = send(fd, refusal, sizeof(refusal) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent; /* a courtesy */
        close(fd);
        http->refused++;
    }
}

static void accept_all(struct http *http, bool accept, bool shed)
{
    for (size_t i = 0; i < http->listener_count; i++) {
        struct http_listener *l = &http->listeners[i];
        if (accept)
            evconnlistener_enable(l->accept);
        else
            evconnlistener_disable(l->accept);
        if (shed)
            event_add(l->shed, NULL);
        else
            event_del(l->shed);
    }
}

void http_accept_update(struct http *http)
{
    if (event_pending(http->resume, EV_TIMEOUT, NULL))
        return;
    bool full = http->conn_count >= http->conn_max;
    accept_all(http, !full, full);
}

void http_on_resume(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    http_accept_update(arg);
}

void http_accept_pause(struct http *http)
{
    const struct timeval wait = {.tv_usec = RESUME_MS * 1000};
    accept_all(http, false, false);
    event_add(http->resume, &wait);
}

/* A listener knows only its evhttp. Our own state is found through the event that is always there.
 */
static int find_http(const struct event_base *base, const struct event *event, void *arg)
{
    (void)base;
    if (event_get_callback(event) != http_on_sweep)
        return 0;
    *(struct http **)arg = event_get_callback_arg(event);
    return 1;
}

static void on_accept_error(struct evconnlistener *listener, void *server)
{
    struct http *http = NULL;
    (void)server;
    event_base_foreach_event(evconnlistener_get_base(listener), find_http, &http);
    if (http)
        http_accept_pause(http);
}

enum err http_accept_start(struct http_listener *l)
{
    struct http *http = l->http;
    l->shed = event_new(http->base, l->socket.fd, EV_READ | EV_PERSIST, on_shed, l);
    l->accept = evconnlistener_new(http->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, l->socket.fd);
    if (!l->shed || !l->accept)
        return ERR_NOMEM;
    evconnlistener_set_error_cb(l->accept, on_accept_error);
    return evhttp_bind_listener(l->server, l->accept) ? ERR_OK : ERR_NOMEM;
}

void http_accept_stop(struct http_listener *l)
{
    if (l->shed)
        event_free(l->shed);
    l->shed = NULL;
    if (l->accept)
        evconnlistener_disable(l->accept);
}
