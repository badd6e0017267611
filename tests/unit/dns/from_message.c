#include "wire.h"

static struct packet p;
static uint16_t buffer[(DNS_ANSWER_MAX + 1) / 2];
static const struct dns_ttl_limits no_limits = {.max = UINT32_MAX, .max_negative = UINT32_MAX};

static void start(unsigned flags, const char *name, unsigned type)
{
    packet_init(&p, 1, DNS_FLAG_QR | flags, 1);
    packet_question(&p, name, type);
}

static enum err import_limited(struct dns_answer **a, struct dns_message_info *info,
                               const struct dns_ttl_limits *limits)
{
    uint8_t *bytes = exact_copy(p.bytes, packet_len(&p));
    enum err err = dns_answer_from_message(a, info, bytes, packet_len(&p), limits, buffer,
                                           DNS_ANSWER_MAX & ~(size_t)1);
    free(bytes);
    if (err)
        assert_null(*a);
    return err;
}

static struct dns_answer *import(struct dns_message_info *info)
{
    struct dns_answer *a;
    assert_int_equal(import_limited(&a, info, &no_limits), ERR_OK);
    return a;
}

static uint32_t ttl_of(const struct dns_answer *a, unsigned index)
{
    return bytes_get32(a->data + dns_answer_offsets(a)[index]);
}

static void assert_ttls(const struct dns_answer *a, const uint32_t *ttls, unsigned n)
{
    assert_int_equal(dns_answer_records(a), n);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(ttl_of(a, i), ttls[i]);
}

