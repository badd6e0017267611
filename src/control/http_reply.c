#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/http.h"

static void release(const void *data, size_t len, void *arg)
{
    (void)data;
    (void)len;
    free(arg);
}

/* Hands the body over; `text` is freed in any case. */
static void add_body(struct evbuffer *buffer, char *text)
{
    if (text && evbuffer_add_reference(buffer, text, strlen(text), release, text) != 0)
        free(text);
}

static void add_json(struct evbuffer *buffer, const json_t *json)
{
    add_body(buffer, json_dumps(json, JSON_COMPACT));
    evbuffer_add(buffer, "\n", 1);
}

static void add_headers(struct evkeyvalq *headers, const struct api_reply *reply)
{
    char etag[32];
    const char *type = reply->content_type;
    if (!type)
        type = reply->text ? "text/plain; charset=utf-8" : "application/json";
    evhttp_add_header(headers, "Content-Type", type);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    if (reply->allow[0] != '\0')
        evhttp_add_header(headers, "Allow", reply->allow);
    if (reply->status == 401)
        evhttp_add_header(headers, "WWW-Authenticate", "Bearer realm=\"shunt\"");
    if (reply->revision >= 0) {
        snprintf(etag, sizeof(etag), "\"%lld\"", (long long)reply->revision);
        evhttp_add_header(headers, "ETag", etag);
    }
}

void http_reply_send(struct evhttp_request *request, struct api_reply *reply)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();
    char length[24];
    if (!body) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    add_headers(headers, reply);
    if (reply->text)
        add_body(body, reply->text);
    else
        add_json(body, reply->json);
    if (reply->text)
        reply->text = NULL;
    /* The reply to HEAD is that to GET without its body (RFC 9110 §9.3.2). */
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
        evhttp_add_header(headers, "Content-Length", length);
        evbuffer_drain(body, evbuffer_get_length(body));
    }
    evhttp_send_reply(request, reply->status, NULL, body);
    evbuffer_free(body);
}
