/* One HTTP request: checked, turned into an API request, and its reply sent. */
#include <ctype.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/http.h"
#include "control/http_access.h"
#include "control/state.h"

/* A request with what it owns. */
struct incoming {
    struct http_listener *listener;
    struct evhttp_request *evhttp;
    struct evkeyvalq *headers;
    char path[API_PATH_MAX];
    char actor[ADDR_TEXT_MAX];
    struct api_request request;
};

static const char *header(const struct incoming *in, const char *name)
{
    return evhttp_find_header(in->headers, name);
}

static enum api_method method_of(enum evhttp_cmd_type command)
{
    switch (command) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:
        return API_GET;
    case EVHTTP_REQ_POST:
        return API_POST;
    case EVHTTP_REQ_PATCH:
        return API_PATCH;
    case EVHTTP_REQ_DELETE:
        return API_DELETE;
    default:
        return API_OTHER;
    }
}

/* The one Host header; a request for an absolute URI would name another place to other readers. */
static const char *host_of(const struct incoming *in)
{
    const char *host = NULL;
    const struct evkeyval *h;
    if (evhttp_uri_get_host(evhttp_request_get_evhttp_uri(in->evhttp)))
        return NULL;
    for (h = in->headers->tqh_first; h; h = h->next.tqe_next) {
        if (strcasecmp(h->key, "Host") != 0)
            continue;
        if (host)
            return NULL;
        host = h->value;
    }
    return host;
}

static bool check_browser(const struct incoming *in, struct api_reply *reply)
{
    const struct http *http = in->listener->http;
    const char *host = host_of(in);
    const char *origin = header(in, "Origin"), *site = header(in, "Sec-Fetch-Site");
    if (!host) {
        api_fail(reply, 400, "Host", "one Host header is needed, and a path without a host");
        return false;
    }
    if (!http_host_is_ours(&in->listener->socket.addr, http->host_name, host)) {
        api_fail(reply, 403, "Host",
                 "\"%.200s\" is no name of this API: use its address, or localhost", host);
        return false;
    }
    if (origin && !http_origin_is_ours(origin, host)) {
        api_fail(reply, 403, "Origin", "pages from \"%.200s\" may not use this API", origin);
        return false;
    }
    if (site && !http_fetch_site_is_ours(site)) {
        api_fail(reply, 403, "Sec-Fetch-Site", "pages from other sites may not use this API");
        return false;
    }
    return true;
}

static bool check_token(const struct incoming *in, struct api_reply *reply)
{
    const struct api_route *route = api_route_find(in->request.method, in->request.path);
    if (!route || !route->changes)
        return true;
    const struct control_host *host = &in->listener->http->control->init.host;
    const char *token = host->config(host->ctx)->control_token;
    const char *given = header(in, "Authorization");
    if (!token)
        api_fail(reply, 401, "Authorization",
                 "changes over TCP need a token, and none is configured: set control.token or "
                 "control.token-file, or use the Unix socket");
    else if (!given)
        api_fail(reply, 401, "Authorization",
                 "changes over TCP need the header \"Authorization: Bearer TOKEN\"");
    else if (!http_bearer_is(given, token))
        api_fail(reply, 401, "Authorization", "the token is not the one that is configured");
    else
        return true;
    return false;
}

/* A part of the URI, its %XX decoded, into `out`. */
static bool decode(char *out, size_t size, const char *text)
{
    size_t len;
    char *plain = evhttp_uridecode(text, 0, &len);
    bool fits = plain && len < size && strlen(plain) == len;
    if (fits)
        memcpy(out, plain, len + 1);
    free(plain);
    return fits;
}

static bool read_path(struct incoming *in, struct api_reply *reply)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(in->evhttp));
    in->request.path = in->path;
    if (decode(in->path, sizeof(in->path), path && *path ? path : "/"))
        return true;
    api_fail(reply, 400, NULL, "the path is too long, or holds a zero byte");
    return false;
}

static bool read_query(struct incoming *in, struct api_reply *reply)
{
    struct evkeyvalq pairs;
    const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(in->evhttp));
    if (!text || *text == '\0')
        return true;
    if (evhttp_parse_query_str(text, &pairs) != 0) {
        api_fail(reply, 400, NULL, "the query is to be name=value pairs with & between them");
        return false;
    }
    bool good = true;
    in->request.query = json_object();
    for (const struct evkeyval *p = pairs.tqh_first; p && good; p = p->next.tqe_next) {
        if (json_object_set_new(in->request.query, p->key, json_string(p->value)) == 0)
            continue;
        good = false;
        api_fail(reply, 400, p->key, "the query is to be UTF-8");
    }
    evhttp_clear_headers(&pairs);
    return good;
}

