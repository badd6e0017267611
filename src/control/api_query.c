#include "control/api_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "control/event_record.h"
#include "control/schema.h"
#include "control/state.h"
#include "control/stream.h"

/* A question on its way; the answer and the stream come in either order. */
struct inquiry {
    struct control *control;
    struct api_reply reply; /* once answered */
    bool answered;
    bool gone;                  /* nobody reads the reply any more */
    struct http_stream *stream; /* once the caller waits */
};

static void inquiry_free(struct inquiry *q)
{
    api_reply_deinit(&q->reply);
    free(q);
}

static json_t *hex(const uint8_t *bytes, size_t len)
{
    char *text = malloc(2 * len + 1);
    if (!text)
        return NULL;
    hex_write(bytes, len, text);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static void fill(struct inquiry *q, const struct event_head *record, const uint8_t *message,
                 size_t len)
{
    const struct control_host *host = &q->control->init.host;
    const struct resolve_settings *settings = host->settings(host->ctx);
    struct event_view view;
    const char *name = NULL;
    if (record->view > 0 && record->view <= settings->view_count)
        name = settings->views[record->view - 1].name;
    event_record_read(&view, record);
    q->reply.json =
        json_pack("{s:o, s:o}", "event", event_json(&view, 0, q->control->wall_now, name), "reply",
                  message ? hex(message, len) : json_null());
    q->reply.status = 200;
    if (!q->reply.json)
        api_fail(&q->reply, 503, NULL, "no memory for the answer");
}

static void send_late(struct inquiry *q)
{
    struct api_reply reply = q->reply;
    q->reply = (struct api_reply){.revision = -1};
    http_stream_reply(q->stream, &reply);
}

static void on_answer(void *arg, const struct event_head *record, const uint8_t *message,
                      size_t len)
{
    struct inquiry *q = arg;
    if (q->gone) {
        inquiry_free(q);
        return;
    }
    control_clock(q->control);
    fill(q, record, message, len);
    q->answered = true;
    if (q->stream)
        send_late(q);
}

static void on_closed(void *arg)
{
    struct inquiry *q = arg;
    q->stream = NULL;
    if (q->answered)
        inquiry_free(q);
    else
        q->gone = true; /* on_answer will come */
}

static void on_stream(void *arg, struct http_stream *stream)
{
    struct inquiry *q = arg;
    if (!stream) {
        on_closed(q);
        return;
    }
    q->stream = stream;
    http_stream_on_close(stream, on_closed, q);
    if (q->answered)
        send_late(q);
}

static bool read_address(struct addr *out, const struct api_request *request, const char *key,
                         const char *missing, struct api_reply *reply)
{
    const char *text = api_query_text(request, key);
    if (addr_parse(out, text ? text : missing, 53) == ERR_OK)
        return true;
    api_fail(reply, 400, key, "\"%.60s\" is not an address: 10.5.0.20 would be one", text);
    return false;
}

static bool read_flag(const struct api_request *request, const char *key)
{
    const char *text = api_query_text(request, key);
    return text && strcmp(text, "0") != 0 && strcmp(text, "false") != 0;
}

static bool read_question(struct dns_question *out, const struct api_request *request,
                          struct api_reply *reply)
{
    const char *name = api_query_text(request, "name");
    const char *type = api_query_text(request, "type");
    *out = (struct dns_question){.class = DNS_CLASS_IN, .recursion = true};
    out->dnssec_ok = read_flag(request, "dnssec");
    if (!name) {
        api_fail(reply, 400, "name", "the name to ask for is missing: ?name=lab.example&type=A");
        return false;
    }
    if (policy_name_from_user(&out->name, name) != ERR_OK) {
        api_fail(reply, 400, "name", "\"%.200s\" is not a domain name", name);
        return false;
    }
    if (dns_type_from_text(&out->type, type ? type : "A") != ERR_OK) {
        api_fail(reply, 400, "type", "\"%.40s\" is not a record type: SRV and TYPE65280 are", type);
        return false;
    }
    return true;
}

/* Asks; false after api_fail. */
static bool inquiry_start(struct inquiry *q, const struct api_request *request,
                          struct api_reply *reply)
{
    const struct control_init *init = &q->control->init;
    struct dns_question question;
    struct control_question asked = {.tcp = read_flag(request, "tcp")};
    uint8_t packet[DNS_QUERY_MAX];
    char local[ADDR_TEXT_MAX] = "127.0.0.1:53";
    if (init->addr_count > 0)
        addr_format(&init->addrs[0], local);
    if (!read_question(&question, request, reply) ||
        !read_address(&asked.client, request, "client", "127.0.0.1", reply) ||
        !read_address(&asked.local, request, "listener", local, reply))
        return false;
    asked.packet = packet;
    asked.len = dns_query_write(&question, 0, true, packet, sizeof(packet));
    enum err e = init->host.query(init->host.ctx, &asked, on_answer, q);
    if (e != ERR_OK)
        api_fail(reply, 503, NULL, "the question cannot be asked: %s", err_text(e));
    return e == ERR_OK;
}

void api_query_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply)
{
    struct inquiry *q = calloc(1, sizeof(*q));
    if (!q || !control->init.host.query || !request->can_wait) {
        api_fail(reply, 503, NULL, "a question cannot be asked from here");
        free(q);
        return;
    }
    q->control = control;
    q->reply.revision = -1;
    if (!inquiry_start(q, request, reply)) {
        inquiry_free(q);
        return;
    }
    reply->stream = on_stream;
    reply->stream_arg = q;
    reply->later = true;
}
