#include "replies.h"

/* What a reply's header repeats, sets, and never sets. */
static void test_flags(void **state)
{
    (void)state;
    static const struct {
        unsigned query, answer;
        bool dnssec;
        unsigned reply;
    } rows[] = {
        {0, 0, false, 0},
        {DNS_FLAG_RD, 0, false, DNS_FLAG_RD},
        {DNS_FLAG_CD, 0, false, DNS_FLAG_CD},
        {DNS_FLAG_RD | DNS_FLAG_CD, DNS_FLAG_AA, false, DNS_FLAG_RD | DNS_FLAG_CD | DNS_FLAG_AA},
        {0, DNS_RCODE_NXDOMAIN, false, DNS_RCODE_NXDOMAIN},
        {0, DNS_FLAG_TC, false, DNS_FLAG_TC},
        /* AA, TC, RA, Z and RCODE of a query mean nothing. */
        {DNS_FLAG_AA | DNS_FLAG_TC | DNS_FLAG_RA | 0x40 | 0xf, 0, false, 0},
        /* RFC 6840 §5.8 */
        {0, DNS_FLAG_AD, false, 0},
        {DNS_FLAG_AD, DNS_FLAG_AD, false, DNS_FLAG_AD},
        {0, DNS_FLAG_AD, true, DNS_FLAG_AD},
        {DNS_FLAG_AD, 0, true, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        make_query(&p, &q, rows[i].query, NAME, DNS_TYPE_SRV, rows[i].dnssec ? 1232 : 0,
                   rows[i].dnssec);
        reply(&q, simple_answer((uint16_t)rows[i].answer), &plain, tx);
        assert_int_equal(bytes_get16(tx), 0xbeef);
        assert_int_equal(bytes_get16(tx + 2), DNS_FLAG_QR | DNS_FLAG_RA | rows[i].reply);
    }
}

/* The question comes back byte for byte (0x20 case included), and the answer's owners with it. */
static void test_question_is_echoed(void **state)
{
    (void)state;
    static const char name[] = "_xMPp-cLIent._TcP.LaB.exAMPle";
    struct dns_query q;
    make_query(&p, &q, 0, name, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, simple_answer(0), &plain, tx);
    assert_int_equal(bytes_get16(tx + 4), 1);
    assert_memory_equal(tx + 12, p.bytes + 12, packet_len(&p) - 12);
    assert_int_equal(walk_all(tx, len, out, 3), 3);
    struct dns_name owner = name_of(name);
    assert_memory_equal(out[0].owner.wire, owner.wire, owner.len);
    assert_name(&out[1].owner, "LaB.exAMPle.");
    assert_name(&out[2].owner, "x.LaB.exAMPle.");
}

static void test_opt_only_for_those_who_sent_one(void **state)
{
    (void)state;
    for (int dnssec = 0; dnssec < 2; dnssec++) {
        struct dns_query q;
        struct dns_edns edns;
        make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 4096, dnssec);
        size_t len = reply(&q, simple_answer(0), &plain, tx);
        assert_int_equal(walk_all(tx, len, out, 4), 4);
        assert_int_equal(bytes_get16(tx + 10), 2);
        assert_int_equal(out[3].type, DNS_TYPE_OPT);
        assert_int_equal(dns_edns_read(&edns, &out[3]), ERR_OK);
        assert_int_equal(edns.payload, 1232);
        assert_int_equal(edns.version, 0);
        assert_int_equal(edns.extended_rcode, 0);
        assert_int_equal(edns.dnssec_ok, dnssec);
        assert_int_equal(edns.ede, DNS_EDE_NONE);
    }
    struct dns_query q;
    struct dns_reply_options options = plain;
    options.ede = DNS_EDE_STALE_ANSWER; /* has no place without OPT */
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, simple_answer(0), &options, tx);
    assert_int_equal(walk_all(tx, len, out, 3), 3);
}

static void test_extended_error(void **state)
{
    (void)state;
    static const struct {
        uint16_t answer, option, sent;
    } rows[] = {
        {DNS_EDE_NONE, DNS_EDE_NONE, DNS_EDE_NONE},
        {22, DNS_EDE_NONE, 22},
        {DNS_EDE_NONE, 3, 3},
        {22, 3, 3},
        {22, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        struct dns_edns edns;
        struct dns_reply_options options = plain;
        struct dns_answer *a = simple_answer(0);
        a->ede = rows[i].answer;
        options.ede = rows[i].option;
        options.ede_text = "why";
        make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 1232, false);
        size_t len = reply(&q, a, &options, tx);
        assert_int_equal(walk_all(tx, len, out, 4), 4);
        assert_int_equal(dns_edns_read(&edns, &out[3]), ERR_OK);
        assert_int_equal(edns.ede, rows[i].sent);
        if (rows[i].sent != DNS_EDE_NONE)
            assert_memory_equal(out[3].rdata + 6, "why", 3);
    }
}

