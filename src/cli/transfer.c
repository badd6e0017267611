#include "cli/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX    (64 * 1024 * 1024)
#define POLL_MS     1000
#define STOP_MS     100 /* how soon a request notices that it is to stop */
#define ETAG_HEADER "etag:"

/* Adds a body's bytes to the reply; the NUL behind them has its room. */
static enum err keep_body(struct transfer *t, const char *bytes, size_t len)
{
    struct client_reply *reply = t->reply;
    if (len > BODY_MAX - reply->len)
        return ERR_RANGE;
    if (reply->len + len + 1 > t->capacity) {
        size_t capacity = 2 * (reply->len + len + 1);
        char *text = realloc(reply->text, capacity);
        if (!text)
            return ERR_NOMEM;
        reply->text = text;
        t->capacity = capacity;
    }
    memcpy(reply->text + reply->len, bytes, len);
    reply->len += len;
    reply->text[reply->len] = '\0';
    return ERR_OK;
}

static bool has_type(CURL *easy, const char *type)
{
    const char *got = NULL;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &got);
    return got && strncasecmp(got, type, strlen(type)) == 0;
}

size_t transfer_on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * count;
    if (t->on_event && has_type(t->client->easy, "text/event-stream"))
        t->failed = sse_feed(&t->sse, bytes, len, t->on_event, t->arg);
    else
        t->failed = keep_body(t, bytes, len);
    return t->failed == ERR_OK ? len : 0; /* anything but len ends the transfer */
}

/* ETag: "17" */
size_t transfer_on_header(char *line, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * count, at = strlen(ETAG_HEADER);
    if (len <= at || strncasecmp(line, ETAG_HEADER, at) != 0)
        return len;
    while (at < len && (line[at] == ' ' || line[at] == '"'))
        at++;
    int64_t revision = 0;
    size_t digits = 0;
    for (; at < len && line[at] >= '0' && line[at] <= '9' && digits < 18; at++, digits++)
        revision = revision * 10 + (line[at] - '0');
    if (digits > 0)
        t->reply->revision = revision;
    return len;
}

static bool stopped(const struct client_request *request)
{
    return request->stop && *request->stop;
}

/* Until the transfer is over, or we are to stop. */
static enum err drive(struct transfer *t, const struct client_request *request, CURLcode *result)
{
    CURLM *multi = t->client->multi;
    int running = 1, left;
    while (running > 0) {
        if (stopped(request))
            return ERR_LIMIT;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return ERR_SYSTEM;
        if (running > 0)
            curl_multi_poll(multi, NULL, 0, request->stop ? STOP_MS : POLL_MS, NULL);
    }
    for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
        if (m->msg == CURLMSG_DONE)
            *result = m->data.result;
    }
    return ERR_OK;
}

static void explain_connect(struct client *client)
{
    const struct client_where *where = &client->where;
    struct text *out = &client->error;
    long error = 0;
    curl_easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &error);
    if (error == EACCES || error == EPERM) {
        text_addf(out, "no right to connect to %s: be its user, or of its group", where->where);
        return;
    }
    text_addf(out, "no daemon answers on %s: is `shunt serve` running with %s?", where->where,
              where->socket ? "control.socket" : "control.http");
    if (where->note)
        text_addf(out, " (%s)", where->note);
}

/* What curl's result means to us, in words too. */
static enum err explain(struct transfer *t, CURLcode result)
{
    struct client *client = t->client;
    switch (result) {
    case CURLE_OK:
        return ERR_OK;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        explain_connect(client);
        return ERR_NOTFOUND;
    case CURLE_OPERATION_TIMEDOUT:
        text_addf(&client->error, "%s did not answer in time", client->where.where);
        return ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        text_add(&client->error, "out of memory");
        return ERR_NOMEM;
    default:
        text_addf(&client->error, "%s: %s", client->where.where,
                  t->curl_error[0] ? t->curl_error : curl_easy_strerror(result));
        return ERR_INVALID;
    }
}

/* A callback of ours ended the transfer. */
static enum err explain_callback(struct transfer *t)
{
    struct text *out = &t->client->error;
    if (t->failed == ERR_LIMIT) /* the caller wants no more events */
        return ERR_OK;
    if (t->failed == ERR_NOMEM) {
        text_add(out, "out of memory");
        return ERR_NOMEM;
    }
    text_addf(out, "the reply of %s is too large", t->client->where.where);
    return ERR_INVALID;
}

static enum err finish(struct transfer *t, enum err driven, CURLcode result)
{
    struct client_reply *reply = t->reply;
    long status = 0;
    if (driven == ERR_LIMIT)
        text_add(&t->client->error, "stopped");
    if (driven != ERR_OK)
        return driven;
    curl_easy_getinfo(t->client->easy, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    if (t->failed != ERR_OK)
        return explain_callback(t);
    if (reply->text && has_type(t->client->easy, "application/json"))
        reply->json = json_loadb(reply->text, reply->len, JSON_DECODE_ANY, NULL);
    return explain(t, result);
}

enum err transfer_run(struct transfer *t, const struct client_request *request)
{
    struct client *client = t->client;
    CURLcode result = CURLE_OK;
    enum err e = transfer_init(t, request);
    text_deinit(&client->error);
    if (e == ERR_OK && curl_multi_add_handle(client->multi, client->easy) != CURLM_OK)
        e = ERR_NOMEM;
    if (e == ERR_OK) {
        e = drive(t, request, &result);
        e = finish(t, e, result);
        curl_multi_remove_handle(client->multi, client->easy);
    } else {
        text_add(&client->error, "out of memory");
    }
    transfer_deinit(t);
    return e;
}
