#include "cli/reply_view.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/edns.h"
#include "policy/rdata_text.h"

/* Of several OPT records, which is an error of the sender's, the last is taken. */
static void read_opt(struct reply_view *v, const struct dns_rr *rr)
{
    v->edns = true;
    v->edns_udp = rr->class;
    v->rcode = (uint16_t)((v->flags & DNS_RCODE_MASK) | (rr->ttl >> 24) << 4);
    v->edns_version = (uint8_t)(rr->ttl >> 16);
    v->edns_do = (rr->ttl & DNS_EDNS_DO) != 0;
    reader_init(&v->options, rr->rdata, rr->rdlen);
}

enum err reply_view_init(struct reply_view *v, const uint8_t *message, size_t len)
{
    struct dns_walk walk;
    struct dns_rr rr;
    int more;
    *v = (struct reply_view){.message = message, .len = len};
    if (dns_walk_init(&walk, message, len) != ERR_OK)
        return ERR_INVALID;
    v->flags = bytes_get16(message + 2);
    v->rcode = v->flags & DNS_RCODE_MASK;
    while ((more = dns_walk_next(&walk, &rr)) == 1) {
        if (rr.section == DNS_ADDITIONAL && rr.type == DNS_TYPE_OPT)
            read_opt(v, &rr);
    }
    return more == 0 ? ERR_OK : ERR_INVALID;
}

void reply_view_flags(const struct reply_view *v, void (*add)(void *arg, const char *flag),
                      void *arg)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } flags[] = {
        {DNS_FLAG_QR, "qr"}, {DNS_FLAG_AA, "aa"}, {DNS_FLAG_TC, "tc"}, {DNS_FLAG_RD, "rd"},
        {DNS_FLAG_RA, "ra"}, {DNS_FLAG_AD, "ad"}, {DNS_FLAG_CD, "cd"},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (v->flags & flags[i].bit)
            add(arg, flags[i].name);
    }
}

const char *reply_view_opcode(const struct reply_view *v, char out[REPLY_WORD_MAX])
{
    /* RFC 1035 §4.1.1, RFC 1996 §3, RFC 2136 §2.2. */
    static const char *const names[] = {"QUERY", "IQUERY", "STATUS", "OPCODE3", "NOTIFY", "UPDATE"};
    unsigned opcode = (v->flags & DNS_OPCODE_MASK) >> 11;
    if (opcode < sizeof(names) / sizeof(names[0]))
        return names[opcode];
    snprintf(out, REPLY_WORD_MAX, "OPCODE%u", opcode);
    return out;
}

/* Takes over a word from ldns. */
static bool take_word(char out[REPLY_WORD_MAX], char *word)
{
    bool good = word != NULL;
    if (good)
        snprintf(out, REPLY_WORD_MAX, "%s", word);
    free(word);
    return good;
}

static bool put_head(struct reply_record *out, const struct dns_name *name, uint16_t type,
                     uint16_t class)
{
    dns_name_to_text(name, out->name);
    return take_word(out->type, ldns_rr_type2str((ldns_rr_type)type)) &&
           take_word(out->class, ldns_rr_class2str((ldns_rr_class) class));
}

enum err reply_view_questions(const struct reply_view *v, reply_record_fn add, void *arg)
{
    struct reply_record record = {.ttl = 0};
    struct dns_name name;
    struct reader r;
    reader_init(&r, v->message, v->len);
    reader_bytes(&r, 4);
    unsigned left = reader_u16(&r);
    for (reader_bytes(&r, 6); left > 0 && !r.failed; left--) {
        dns_name_read_compressed(&name, &r);
        uint16_t type = reader_u16(&r);
        uint16_t class = reader_u16(&r);
        if (!put_head(&record, &name, type, class))
            return ERR_NOMEM;
        add(arg, &record);
    }
    return ERR_OK;
}

/* RDATA whose names cannot be written out is shown as it came. */
static enum err put_data(const struct reply_view *v, const struct dns_rr *rr, struct text *out)
{
    struct dns_rr plain = *rr;
    struct text line = {0};
    struct writer w;
    size_t room = rr->rdlen + 2 * DNS_NAME_MAX;
    uint8_t *rdata = malloc(room);
    if (!rdata)
        return ERR_NOMEM;
    writer_init(&w, rdata, room);
    enum err e = dns_rdata_expand(rr, v->message, v->len, &w);
    if (e == ERR_OK && !w.failed && writer_len(&w) <= UINT16_MAX) {
        plain.rdata = rdata;
        plain.rdlen = (uint16_t)writer_len(&w);
    }
    e = rdata_text_add(&line, &plain);
    if (e == ERR_OK)
        text_add(out, strchr(line.data, ' ') + 1);
    text_deinit(&line);
    free(rdata);
    return out->failed ? ERR_NOMEM : e;
}

enum err reply_view_records(const struct reply_view *v, enum dns_section section,
                            reply_record_fn add, void *arg)
{
    struct reply_record record;
    struct dns_walk walk;
    struct dns_rr rr;
    enum err e = dns_walk_init(&walk, v->message, v->len);
    while (e == ERR_OK && dns_walk_next(&walk, &rr) == 1) {
        if (rr.section != section || rr.type == DNS_TYPE_OPT)
            continue;
        record = (struct reply_record){.ttl = rr.ttl};
        if (!put_head(&record, &rr.owner, rr.type, rr.class))
            e = ERR_NOMEM;
        if (e == ERR_OK)
            e = put_data(v, &rr, &record.data);
        if (e == ERR_OK)
            add(arg, &record);
        text_deinit(&record.data);
    }
    return e;
}

bool reply_option_next(struct reader *r, struct reply_option *out)
{
    if (reader_left(r) == 0)
        return false;
    out->code = reader_u16(r);
    out->len = reader_u16(r);
    out->data = reader_bytes(r, out->len);
    return !r->failed;
}

const char *reply_ede_name(uint16_t code)
{
    static const char *const names[] = {
        "Other",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        "Blocked",
        "Censored",
        "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
    };
    return code < sizeof(names) / sizeof(names[0]) ? names[code] : "";
}

void reply_add_printable(struct text *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < 0x20 || bytes[i] >= 0x7f)
            text_addf(out, "\\%03u", bytes[i]);
        else
            text_addf(out, "%c", bytes[i]);
    }
}
