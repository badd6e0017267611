#include "wire.h"

static struct packet p;

static enum dns_query_verdict parse(struct dns_query *q)
{
    return dns_query_parse(q, p.bytes, packet_len(&p));
}

static void good(unsigned flags)
{
    packet_init(&p, 0x1234, flags, 1);
    packet_question(&p, "_XMPP-Client._tcp.Lab.Example", DNS_TYPE_SRV);
}

static void test_plain(void **state)
{
    (void)state;
    struct dns_query q;
    good(DNS_FLAG_RD | DNS_FLAG_CD);
    assert_int_equal(parse(&q), DNS_QUERY_OK);
    assert_int_equal(q.id, 0x1234);
    assert_int_equal(q.flags, DNS_FLAG_RD | DNS_FLAG_CD);
    assert_int_equal(q.type, DNS_TYPE_SRV);
    assert_int_equal(q.class, DNS_CLASS_IN);
    assert_int_equal(q.payload, 512);
    assert_false(q.edns);
    assert_false(q.dnssec_ok);
    assert_name(&q.name, "_xmpp-client._tcp.lab.example.");
    assert_ptr_equal(q.question, p.bytes + 12);
    assert_int_equal(q.question_len, packet_len(&p) - 12);
    assert_memory_equal(q.question + 1, "_XMPP-Client", 12); /* the client's case */
}

/* Changes to a good query, one rule each. */
static void add_record(void)
{
    packet_a(&p, DNS_ADDITIONAL, "x", 0, 1);
}
static void count_answer(void)
{
    packet_a(&p, DNS_ANSWER, "x", 0, 1);
}
static void count_authority(void)
{
    packet_a(&p, DNS_AUTHORITY, "x", 0, 1);
}
static void no_question(void)
{
    packet_init(&p, 1, 0, 0);
}
static void two_questions(void)
{
    packet_question(&p, "x", 1);
    bytes_put16(p.bytes + 4, 2);
}
static void lying_qdcount(void)
{
    bytes_put16(p.bytes + 4, 2);
}
static void lying_arcount(void)
{
    packet_counts(&p, 0, 0, 1);
}
static void lying_ancount(void)
{
    packet_counts(&p, 1, 0, 0);
}
static void lying_nscount(void)
{
    packet_counts(&p, 0, 1, 0);
}
static void trailing_byte(void)
{
    writer_u8(&p.w, 0);
}
static void opt(void)
{
    packet_opt(&p, 1232, 0, NULL, 0);
}
static void two_opts(void)
{
    opt();
    opt();
}
static void opt_then_trailing(void)
{
    opt();
    trailing_byte();
}
static void opt_version_1(void)
{
    packet_opt(&p, 1232, 1 << 16, NULL, 0);
}
static void opt_version_1_and_second(void)
{
    opt_version_1();
    opt();
}
static void opt_with_option(void)
{
    packet_opt(&p, 1232, 0, "\0\x0a\0\2hi", 6);
}
static void opt_cut_option(void)
{
    packet_opt(&p, 1232, 0, "\0\x0a\0\3hi", 6);
}
static void opt_named(void)
{
    packet_record(&p, DNS_ADDITIONAL, "x", DNS_TYPE_OPT, 0, NULL, 0);
}
static void opt_in_answer(void)
{
    opt();
    packet_counts(&p, 1, 0, 0);
}
static void tsig(void)
{
    packet_record(&p, DNS_ADDITIONAL, "key", DNS_TYPE_TSIG, 0, "xxxx", 4);
}
static void opt_then_tsig(void)
{
    opt();
    tsig();
}
static void tsig_then_opt(void)
{
    tsig();
    opt();
}
static void sig0(void)
{
    packet_record(&p, DNS_ADDITIONAL, ".", DNS_TYPE_SIG, 0, "xxxx", 4);
}
static void compressed_question(void)
{
    packet_init(&p, 1, 0, 1);
    packet_name_to(&p, "x", 12);
    writer_u32(&p.w, 0x00010001);
}
static void long_label(void)
{
    packet_init(&p, 1, 0, 1);
    writer_u8(&p.w, 64);
    for (int i = 0; i < 64; i++)
        writer_u8(&p.w, 'a');
    writer_u8(&p.w, 0);
    writer_u32(&p.w, 0x00010001);
}
static void long_name(void)
{
    packet_init(&p, 1, 0, 1);
    for (int i = 0; i < 128; i++)
        writer_u16(&p.w, 0x0161);
    writer_u8(&p.w, 0);
    writer_u32(&p.w, 0x00010001);
}
static void longest_name(void)
{
    packet_init(&p, 1, 0, 1);
    for (int i = 0; i < 127; i++)
        writer_u16(&p.w, 0x0161);
    writer_u8(&p.w, 0);
    writer_u32(&p.w, 0x00010001);
}
static void root_name(void)
{
    packet_init(&p, 1, 0, 1);
    packet_question(&p, ".", DNS_TYPE_NS);
}