static void test_flags(void **state)
{
    (void)state;
    static const struct {
        unsigned in;
        uint16_t out;
        bool truncated;
    } rows[] = {
        {0, 0, false},
        {DNS_FLAG_AA | DNS_FLAG_RA | DNS_FLAG_RD | DNS_FLAG_CD, 0, false}, /* not ours to repeat */
        {DNS_FLAG_AD, DNS_FLAG_AD, false},
        {DNS_FLAG_TC, 0, true},
        {DNS_RCODE_NXDOMAIN | DNS_FLAG_AD, DNS_RCODE_NXDOMAIN | DNS_FLAG_AD, false},
        {DNS_RCODE_REFUSED, DNS_RCODE_REFUSED, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_message_info info;
        start(rows[i].in, "a", 1);
        struct dns_answer *a = import(&info);
        assert_int_equal(a->flags, rows[i].out);
        assert_int_equal(info.truncated, rows[i].truncated);
        assert_int_equal(info.rcode, rows[i].in & 0xf);
        assert_int_equal(info.min_ttl, UINT32_MAX);
        assert_false(info.edns);
        assert_false(info.has_soa);
    }
}

/* xmpp-dns rule 1, RFC 3597 §4: an upstream that compresses SRV targets is understood, and no
 * pointer leaves in RDATA. */
static void test_srv_target_is_expanded(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(0, "_xmpp-client._tcp.Lab.example", DNS_TYPE_SRV);
    packet_counts(&p, 1, 0, 1);
    packet_pointer(&p, 12);
    packet_fixed(&p, DNS_TYPE_SRV, 60, 6 + 8);
    writer_bytes(&p.w, "\0\1\0\2\x14\x66", 6);
    size_t target = packet_len(&p);
    packet_name_to(&p, "xmpp1", 12 + 13 + 5);
    packet_pointer(&p, target); /* the owner of the next points into this RDATA */
    packet_fixed(&p, DNS_TYPE_A, 60, 4);
    writer_u32(&p.w, 0x01020304);
    struct dns_answer *a = import(&info);

    struct dns_name question = name_of("_xmpp-client._tcp.lab.example"), target_name;
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct reader r;
    dns_answer_walk_init(&walk, a, &question);
    assert_true(dns_answer_walk_next(&walk, &rr));
    assert_true(dns_name_equal(&rr.owner, &question));
    assert_int_equal(rr.rdlen, 6 + 19);
    reader_init(&r, rr.rdata + 6, rr.rdlen - 6u);
    assert_int_equal(dns_name_read(&target_name, &r), ERR_OK); /* no pointer in it */
    assert_name(&target_name, "xmpp1.Lab.example.");
    assert_true(dns_answer_walk_next(&walk, &rr));
    assert_name(&rr.owner, "xmpp1.lab.example.");

    /* And so it is in the reply. */
    static struct packet query;
    struct dns_query q;
    make_query(&query, &q, 0, "_XMPP-client._tcp.lab.example", DNS_TYPE_SRV, 0, false);
    const struct dns_reply_options options = {.limit = 512, .ede = DNS_EDE_NONE};
    uint8_t tx[512];
    size_t len = dns_reply_write(&q, a, &options, tx);
    struct dns_rr out[2];
    assert_int_equal(walk_all(tx, len, out, 2), 2);
    reader_init(&r, out[0].rdata + 6, out[0].rdlen - 6u);
    assert_int_equal(dns_name_read(&target_name, &r), ERR_OK);
    assert_name(&target_name, "xmpp1.Lab.example.");
    assert_name(&out[1].owner, "xmpp1.lab.example.");
}

/* RFC 2181 §5.2: one TTL an RRset, its lowest. */
static void test_lowest_ttl_of_a_set(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(0, "a.b", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "a.b", 50, 1);
    packet_a(&p, DNS_ANSWER, "c.b", 10, 1); /* another owner */
    packet_a(&p, DNS_ANSWER, "A.B", 40, 2); /* the same in another case, and not next to it */
    packet_a(&p, DNS_ANSWER, "a.b", 60, 3);
    packet_record(&p, DNS_ANSWER, "a.b", DNS_TYPE_TXT, 5, "\0", 1); /* another type */
    packet_a(&p, DNS_AUTHORITY, "a.b", 7, 4);                       /* another section */
    packet_a(&p, DNS_ADDITIONAL, "x.y", 30, 5);                     /* outside the question */
    packet_a(&p, DNS_ADDITIONAL, "X.Y", 20, 6);
    struct dns_answer *a = import(&info);
    assert_ttls(a, (const uint32_t[]){40, 10, 40, 40, 5, 7, 20, 20}, 8);
    assert_int_equal(info.min_ttl, 5);
}

/* Each by the type that it covers (RFC 4034 §3). */
static void test_signatures_by_covered_type(void **state)
{
    (void)state;
    struct dns_message_info info;
    uint8_t a_sig[19] = {0, DNS_TYPE_A}, srv_sig[19] = {0, DNS_TYPE_SRV};
    start(0, "a.b", DNS_TYPE_A);
    packet_record(&p, DNS_ANSWER, "a.b", DNS_TYPE_RRSIG, 50, a_sig, sizeof(a_sig));
    packet_record(&p, DNS_ANSWER, "a.b", DNS_TYPE_RRSIG, 20, srv_sig, sizeof(srv_sig));
    packet_record(&p, DNS_ANSWER, "a.b", DNS_TYPE_RRSIG, 40, a_sig, sizeof(a_sig));
    assert_ttls(import(&info), (const uint32_t[]){40, 20, 40}, 3);
}

/* Owners may differ only in a pointer whose byte would be a letter: 'A' and 'a' are places. */
static void test_pointers_have_no_case(void **state)
{
    (void)state;
    struct dns_message_info info;
    char name[256] = "";
    for (int i = 0; i < 50; i++) /* a suffix at 12, and then at 15, 17, 19, … */
        strcat(name, i == 0 ? "xx." : "q.");
    struct dns_name question = name_of(name);
    size_t len;
    char at65[DNS_NAME_TEXT_MAX], at97[DNS_NAME_TEXT_MAX];
    struct dns_name suffix;
    for (unsigned labels = 0; labels < 50; labels++) {
        const uint8_t *wire = dns_name_suffix(&question, labels, &len);
        memcpy(suffix.wire, wire, len);
        suffix.len = (uint8_t)len;
        if (wire - question.wire + 12 == 65)
            dns_name_to_text(&suffix, at65);
        if (wire - question.wire + 12 == 97)
            dns_name_to_text(&suffix, at97);
    }
    start(0, name, DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, at65, 50, 1);
    packet_a(&p, DNS_ANSWER, at97, 40, 1);
    assert_ttls(import(&info), (const uint32_t[]){50, 40}, 2);
}

/* RFC 2181 §8. */
static void test_ttl_with_top_bit_is_zero(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(0, "a", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "a", 0x80000000u, 1);
    packet_a(&p, DNS_ANSWER, "b", 0xffffffffu, 1);
    packet_a(&p, DNS_ANSWER, "c", 0x7fffffffu, 1);
    assert_ttls(import(&info), (const uint32_t[]){0, 0, 0x7fffffffu}, 3);
    assert_int_equal(info.min_ttl, 0);
}

/* RFC 2308 §5, and the limits. */
static void test_negative_soa_and_limits(void **state)
{
    (void)state;
    static const struct {
        unsigned rcode;
        bool answered;
        uint32_t ttl, minimum;
        struct dns_ttl_limits limits;
        uint32_t expected;
    } rows[] = {
        {3, false, 300, 60, {0, UINT32_MAX, UINT32_MAX}, 60},
        {3, false, 60, 300, {0, UINT32_MAX, UINT32_MAX}, 60},
        {0, false, 300, 60, {0, UINT32_MAX, UINT32_MAX}, 60},
        {0, true, 300, 60, {0, UINT32_MAX, UINT32_MAX}, 300}, /* no negative answer */
        {2, false, 300, 60, {0, UINT32_MAX, UINT32_MAX}, 300},
        {3, false, 9000, 9000, {0, 86400, 3600}, 3600},
        {3, false, 9000, 9000, {0, 1000, 3600}, 1000},
        {3, false, 5, 5, {30, 86400, 3600}, 30},
        {3, false, 5, 5, {30, 86400, 10}, 10}, /* the most for negatives wins */
        {3, false, 300, 0, {0, 86400, 3600}, 0},
        {0, true, 5, 5, {30, 86400, 3600}, 30},
        {0, true, 0, 5, {30, 86400, 3600}, 30},
        {0, true, 90000, 5, {0, 86400, 3600}, 86400},
        {0, true, 90000, 5, {100, 50, 3600}, 100}, /* the least wins over the most */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_message_info info;
        struct dns_answer *a;
        start(rows[i].rcode, "a.b", DNS_TYPE_A);
        if (rows[i].answered)
            packet_a(&p, DNS_ANSWER, "a.b", rows[i].ttl, 1);
        packet_soa(&p, "b", rows[i].ttl, rows[i].minimum);
        assert_int_equal(import_limited(&a, &info, &rows[i].limits), ERR_OK);
        assert_int_equal(ttl_of(a, rows[i].answered), rows[i].expected);
        assert_int_equal(info.min_ttl, rows[i].expected);
        assert_true(info.has_soa);
    }
}

static void test_soa_elsewhere_is_no_negative_soa(void **state)
{
    (void)state;
    struct dns_message_info info;
    uint8_t soa[22] = {0};
    start(0, "b", DNS_TYPE_SOA);
    packet_record(&p, DNS_ANSWER, "b", DNS_TYPE_SOA, 500, soa, sizeof(soa));
    assert_int_equal(ttl_of(import(&info), 0), 500);
    assert_false(info.has_soa);
    start(DNS_RCODE_NXDOMAIN, "b", DNS_TYPE_A);
    packet_record(&p, DNS_ADDITIONAL, "b", DNS_TYPE_SOA, 500, soa, sizeof(soa));
    assert_int_equal(ttl_of(import(&info), 0), 500);
    assert_false(info.has_soa);
}

static void test_opt_and_tsig_are_left_out(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(DNS_RCODE_NOERROR, "a", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "a", 5, 1);
    packet_opt(&p, 4096, 0x8000, "\0\x0f\0\3\0\x16z", 7);
    packet_a(&p, DNS_ADDITIONAL, "b", 5, 1);
    packet_record(&p, DNS_ADDITIONAL, "k", DNS_TYPE_TSIG, 0, "xx", 2);
    struct dns_answer *a = import(&info);
    assert_int_equal(a->counts[DNS_ANSWER], 1);
    assert_int_equal(a->counts[DNS_ADDITIONAL], 1);
    assert_int_equal(a->ede, 22);
    assert_int_equal(info.min_ttl, 5); /* not what an OPT has in the TTL's place */
    assert_true(info.edns);
    assert_int_equal(info.rcode, 0);
}

/* The upper bits come from OPT; without a place in the header they are a failure, never a success
 * that the lower bits alone would be. */
static void test_extended_rcode(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(DNS_RCODE_NOERROR, "a", DNS_TYPE_A);
    packet_opt(&p, 4096, 1u << 24, NULL, 0);
    struct dns_answer *a = import(&info);
    assert_int_equal(info.rcode, DNS_RCODE_BADVERS);
    assert_int_equal(dns_answer_rcode(a), DNS_RCODE_SERVFAIL);
    start(7, "a", DNS_TYPE_A);
    packet_opt(&p, 4096, 0xffu << 24, NULL, 0);
    import(&info);
    assert_int_equal(info.rcode, 0xff7);
}

static void test_broken_messages(void **state)
{
    (void)state;
    struct dns_answer *a;
    struct dns_message_info info;

    packet_init(&p, 1, DNS_FLAG_QR, 0);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    packet_init(&p, 1, DNS_FLAG_QR, 2);
    packet_question(&p, "a", 1);
    packet_question(&p, "b", 1);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    start(0, "a", 1);
    packet_counts(&p, 1, 0, 0); /* a record that is not there */
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    start(0, "a", 1);
    packet_record(&p, DNS_ANSWER, "a", DNS_TYPE_SRV, 5, "\0\0\0\0\0\0", 6);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    start(0, "a", 1);
    packet_opt(&p, 4096, 0, "\0\1\0\1", 4);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    start(0, "a", 1);
    packet_counts(&p, 1, 0, 0);
    packet_pointer(&p, packet_len(&p)); /* to itself */
    packet_fixed(&p, DNS_TYPE_A, 1, 0);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
}

static void test_every_prefix_is_broken(void **state)
{
    (void)state;
    struct dns_answer *a;
    struct dns_message_info info;
    start(0, "a.b", DNS_TYPE_SRV);
    packet_record(&p, DNS_ANSWER, "a.b", DNS_TYPE_SRV, 5, "\0\0\0\0\0\0\1t\1b\0", 11);
    packet_soa(&p, "b", 5, 5);
    packet_opt(&p, 4096, 0, "\0\x0f\0\3\0\x16z", 7);
    size_t whole = packet_len(&p);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_OK);
    for (size_t len = 0; len < whole; len++) {
        p.w.at = p.bytes + len;
        assert_int_equal(import_limited(&a, &info, &no_limits), ERR_INVALID);
    }
}

