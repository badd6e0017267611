#include "cli/reply_view.h"

#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

enum err reply_view_init(struct reply_view *v, const uint8_t *message, size_t len)
{
    *v = (struct reply_view){.message = message, .len = len};
    if (len < DNS_HEADER_LEN)
        return ERR_INVALID;
    ldns_status s = ldns_wire2pkt(&v->pkt, message, len);
    if (s != LDNS_STATUS_OK) {
        v->pkt = NULL;
        return s == LDNS_STATUS_MEM_ERR ? ERR_NOMEM : ERR_INVALID;
    }
    v->flags = bytes_get16(message + 2);
    v->rcode = v->flags & DNS_RCODE_MASK;
    if (ldns_pkt_edns(v->pkt))
        v->rcode |= (uint16_t)(ldns_pkt_edns_extended_rcode(v->pkt) << 4);
    return ERR_OK;
}

void reply_view_deinit(struct reply_view *v)
{
    ldns_pkt_free(v->pkt);
    v->pkt = NULL;
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

char *reply_view_record(const ldns_rr *rr)
{
    ldns_buffer *b = ldns_buffer_new(LDNS_MIN_BUFLEN);
    if (!b)
        return NULL;
    char *text = NULL;
    if (ldns_rr2buffer_str_fmt(b, ldns_output_format_nocomments, rr) == LDNS_STATUS_OK)
        text = ldns_buffer_export2str(b);
    ldns_buffer_free(b);
    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

const char *reply_view_data(const char *record)
{
    /* A tab in a name is escaped, and strings come later: the first four end the fields. */
    for (unsigned i = 0; i < 4; i++) {
        const char *tab = strchr(record, '\t');
        if (!tab)
            return "";
        record = tab + 1;
    }
    return record;
}

void reply_view_options(const struct reply_view *v, struct reader *r)
{
    const ldns_rdf *data = ldns_pkt_edns_data(v->pkt);
    reader_init(r, NULL, 0);
    if (data)
        reader_init(r, ldns_rdf_data(data), ldns_rdf_size(data));
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
