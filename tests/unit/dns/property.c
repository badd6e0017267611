/* Random answers from a seeded generator, through all that happens to an answer: a message from
 * upstream, compressed at random, becomes an answer; the answer becomes replies at random limits
 * and in random orders; and each reply reads back as records of the message. */
#include "wire.h"

#define ROUNDS      3000
#define RECORDS_MAX 40

static struct packet p, query;
static uint16_t buffer[(DNS_ANSWER_MAX + 1) / 2];

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

/* The record as it should come out, names written out. */
struct expected {
    struct dns_name owner;
    uint16_t type;
    enum dns_section section;
    uint8_t rdata[600];
    uint16_t rdlen;
    bool seen;
};

static struct expected expected[RECORDS_MAX];
static unsigned expected_count;
static size_t name_places[400]; /* offsets where a label of a name begins */
static unsigned name_place_count;

static void random_case(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z' && draw(2))
            bytes[i] = (uint8_t)(bytes[i] - 32);
}

/* Writes 0 to 3 random labels, and then the root or a pointer to what was written before. */
static struct dns_name random_name(void)
{
    struct dns_name name;
    struct reader r;
    size_t start = packet_len(&p);
    for (unsigned labels = draw(3) + (name_place_count == 0); labels > 0; labels--) {
        uint8_t len = (uint8_t)(1 + draw(12));
        uint8_t label[12];
        for (size_t i = 0; i < len; i++)
            label[i] = (uint8_t)('a' + draw(4));
        random_case(label, len);
        if (name_place_count < 400)
            name_places[name_place_count++] = packet_len(&p);
        writer_u8(&p.w, len);
        writer_bytes(&p.w, label, len);
    }
    size_t target = name_place_count > 0 ? name_places[draw(name_place_count)] : start;
    if (draw(4) > 0 && target < start)
        packet_pointer(&p, target);
    else
        writer_u8(&p.w, 0);
    reader_init(&r, p.bytes, packet_len(&p));
    r.at += start;
    assert_int_equal(dns_name_read_compressed(&name, &r), ERR_OK);
    return name;
}

static void expect_bytes(struct expected *e, const void *bytes, size_t len)
{
    memcpy(e->rdata + e->rdlen, bytes, len);
    e->rdlen = (uint16_t)(e->rdlen + len);
}

static void random_rdata(struct expected *e)
{
    uint8_t bytes[20];
    size_t fixed = 0;
    unsigned names = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)draw(256);
    switch (e->type) {
    case DNS_TYPE_SRV:
        fixed = 6;
        names = 1;
        break;
    case DNS_TYPE_SOA:
        names = 2;
        break;
    case DNS_TYPE_CNAME:
        names = 1;
        break;
    case DNS_TYPE_A:
        fixed = 4;
        break;
    default:
        fixed = draw(20);
        break;
    }
    writer_bytes(&p.w, bytes, fixed);
    expect_bytes(e, bytes, fixed);
    for (; names > 0; names--) {
        struct dns_name name = random_name();
        expect_bytes(e, name.wire, name.len);
    }
    if (e->type == DNS_TYPE_SOA) {
        writer_bytes(&p.w, bytes, 20);
        expect_bytes(e, bytes, 20);
    }
}

static void random_record(enum dns_section section)
{
    static const uint16_t types[] = {DNS_TYPE_SRV, DNS_TYPE_SRV, DNS_TYPE_SOA, DNS_TYPE_CNAME,
                                     DNS_TYPE_A,   DNS_TYPE_TXT, 65280};
    struct expected *e = &expected[expected_count++];
    uint8_t *count = p.bytes + 6 + 2 * section;
    memset(e, 0, sizeof(*e));
    bytes_put16(count, (uint16_t)(bytes_get16(count) + 1));
    e->owner = random_name();
    e->type = types[draw(sizeof(types) / sizeof(types[0]))];
    e->section = section;
    packet_fixed(&p, e->type, draw(1000), 0);
    size_t rdata_at = packet_len(&p);
    random_rdata(e);
    bytes_put16(p.bytes + rdata_at - 2, (uint16_t)(packet_len(&p) - rdata_at));
}

