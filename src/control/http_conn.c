#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "control/http.h"
#include "control/state.h"
#include "control/stream.h"

/* What libevent may read ahead of what it has handled: one body and its head, whole. */
#define READ_AHEAD (HTTP_BODY_MAX + HTTP_HEADERS_MAX + 4096)

void http_conn_extend(struct http_conn *conn, uint64_t now)
{
    conn->deadline = now + HTTP_DEADLINE_MS;
}

struct bufferevent *http_conn_new(struct event_base *base, void *listener)
{
    struct http *http = ((struct http_listener *)listener)->http;
    struct http_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        return NULL;
    /* CLOSE_ON_FREE: the descriptor lives as long as the events on it, so until we let go too. */
    conn->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (!conn->bev) {
        free(conn);
        return NULL;
    }
    conn->http = http;
    bufferevent_incref(conn->bev);
    bufferevent_setwatermark(conn->bev, EV_READ, 0, READ_AHEAD);
    control_clock(http->control);
    http_conn_extend(conn, http->control->now);
    conn->next = http->conns;
    http->conns = conn;
    if (++http->conn_count >= http->conn_max)
        http_conn_sweep_soon(http); /* not here: the new connection is not made yet */
    if (http->conn_count >= http->conn_max)
        http_accept_update(http);
    return conn->bev;
}

struct http_conn *http_conn_find(struct http *http, struct evhttp_request *request)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(request);
    struct bufferevent *bev = evcon ? evhttp_connection_get_bufferevent(evcon) : NULL;
    for (struct http_conn *conn = http->conns; bev && conn; conn = conn->next) {
        if (conn->bev == bev)
            return conn;
    }
    return NULL;
}

/* libevent takes its callbacks off a bufferevent that it lets go. */
static bool is_released(const struct http_conn *conn)
{
    bufferevent_data_cb read, write;
    bufferevent_event_cb event;
    void *arg;
    bufferevent_getcb(conn->bev, &read, &write, &event, &arg);
    return !event;
}

static void conn_remove(struct http *http, struct http_conn **at)
{
    struct http_conn *conn = *at;
    *at = conn->next;
    bufferevent_decref(conn->bev);
    free(conn);
    http->conn_count--;
}

void http_conn_sweep(struct http *http, uint64_t now)
{
    struct http_conn **at = &http->conns;
    while (*at) {
        struct http_conn *conn = *at;
        if (is_released(conn)) {
            conn_remove(http, at);
            continue;
        }
        /* libevent sees the end of the connection, and drops it as if the client had left. */
        if (now >= conn->deadline)
            shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
        at = &conn->next;
    }
    http_accept_update(http);
}

void http_conn_sweep_soon(struct http *http)
{
    event_active(http->sweep, 0, 0);
}

void http_conn_free_all(struct http *http)
{
    while (http->conns)
        conn_remove(http, &http->conns);
}
