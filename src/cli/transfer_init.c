/* A request as curl wants it. */
#include <stdlib.h>
#include <string.h>

#include "cli/transfer.h"

#define CONNECT_MS 5000L
#define TIMEOUT_MS 60000

/* Everything but unreserved characters (RFC 3986 §2.3), and but those in `more`, as %XX. */
static void add_encoded(struct text *out, const char *text, const char *more)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~", c) || strchr(more, c);
        text_addf(out, plain ? "%c" : "%%%02X", c);
    }
}

static char *make_url(const struct client *client, const struct client_request *request)
{
    struct text url = {0};
    const char *key, *separator = "?";
    json_t *value;
    text_add(&url, client->where.base);
    add_encoded(&url, request->path, "/");
    json_object_foreach(request->query, key, value)
    {
        text_add(&url, separator);
        add_encoded(&url, key, "");
        text_add(&url, "=");
        add_encoded(&url, json_is_string(value) ? json_string_value(value) : "", "");
        separator = "&";
    }
    if (url.failed)
        text_deinit(&url);
    return url.data;
}

static bool add_header(struct transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (longer)
        t->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct transfer *t, const struct client_request *request)
{
    const struct client_where *where = &t->client->where;
    /* curl would ask whether a longer body is welcome, and wait. */
    bool good = add_header(t, "Expect:");
    good = good && add_header(t, t->on_event ? "Accept: text/event-stream" : "Accept: */*");
    if (request->body)
        good = good && add_header(t, "Content-Type: application/json");
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        good = good && add_header(t, request->headers[i]);
    if (where->token && !where->socket) {
        struct text line = {0};
        text_addf(&line, "Authorization: Bearer %s", where->token);
        good = good && !line.failed && add_header(t, line.data);
        text_deinit(&line);
    }
    return good;
}

static const char *method_name(enum api_method method)
{
    static const char *const names[] = {
        [API_GET] = "GET",
        [API_POST] = "POST",
        [API_PATCH] = "PATCH",
        [API_DELETE] = "DELETE",
    };
    return method <= API_DELETE ? names[method] : "GET";
}

static long timeout(const struct client_request *request)
{
    if (request->timeout_ms == CLIENT_FOREVER)
        return 0;
    if (request->timeout_ms == 0)
        return TIMEOUT_MS;
    return request->timeout_ms < INT32_MAX ? (long)request->timeout_ms : INT32_MAX;
}

/* curl's options take what they are given as it is: no value of ours outlives the transfer. */
enum err transfer_init(struct transfer *t, const struct client_request *request)
{
    CURL *easy = t->client->easy;
    bool body = request->body != NULL;
    curl_easy_reset(easy);
    t->url = make_url(t->client, request);
    t->body = body ? json_dumps(request->body, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("");
    if (!t->url || !t->body || !add_headers(t, request))
        return ERR_NOMEM;
    curl_easy_setopt(easy, CURLOPT_URL, t->url);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method_name(request->method));
    if (body || request->method == API_POST || request->method == API_PATCH)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->body);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, t->client->where.socket);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout(request));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, transfer_on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, transfer_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->curl_error);
    return ERR_OK;
}

void transfer_deinit(struct transfer *t)
{
    curl_slist_free_all(t->headers);
    sse_deinit(&t->sse);
    free(t->url);
    free(t->body);
}
