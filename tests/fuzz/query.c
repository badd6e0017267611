/* A client's packet: whatever it holds, it gets a verdict, and where it is to be answered, a reply
 * that can be read and repeats its question. */
#undef NDEBUG /* the checks are the point, in every build */
#include <assert.h>
#include <stdlib.h>

#include "dns/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(const struct dns_query *q, enum dns_rcode rcode, const char *text)
{
    uint8_t *tx = malloc(DNS_UDP_PLAIN);
    struct dns_walk walk;
    struct dns_rr rr;
    int more, records = 0;

    assert(tx);
    size_t len = dns_reply_error(q, rcode, DNS_EDE_OTHER, text, tx);
    assert(len >= DNS_HEADER_LEN && len <= DNS_UDP_PLAIN);
    assert(bytes_get16(tx) == q->id);
    assert(bytes_get16(tx + 2) & DNS_FLAG_QR);
    assert(bytes_get16(tx + 2) & DNS_FLAG_RA);
    if (q->question_len > 0)
        assert(memcmp(tx + DNS_HEADER_LEN, q->question, q->question_len) == 0);
    assert(dns_walk_init(&walk, tx, len) == ERR_OK);
    while ((more = dns_walk_next(&walk, &rr)) == 1)
        records++;
    assert(more == 0);
    assert(walk.r.at == walk.r.end);
    assert(records == q->edns);
    free(tx);
}

/* What was taken can be asked of another server, and is the same question there. */
static void check_forwarded(const struct dns_query *q)
{
    struct dns_question question = {.name = q->name, .type = q->type, .class = q->class};
    uint8_t out[DNS_QUERY_MAX];
    struct dns_query again;

    size_t len = dns_query_write(&question, q->id, q->edns, out, sizeof(out));
    assert(len > 0);
    assert(dns_query_parse(&again, out, len) == DNS_QUERY_OK);
    assert(dns_name_equal(&again.name, &q->name));
    assert(again.type == q->type && again.class == q->class);
    out[2] |= DNS_FLAG_QR >> 8;
    assert(dns_reply_matches(out, len, q->id, &question));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_query q;
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name name;

    enum dns_query_verdict verdict = dns_query_parse(&q, data, size);
    if (verdict == DNS_QUERY_DROP)
        return 0;
    assert(size >= DNS_HEADER_LEN);
    assert(q.payload >= DNS_UDP_PLAIN && q.payload <= DNS_UDP_PAYLOAD);
    check_reply(&q, DNS_RCODE_FORMERR, NULL);
    check_reply(&q, DNS_RCODE_BADVERS, "some text");
    if (verdict != DNS_QUERY_OK)
        return 0;
    assert(q.question_len == q.name.len + 4u);
    dns_name_to_text(&q.name, text);
    assert(dns_name_from_text(&name, text) == ERR_OK);
    assert(dns_name_equal(&name, &q.name));
    check_forwarded(&q);
    return 0;
}
