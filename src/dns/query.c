#include "dns/query.h"

#include "dns/name_bytes.h"

/* Sane values for all that an error reply looks at; the name is filled in later. */
static void query_init(struct dns_query *q)
{
    q->question = NULL;
    q->question_len = 0;
    q->id = 0;
    q->flags = 0;
    q->type = 0;
    q->class = 0;
    q->payload = DNS_UDP_PLAIN;
    q->edns = false;
    q->dnssec_ok = false;
    q->name.len = 1;
    q->name.wire[0] = 0;
}

/* The question, its name in plain labels: there is nothing before it to point to. */
static bool read_question(struct dns_query *q, struct reader *r)
{
    size_t name_len = name_wire_length(r->at, r->end);
    if (name_len == 0)
        return false;
    if (reader_left(r) < name_len + 4)
        return false;
    q->question = r->at;
    q->question_len = (uint16_t)(name_len + 4);
    q->type = bytes_get16(r->at + name_len);
    q->class = bytes_get16(r->at + name_len + 2);
    q->name.len = (uint8_t)name_len;
    name_lower_copy(q->name.wire, r->at, name_len);
    r->at += q->question_len;
    return true;
}

static uint16_t clamp_payload(uint16_t payload)
{
    if (payload < DNS_UDP_PLAIN) /* RFC 6891 §6.2.3: treated as equal to 512 */
        return DNS_UDP_PLAIN;
    return payload > DNS_UDP_PAYLOAD ? DNS_UDP_PAYLOAD : payload;
}

static bool accept_opt(struct dns_query *q, const struct dns_rr *rr, uint8_t *version)
{
    struct dns_edns edns;
    if (q->edns) /* RFC 6891 §6.1.1: more than one is FORMERR */
        return false;
    if (dns_edns_read(&edns, rr) != ERR_OK)
        return false;
    q->edns = true;
    q->payload = clamp_payload(edns.payload);
    q->dnssec_ok = edns.dnssec_ok;
    *version = edns.version;
    return true;
}

/* A record of the additional section. Signatures of the transaction (RFC 8945, RFC 2931) are
 * passed over, as we have no keys; they must be last. */
static bool read_additional(struct dns_query *q, struct reader *r, bool last, uint8_t *version)
{
    struct dns_rr rr;
    if (dns_name_read_compressed(&rr.owner, r) != ERR_OK)
        return false;
    rr.type = reader_u16(r);
    rr.class = reader_u16(r);
    rr.ttl = reader_u32(r);
    rr.rdlen = reader_u16(r);
    rr.rdata = reader_bytes(r, rr.rdlen);
    if (r->failed)
        return false;
    if (rr.type == DNS_TYPE_OPT)
        return accept_opt(q, &rr, version);
    if (rr.type == DNS_TYPE_TSIG || rr.type == DNS_TYPE_SIG)
        return last;
    return false;
}

static enum dns_query_verdict read_rest(struct dns_query *q, struct reader *r, unsigned records)
{
    uint8_t version = 0;
    for (; records > 0; records--)
        if (!read_additional(q, r, records == 1, &version))
            return DNS_QUERY_FORMERR;
    if (reader_left(r) > 0)
        return DNS_QUERY_FORMERR;
    return version > 0 ? DNS_QUERY_BADVERS : DNS_QUERY_OK;
}

enum dns_query_verdict dns_query_parse(struct dns_query *out, const uint8_t *packet, size_t len)
{
    struct reader r;
    enum dns_query_verdict verdict = DNS_QUERY_FORMERR;

    query_init(out);
    if (len < DNS_HEADER_LEN)
        return DNS_QUERY_DROP;
    out->id = bytes_get16(packet);
    out->flags = bytes_get16(packet + 2);
    if (out->flags & DNS_FLAG_QR)
        return DNS_QUERY_DROP;

    reader_init(&r, packet, len);
    r.at += DNS_HEADER_LEN;
    bool one_question = bytes_get16(packet + 4) == 1;
    bool no_records = bytes_get32(packet + 6) == 0; /* ANCOUNT and NSCOUNT */
    if (one_question && read_question(out, &r) && no_records)
        verdict = read_rest(out, &r, bytes_get16(packet + 10));
    /* The rest was read all the same: who sends OPT is to get one (RFC 6891 §6.1.1). */
    if (out->flags & DNS_OPCODE_MASK)
        return DNS_QUERY_NOTIMP;
    return verdict;
}

size_t dns_query_write(const struct dns_question *q, uint16_t id, bool edns, uint8_t *out,
                       size_t capacity)
{
    const struct dns_edns opt = {
        .payload = DNS_UDP_PAYLOAD,
        .dnssec_ok = q->dnssec_ok,
        .ede = DNS_EDE_NONE,
    };
    unsigned flags = DNS_FLAG_AD;
    struct writer w;

    flags |= q->recursion ? DNS_FLAG_RD : 0;
    flags |= q->checking_off ? DNS_FLAG_CD : 0;
    writer_init(&w, out, capacity);
    writer_u16(&w, id);
    writer_u16(&w, (uint16_t)flags);
    writer_u16(&w, 1);
    writer_u32(&w, 0);
    writer_u16(&w, edns);
    writer_bytes(&w, q->name.wire, q->name.len);
    writer_u16(&w, q->type);
    writer_u16(&w, q->class);
    if (edns)
        dns_edns_write(&w, &opt, NULL);
    return w.failed ? 0 : writer_len(&w);
}
