#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/http.h"
#include "control/state.h"
#include "control/stream.h"

struct http_stream {
    struct http_stream *next;
    struct http *http;
    struct http_conn *conn;         /* NULL once the connection is gone */
    struct evhttp_request *request; /* NULL once it is libevent's again */
    void (*closed)(void *arg);
    void *arg;
    bool later;  /* one reply, not sent yet, and no events */
    bool ending; /* nothing more is sent; the sweep ends it */
    bool abort;  /* … and drops what waits for a client that does not read */
};

void http_stream_on_close(struct http_stream *stream, void (*closed)(void *arg), void *arg)
{
    stream->closed = closed;
    stream->arg = arg;
}

static void stream_end(struct http_stream *stream, bool abort)
{
    if (stream->ending)
        return;
    stream->ending = true;
    stream->abort = abort;
    http_conn_sweep_soon(stream->http);
}

void http_stream_close(struct http_stream *stream)
{
    stream_end(stream, false);
}

size_t http_stream_waiting(const struct http_stream *stream)
{
    return stream->conn ? evbuffer_get_length(bufferevent_get_output(stream->conn->bev)) : 0;
}

/* Takes `buffer` over. */
static bool stream_send(struct http_stream *stream, struct evbuffer *buffer)
{
    evhttp_send_reply_chunk(stream->request, buffer);
    evbuffer_free(buffer);
    if (http_stream_waiting(stream) > STREAM_PENDING_MAX)
        stream_end(stream, true);
    return !stream->ending;
}

/* Each line of data gets its field name; a line ends with CR, LF or both. */
static void add_data(struct evbuffer *buffer, const char *data)
{
    for (;;) {
        size_t len = strcspn(data, "\r\n");
        evbuffer_add_printf(buffer, "data: %.*s\n", (int)len, data);
        data += len;
        if (*data == '\0')
            return;
        data += data[0] == '\r' && data[1] == '\n' ? 2 : 1;
    }
}

bool http_stream_send(struct http_stream *stream, const char *event, uint64_t id, const char *data)
{
    if (stream->ending || !stream->conn)
        return false;
    struct evbuffer *buffer = evbuffer_new();
    if (!buffer) {
        stream_end(stream, true);
        return false;
    }
    if (event)
        evbuffer_add_printf(buffer, "event: %s\n", event);
    if (id > 0)
        evbuffer_add_printf(buffer, "id: %llu\n", (unsigned long long)id);
    add_data(buffer, data);
    evbuffer_add(buffer, "\n", 1);
    return stream_send(stream, buffer);
}

static void stream_comment(struct http_stream *stream)
{
    struct evbuffer *buffer = evbuffer_new();
    if (!buffer)
        return;
    evbuffer_add(buffer, ":\n\n", 3);
    stream_send(stream, buffer);
}

/* libevent does not read while a handler is at work, and so would not see the client leave. */
static void watch_for_close(const struct http_stream *stream)
{
    struct bufferevent *bev = stream->conn->bev;
    bufferevent_data_cb read, write;
    bufferevent_event_cb event;
    void *arg;
    bufferevent_getcb(bev, &read, &write, &event, &arg);
    bufferevent_setcb(bev, NULL, write, event, arg);
    bufferevent_enable(bev, EV_READ);
}

static void start_events(const struct http_stream *stream)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(stream->request);
    evhttp_add_header(headers, "Content-Type", "text/event-stream");
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_send_reply_start(stream->request, HTTP_OK, NULL);
}

void http_stream_start(struct http *http, struct http_conn *conn, struct evhttp_request *request,
                       const struct api_reply *reply)
{
    struct http_stream *stream = calloc(1, sizeof(*stream));
    if (!stream) {
        reply->stream(reply->stream_arg, NULL);
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    *stream = (struct http_stream){.next = http->streams,
                                   .http = http,
                                   .conn = conn,
                                   .request = request,
                                   .later = reply->later};
    http->streams = stream;
    conn->stream = stream;
    conn->deadline = UINT64_MAX;
    if (stream->later)
        watch_for_close(stream);
    else
        start_events(stream);
    reply->stream(reply->stream_arg, stream);
}

void http_stream_reply(struct http_stream *stream, struct api_reply *reply)
{
    struct http_conn *conn = stream->conn;
    struct evhttp_request *request = stream->request;
    if (conn && !stream->ending) {
        /* From here on both are libevent's again. */
        stream->request = NULL;
        stream->conn = NULL;
        conn->stream = NULL;
        http_conn_extend(conn, stream->http->control->now);
        http_reply_send(request, reply);
    }
    api_reply_deinit(reply);
    stream_end(stream, false);
}

void http_stream_on_conn_closed(struct http_stream *stream)
{
    /* Without a connection the request is ours to free, else it goes with the connection. */
    if (evhttp_request_get_connection(stream->request))
        stream->request = NULL;
    stream->conn = NULL;
    stream_end(stream, false);
}

/* Ends the reply, or the whole connection. Calls http_stream_on_conn_closed in the latter case. */
static void stream_finish(struct http_stream *stream)
{
    struct http_conn *conn = stream->conn;
    if (conn && (stream->abort || stream->later)) {
        evhttp_connection_free(evhttp_request_get_connection(stream->request));
    } else if (conn) {
        conn->stream = NULL;
        http_conn_extend(conn, stream->http->control->now);
    }
    if (stream->request)
        evhttp_send_reply_end(stream->request);
    if (stream->closed)
        stream->closed(stream->arg);
    free(stream);
}

void http_stream_sweep(struct http *http, uint64_t now)
{
    bool heartbeat = now >= http->heartbeat_at;
    if (heartbeat)
        http->heartbeat_at = now + HTTP_HEARTBEAT_MS;
    struct http_stream **at = &http->streams;
    while (*at) {
        struct http_stream *stream = *at;
        if (stream->ending) {
            *at = stream->next;
            stream_finish(stream);
            continue;
        }
        if (heartbeat && !stream->later)
            stream_comment(stream);
        at = &stream->next;
    }
}

void http_stream_free_all(struct http *http)
{
    while (http->streams) {
        struct http_stream *stream = http->streams;
        http->streams = stream->next;
        stream->ending = stream->abort = true;
        stream_finish(stream);
    }
}