static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        void (*change)(void);
        unsigned flags;
        enum dns_query_verdict verdict;
        bool echo, edns;
    } rows[] = {
        {"good", NULL, 0, DNS_QUERY_OK, true, false},
        {"QR set", NULL, DNS_FLAG_QR, DNS_QUERY_DROP, false, false},
        {"IQUERY", NULL, 1 << 11, DNS_QUERY_NOTIMP, true, false},
        {"NOTIFY with OPT", opt, 4 << 11, DNS_QUERY_NOTIMP, true, true},
        {"opcode 15", NULL, 15 << 11, DNS_QUERY_NOTIMP, true, false},
        {"no question", no_question, 0, DNS_QUERY_FORMERR, false, false},
        {"two questions", two_questions, 0, DNS_QUERY_FORMERR, false, false},
        {"one of two questions", lying_qdcount, 0, DNS_QUERY_FORMERR, false, false},
        {"answer record", count_answer, 0, DNS_QUERY_FORMERR, true, false},
        {"authority record", count_authority, 0, DNS_QUERY_FORMERR, true, false},
        {"additional record", add_record, 0, DNS_QUERY_FORMERR, true, false},
        {"answer count alone", lying_ancount, 0, DNS_QUERY_FORMERR, true, false},
        {"authority count alone", lying_nscount, 0, DNS_QUERY_FORMERR, true, false},
        {"missing record", lying_arcount, 0, DNS_QUERY_FORMERR, true, false},
        {"trailing byte", trailing_byte, 0, DNS_QUERY_FORMERR, true, false},
        {"OPT", opt, 0, DNS_QUERY_OK, true, true},
        {"two OPTs", two_opts, 0, DNS_QUERY_FORMERR, true, true},
        {"OPT, trailing byte", opt_then_trailing, 0, DNS_QUERY_FORMERR, true, true},
        {"EDNS version 1", opt_version_1, 0, DNS_QUERY_BADVERS, true, true},
        {"version 1 and two OPTs", opt_version_1_and_second, 0, DNS_QUERY_FORMERR, true, true},
        {"option", opt_with_option, 0, DNS_QUERY_OK, true, true},
        {"option cut off", opt_cut_option, 0, DNS_QUERY_FORMERR, true, false},
        {"OPT with a name", opt_named, 0, DNS_QUERY_FORMERR, true, false},
        {"OPT as answer", opt_in_answer, 0, DNS_QUERY_FORMERR, true, false},
        {"TSIG", tsig, 0, DNS_QUERY_OK, true, false},
        {"OPT, TSIG", opt_then_tsig, 0, DNS_QUERY_OK, true, true},
        {"TSIG not last", tsig_then_opt, 0, DNS_QUERY_FORMERR, true, false},
        {"SIG(0)", sig0, 0, DNS_QUERY_OK, true, false},
        {"compressed question", compressed_question, 0, DNS_QUERY_FORMERR, false, false},
        {"label over 63", long_label, 0, DNS_QUERY_FORMERR, false, false},
        {"name over 255", long_name, 0, DNS_QUERY_FORMERR, false, false},
        {"name of 255", longest_name, 0, DNS_QUERY_OK, true, false},
        {"root", root_name, 0, DNS_QUERY_OK, true, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        good(rows[i].flags);
        if (rows[i].change)
            rows[i].change();
        uint8_t *bytes = exact_copy(p.bytes, packet_len(&p));
        enum dns_query_verdict verdict = dns_query_parse(&q, bytes, packet_len(&p));
        free(bytes);
        if (verdict != rows[i].verdict)
            fail_msg("%s: verdict %d", rows[i].what, verdict);
        if ((q.question_len > 0) != rows[i].echo)
            fail_msg("%s: question of %u bytes", rows[i].what, q.question_len);
        if (q.edns != rows[i].edns)
            fail_msg("%s: edns %d", rows[i].what, q.edns);
    }
}

