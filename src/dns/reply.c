#include "dns/reply.h"

#include "dns/record.h"
#include "dns/reply_body.h"

/* Bits of a query that its reply repeats (RFC 1035 §4.1.1; CD: RFC 4035 §3.2.2). */
#define FLAGS_COPIED (DNS_OPCODE_MASK | DNS_FLAG_RD | DNS_FLAG_CD)

/* What of an answer goes into a reply. */
struct plan {
    size_t room;       /* for records */
    unsigned sections; /* that go out whole; 0 = the answer section, truncated */
    uint16_t ede;
    const char *ede_text;
};

static void write_header(struct writer *w, const struct dns_query *q, uint16_t flags,
                         const uint16_t counts[DNS_SECTIONS])
{
    uint8_t *head = writer_reserve(w, DNS_HEADER_LEN);
    if (!head)
        return;
    bytes_put16(head, q->id);
    bytes_put16(head + 2,
                (uint16_t)(DNS_FLAG_QR | DNS_FLAG_RA | (q->flags & FLAGS_COPIED) | flags));
    bytes_put16(head + 4, q->question_len > 0);
    bytes_put16(head + 6, counts[DNS_ANSWER]);
    bytes_put16(head + 8, counts[DNS_AUTHORITY]);
    bytes_put16(head + 10, (uint16_t)(counts[DNS_ADDITIONAL] + q->edns));
    writer_bytes(w, q->question, q->question_len);
}

static void write_opt(struct writer *w, const struct dns_query *q, unsigned rcode, uint16_t ede,
                      const char *ede_text)
{
    const struct dns_edns edns = {
        .payload = DNS_UDP_PAYLOAD,
        .extended_rcode = (uint8_t)(rcode >> 4),
        .dnssec_ok = q->dnssec_ok, /* RFC 3225 §3: copied */
        .ede = ede,
    };
    if (q->edns)
        dns_edns_write(w, &edns, ede_text);
}

static size_t opt_size(const struct dns_query *q, uint16_t ede, const char *ede_text)
{
    return q->edns ? dns_edns_size(ede, ede_text) : 0;
}

/* Bytes that the records of the first `sections` sections take. */
static size_t sections_size(const struct dns_answer *a, unsigned sections)
{
    unsigned records = 0;
    for (unsigned s = 0; s < sections; s++)
        records += a->counts[s];
    return record_start(a, records);
}

/* First the text of the extended error goes, then the additional section, then whole records. */
static bool plan_reply(struct plan *plan, const struct dns_query *q, const struct dns_answer *a,
                       const struct dns_reply_options *options, size_t limit)
{
    size_t fixed = DNS_HEADER_LEN + q->question_len;
    bool own_ede = options->ede == DNS_EDE_NONE;

    plan->ede = own_ede ? a->ede : options->ede;
    plan->ede_text = options->ede_text;
    plan->sections = DNS_SECTIONS;
    size_t opt = opt_size(q, plan->ede, plan->ede_text);
    if (fixed + a->body_len + opt > limit && plan->ede_text) {
        plan->ede_text = NULL;
        opt = opt_size(q, plan->ede, NULL);
    }
    if (fixed + opt > limit)
        return false;
    plan->room = limit - fixed - opt;
    if (a->body_len > plan->room)
        plan->sections = DNS_ADDITIONAL;
    if (plan->sections == DNS_ADDITIONAL && sections_size(a, DNS_ADDITIONAL) > plan->room)
        plan->sections = 0;
    return true;
}

static uint16_t reply_flags(const struct dns_query *q, const struct dns_answer *a)
{
    uint16_t flags = a->flags;
    bool wants_ad = q->dnssec_ok || (q->flags & DNS_FLAG_AD) != 0; /* RFC 6840 §5.8 */
    if (!wants_ad)
        flags &= (uint16_t)~DNS_FLAG_AD;
    return flags;
}

/* The records; returns how many of the answer section went out. */
static unsigned write_body(struct writer *w, const struct plan *plan, const struct dns_query *q,
                           const struct dns_answer *a, const struct dns_reply_options *options)
{
    const struct ttl_rule rule = {.age = options->age, .stale_ttl = options->stale_ttl};
    struct dns_arrangement arrangement;

    dns_arrangement_init(&arrangement, a, q->type, options->order, options->order_seed);
    if (plan->sections == 0)
        return dns_reply_body_truncate(w, a, &arrangement, &rule);
    dns_reply_body_write(w, a, plan->sections, &arrangement, &rule);
    return a->counts[DNS_ANSWER];
}

size_t dns_reply_write(const struct dns_query *query, const struct dns_answer *answer,
                       const struct dns_reply_options *options, uint8_t *tx)
{
    size_t limit = options->limit < DNS_MESSAGE_MAX ? options->limit : DNS_MESSAGE_MAX;
    uint16_t counts[DNS_SECTIONS] = {0};
    struct plan plan;
    struct writer w, records;

    if (!plan_reply(&plan, query, answer, options, limit))
        return 0;
    uint16_t flags = reply_flags(query, answer);
    if (plan.sections == 0)
        flags |= DNS_FLAG_TC;
    for (unsigned s = 0; s < plan.sections; s++)
        counts[s] = answer->counts[s];

    writer_init(&w, tx, limit);
    size_t body_at = DNS_HEADER_LEN + query->question_len;
    writer_init(&records, tx + body_at, plan.room);
    counts[DNS_ANSWER] = (uint16_t)write_body(&records, &plan, query, answer, options);
    write_header(&w, query, flags, counts);
    writer_reserve(&w, writer_len(&records));
    write_opt(&w, query, 0, plan.ede, plan.ede_text);
    return w.failed ? 0 : writer_len(&w);
}

size_t dns_reply_error(const struct dns_query *query, enum dns_rcode rcode, uint16_t ede,
                       const char *ede_text, uint8_t *tx)
{
    static const uint16_t none[DNS_SECTIONS];
    size_t room = DNS_UDP_PLAIN - DNS_HEADER_LEN - query->question_len;
    struct writer w;

    if (rcode > DNS_RCODE_MASK && !query->edns)
        rcode = DNS_RCODE_SERVFAIL; /* the upper bits have no place */
    if (opt_size(query, ede, ede_text) > room)
        ede_text = NULL;
    if (opt_size(query, ede, ede_text) > room)
        ede = DNS_EDE_NONE;
    writer_init(&w, tx, DNS_UDP_PLAIN);
    write_header(&w, query, (uint16_t)(rcode & DNS_RCODE_MASK), none);
    write_opt(&w, query, rcode, ede, ede_text);
    return writer_len(&w);
}
