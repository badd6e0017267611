#include "dns/edns.h"

/* The option numbers and the lengths in front of them. */
#define OPTION_HEAD 4
#define EDE_CODE    2

/* Finds the first extended error among the options (RFC 6891 §6.1.2, RFC 8914 §2). */
static enum err read_options(struct dns_edns *out, const uint8_t *options, size_t len)
{
    struct reader r;
    reader_init(&r, options, len);
    while (reader_left(&r) > 0 && !r.failed) {
        uint16_t code = reader_u16(&r);
        uint16_t size = reader_u16(&r);
        const uint8_t *data = reader_bytes(&r, size);
        if (!data || code != DNS_OPTION_EDE)
            continue;
        if (size < EDE_CODE)
            return ERR_INVALID;
        if (out->ede == DNS_EDE_NONE)
            out->ede = bytes_get16(data);
    }
    return r.failed ? ERR_INVALID : ERR_OK;
}

enum err dns_edns_read(struct dns_edns *out, const struct dns_rr *rr)
{
    *out = (struct dns_edns){
        .payload = rr->class,
        .extended_rcode = (uint8_t)(rr->ttl >> 24),
        .version = (uint8_t)(rr->ttl >> 16),
        .dnssec_ok = (rr->ttl & DNS_EDNS_DO) != 0,
        .ede = DNS_EDE_NONE,
    };
    if (rr->owner.len != 1)
        return ERR_INVALID;
    return rr->rdlen > 0 ? read_options(out, rr->rdata, rr->rdlen) : ERR_OK;
}

/* Bytes of the text that are sent: whole UTF-8 characters, since it is to be UTF-8 (RFC 8914 §2).
 */
static size_t text_size(const char *text)
{
    size_t len = text ? strnlen(text, DNS_EDE_TEXT_MAX + 1) : 0;
    if (len <= DNS_EDE_TEXT_MAX)
        return len;
    len = DNS_EDE_TEXT_MAX;
    while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

size_t dns_edns_size(uint16_t ede, const char *ede_text)
{
    if (ede == DNS_EDE_NONE)
        return DNS_EDNS_LEN;
    return DNS_EDNS_LEN + OPTION_HEAD + EDE_CODE + text_size(ede_text);
}

/* Root, type, payload, upper RCODE bits, version, flags, length of the options. */
static void write_head(uint8_t *at, const struct dns_edns *edns, size_t options)
{
    at[0] = 0;
    bytes_put16(at + 1, DNS_TYPE_OPT);
    bytes_put16(at + 3, edns->payload);
    at[5] = edns->extended_rcode;
    at[6] = edns->version;
    bytes_put16(at + 7, edns->dnssec_ok ? DNS_EDNS_DO : 0);
    bytes_put16(at + 9, (uint16_t)options);
}

void dns_edns_write(struct writer *w, const struct dns_edns *edns, const char *ede_text)
{
    size_t size = dns_edns_size(edns->ede, ede_text);
    uint8_t *at = writer_reserve(w, size);
    if (!at)
        return;
    write_head(at, edns, size - DNS_EDNS_LEN);
    if (size == DNS_EDNS_LEN)
        return;
    size_t text_len = size - DNS_EDNS_LEN - OPTION_HEAD - EDE_CODE;
    at += DNS_EDNS_LEN;
    bytes_put16(at, DNS_OPTION_EDE);
    bytes_put16(at + 2, (uint16_t)(EDE_CODE + text_len));
    bytes_put16(at + OPTION_HEAD, edns->ede);
    if (text_len > 0)
        memcpy(at + OPTION_HEAD + EDE_CODE, ede_text, text_len);
}