/* RFC 6891 §6.2.3: under 512 counts as 512; we never send more than 1232. */
static void test_payload(void **state)
{
    (void)state;
    static const unsigned rows[][2] = {{0, 512},     {511, 512},   {512, 512},   {513, 513},
                                       {1232, 1232}, {1233, 1232}, {4096, 1232}, {65535, 1232}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        good(0);
        packet_opt(&p, rows[i][0], DNS_EDNS_DO, NULL, 0);
        assert_int_equal(parse(&q), DNS_QUERY_OK);
        assert_int_equal(q.payload, rows[i][1]);
        assert_true(q.dnssec_ok);
    }
}

/* Cut off anywhere: silence without a header, then FORMERR; never a byte behind the end. */
static void test_every_prefix(void **state)
{
    (void)state;
    good(0);
    packet_opt(&p, 1232, 0, "\0\x0a\0\2hi", 6);
    size_t whole = packet_len(&p);
    for (size_t len = 0; len < whole; len++) {
        uint8_t *bytes = exact_copy(p.bytes, len);
        struct dns_query q;
        assert_int_equal(dns_query_parse(&q, bytes, len),
                         len < 12 ? DNS_QUERY_DROP : DNS_QUERY_FORMERR);
        assert_false(q.edns);
        free(bytes);
    }
}

static void test_many_additional_records_end_early(void **state)
{
    (void)state;
    struct dns_query q;
    good(0);
    packet_counts(&p, 0, 0, 65535);
    assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void test_write_is_a_good_query(void **state)
{
    (void)state;
    for (int bits = 0; bits < 16; bits++) {
        struct dns_question question = {.name = name_of("lab.example"),
                                        .type = DNS_TYPE_AAAA,
                                        .class = DNS_CLASS_CH,
                                        .recursion = bits & 1,
                                        .checking_off = bits & 2,
                                        .dnssec_ok = bits & 4};
        bool edns = bits & 8;
        uint8_t out[DNS_QUERY_MAX];
        struct dns_query q;
        size_t len = dns_query_write(&question, 0xfedc, edns, out, sizeof(out));
        assert_int_equal(dns_query_parse(&q, out, len), DNS_QUERY_OK);
        unsigned flags = DNS_FLAG_AD | (bits & 1 ? DNS_FLAG_RD : 0) | (bits & 2 ? DNS_FLAG_CD : 0);
        assert_int_equal(q.flags, flags);
        assert_int_equal(q.id, 0xfedc);
        assert_int_equal(q.type, DNS_TYPE_AAAA);
        assert_int_equal(q.class, DNS_CLASS_CH);
        assert_int_equal(q.edns, edns);
        assert_int_equal(q.dnssec_ok, edns && (bits & 4));
        assert_int_equal(q.payload, edns ? 1232 : 512);
        assert_true(dns_name_equal(&q.name, &question.name));
        assert_int_equal(dns_query_write(&question, 1, edns, out, len - 1), 0);
        assert_int_equal(dns_query_write(&question, 1, edns, out, len), len);
    }
}

static void test_longest_query_fits(void **state)
{
    (void)state;
    struct dns_question question = {.type = 1, .class = 1, .dnssec_ok = true};
    uint8_t out[DNS_QUERY_MAX];
    question.name.len = 255;
    for (int i = 0; i < 127; i++)
        memcpy(question.name.wire + 2 * i, "\1a", 2);
    question.name.wire[254] = 0;
    assert_int_equal(dns_query_write(&question, 1, true, out, sizeof(out)), DNS_QUERY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_payload),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_many_additional_records_end_early),
        cmocka_unit_test(test_write_is_a_good_query),
        cmocka_unit_test(test_longest_query_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
