/* A message from upstream: broken, or made into an answer whose replies can be read, at any limit
 * and in any order, and hold no compressed name in RDATA. */
#undef NDEBUG /* the checks are the point, in every build */
#include <assert.h>
#include <stdlib.h>

#include "dns/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const size_t limits[] = {512, 600, 1232, 4096, 65535};

/* Every target is a plain name that ends where the RDATA does. */
static void check_srv(const struct dns_rr *rr)
{
    struct dns_name target;
    struct reader r;
    if (rr->type != DNS_TYPE_SRV)
        return;
    reader_init(&r, rr->rdata, rr->rdlen);
    reader_bytes(&r, 6);
    assert(dns_name_read(&target, &r) == ERR_OK);
    assert(r.at == r.end);
}

static void check_reply(const struct dns_query *q, const struct dns_answer *a,
                        const struct dns_reply_options *options)
{
    uint8_t *tx = malloc(options->limit);
    struct dns_walk walk;
    struct dns_rr rr;
    int more;
    unsigned records = 0;

    assert(tx);
    size_t len = dns_reply_write(q, a, options, tx);
    assert(len >= DNS_HEADER_LEN && len <= options->limit);
    assert(memcmp(tx + DNS_HEADER_LEN, q->question, q->question_len) == 0);
    assert(dns_walk_init(&walk, tx, len) == ERR_OK);
    while ((more = dns_walk_next(&walk, &rr)) == 1) {
        check_srv(&rr);
        records++;
    }
    assert(more == 0);
    assert(walk.r.at == walk.r.end);
    bool truncated = (bytes_get16(tx + 2) & DNS_FLAG_TC) != 0;
    if (options->limit == 65535)
        assert(!truncated && records == dns_answer_records(a) + q->edns);
    if (!truncated)
        assert(bytes_get16(tx + 6) == a->counts[DNS_ANSWER]);
    free(tx);
}

static void check_answer(const struct dns_answer *a, const struct dns_name *question,
                         const struct dns_message_info *info)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    unsigned records = 0;
    uint32_t lowest = UINT32_MAX;

    dns_answer_walk_init(&walk, a, question);
    while (dns_answer_walk_next(&walk, &rr)) {
        assert(rr.type != DNS_TYPE_OPT && rr.type != DNS_TYPE_TSIG);
        check_srv(&rr);
        lowest = rr.ttl < lowest ? rr.ttl : lowest;
        records++;
    }
    assert(records == dns_answer_records(a));
    assert(walk.start == a->body_len);
    assert(lowest == info->min_ttl);
    assert(dns_answer_size(a) <= DNS_ANSWER_MAX);
}

/* A client's query with the message's question, which was read already and so is good. */
static size_t make_query(uint8_t *out, const uint8_t *message, size_t question_len, bool edns)
{
    static const uint8_t opt[DNS_EDNS_LEN] = {0, 0, DNS_TYPE_OPT, 4, 208};
    memset(out, 0, DNS_HEADER_LEN);
    out[5] = 1;
    out[11] = edns;
    memcpy(out + DNS_HEADER_LEN, message + DNS_HEADER_LEN, question_len);
    memcpy(out + DNS_HEADER_LEN + question_len, opt, sizeof(opt));
    return DNS_HEADER_LEN + question_len + (edns ? sizeof(opt) : 0);
}

static void check_replies(const uint8_t *message, size_t size, const struct dns_answer *a,
                          const struct dns_message_info *info)
{
    struct dns_name name;
    struct reader r;
    uint8_t packet[DNS_QUERY_MAX];
    struct dns_query q;

    reader_init(&r, message, size);
    reader_bytes(&r, DNS_HEADER_LEN);
    assert(dns_name_read(&name, &r) == ERR_OK);
    check_answer(a, &name, info);
    for (unsigned i = 0; i < 2 * sizeof(limits) / sizeof(limits[0]); i++) {
        size_t len = make_query(packet, message, name.len + 4u, i & 1);
        assert(dns_query_parse(&q, packet, len) == DNS_QUERY_OK);
        const struct dns_reply_options options = {
            .limit = limits[i / 2],
            .age = i * 100,
            .stale_ttl = i == 3 ? 30 : 0,
            .order = (enum dns_order)(i % 3),
            .order_seed = message[0],
            .ede = i > 3 ? DNS_EDE_STALE_ANSWER : DNS_EDE_NONE,
            .ede_text = i > 5 ? "some text" : NULL,
        };
        check_reply(&q, a, &options);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dns_ttl_limits ttl = {.min = 0, .max = 86400, .max_negative = 3600};
    struct dns_message_info info;
    struct dns_answer *a;

    /* The first byte says how much room there is: all, or a little. */
    if (size < 1 || size > DNS_MESSAGE_MAX)
        return 0;
    size_t capacity = data[0] & 1 ? 40 + (size_t)data[0] : DNS_ANSWER_MAX;
    uint16_t *buffer = malloc(capacity);
    assert(buffer);
    enum err err = dns_answer_from_message(&a, &info, data + 1, size - 1, &ttl, buffer, capacity);
    assert((err == ERR_OK) == (a != NULL));
    if (a)
        check_replies(data + 1, size - 1, a, &info);
    free(buffer);
    return 0;
}
