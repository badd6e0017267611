#include "dns/build.h"
#include "dns/name_bytes.h"
#include "dns/record.h"

#define POINTER_TO_QUESTION (0xc000 | DNS_HEADER_LEN)
#define REPLY_OPT_MAX       (DNS_EDNS_LEN + 6) /* with an extended error, without its text */

/* While an answer grows, its offsets stand at the end of the buffer, the first one last. */
static uint16_t *offset_slot(const struct dns_builder *b, unsigned index)
{
    uint8_t *end = (uint8_t *)b->answer + (b->capacity & ~(size_t)1);
    return (uint16_t *)(void *)(end - 2 * ((size_t)index + 1));
}

/* The most bytes of a body: the reply must fit a message, its OPT included. */
static size_t body_limit(const struct dns_builder *b)
{
    size_t name_len = b->wildcard ? DNS_NAME_MAX : b->question->len;
    size_t limit = DNS_MESSAGE_MAX - DNS_HEADER_LEN - name_len - 4 - REPLY_OPT_MAX;
    size_t tables = sizeof(struct dns_answer) + 2 * ((size_t)dns_answer_records(b->answer) + 1);
    size_t capacity = b->capacity & ~(size_t)1;
    size_t room = capacity > tables ? capacity - tables : 0;
    return room < limit ? room : limit;
}

void dns_builder_init(struct dns_builder *b, void *buffer, size_t capacity,
                      const struct dns_name *question)
{
    *b = (struct dns_builder){.answer = buffer, .question = question, .capacity = capacity};
    if (capacity < sizeof(struct dns_answer)) {
        b->failed = true;
        return;
    }
    *b->answer = (struct dns_answer){.ede = DNS_EDE_NONE};
}

void dns_builder_set_wildcard(struct dns_builder *b)
{
    b->wildcard = true;
}

/* Bytes that two names have in common at their ends, without regard to case. */
static size_t common_bytes(const struct dns_name *a, const struct dns_name *b)
{
    const uint8_t *end_a = a->wire + a->len, *end_b = b->wire + b->len;
    size_t most = a->len < b->len ? a->len : b->len, same = 0;
    while (same + 8 <= most && name_eight_equal(end_a - same - 8, end_b - same - 8))
        same += 8;
    while (same < most && name_lower_byte(end_a[-1 - (ptrdiff_t)same]) ==
                              name_lower_byte(end_b[-1 - (ptrdiff_t)same]))
        same++;
    return same;
}

/* Where the longest common ending of two names begins, in each; false when it is the root only: the
 * first label of `a` that lies in what is equal, and that is where a label of `b` begins too. */
static bool common_suffix(const struct dns_name *a, const struct dns_name *b, size_t *in_a,
                          size_t *in_b)
{
    size_t same = common_bytes(a, b), at_a = 0, at_b = 0;
    while (a->wire[at_a] != 0 && b->wire[at_b] != 0) {
        size_t left_a = a->len - at_a, left_b = b->len - at_b;
        if (left_a == left_b && left_a <= same) {
            *in_a = at_a;
            *in_b = at_b;
            return true;
        }
        if (left_a >= left_b)
            at_a += 1u + a->wire[at_a];
        if (left_b >= left_a)
            at_b += 1u + b->wire[at_b];
    }
    return false;
}

static void write_owner(const struct dns_builder *b, const struct dns_name *owner, struct writer *w)
{
    size_t in_owner = 0, in_question = 0;

    if (owner->len == b->question->len && memcmp(owner->wire, b->question->wire, owner->len) == 0 &&
        owner->len > 1) {
        writer_u16(w, POINTER_TO_QUESTION); /* as for most records */
        return;
    }
    if (b->wildcard && dns_name_equal(owner, b->question)) {
        writer_u16(w, POINTER_TO_QUESTION);
        return;
    }
    if (b->wildcard || !common_suffix(owner, b->question, &in_owner, &in_question)) {
        writer_bytes(w, owner->wire, owner->len);
        return;
    }
    writer_bytes(w, owner->wire, in_owner);
    writer_u16(w, (uint16_t)(POINTER_TO_QUESTION + in_question));
}

size_t dns_builder_open(const struct dns_builder *b, const struct dns_rr *rr, struct writer *w)
{
    size_t used = b->answer->body_len;
    size_t limit = body_limit(b);

    writer_init(w, b->answer->data, limit > used ? limit : used);
    w->at += used;
    write_owner(b, &rr->owner, w);
    writer_u16(w, rr->type);
    writer_u16(w, rr->class);
    writer_u32(w, rr->ttl);
    writer_u16(w, 0); /* RDLENGTH; known when the record is closed */
    return writer_len(w);
}

bool dns_builder_close(struct dns_builder *b, const struct dns_rr *rr, const struct writer *w,
                       size_t rdata_at)
{
    unsigned index = dns_answer_records(b->answer);

    if (w->failed)
        return false;
    bytes_put16(b->answer->data + rdata_at - 2, (uint16_t)(writer_len(w) - rdata_at));
    *offset_slot(b, index) = (uint16_t)(rdata_at - 6);
    b->answer->body_len = (uint16_t)writer_len(w);
    b->answer->counts[rr->section]++;
    b->section = rr->section;
    return true;
}

void dns_builder_drop(struct dns_builder *b, enum dns_section section)
{
    unsigned kept = dns_answer_records(b->answer) - b->answer->counts[section];
    size_t end = 0;

    if (kept > 0)
        end = record_end(b->answer->data, *offset_slot(b, kept - 1));
    b->answer->counts[section] = 0;
    b->answer->body_len = (uint16_t)end;
}

void dns_builder_add(struct dns_builder *b, const struct dns_rr *rr)
{
    struct writer w;

    if (rr->section < b->section)
        b->failed = true;
    if (b->failed)
        return;
    size_t rdata_at = dns_builder_open(b, rr, &w);
    writer_bytes(&w, rr->rdata, rr->rdlen);
    if (!dns_builder_close(b, rr, &w, rdata_at))
        b->failed = true;
}

/* Puts the offsets in order and right behind the body. */
static void settle_offsets(struct dns_builder *b)
{
    unsigned records = dns_answer_records(b->answer);
    size_t body = (size_t)b->answer->body_len + (b->answer->body_len & 1);

    for (unsigned i = 0; i < records / 2; i++) {
        uint16_t *low = offset_slot(b, records - 1 - i), *high = offset_slot(b, i);
        uint16_t swapped = *low;
        *low = *high;
        *high = swapped;
    }
    if (records > 0)
        memmove(b->answer->data + body, offset_slot(b, records - 1), 2 * (size_t)records);
    if (b->answer->body_len & 1)
        b->answer->data[b->answer->body_len] = 0;
}

struct dns_answer *dns_builder_finish(struct dns_builder *b, uint16_t flags)
{
    const uint16_t kept = DNS_FLAG_AA | DNS_FLAG_AD | DNS_FLAG_TC | DNS_RCODE_MASK;
    if (b->failed)
        return NULL;
    settle_offsets(b);
    b->answer->flags = flags & kept;
    return b->answer;
}