static void test_ttls(void **state)
{
    (void)state;
    static const struct {
        uint32_t age, stale, ttls[3];
    } rows[] = {
        {0, 0, {60, 30, 10}},           {1, 0, {59, 29, 9}},
        {10, 0, {50, 20, 0}},           {31, 0, {29, 0, 0}},
        {UINT32_MAX, 0, {0, 0, 0}},     {0, 30, {30, 30, 30}},
        {UINT32_MAX, 30, {30, 30, 30}},
    };
    for (int order = DNS_ORDER_FIXED; order <= DNS_ORDER_SHUFFLE; order++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            struct dns_query q;
            struct dns_reply_options options = plain;
            options.age = rows[i].age;
            options.stale_ttl = rows[i].stale;
            options.order = (enum dns_order)order;
            make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
            size_t len = reply(&q, simple_answer(0), &options, tx);
            assert_int_equal(walk_all(tx, len, out, 3), 3);
            for (int k = 0; k < 3; k++)
                assert_int_equal(out[k].ttl, rows[i].ttls[k]);
        }
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        enum dns_rcode rcode;
        unsigned payload;
        unsigned header, extended;
    } rows[] = {
        {DNS_RCODE_FORMERR, 0, 1, 0},    {DNS_RCODE_NOTIMP, 1232, 4, 0},
        {DNS_RCODE_REFUSED, 1232, 5, 0}, {DNS_RCODE_BADVERS, 1232, 0, 1},
        {DNS_RCODE_BADVERS, 0, 2, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        struct dns_edns edns;
        make_query(&p, &q, DNS_FLAG_RD | DNS_FLAG_CD | DNS_FLAG_AD, "LAB.example", DNS_TYPE_SRV,
                   rows[i].payload, true);
        uint8_t *exact = malloc(512);
        assert_non_null(exact);
        size_t len = dns_reply_error(&q, rows[i].rcode, DNS_EDE_PROHIBITED, "why", exact);
        assert_int_equal(bytes_get16(exact), 0xbeef);
        assert_int_equal(bytes_get16(exact + 2),
                         DNS_FLAG_QR | DNS_FLAG_RA | DNS_FLAG_RD | DNS_FLAG_CD | rows[i].header);
        assert_memory_equal(exact + 12, q.question, q.question_len);
        assert_int_equal(walk_all(exact, len, out, 1), rows[i].payload > 0);
        if (rows[i].payload > 0) {
            assert_int_equal(dns_edns_read(&edns, &out[0]), ERR_OK);
            assert_int_equal(edns.extended_rcode, rows[i].extended);
            assert_int_equal(edns.version, 0);
            assert_int_equal(edns.ede, DNS_EDE_PROHIBITED);
            assert_true(edns.dnssec_ok);
        }
        free(exact);
    }
}

/* Whatever the verdict, an error reply can be written, in 512 bytes. */
static void test_error_for_unreadable_queries(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct dns_query q;
    packet_init(&p, 0x0102, 2 << 11, 0);
    assert_int_equal(dns_query_parse(&q, p.bytes, packet_len(&p)), DNS_QUERY_NOTIMP);
    assert_int_equal(dns_reply_error(&q, DNS_RCODE_NOTIMP, 21, text, tx), 12);
    assert_memory_equal(tx, "\1\2\x90\x84\0\0\0\0\0\0\0\0", 12); /* opcode and all */

    packet_init(&p, 1, 0, 1); /* the longest question there is, and the longest text */
    for (int i = 0; i < 127; i++)
        writer_u16(&p.w, 0x0161);
    writer_u8(&p.w, 0);
    writer_u32(&p.w, 0x00010001);
    packet_opt(&p, 512, 1 << 16, NULL, 0);
    assert_int_equal(dns_query_parse(&q, p.bytes, packet_len(&p)), DNS_QUERY_BADVERS);
    uint8_t *exact = malloc(512);
    assert_non_null(exact);
    size_t len = dns_reply_error(&q, DNS_RCODE_BADVERS, 21, text, exact);
    assert_int_equal(len, 12 + 259 + 17 + 200);
    assert_int_equal(walk_all(exact, len, out, 1), 1);
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_question_is_echoed),
        cmocka_unit_test(test_opt_only_for_those_who_sent_one),
        cmocka_unit_test(test_extended_error),
        cmocka_unit_test(test_ttls),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_error_for_unreadable_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
