#include "cli/reply_print.h"

#include "cli/reply_view.h"
#include "dns/edns.h"
#include "dns/message.h"

static void add_flag(void *arg, const char *flag)
{
    text_addf(arg, " %s", flag);
}

static void print_header(const struct reply_view *v, struct text *out)
{
    char rcode[16], opcode[REPLY_WORD_MAX];
    const uint8_t *m = v->message;
    text_addf(out, ";; ->>HEADER<<- opcode: %s, status: %s, id: %u\n", reply_view_opcode(v, opcode),
              dns_rcode_to_text(v->rcode, rcode), bytes_get16(m));
    text_add(out, ";; flags:");
    reply_view_flags(v, add_flag, out);
    text_addf(out, "; QUERY: %u, ANSWER: %u, AUTHORITY: %u, ADDITIONAL: %u\n\n", bytes_get16(m + 4),
              bytes_get16(m + 6), bytes_get16(m + 8), bytes_get16(m + 10));
}

static void print_option(const struct reply_option *o, struct text *out)
{
    if (o->code == DNS_OPTION_EDE && o->len >= 2) {
        uint16_t code = bytes_get16(o->data);
        const char *name = reply_ede_name(code);
        text_addf(out, "; EDE: %u", code);
        if (*name)
            text_addf(out, " (%s)", name);
        if (o->len > 2) {
            text_add(out, ": (");
            reply_add_printable(out, o->data + 2, o->len - 2u);
            text_add(out, ")");
        }
        text_add(out, "\n");
        return;
    }
    text_addf(out, "; OPT=%u:", o->code);
    for (uint16_t i = 0; i < o->len; i++)
        text_addf(out, " %02x", o->data[i]);
    text_add(out, "\n");
}

static void print_edns(const struct reply_view *v, struct text *out)
{
    struct reader r = v->options;
    struct reply_option option;
    if (!v->edns)
        return;
    text_addf(out, ";; OPT PSEUDOSECTION:\n; EDNS: version: %u, flags:%s; udp: %u\n",
              v->edns_version, v->edns_do ? " do" : "", v->edns_udp);
    while (reply_option_next(&r, &option))
        print_option(&option, out);
}

/* A section has a title once it has something in it. */
struct section {
    const char *title;
    struct text *out;
    bool begun;
};

static void section_begin(struct section *section)
{
    if (!section->begun)
        text_addf(section->out, ";; %s SECTION:\n", section->title);
    section->begun = true;
}

static void section_end(struct section *section)
{
    if (section->begun)
        text_add(section->out, "\n");
}

static void add_question(void *arg, const struct reply_record *question)
{
    struct section *section = arg;
    section_begin(section);
    text_addf(section->out, ";%s\t%s\t%s\n", question->name, question->class, question->type);
}

static void add_record(void *arg, const struct reply_record *record)
{
    struct section *section = arg;
    section_begin(section);
    text_addf(section->out, "%s\t%u\t%s\t%s\t%s\n", record->name, record->ttl, record->class,
              record->type, record->data.data);
}

static enum err print_sections(const struct reply_view *v, struct text *out)
{
    static const char *const titles[DNS_SECTIONS] = {"ANSWER", "AUTHORITY", "ADDITIONAL"};
    struct section section = {.title = "QUESTION", .out = out};
    enum err e = reply_view_questions(v, add_question, &section);
    section_end(&section);
    for (int i = 0; i < DNS_SECTIONS && e == ERR_OK; i++) {
        section = (struct section){.title = titles[i], .out = out};
        e = reply_view_records(v, (enum dns_section)i, add_record, &section);
        section_end(&section);
    }
    return e;
}

static void print_origin(const struct reply_origin *origin, size_t len, struct text *out)
{
    char host[ADDR_TEXT_MAX], when[64] = "";
    struct tm tm;
    if (localtime_r(&origin->when, &tm))
        strftime(when, sizeof(when), "%a %b %d %H:%M:%S %Z %Y", &tm);
    text_addf(out, ";; Query time: %llu msec\n", (unsigned long long)origin->time_ms);
    addr_format_host(&origin->server, host);
    text_addf(out, ";; SERVER: %s#%u(%s) (%s)\n", host, addr_port(&origin->server), host,
              origin->tcp ? "TCP" : "UDP");
    text_addf(out, ";; WHEN: %s\n;; MSG SIZE  rcvd: %zu\n", when, len);
}

enum err reply_print(const uint8_t *message, size_t len, const struct reply_origin *origin,
                     struct text *out)
{
    struct reply_view v;
    enum err e = reply_view_init(&v, message, len);
    if (e != ERR_OK)
        return e;
    print_header(&v, out);
    print_edns(&v, out);
    e = print_sections(&v, out);
    print_origin(origin, len, out);
    return out->failed ? ERR_NOMEM : e;
}

static void add_value(void *arg, const struct reply_record *record)
{
    text_addf(arg, "%s\n", record->data.data);
}

enum err reply_print_short(const uint8_t *message, size_t len, struct text *out)
{
    struct reply_view v;
    enum err e = reply_view_init(&v, message, len);
    if (e == ERR_OK)
        e = reply_view_records(&v, DNS_ANSWER, add_value, out);
    return out->failed ? ERR_NOMEM : e;
}
