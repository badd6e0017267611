/* RDATA that may hold names. RFC 3597 §4 names the types whose names a receiver decompresses: those
 * of RFC 1035, and RP, AFSDB, RT, SIG, PX, NXT, NAPTR and SRV. Names of KX, DNAME, RRSIG and NSEC
 * must not be compressed, but a server that does it is understood. All else is opaque. */
#include "dns/message.h"

#define FIELDS_MAX 5

/* A field is a number of bytes, or one of these. */
enum { FIELD_END = 0, FIELD_NAME = 0xf0, FIELD_STRING, FIELD_REST };

struct layout {
    uint16_t type;
    uint16_t class; /* 0 = any */
    uint8_t fields[FIELDS_MAX];
};

/* Those that are met most come first. */
static const struct layout layouts[] = {
    {DNS_TYPE_A, DNS_CLASS_IN, {4}},
    {DNS_TYPE_AAAA, DNS_CLASS_IN, {16}},
    {DNS_TYPE_SRV, 0, {6, FIELD_NAME}},
    {DNS_TYPE_CNAME, 0, {FIELD_NAME}},
    {DNS_TYPE_NS, 0, {FIELD_NAME}},
    {DNS_TYPE_SOA, 0, {FIELD_NAME, FIELD_NAME, 20}},
    {DNS_TYPE_RRSIG, 0, {18, FIELD_NAME, FIELD_REST}},
    {DNS_TYPE_A, DNS_CLASS_CH, {FIELD_NAME, 2}}, /* RFC 1035 §3.4.1 is for IN only */
    {DNS_TYPE_MD, 0, {FIELD_NAME}},
    {DNS_TYPE_MF, 0, {FIELD_NAME}},
    {DNS_TYPE_MB, 0, {FIELD_NAME}},
    {DNS_TYPE_MG, 0, {FIELD_NAME}},
    {DNS_TYPE_MR, 0, {FIELD_NAME}},
    {DNS_TYPE_PTR, 0, {FIELD_NAME}},
    {DNS_TYPE_MINFO, 0, {FIELD_NAME, FIELD_NAME}},
    {DNS_TYPE_MX, 0, {2, FIELD_NAME}},
    {DNS_TYPE_RP, 0, {FIELD_NAME, FIELD_NAME}},
    {DNS_TYPE_AFSDB, 0, {2, FIELD_NAME}},
    {DNS_TYPE_RT, 0, {2, FIELD_NAME}},
    {DNS_TYPE_SIG, 0, {18, FIELD_NAME, FIELD_REST}},
    {DNS_TYPE_PX, 0, {2, FIELD_NAME, FIELD_NAME}},
    {DNS_TYPE_NXT, 0, {FIELD_NAME, FIELD_REST}},
    {DNS_TYPE_NAPTR, 0, {4, FIELD_STRING, FIELD_STRING, FIELD_STRING, FIELD_NAME}},
    {DNS_TYPE_KX, 0, {2, FIELD_NAME}},
    {DNS_TYPE_DNAME, 0, {FIELD_NAME}},
    {DNS_TYPE_NSEC, 0, {FIELD_NAME, FIELD_REST}},
};

static const struct layout *layout_find(uint16_t type, uint16_t class)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        if (layouts[i].type != type)
            continue;
        if (layouts[i].class == 0 || layouts[i].class == class)
            return &layouts[i];
    }
    return NULL;
}

static void expand_bytes(struct reader *r, struct writer *w, size_t n)
{
    const uint8_t *bytes = reader_bytes(r, n);
    if (bytes)
        writer_bytes(w, bytes, n);
}

static void expand_field(struct reader *r, struct writer *w, uint8_t field)
{
    struct dns_name name;
    switch (field) {
    case FIELD_NAME:
        if (dns_name_read_compressed(&name, r) == ERR_OK)
            writer_bytes(w, name.wire, name.len);
        break;
    case FIELD_STRING: /* a length byte, and as many bytes */
        expand_bytes(r, w, r->at < r->end ? 1u + *r->at : 1u);
        break;
    case FIELD_REST:
        expand_bytes(r, w, reader_left(r));
        break;
    default:
        expand_bytes(r, w, field);
        break;
    }
}

enum err dns_rdata_expand(const struct dns_rr *rr, const uint8_t *message, size_t len,
                          struct writer *w)
{
    const struct layout *layout = layout_find(rr->type, rr->class);
    struct reader r;

    if (!layout) {
        writer_bytes(w, rr->rdata, rr->rdlen);
        return ERR_OK;
    }
    if (rr->rdata < message || (size_t)(rr->rdata - message) + rr->rdlen > len)
        return ERR_INVALID;
    /* Ends with the RDATA: pointers lead backwards only, so nothing behind it is needed. */
    reader_init(&r, message, (size_t)(rr->rdata - message) + rr->rdlen);
    r.at = rr->rdata;
    for (size_t i = 0; i < FIELDS_MAX && layout->fields[i] != FIELD_END; i++)
        expand_field(&r, w, layout->fields[i]);
    if (r.failed)
        return ERR_INVALID;
    return r.at == r.end ? ERR_OK : ERR_INVALID;
}
