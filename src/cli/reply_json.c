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

static void add_flag(void *arg, const char *flag)
{
    json_array_append_new(arg, json_string(flag));
}

static void put_header(struct json_reply *j, const struct reply_view *v,
                       const struct reply_origin *origin)
{
    char text[ADDR_TEXT_MAX], rcode[16], opcode[REPLY_WORD_MAX];
    json_t *flags = json_array();
    put(j, j->root, "server", json_string(addr_format(&origin->server, text)));
    put(j, j->root, "transport", json_string(origin->tcp ? "tcp" : "udp"));
    put(j, j->root, "time_ms", json_integer((json_int_t)origin->time_ms));
    put(j, j->root, "size", json_integer((json_int_t)v->len));
    put(j, j->root, "id", json_integer(bytes_get16(v->message)));
    put(j, j->root, "opcode", json_string(reply_view_opcode(v, opcode)));
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
    struct reader r = v->options;
    struct reply_option option;
    if (!v->edns) {
        put(j, j->root, "edns", json_null());
        return;
    }
    json_t *edns = json_object(), *errors = json_array();
    while (reply_option_next(&r, &option)) {
        if (option.code == DNS_OPTION_EDE && option.len >= 2)
            append(j, errors, ede_value(j, &option));
    }
    put(j, edns, "version", json_integer(v->edns_version));
    put(j, edns, "do", json_boolean(v->edns_do));
    put(j, edns, "udp", json_integer(v->edns_udp));
    put(j, edns, "ede", errors);
    put(j, j->root, "edns", edns);
}

struct json_section {
    struct json_reply *j;
    json_t *array;
};

static json_t *record_value(struct json_reply *j, const struct reply_record *record)
{
    json_t *value = json_object();
    put(j, value, "name", json_string(record->name));
    if (record->data.data)
        put(j, value, "ttl", json_integer(record->ttl));
    put(j, value, "class", json_string(record->class));
    put(j, value, "type", json_string(record->type));
    if (record->data.data)
        put(j, value, "data", json_string(record->data.data));
    return value;
}

/* A question is a record without TTL and data. */
static void add_record(void *arg, const struct reply_record *record)
{
    struct json_section *section = arg;
    append(section->j, section->array, record_value(section->j, record));
}

static void put_sections(struct json_reply *j, const struct reply_view *v)
{
    static const char *const keys[DNS_SECTIONS] = {"answer", "authority", "additional"};
    struct json_section section = {.j = j, .array = json_array()};
    if (reply_view_questions(v, add_record, &section) != ERR_OK)
        j->failed = true;
    put(j, j->root, "question", section.array);
    for (int i = 0; i < DNS_SECTIONS; i++) {
        section.array = json_array();
        if (reply_view_records(v, (enum dns_section)i, add_record, &section) != ERR_OK)
            j->failed = true;
        put(j, j->root, keys[i], section.array);
    }
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
    put_sections(&j, &v);
    char *line = j.failed ? NULL : json_dumps(j.root, 0);
    if (line)
        text_addf(out, "%s\n", line);
    bool good = line && !out->failed;
    free(line);
    json_decref(j.root);
    return good ? ERR_OK : ERR_NOMEM;
}