static bool read_body(struct incoming *in, struct api_reply *reply)
{
    struct evbuffer *buffer = evhttp_request_get_input_buffer(in->evhttp);
    size_t len = evbuffer_get_length(buffer);
    json_error_t error;
    if (len == 0)
        return true;
    const char *text = (const char *)evbuffer_pullup(buffer, -1);
    if (text)
        in->request.body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (in->request.body)
        return true;
    if (text)
        api_fail(reply, 400, NULL, "the body is not JSON: line %d, column %d: %s", error.line,
                 error.column, error.text);
    else
        api_fail(reply, 503, NULL, "no memory");
    return false;
}

/* A revision as ETag sends it ("12" with its quotes), or without them; "*" is any. */
static bool read_if_match(struct incoming *in, struct api_reply *reply)
{
    const char *text = header(in, "If-Match");
    char digits[24];
    uint64_t revision;
    in->request.if_match = -1;
    if (!text || strcmp(text, "*") == 0)
        return true;
    size_t len = strlen(text);
    bool quoted = len >= 2 && text[0] == '"' && text[len - 1] == '"';
    snprintf(digits, sizeof(digits), "%.*s", (int)(quoted ? len - 2 : len), text + quoted);
    if (len < sizeof(digits) && text_number(&revision, digits, INT64_MAX) == ERR_OK) {
        in->request.if_match = (int64_t)revision;
        return true;
    }
    api_fail(reply, 400, "If-Match", "\"%.40s\" is not a revision, as the header ETag has it",
             text);
    return false;
}

static void read_actor(struct incoming *in)
{
    char *peer = NULL;
    ev_uint16_t port;
    struct evhttp_connection *evcon = evhttp_request_get_connection(in->evhttp);
    if (in->listener->socket.tcp && evcon)
        evhttp_connection_get_peer(evcon, &peer, &port);
    snprintf(in->actor, sizeof(in->actor), "%s", peer ? peer : "socket");
    in->request.actor = in->actor;
}

/* A number that is none, or of another server, is as good as none. */
static void read_last_event(struct incoming *in)
{
    const char *text = header(in, "Last-Event-ID");
    if (!text || text_number(&in->request.last_event_id, text, UINT64_MAX) != ERR_OK)
        in->request.last_event_id = 0;
}

/* What has to hold before the request is carried out, in order; each fills the reply if not. */
static bool read_all(struct incoming *in, struct api_reply *reply)
{
    bool tcp = in->listener->socket.tcp;
    const char *accept = header(in, "Accept");
    in->request.method = method_of(evhttp_request_get_command(in->evhttp));
    in->request.can_wait = evhttp_request_get_command(in->evhttp) != EVHTTP_REQ_HEAD;
    in->request.wants_stream =
        accept && strstr(accept, "text/event-stream") && in->request.can_wait;
    read_last_event(in);
    read_actor(in);
    if (tcp && !check_browser(in, reply))
        return false;
    if (!read_path(in, reply))
        return false;
    if (tcp && !check_token(in, reply))
        return false;
    if (!read_query(in, reply))
        return false;
    if (!read_if_match(in, reply))
        return false;
    return read_body(in, reply);
}

static void on_conn_closed(struct evhttp_connection *evcon, void *arg)
{
    struct http_conn *conn = arg;
    (void)evcon;
    if (conn->stream)
        http_stream_on_conn_closed(conn->stream);
    conn->stream = NULL;
    http_conn_sweep_soon(conn->http);
}

static void on_complete(struct evhttp_request *evhttp, void *arg)
{
    struct http_conn *conn = arg;
    (void)evhttp;
    control_clock(conn->http->control);
    http_conn_extend(conn, conn->http->control->now);
}

void http_on_request(struct evhttp_request *evhttp, void *listener)
{
    struct incoming in = {.listener = listener,
                          .evhttp = evhttp,
                          .headers = evhttp_request_get_input_headers(evhttp)};
    struct http *http = in.listener->http;
    struct api_reply reply = {.status = 200, .revision = -1};
    struct http_conn *conn = http_conn_find(http, evhttp);
    control_clock(http->control);
    if (conn) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(evhttp), on_conn_closed, conn);
        evhttp_request_set_on_complete_cb(evhttp, on_complete, conn);
        http_conn_extend(conn, http->control->now);
    }
    if (read_all(&in, &reply))
        api_dispatch(http->control, &in.request, &reply);
    if (reply.stream && conn) {
        http_stream_start(http, conn, evhttp, &reply);
    } else {
        if (reply.stream) {
            reply.stream(reply.stream_arg, NULL);
            api_fail(&reply, 503, NULL, "no memory for a stream");
        }
        http_reply_send(evhttp, &reply);
    }
    api_reply_deinit(&reply);
    json_decref(in.request.query);
    json_decref(in.request.body);
}