/* Unknown types and classes pass unchanged (RFC 3597 §3). */
static void test_unknown_types_and_classes(void **state)
{
    (void)state;
    struct dns_message_info info;
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct dns_name question = name_of("a");
    start(0, "a", 65280);
    packet_counts(&p, 2, 0, 0);
    for (unsigned class = 1; class < 65535; class += 65280 - 1) {
        packet_pointer(&p, 12);
        writer_u16(&p.w, 65280);
        writer_u16(&p.w, (uint16_t) class);
        writer_u32(&p.w, 9);
        writer_u16(&p.w, 2);
        writer_bytes(&p.w, "\xc0\x0c", 2);
    }
    dns_answer_walk_init(&walk, import(&info), &question);
    for (unsigned class = 1; class < 65535; class += 65280 - 1) {
        assert_true(dns_answer_walk_next(&walk, &rr));
        assert_int_equal(rr.type, 65280);
        assert_int_equal(rr.class, class);
        assert_memory_equal(rr.rdata, "\xc0\x0c", 2);
    }
}

/* A record whose name grows from 2 to 255 bytes, as often as it takes. */
static void add_growing(enum dns_section section, unsigned n)
{
    uint8_t *count = p.bytes + 6 + 2 * section;
    bytes_put16(count, (uint16_t)n);
    for (unsigned i = 0; i < n; i++) {
        packet_pointer(&p, 12);
        packet_fixed(&p, DNS_TYPE_NS, 5, 2);
        packet_pointer(&p, 12);
    }
}

