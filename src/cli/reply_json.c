#include <jansson.h>
#include <stdlib.h>

#include "cli/reply_print.h"
#include "cli/reply_view.h"
#include "dns/edns.h"
#include "dns/message.h"

/* Functions of jansson that take a value take its ownership too, and fail when it is NULL; so only
 * the root is looked at in the end, by `failed`. */
struct json_reply {
    json_t *root;
    bool failed;
};

static void put(struct json_reply *j, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) < 0)
        j->failed = true;
}

static void append(struct json_reply *j, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        j->failed = true;
}

/* Takes over a string from ldns. */
static json_t *take_string(char *string)
{
    json_t *value = string ? json_string(string) : NULL;
    free(string);
    return value;
}

static void add_flag(void *arg, const char *flag)
{
    json_array_append_new(arg, json_string(flag));
}

static void put_header(struct json_reply *j, const struct reply_view *v,
                       const struct reply_origin *origin)
{
    char text[ADDR_TEXT_MAX], rcode[16];
    json_t *flags = json_array();
    put(j, j->root, "server", json_string(addr_format(&origin->server, text)));
    put(j, j->root, "transport", json_string(origin->tcp ? "tcp" : "udp"));
    put(j, j->root, "time_ms", json_integer((json_int_t)origin->time_ms));
    put(j, j->root, "size", json_integer((json_int_t)v->len));
    put(j, j->root, "id", json_integer(bytes_get16(v->message)));
    put(j, j->root, "opcode", take_string(ldns_pkt_opcode2str(ldns_pkt_get_opcode(v->pkt))));
    put(j, j->root, "status", json_string(dns_rcode_to_text(v->rcode, rcode)));
    reply_view_flags(v, add_flag, flags);
    put(j, j->root, "flags", flags);
}

static json_t *ede_value(struct json_reply *j, const struct reply_option *o)
{
    json_t *ede = json_object();
    struct text printable = {0};
    uint16_t code = bytes_get16(o->data);
    reply_add_printable(&printable, o->data + 2, o->len - 2u);
    put(j, ede, "code", json_integer(code));
    put(j, ede, "name", json_string(reply_ede_name(code)));
    put(j, ede, "text", json_string(printable.data ? printable.data : ""));
    j->failed = j->failed || printable.failed;
    text_deinit(&printable);
    return ede;
}

static void put_edns(struct json_reply *j, const struct reply_view *v)
{
    struct reader r;
    struct reply_option option;
    if (!ldns_pkt_edns(v->pkt)) {
        put(j, j->root, "edns", json_null());
        return;
    }
    json_t *edns = json_object(), *errors = json_array();
    reply_view_options(v, &r);
    while (reply_option_next(&r, &option)) {
        if (option.code == DNS_OPTION_EDE && option.len >= 2)
            append(j, errors, ede_value(j, &option));
    }
    put(j, edns, "version", json_integer(ldns_pkt_edns_version(v->pkt)));
    put(j, edns, "do", json_boolean(ldns_pkt_edns_do(v->pkt)));
    put(j, edns, "udp", json_integer(ldns_pkt_edns_udp_size(v->pkt)));
    put(j, edns, "ede", errors);
    put(j, j->root, "edns", edns);
}

/* `data` is NULL for a question. */
static json_t *record_value(struct json_reply *j, const ldns_rr *rr, const char *data)
{
    json_t *value = json_object();
    put(j, value, "name", take_string(ldns_rdf2str(ldns_rr_owner(rr))));
    if (data)
        put(j, value, "ttl", json_integer(ldns_rr_ttl(rr)));
    put(j, value, "class", take_string(ldns_rr_class2str(ldns_rr_get_class(rr))));
    put(j, value, "type", take_string(ldns_rr_type2str(ldns_rr_get_type(rr))));
    if (data)
        put(j, value, "data", json_string(data));
    return value;
}

static void put_section(struct json_reply *j, const char *key, const ldns_rr_list *list,
                        bool question)
{
    json_t *array = json_array();
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(list, i);
        char *record = question ? NULL : reply_view_record(rr);
        if (!question && !record)
            j->failed = true;
        append(j, array, record_value(j, rr, record ? reply_view_data(record) : NULL));
        free(record);
    }
    put(j, j->root, key, array);
}

enum err reply_print_json(const uint8_t *message, size_t len, const struct reply_origin *origin,
                          struct text *out)
{
    struct reply_view v;
    enum err e = reply_view_init(&v, message, len);
    if (e != ERR_OK)
        return e;
    struct json_reply j = {.root = json_object()};
    put_header(&j, &v, origin);
    put_edns(&j, &v);
    put_section(&j, "question", ldns_pkt_question(v.pkt), true);
    put_section(&j, "answer", ldns_pkt_answer(v.pkt), false);
    put_section(&j, "authority", ldns_pkt_authority(v.pkt), false);
    put_section(&j, "additional", ldns_pkt_additional(v.pkt), false);
    char *line = j.failed ? NULL : json_dumps(j.root, 0);
    if (line)
        text_addf(out, "%s\n", line);
    bool good = line && !out->failed;
    free(line);
    json_decref(j.root);
    reply_view_deinit(&v);
    return good ? ERR_OK : ERR_NOMEM;
}