static void random_message(struct dns_query *q)
{
    packet_init(&p, 1, DNS_FLAG_QR | (draw(4) == 0 ? DNS_RCODE_NXDOMAIN : 0), 1);
    name_place_count = 0;
    expected_count = 0;
    struct dns_name name = random_name();
    p.w.at = p.bytes + 12; /* the question is never compressed */
    writer_bytes(&p.w, name.wire, name.len);
    writer_u16(&p.w, draw(2) ? DNS_TYPE_SRV : DNS_TYPE_A);
    writer_u16(&p.w, DNS_CLASS_IN);
    size_t question_end = packet_len(&p);
    for (int section = 0; section < DNS_SECTIONS; section++)
        for (unsigned n = draw(RECORDS_MAX / 3); n > 0; n--)
            random_record((enum dns_section)section);
    if (draw(2))
        packet_opt(&p, 1232, draw(2) ? DNS_EDNS_DO : 0, NULL, 0);

    /* The client asks the same, in a case of its own. */
    packet_init(&query, 7, draw(2) ? DNS_FLAG_RD : 0, 1);
    writer_bytes(&query.w, p.bytes + 12, question_end - 12);
    random_case(query.bytes + 12, question_end - 16);
    if (draw(2))
        packet_opt(&query, draw(3000), draw(2) ? DNS_EDNS_DO : 0, NULL, 0);
    assert_int_equal(dns_query_parse(q, query.bytes, packet_len(&query)), DNS_QUERY_OK);
}

static bool is_expected(const struct expected *e, const struct dns_rr *rr)
{
    if (e->seen || e->type != rr->type || e->section != rr->section)
        return false;
    if (e->rdlen != rr->rdlen || memcmp(e->rdata, rr->rdata, rr->rdlen) != 0)
        return false;
    return dns_name_equal(&e->owner, &rr->owner);
}

static void take_expected(const struct dns_rr *rr)
{
    for (unsigned i = 0; i < expected_count; i++) {
        if (is_expected(&expected[i], rr)) {
            expected[i].seen = true;
            return;
        }
    }
    fail_msg("a record of type %u that nobody sent", rr->type);
}

static void check_reply(const uint8_t *tx, size_t len, const struct dns_query *q)
{
    struct dns_walk walk;
    struct dns_rr rr;
    unsigned records = 0, opts = 0;
    int more;
    for (unsigned i = 0; i < expected_count; i++)
        expected[i].seen = false;
    assert_memory_equal(tx + 12, q->question, q->question_len);
    assert_int_equal(dns_walk_init(&walk, tx, len), ERR_OK);
    while ((more = dns_walk_next(&walk, &rr)) == 1) {
        if (rr.type == DNS_TYPE_OPT) {
            opts++;
            continue;
        }
        take_expected(&rr);
        records++;
    }
    assert_int_equal(more, 0);
    assert_ptr_equal(walk.r.at, walk.r.end);
    assert_int_equal(opts, q->edns);
    unsigned an = bytes_get16(tx + 6), sent = 0;
    for (unsigned i = 0; i < expected_count; i++)
        sent += expected[i].section == DNS_ANSWER;
    if (an < sent)
        assert_true(bytes_get16(tx + 2) & DNS_FLAG_TC);
    if (bytes_get16(tx + 2) & DNS_FLAG_TC)
        assert_int_equal(records, an);
}

static void check_limit(const struct dns_query *q, const struct dns_answer *a, size_t limit)
{
    const struct dns_reply_options options = {
        .limit = limit,
        .age = draw(500),
        .order = (enum dns_order)draw(3),
        .order_seed = draw(1000),
        .ede = draw(2) ? 22 : DNS_EDE_NONE,
        .ede_text = draw(2) ? "some text" : NULL,
    };
    uint8_t *tx = malloc(limit);
    assert_non_null(tx);
    size_t len = dns_reply_write(q, a, &options, tx);
    assert_in_range(len, 12, limit);
    check_reply(tx, len, q);
    free(tx);
}