static void start_long_question(void)
{
    packet_init(&p, 1, DNS_FLAG_QR, 1);
    for (int i = 0; i < 127; i++)
        writer_u16(&p.w, 0x0161);
    writer_u8(&p.w, 0);
    writer_u32(&p.w, DNS_TYPE_NS << 16 | DNS_CLASS_IN);
}

/* Expanded beyond 64 KiB: the additional section goes, then the authority section too. */
static void test_sections_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        unsigned an, ns, ar;
        enum err err;
        unsigned kept[DNS_SECTIONS];
    } rows[] = {
        {100, 50, 50, ERR_OK, {100, 50, 50}}, {100, 50, 200, ERR_OK, {100, 50, 0}},
        {100, 200, 50, ERR_OK, {100, 0, 0}},  {100, 200, 1, ERR_OK, {100, 0, 0}},
        {300, 0, 0, ERR_RANGE, {0}},          {0, 300, 0, ERR_OK, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_answer *a;
        struct dns_message_info info;
        start_long_question();
        add_growing(DNS_ANSWER, rows[i].an);
        add_growing(DNS_AUTHORITY, rows[i].ns);
        add_growing(DNS_ADDITIONAL, rows[i].ar);
        packet_opt(&p, 1232, 0, "\0\x0f\0\2\0\x16", 6); /* is found all the same */
        assert_int_equal(import_limited(&a, &info, &no_limits), rows[i].err);
        if (rows[i].err)
            continue;
        assert_true(info.edns);
        assert_int_equal(a->ede, 22);
        for (int s = 0; s < DNS_SECTIONS; s++)
            assert_int_equal(a->counts[s], rows[i].kept[s]);
        struct dns_answer_walk walk;
        struct dns_rr rr;
        struct dns_name question = {.len = 255};
        memcpy(question.wire, p.bytes + 12, 255);
        unsigned n = 0;
        for (dns_answer_walk_init(&walk, a, &question); dns_answer_walk_next(&walk, &rr); n++)
            assert_int_equal(rr.rdlen, 255);
        assert_int_equal(n, dns_answer_records(a));
    }
}

