/* Events as people and programs read them. */
#include <string.h>

#include "base/text.h"
#include "control/event_record.h"
#include "control/report.h"
#include "dns/message.h"
#include "policy/model.h"
#include "policy/rdata_text.h"

/* The data of one record. One of another type than was asked for, as on the way of a CNAME, has its
 * type before it. */
static enum err add_record(const struct event_view *view, const struct dns_rr *rr, struct text *out)
{
    uint8_t rdata[EVENT_REPLY_MAX + 2 * DNS_NAME_MAX];
    struct text line = {0};
    struct writer w;
    writer_init(&w, rdata, sizeof(rdata));
    enum err e = dns_rdata_expand(rr, view->reply, view->head.kept, &w);
    if (e != ERR_OK || w.failed)
        return ERR_INVALID;
    struct dns_rr plain = *rr;
    plain.rdata = rdata;
    plain.rdlen = (uint16_t)writer_len(&w);
    e = rdata_text_add(&line, &plain);
    if (e == ERR_OK) {
        const char *space = strchr(line.data, ' ');
        bool asked = rr->type == view->head.type;
        if (out->len > 0)
            text_add(out, "; ");
        text_add(out, asked && space ? space + 1 : line.data);
    }
    text_deinit(&line);
    return e;
}

enum err event_answer(const struct event_view *view, struct text *out)
{
    struct dns_walk walk;
    struct dns_rr rr;
    bool dropped = view->head.flags & RESOLVE_EVENT_DROPPED;
    if (dropped || view->head.kept == 0)
        return ERR_OK;
    bool whole = dns_walk_init(&walk, view->reply, view->head.kept) == ERR_OK;
    int found = 0;
    while (whole && walk.left[DNS_ANSWER] > 0) {
        found = dns_walk_next(&walk, &rr);
        whole = found == 1;
        if (whole && rr.type != DNS_TYPE_RRSIG)
            whole = add_record(view, &rr, out) == ERR_OK;
    }
    /* ldns leaves tabs as they are. */
    for (size_t i = 0; i < out->len; i++) {
        if (out->data[i] == '\t')
            out->data[i] = ' ';
    }
    if (!whole)
        text_add(out, out->len > 0 ? "; \xe2\x80\xa6" : "\xe2\x80\xa6");
    return out->failed ? ERR_NOMEM : ERR_OK;
}

static json_t *or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

/* Bytes of file names that are not UTF-8 are shown as \xNN, as JSON has no way for them. */
static json_t *rule_json(const struct event_view *view)
{
    char file[EVENT_FILE_MAX + 1];
    struct text rule = {0};
    if (view->head.file_len == 0)
        return json_null();
    memcpy(file, view->file, view->head.file_len);
    file[view->head.file_len] = '\0';
    text_add_plain(&rule, file);
    if (view->head.rule_line > 0)
        text_addf(&rule, ":%u", view->head.rule_line);
    json_t *json = rule.failed ? NULL : or_null(rule.data);
    text_deinit(&rule);
    return json;
}

static json_t *fault_json(const struct event_view *view)
{
    char fault[256];
    struct text plain = {0};
    memcpy(fault, view->fault, view->head.fault_len);
    fault[view->head.fault_len] = '\0';
    text_add_plain(&plain, fault);
    json_t *json = plain.failed ? NULL : or_null(plain.data);
    text_deinit(&plain);
    return json;
}

static json_t *answer_json(const struct event_view *view)
{
    struct text answer = {0}, plain = {0};
    json_t *json = NULL;
    if (event_answer(view, &answer) == ERR_OK) {
        text_add(&plain, "");
        if (answer.data)
            text_add_plain(&plain, answer.data);
        if (!plain.failed)
            json = json_string(plain.data);
    }
    text_deinit(&plain);
    text_deinit(&answer);
    return json;
}

/* How long the client may keep it: the largest TTL of the answer, or that of a negative answer (RFC
 * 2308 §5: the SOA record's own or its MINIMUM, which is the last field). Null when it has none. */
static json_t *ttl_json(const struct event_view *view)
{
    struct dns_walk walk;
    struct dns_rr rr;
    int64_t ttl = -1, negative = -1;
    if (view->head.kept == 0 || dns_walk_init(&walk, view->reply, view->head.kept) != ERR_OK)
        return json_null();
    while (dns_walk_next(&walk, &rr) == 1) {
        if (rr.section == DNS_ANSWER && rr.type != DNS_TYPE_RRSIG && (int64_t)rr.ttl > ttl)
            ttl = rr.ttl;
        if (rr.section != DNS_AUTHORITY || rr.type != DNS_TYPE_SOA || rr.rdlen < 4)
            continue;
        uint32_t minimum = bytes_get32(rr.rdata + rr.rdlen - 4);
        negative = minimum < rr.ttl ? minimum : rr.ttl;
    }
    ttl = ttl >= 0 ? ttl : negative;
    return ttl >= 0 ? json_integer(ttl) : json_null();
}

static const char *service_name(const struct event_view *view)
{
    if (view->head.service < 0 || view->head.service >= POLICY_SERVICES)
        return NULL;
    return policy_service_name((enum policy_service)view->head.service);
}

json_t *event_json(const struct event_view *view, uint64_t number, uint64_t wall,
                   const char *view_name)
{
    const struct event_head *h = &view->head;
    char name[DNS_NAME_TEXT_MAX] = "", client[ADDR_TEXT_MAX] = "";
    char time[REPORT_TIME_MAX], type[16], rcode[16];
    if (view->name.len > 0)
        dns_name_to_text(&view->name, name);
    if (h->client_len > 0)
        addr_format_host(&view->client, client);
    json_t *change = h->change_id > 0 ? json_integer(h->change_id) : json_null();
    /* "o" with NULL makes the whole NULL, and frees the rest. */
    return json_pack(
        "{s:I, s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, "
        "s:I, s:b}",
        "number", (json_int_t)number, "time", report_time(wall, time), "client", client, "view",
        or_null(view_name), "transport", h->flags & RESOLVE_EVENT_TCP ? "tcp" : "udp", "name", name,
        "type", dns_type_to_text(h->type, type), "service", or_null(service_name(view)), "rcode",
        dns_rcode_to_text(h->rcode, rcode), "source", report_source(h->source), "rule",
        rule_json(view), "change", change, "fault", fault_json(view), "answer", answer_json(view),
        "ttl", ttl_json(view), "ms", (json_int_t)h->duration_ms, "dropped",
        (h->flags & RESOLVE_EVENT_DROPPED) != 0);
}
