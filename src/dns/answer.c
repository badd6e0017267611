#include "dns/answer.h"

#include "dns/record.h"

bool dns_answer_is_negative(const struct dns_answer *a, uint16_t type)
{
    const uint16_t *offsets = dns_answer_offsets(a);

    if (dns_answer_rcode(a) == DNS_RCODE_NXDOMAIN)
        return true;
    if (dns_answer_rcode(a) != DNS_RCODE_NOERROR)
        return false;
    if (type == DNS_TYPE_ANY)
        return a->counts[DNS_ANSWER] == 0;
    for (unsigned i = 0; i < a->counts[DNS_ANSWER]; i++)
        if (record_type(a->data, offsets[i]) == type)
            return false;
    return true;
}

void dns_answer_walk_init(struct dns_answer_walk *walk, const struct dns_answer *answer,
                          const struct dns_name *question)
{
    *walk = (struct dns_answer_walk){.answer = answer, .question = question};
}

static bool append(struct dns_name *name, const uint8_t *bytes, size_t len)
{
    if (name->len + len > DNS_NAME_MAX)
        return false;
    memcpy(name->wire + name->len, bytes, len);
    name->len = (uint8_t)(name->len + len);
    return true;
}

/* An owner's own labels, and then the root or the question from some label on. */
static bool read_owner(struct dns_name *out, const struct dns_answer_walk *walk, struct reader *r)
{
    out->len = 0;
    for (;;) {
        uint8_t head = reader_u8(r);
        if (r->failed)
            return false;
        if (head > DNS_LABEL_MAX) {
            size_t target = ((head & 0x3fu) << 8 | reader_u8(r)) - (size_t)DNS_HEADER_LEN;
            if (r->failed || target >= walk->question->len)
                return false;
            return append(out, walk->question->wire + target, walk->question->len - target);
        }
        const uint8_t *label = reader_bytes(r, head);
        if (!label || !append(out, &head, 1) || !append(out, label, head))
            return false;
        if (head == 0)
            return true;
    }
}

static enum dns_section section_of(const struct dns_answer *a, unsigned index)
{
    if (index < a->counts[DNS_ANSWER])
        return DNS_ANSWER;
    index -= a->counts[DNS_ANSWER];
    return index < a->counts[DNS_AUTHORITY] ? DNS_AUTHORITY : DNS_ADDITIONAL;
}

bool dns_answer_walk_next(struct dns_answer_walk *walk, struct dns_rr *rr)
{
    const struct dns_answer *a = walk->answer;
    struct reader r;

    if (walk->index >= dns_answer_records(a))
        return false;
    reader_init(&r, a->data, a->body_len);
    reader_bytes(&r, walk->start);
    if (!read_owner(&rr->owner, walk, &r))
        return false;
    rr->type = reader_u16(&r);
    rr->class = reader_u16(&r);
    rr->ttl = reader_u32(&r);
    rr->rdlen = reader_u16(&r);
    rr->rdata = reader_bytes(&r, rr->rdlen);
    rr->section = section_of(a, walk->index);
    if (r.failed)
        return false;
    walk->index++;
    walk->start = (size_t)(r.at - r.start);
    return true;
}
