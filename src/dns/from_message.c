#include "dns/build.h"
#include "dns/record.h"
#include "dns/rrset_ttl.h"

/* A message from upstream on its way to an answer. */
struct import {
    const uint8_t *message;
    size_t len;
    struct dns_message_info *info;
    struct dns_builder builder;
    struct dns_name question;
    uint16_t question_type;
    enum dns_section end; /* sections from here on are left out: they did not fit */
    uint16_t ede;
};

static enum err import_question(struct import *in)
{
    struct reader r;
    reader_init(&r, in->message, in->len);
    reader_bytes(&r, 4);
    if (reader_u16(&r) != 1)
        return ERR_INVALID;
    reader_bytes(&r, 6);
    if (dns_name_read(&in->question, &r) != ERR_OK)
        return ERR_INVALID;
    in->question_type = reader_u16(&r);
    return r.failed ? ERR_INVALID : ERR_OK;
}

static enum err import_opt(struct import *in, const struct dns_rr *rr)
{
    struct dns_edns edns;
    if (rr->section != DNS_ADDITIONAL || in->info->edns)
        return ERR_OK;
    if (dns_edns_read(&edns, rr) != ERR_OK)
        return ERR_INVALID;
    in->info->edns = true;
    in->info->rcode |= (uint16_t)(edns.extended_rcode << 4);
    in->ede = edns.ede;
    return ERR_OK;
}

static enum err import_data(struct import *in, struct dns_rr *rr)
{
    struct writer w;

    if (rr->ttl & 0x80000000u)
        rr->ttl = 0; /* RFC 2181 §8 */
    size_t rdata_at = dns_builder_open(&in->builder, rr, &w);
    if (dns_rdata_expand(rr, in->message, in->len, &w) != ERR_OK)
        return ERR_INVALID;
    if (rr->section >= in->end)
        return ERR_OK;
    if (dns_builder_close(&in->builder, rr, &w, rdata_at))
        return ERR_OK;
    if (rr->section == DNS_ANSWER)
        return ERR_RANGE;
    dns_builder_drop(&in->builder, rr->section);
    in->end = rr->section;
    return ERR_OK;
}

static enum err import_record(struct import *in, struct dns_rr *rr)
{
    switch (rr->type) {
    case DNS_TYPE_OPT:
        return import_opt(in, rr);
    case DNS_TYPE_TSIG: /* signs the message as it was */
        return ERR_OK;
    default:
        return import_data(in, rr);
    }
}

static enum err import_records(struct import *in)
{
    struct dns_walk walk;
    struct dns_rr rr;
    int more;
    enum err err = dns_walk_init(&walk, in->message, in->len);

    while (!err && (more = dns_walk_next(&walk, &rr)) != 0)
        err = more < 0 ? ERR_INVALID : import_record(in, &rr);
    return err;
}

static bool has_soa(const struct dns_answer *a)
{
    const uint16_t *offsets = dns_answer_offsets(a) + a->counts[DNS_ANSWER];
    for (unsigned i = 0; i < a->counts[DNS_AUTHORITY]; i++)
        if (record_type(a->data, offsets[i]) == DNS_TYPE_SOA)
            return true;
    return false;
}

/* AD is theirs to say; AA is not ours to repeat. An RCODE of more than 4 bits has no place in the
 * header, and its lower half could look like success. */
static uint16_t answer_flags(const struct import *in, uint16_t message_flags)
{
    uint16_t rcode = in->info->rcode;
    if (rcode > DNS_RCODE_MASK)
        rcode = DNS_RCODE_SERVFAIL;
    return (uint16_t)((message_flags & DNS_FLAG_AD) | rcode);
}

enum err dns_answer_from_message(struct dns_answer **out, struct dns_message_info *info,
                                 const uint8_t *message, size_t len,
                                 const struct dns_ttl_limits *limits, void *buffer, size_t capacity)
{
    struct import in; /* field by field, as `question` is read */
    in.message = message;
    in.len = len;
    in.info = info;
    in.end = DNS_SECTIONS;
    in.ede = DNS_EDE_NONE;

    *out = NULL;
    *info = (struct dns_message_info){.min_ttl = UINT32_MAX};
    enum err err = import_question(&in);
    if (err)
        return err;
    uint16_t flags = bytes_get16(message + 2);
    info->rcode = flags & DNS_RCODE_MASK;
    info->truncated = (flags & DNS_FLAG_TC) != 0;
    dns_builder_init(&in.builder, buffer, capacity, &in.question);
    if (in.builder.failed)
        return ERR_RANGE;
    err = import_records(&in);
    if (err)
        return err;

    struct dns_answer *answer = dns_builder_finish(&in.builder, answer_flags(&in, flags));
    if (!answer)
        return ERR_RANGE;
    answer->ede = in.ede;
    dns_rrset_ttl_lower(answer);
    info->min_ttl = dns_rrset_ttl_limit(answer, in.question_type, limits);
    info->has_soa = has_soa(answer);
    *out = answer;
    return ERR_OK;
}

/* RFC 1035 §7.3, RFC 5452 §9.1: the ID and the whole question. */
bool dns_reply_matches(const uint8_t *message, size_t len, uint16_t id,
                       const struct dns_question *question)
{
    struct dns_name name;
    struct reader r;

    reader_init(&r, message, len);
    uint16_t reply_id = reader_u16(&r);
    uint16_t flags = reader_u16(&r);
    uint16_t questions = reader_u16(&r);
    reader_bytes(&r, 6);
    if (r.failed || reply_id != id)
        return false;
    if ((flags & (DNS_FLAG_QR | DNS_OPCODE_MASK)) != DNS_FLAG_QR)
        return false;
    uint16_t rcode = flags & DNS_RCODE_MASK;
    if (questions == 0)
        return rcode == DNS_RCODE_FORMERR || rcode == DNS_RCODE_NOTIMP;
    if (questions != 1)
        return false;
    if (dns_name_read(&name, &r) != ERR_OK)
        return false;
    uint16_t type = reader_u16(&r);
    uint16_t class = reader_u16(&r);
    if (r.failed || type != question->type || class != question->class)
        return false;
    return dns_name_equal(&name, &question->name);
}
