#include "replies.h"

static size_t ordered(unsigned n, enum dns_order order, uint32_t seed)
{
    struct dns_query q;
    struct dns_reply_options options = plain;
    options.order = order;
    options.order_seed = seed;
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, chain_answer(n, NULL), &options, tx);
    assert_int_equal(walk_all(tx, len, out, 400), n + 2);
    assert_int_equal(out[0].type, DNS_TYPE_CNAME); /* stays first */
    assert_int_equal(out[n + 1].type, DNS_TYPE_A);
    return len;
}

static void test_rotate(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 2, 5, 255, 256};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        for (uint32_t seed = 0; seed < 12; seed++) {
            ordered(sizes[s], DNS_ORDER_ROTATE, seed);
            for (unsigned i = 0; i < sizes[s]; i++)
                assert_int_equal(port_of(&out[1 + i]), (seed + i) % sizes[s]);
        }
    }
    ordered(5, DNS_ORDER_FIXED, 3);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(port_of(&out[1 + i]), i);
    ordered(257, DNS_ORDER_ROTATE, 3); /* too large a set stays */
    for (unsigned i = 0; i < 257; i++)
        assert_int_equal(port_of(&out[1 + i]), i);
}

/* Every record once; and each of the orders comes up, with no favourites. */
static void test_shuffle(void **state)
{
    (void)state;
    unsigned first[4][4] = {{0}};
    for (uint32_t seed = 0; seed < 4000; seed++) {
        unsigned seen = 0;
        ordered(4, DNS_ORDER_SHUFFLE, seed);
        for (unsigned i = 0; i < 4; i++) {
            seen |= 1u << port_of(&out[1 + i]);
            first[port_of(&out[1 + i])][i]++;
        }
        assert_int_equal(seen, 15);
    }
    for (int record = 0; record < 4; record++)
        for (int place = 0; place < 4; place++) /* 1000 expected, deviation 27 */
            assert_in_range(first[record][place], 850, 1150);
    ordered(256, DNS_ORDER_SHUFFLE, 1);
    uint8_t seen[256] = {0};
    for (unsigned i = 0; i < 256; i++)
        seen[port_of(&out[1 + i])]++;
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(seen[i], 1);
}

/* Records of other types stand among those of the question's: all stay. */
static void test_order_needs_a_run(void **state)
{
    (void)state;
    struct dns_name question = name_of(NAME);
    struct dns_builder b;
    struct dns_query q;
    struct dns_reply_options options = plain;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add_srv(&b, NAME, 0, 0);
    add_rr(&b, DNS_ANSWER, NAME, DNS_TYPE_TXT, 60, "\0", 1);
    add_srv(&b, NAME, 0, 1);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    options.order = DNS_ORDER_ROTATE;
    options.order_seed = 1;
    make_query(&p, &q, 0, NAME, DNS_TYPE_SRV, 0, false);
    size_t len = reply(&q, a, &options, tx);
    assert_int_equal(walk_all(tx, len, out, 3), 3);
    assert_int_equal(port_of(&out[0]), 0);
    assert_int_equal(port_of(&out[2]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotate),
        cmocka_unit_test(test_shuffle),
        cmocka_unit_test(test_order_needs_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
