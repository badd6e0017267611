/* The API over HTTP: one evhttp for the Unix socket, one for TCP. Shared by the http_*.c files.
 *
 * A client can hold a connection and some memory, and no more: connections are counted over both
 * sockets and refused beyond the limit; each has a deadline for the next whole request and for the
 * reading of a reply; what may wait for it is bounded. */
#ifndef SHUNT_CONTROL_HTTP_H
#define SHUNT_CONTROL_HTTP_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "base/addr.h"
#include "control/api.h"
#include "control/http_socket.h"

#define HTTP_BODY_MAX        (1024 * 1024)
#define HTTP_HEADERS_MAX     (8 * 1024)
#define HTTP_CONNECTIONS_MAX 256
#define HTTP_DEADLINE_MS     30000 /* for a request to come, and for its reply to be read */
#define HTTP_HEARTBEAT_MS    15000 /* between comments on a stream, so that a dead client is found */

struct http;

struct http_listener {
    struct http *http;
    struct http_socket socket;
    struct evhttp *server;
    struct evconnlistener *accept; /* the server frees it, the socket is ours */
    struct event *shed;            /* instead of accept while there are too many connections */
};

/* One client. libevent tells nobody when it drops a connection that never sent a whole request, so
 * we hold a reference to its bufferevent, and look for those that libevent let go. */
struct http_conn {
    struct http_conn *next;
    struct http *http;
    struct bufferevent *bev;
    struct http_stream *stream; /* the reply that goes on, or NULL */
    uint64_t deadline;          /* ms of http->now; UINT64_MAX while it streams */
};

struct http {
    struct control *control;
    struct event_base *base;
    struct http_listener listeners[2]; /* the Unix socket, TCP */
    size_t listener_count;
    unsigned conn_max, conn_count;
    struct http_conn *conns;
    struct http_stream *streams;
    struct event *sweep;  /* each second, and when a connection was closed */
    struct event *resume; /* accepts again after file descriptors had run out */
    bool waited;          /* new clients have waited for a place once; now they are told */
    uint64_t refused;     /* connections over the limit */
    uint64_t heartbeat_at;
    char host_name[65]; /* of this machine: a name that a Host header may have */
};

/* Opens what the configuration names. NULL with a logged reason and *status set when a listener
 * that the file asks for cannot be had; a default that cannot be had is a logged line only. */
struct http *http_new(struct control *control, int *status);
/* Closes everything; streams are told. Must come before the event base goes. */
void http_free(struct http *http);

void http_on_sweep(evutil_socket_t fd, short what, void *arg);

/* http_accept.c */
enum err http_accept_start(struct http_listener *listener);
void http_accept_stop(struct http_listener *listener);
void http_on_resume(evutil_socket_t fd, short what, void *arg);
/* To be called when the number of connections has changed: takes new ones, or refuses them. */
void http_accept_update(struct http *http);
/* Takes none for a moment. */
void http_accept_pause(struct http *http);

/* http_conn.c: the bufferevent for a new connection, counted (an evhttp bevcb). */
struct bufferevent *http_conn_new(struct event_base *base, void *listener);
struct http_conn *http_conn_find(struct http *http, struct evhttp_request *request);
/* Lets go of connections that are closed, and closes those whose time is over at `now`. */
void http_conn_sweep(struct http *http, uint64_t now);
void http_conn_free_all(struct http *http);
/* Runs the sweep as soon as the present event has been handled. */
void http_conn_sweep_soon(struct http *http);
/* Begins the time that a client has for its next request, or to read its reply. */
void http_conn_extend(struct http_conn *conn, uint64_t now);

/* http_request.c: one request (an evhttp callback; `listener` is a struct http_listener). */
void http_on_request(struct evhttp_request *evhttp, void *listener);

/* http_reply.c; takes the text over. */
void http_reply_send(struct evhttp_request *request, struct api_reply *reply);

/* http_stream.c */
void http_stream_start(struct http *http, struct http_conn *conn, struct evhttp_request *request,
                       const struct api_reply *reply);
void http_stream_on_conn_closed(struct http_stream *stream);
/* Ends the streams that are to end, and sends comments to the others when it is time. */
void http_stream_sweep(struct http *http, uint64_t now);
void http_stream_free_all(struct http *http);

#endif