/* An SOA that was left out with its section is not reported, and nor is its TTL. */
static void test_dropped_soa_is_not_reported(void **state)
{
    (void)state;
    struct dns_message_info info;
    struct dns_answer *a;
    start_long_question();
    add_growing(DNS_AUTHORITY, 300);
    packet_soa(&p, "b", 1, 1);
    assert_int_equal(import_limited(&a, &info, &no_limits), ERR_OK);
    assert_int_equal(dns_answer_records(a), 0);
    assert_false(info.has_soa);
    assert_int_equal(info.min_ttl, UINT32_MAX);
}

static void test_small_buffer(void **state)
{
    (void)state;
    start(0, "a", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "a", 5, 1);
    packet_a(&p, DNS_ADDITIONAL, "a", 5, 1);
    for (size_t capacity = 0; capacity < 60; capacity++) {
        struct dns_answer *a;
        struct dns_message_info info;
        void *exact = malloc(capacity ? capacity : 1);
        assert_non_null(exact);
        enum err err = dns_answer_from_message(&a, &info, p.bytes, packet_len(&p), &no_limits,
                                               exact, capacity);
        if (capacity < 12 + 16 + 2)
            assert_int_equal(err, ERR_RANGE);
        else
            assert_int_equal(a->counts[DNS_ADDITIONAL], capacity >= 12 + 32 + 4);
        free(exact);
    }
}

/* 64 KiB of the smallest records, in RRsets that all collide or are all different: bounded work,
 * and the lowest TTL is found for sets of any size. */
static void test_many_records(void **state)
{
    (void)state;
    struct dns_message_info info;
    start(0, ".", DNS_TYPE_TXT);
    packet_counts(&p, 5900, 0, 0);
    for (unsigned i = 0; i < 5900; i++) {
        writer_u8(&p.w, 0);
        packet_fixed(&p, 65280 + i % 3, 6000 - i, 0);
    }
    struct dns_answer *a = import(&info);
    assert_int_equal(a->counts[DNS_ANSWER], 5900);
    for (unsigned i = 0; i < 5900; i++) {
        unsigned last = 5897 + (i % 3 + 1) % 3; /* of the three last records, the one of its set */
        assert_int_equal(last % 3, i % 3);
        assert_int_equal(ttl_of(a, i), 6000 - last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_srv_target_is_expanded),
        cmocka_unit_test(test_lowest_ttl_of_a_set),
        cmocka_unit_test(test_signatures_by_covered_type),
        cmocka_unit_test(test_pointers_have_no_case),
        cmocka_unit_test(test_ttl_with_top_bit_is_zero),
        cmocka_unit_test(test_negative_soa_and_limits),
        cmocka_unit_test(test_soa_elsewhere_is_no_negative_soa),
        cmocka_unit_test(test_opt_and_tsig_are_left_out),
        cmocka_unit_test(test_extended_rcode),
        cmocka_unit_test(test_broken_messages),
        cmocka_unit_test(test_every_prefix_is_broken),
        cmocka_unit_test(test_unknown_types_and_classes),
        cmocka_unit_test(test_sections_that_do_not_fit),
        cmocka_unit_test(test_dropped_soa_is_not_reported),
        cmocka_unit_test(test_small_buffer),
        cmocka_unit_test(test_many_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
