#include "replies.h"

/* What goes, and when. Sizes: header 12 and question 35 (47), SRV 19, NS 15, A 18, OPT 11, with
 * an extended error 17, with its text of 3 bytes 20. */
static void test_truncation_table(void **state)
{
    (void)state;
    static const struct {
        size_t limit;
        unsigned payload; /* 0 = no OPT */
        bool ede;
        bool tc;
        unsigned an, ns, ar; /* OPT counted */
        size_t len;
    } rows[] = {
        {512, 0, false, false, 1, 1, 1, 99},
        {99, 0, false, false, 1, 1, 1, 99},
        {98, 0, false, false, 1, 1, 0, 81}, /* the additional section goes silently */
        {81, 0, false, false, 1, 1, 0, 81},
        {80, 0, false, true, 1, 0, 0, 66}, /* then the authority section, and TC says so */
        {66, 0, false, true, 1, 0, 0, 66},
        {65, 0, false, true, 0, 0, 0, 47},
        {47, 0, false, true, 0, 0, 0, 47},
        {46, 0, false, false, 0, 0, 0, 0},
        {110, 1232, false, false, 1, 1, 2, 110},
        {109, 1232, false, false, 1, 1, 1, 92},
        {92, 1232, false, false, 1, 1, 1, 92},
        {91, 1232, false, true, 1, 0, 1, 77},
        {77, 1232, false, true, 1, 0, 1, 77},
        {76, 1232, false, true, 0, 0, 1, 58},
        {58, 1232, false, true, 0, 0, 1, 58},
        {57, 1232, false, false, 0, 0, 0, 0},
        {119, 1232, true, false, 1, 1, 2, 119},
        {118, 1232, true, false, 1, 1, 2, 116}, /* the text goes before any record */
        {116, 1232, true, false, 1, 1, 2, 116},
        {115, 1232, true, false, 1, 1, 1, 98},
        {97, 1232, true, true, 1, 0, 1, 83},
        {82, 1232, true, true, 0, 0, 1, 64},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_query q;
        struct dns_reply_options options = plain;
        options.limit = rows[i].limit;
        options.ede = rows[i].ede ? 22 : DNS_EDE_NONE;
        options.ede_text = "why";
        make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, rows[i].payload, false);
        size_t len = reply(&q, simple_answer(0), &options, tx);
        if (len != rows[i].len)
            fail_msg("row %zu: %zu bytes", i, len);
        if (len == 0)
            continue;
        assert_int_equal(walk_all(tx, len, out, 4), rows[i].an + rows[i].ns + rows[i].ar);
        assert_int_equal(bytes_get16(tx + 2) & DNS_FLAG_TC, rows[i].tc ? DNS_FLAG_TC : 0);
        assert_int_equal(bytes_get16(tx + 6), rows[i].an);
        assert_int_equal(bytes_get16(tx + 8), rows[i].ns);
        assert_int_equal(bytes_get16(tx + 10), rows[i].ar);
    }
}

/* The lowest priorities survive, equal ones in their order; the alias stays in front of them. */
static void test_truncated_srv_by_priority(void **state)
{
    (void)state;
    static const unsigned priorities[] = {30, 10, 65535, 10, 0, 20, 256, 10};
    static const unsigned expected[] = {4, 1, 3, 7, 5, 0, 6, 2};
    struct dns_query q;
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    for (unsigned kept = 0; kept <= 8; kept++) {
        struct dns_reply_options options = plain;
        options.limit = 47 + 15 + 20 * kept + 19; /* one byte too few for another */
        size_t len = reply(&q, chain_answer(8, priorities), &options, tx);
        if (kept == 8) { /* all of them, in the order they have */
            assert_int_equal(walk_all(tx, len, out, 10), 10);
            assert_int_equal(port_of(&out[1]), 0);
            continue;
        }
        assert_int_equal(walk_all(tx, len, out, 10), kept + 1);
        assert_true(bytes_get16(tx + 2) & DNS_FLAG_TC);
        assert_int_equal(out[0].type, DNS_TYPE_CNAME);
        for (unsigned i = 0; i < kept; i++)
            assert_int_equal(port_of(&out[1 + i]), expected[i]);
    }
}

/* Equal priorities keep the order that was asked for, so that all of them are seen by somebody. */
static void test_truncated_and_rotated(void **state)
{
    (void)state;
    static const unsigned priorities[] = {10, 10, 10, 5, 10};
    struct dns_query q;
    struct dns_reply_options options = plain;
    options.limit = 47 + 15 + 20 * 3;
    options.order = DNS_ORDER_ROTATE;
    options.order_seed = 2;
    options.age = 1;
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, chain_answer(5, priorities), &options, tx);
    assert_int_equal(walk_all(tx, len, out, 5), 4);
    assert_int_equal(port_of(&out[1]), 3);
    assert_int_equal(port_of(&out[2]), 2);
    assert_int_equal(port_of(&out[3]), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(out[i].ttl, 59);
}

