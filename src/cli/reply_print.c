#include "cli/reply_print.h"

#include <stdlib.h>

#include "cli/reply_view.h"
#include "dns/edns.h"
#include "dns/message.h"

static void add_flag(void *arg, const char *flag)
{
    text_addf(arg, " %s", flag);
}

static void print_header(const struct reply_view *v, struct text *out)
{
    char rcode[16];
    const uint8_t *m = v->message;
    char *opcode = ldns_pkt_opcode2str(ldns_pkt_get_opcode(v->pkt));
    text_addf(out, ";; ->>HEADER<<- opcode: %s, status: %s, id: %u\n", opcode ? opcode : "?",
              dns_rcode_to_text(v->rcode, rcode), bytes_get16(m));
    free(opcode);
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
    struct reader r;
    struct reply_option option;
    if (!ldns_pkt_edns(v->pkt))
        return;
    text_addf(out, ";; OPT PSEUDOSECTION:\n; EDNS: version: %u, flags:%s; udp: %u\n",
              ldns_pkt_edns_version(v->pkt), ldns_pkt_edns_do(v->pkt) ? " do" : "",
              ldns_pkt_edns_udp_size(v->pkt));
    reply_view_options(v, &r);
    while (reply_option_next(&r, &option))
        print_option(&option, out);
}

static void print_question(const struct reply_view *v, struct text *out)
{
    const ldns_rr_list *list = ldns_pkt_question(v->pkt);
    if (ldns_rr_list_rr_count(list) == 0)
        return;
    text_add(out, ";; QUESTION SECTION:\n");
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(list, i);
        char *name = ldns_rdf2str(ldns_rr_owner(rr));
        char *class = ldns_rr_class2str(ldns_rr_get_class(rr));
        char *type = ldns_rr_type2str(ldns_rr_get_type(rr));
        if (name && class && type)
            text_addf(out, ";%s\t%s\t%s\n", name, class, type);
        else
            out->failed = true;
        free(name);
        free(class);
        free(type);
    }
    text_add(out, "\n");
}

static void print_section(const char *title, const ldns_rr_list *list, struct text *out)
{
    if (ldns_rr_list_rr_count(list) == 0)
        return;
    text_addf(out, ";; %s SECTION:\n", title);
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        char *record = reply_view_record(ldns_rr_list_rr(list, i));
        if (record)
            text_addf(out, "%s\n", record);
        else
            out->failed = true;
        free(record);
    }
    text_add(out, "\n");
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
    print_question(&v, out);
    print_section("ANSWER", ldns_pkt_answer(v.pkt), out);
    print_section("AUTHORITY", ldns_pkt_authority(v.pkt), out);
    print_section("ADDITIONAL", ldns_pkt_additional(v.pkt), out);
    print_origin(origin, len, out);
    reply_view_deinit(&v);
    return out->failed ? ERR_NOMEM : ERR_OK;
}

enum err reply_print_short(const uint8_t *message, size_t len, struct text *out)
{
    struct reply_view v;
    enum err e = reply_view_init(&v, message, len);
    if (e != ERR_OK)
        return e;
    const ldns_rr_list *list = ldns_pkt_answer(v.pkt);
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        char *record = reply_view_record(ldns_rr_list_rr(list, i));
        if (record)
            text_addf(out, "%s\n", reply_view_data(record));
        else
            out->failed = true;
        free(record);
    }
    reply_view_deinit(&v);
    return out->failed ? ERR_NOMEM : ERR_OK;
}