/* RFC 2181 §5.2, found the slow way. */
static void check_ttls(const struct dns_answer *a, const struct dns_name *question)
{
    static struct dns_rr all[RECORDS_MAX];
    struct dns_answer_walk walk;
    unsigned n = 0;
    dns_answer_walk_init(&walk, a, question);
    while (n < RECORDS_MAX && dns_answer_walk_next(&walk, &all[n]))
        n++;
    assert_int_equal(n, expected_count);
    bool negative = dns_answer_rcode(a) == DNS_RCODE_NXDOMAIN;
    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (all[i].type != all[k].type || all[i].section != all[k].section)
                continue;
            if (all[i].type == DNS_TYPE_SOA && (negative || all[i].section == DNS_AUTHORITY))
                continue; /* these have their own rule */
            if (dns_name_equal(&all[i].owner, &all[k].owner))
                assert_int_equal(all[i].ttl, all[k].ttl);
        }
    }
}

static void test_answers_survive(void **state)
{
    (void)state;
    const struct dns_ttl_limits limits = {.max = UINT32_MAX, .max_negative = UINT32_MAX};
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        struct dns_query q;
        struct dns_answer *a;
        struct dns_message_info info;
        seed = round * 2654435761u;
        random_message(&q);
        uint8_t *bytes = exact_copy(p.bytes, packet_len(&p));
        assert_int_equal(dns_answer_from_message(&a, &info, bytes, packet_len(&p), &limits, buffer,
                                                 sizeof(buffer)),
                         ERR_OK);
        free(bytes);
        assert_int_equal(dns_answer_records(a), expected_count);
        check_ttls(a, &q.name);
        check_limit(&q, a, 65535);
        check_limit(&q, a, q.payload);
        check_limit(&q, a, 300 + draw(3000));
    }
}

/* Whether owners are read or only checked, the same records are found, and the same end. */
static void check_skim(const uint8_t *message, size_t len)
{
    struct dns_walk read, skim;
    struct dns_rr rr, skimmed;
    int more;
    assert_int_equal(dns_walk_init(&read, message, len), dns_walk_init(&skim, message, len));
    do {
        more = dns_walk_next(&read, &rr);
        assert_int_equal(dns_walk_skim(&skim, &skimmed), more);
        if (more != 1)
            break;
        assert_ptr_equal(skimmed.rdata, rr.rdata);
        assert_int_equal(skimmed.rdlen, rr.rdlen);
        assert_int_equal(skimmed.type, rr.type);
        assert_int_equal(skimmed.ttl, rr.ttl);
        assert_int_equal(skimmed.section, rr.section);
    } while (more == 1);
}

/* Bits turned over at random in such messages: broken or not, whatever is taken makes replies that
 * read back. */
static void test_damaged_messages(void **state)
{
    (void)state;
    const struct dns_ttl_limits limits = {.min = 1, .max = 100, .max_negative = 50};
    unsigned taken = 0;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        struct dns_query q;
        struct dns_answer *a;
        struct dns_message_info info;
        seed = round * 2246822519u;
        random_message(&q);
        size_t len = packet_len(&p);
        uint8_t *bytes = exact_copy(p.bytes, len);
        for (unsigned n = 1 + draw(3); n > 0; n--)
            bytes[q.question_len + 6 + draw((uint32_t)len - q.question_len - 6u)] ^=
                (uint8_t)(1u << draw(8));
        enum err err =
            dns_answer_from_message(&a, &info, bytes, len, &limits, buffer, sizeof(buffer));
        check_skim(bytes, len);
        free(bytes);
        if (err)
            continue;
        taken++;
        const struct dns_reply_options options = {
            .limit = 512, .order = DNS_ORDER_SHUFFLE, .order_seed = round, .ede = DNS_EDE_NONE};
        uint8_t tx[512];
        size_t reply_len = dns_reply_write(&q, a, &options, tx);
        struct dns_rr rr;
        walk_all(tx, reply_len, &rr, 1);
    }
    assert_true(taken > ROUNDS / 20); /* else the test tests nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_survive),
        cmocka_unit_test(test_damaged_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