/* Signatures and other records keep their places among the SRV records. */
static void test_truncated_others_stay(void **state)
{
    (void)state;
    struct dns_name question = name_of(NAME);
    struct dns_builder b;
    struct dns_query q;
    struct dns_reply_options options = plain;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add_srv(&b, NAME, 9, 0);
    add_rr(&b, DNS_ANSWER, NAME, DNS_TYPE_TXT, 60, "\0", 1);
    add_srv(&b, NAME, 1, 1);
    add_rr(&b, DNS_ANSWER, NAME, DNS_TYPE_TXT, 60, "\0\0\0\0\0\0\0", 7);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    options.limit = 47 + 19 + 13 + 19;
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, a, &options, tx);
    assert_int_equal(walk_all(tx, len, out, 4), 3);
    assert_int_equal(port_of(&out[0]), 1);
    assert_int_equal(out[1].type, DNS_TYPE_TXT);
    assert_int_equal(port_of(&out[2]), 0);
}

static void test_truncated_addresses_in_order(void **state)
{
    (void)state;
    struct dns_name question = name_of("lab.example");
    struct dns_builder b;
    struct dns_query q;
    struct dns_reply_options options = plain;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    for (uint8_t i = 0; i < 100; i++)
        add_rr(&b, DNS_ANSWER, "lab.example", DNS_TYPE_A, 60, &(uint8_t[4]){10, 0, 0, i}, 4);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    make_query(&p, &q, 0, "lab.example", DNS_TYPE_A, 0, false);
    options.limit = q.payload;
    size_t len = reply(&q, a, &options, tx);
    unsigned kept = (512 - 12 - 17) / 16;
    assert_int_equal(walk_all(tx, len, out, 100), kept);
    for (unsigned i = 0; i < kept; i++)
        assert_int_equal(out[i].rdata[3], i);
}

/* RFC 2308 §2: a negative answer without its SOA would not be cached; TC brings the client back. */
static void test_truncated_negative(void **state)
{
    (void)state;
    struct dns_name question = name_of(NAME);
    struct dns_builder b;
    struct dns_query q;
    struct dns_reply_options options = plain;
    uint8_t soa[22] = {0};
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add_rr(&b, DNS_AUTHORITY, "lab.example", DNS_TYPE_SOA, 60, soa, sizeof(soa));
    struct dns_answer *a = dns_builder_finish(&b, DNS_RCODE_NXDOMAIN);
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    options.limit = 47 + 33;
    size_t len = reply(&q, a, &options, tx);
    assert_int_equal(walk_all(tx, len, out, 1), 0);
    assert_int_equal(bytes_get16(tx + 2) & 0x20f, DNS_FLAG_TC | DNS_RCODE_NXDOMAIN);
    options.limit++;
    len = reply(&q, a, &options, tx);
    assert_int_equal(walk_all(tx, len, out, 1), 1);
    assert_int_equal(bytes_get16(tx + 2) & 0x20f, DNS_RCODE_NXDOMAIN);
}

/* The largest answer that can be made goes out whole over TCP, with OPT and an extended error. */
static void test_largest_is_whole_over_tcp(void **state)
{
    (void)state;
    static uint8_t rdata[65535];
    static const char *const names[] = {".", NAME};
    for (int i = 0; i < 2; i++) {
        struct dns_name question = name_of(names[i]);
        struct dns_builder b;
        struct dns_query q;
        struct dns_reply_options options = plain;
        size_t fixed = 12 + question.len + 4u + (question.len == 1 ? 11 : 12);
        dns_builder_init(&b, buffer, sizeof(buffer), &question);
        add_rr(&b, DNS_ANSWER, names[i], DNS_TYPE_TXT, 60, rdata, 65535 - fixed - 17);
        struct dns_answer *a = dns_builder_finish(&b, 0);
        assert_non_null(a);
        make_query(&p, &q, 0, names[i], DNS_TYPE_TXT, 1232, false);
        options.ede = 22;
        options.ede_text = "text that has no room";
        assert_int_equal(reply(&q, a, &options, tx), 65535);
        assert_int_equal(walk_all(tx, 65535, out, 2), 2);
        assert_false(bytes_get16(tx + 2) & DNS_FLAG_TC);
        options.limit = 100000; /* no message is longer, whatever the room */
        options.ede_text = NULL;
        assert_int_equal(reply(&q, a, &options, tx), 65535);
        options.limit = 65534;
        reply(&q, a, &options, tx);
        assert_true(bytes_get16(tx + 2) & DNS_FLAG_TC);
    }
}

/* Thousands of SRV records over UDP: the lowest are found whatever their order. */
static void test_truncated_large_set(void **state)
{
    (void)state;
    struct dns_name question = name_of("a");
    struct dns_builder b;
    struct dns_query q;
    struct dns_reply_options options = plain;
    const unsigned n = 3400;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    for (unsigned i = 0; i < n; i++)
        add_srv(&b, "a", n - 1 - i, i);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    assert_non_null(a);
    make_query(&p, &q, 0, "a", DNS_TYPE_SRV, 1232, false);
    options.limit = q.payload;
    size_t len = reply(&q, a, &options, tx);
    unsigned kept = (1232 - 12 - 7 - 11) / 19;
    assert_int_equal(walk_all(tx, len, out, 400), kept + 1);
    for (unsigned i = 0; i < kept; i++)
        assert_int_equal(port_of(&out[i]), n - 1 - i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncation_table),
        cmocka_unit_test(test_truncated_srv_by_priority),
        cmocka_unit_test(test_truncated_and_rotated),
        cmocka_unit_test(test_truncated_others_stay),
        cmocka_unit_test(test_truncated_addresses_in_order),
        cmocka_unit_test(test_truncated_negative),
        cmocka_unit_test(test_largest_is_whole_over_tcp),
        cmocka_unit_test(test_truncated_large_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
