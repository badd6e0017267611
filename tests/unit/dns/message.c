#include "wire.h"

static struct packet p; /* too large for the stack of a test */

static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t type;
    } rows[] = {
        {"A", 1},     {"SRV", 33},          {"AAAA", 28},         {"ANY", 255},
        {"CAA", 257}, {"HTTPS", 65},        {"NSEC3PARAM", 51},   {"URI", 256},
        {"TYPE0", 0}, {"TYPE65280", 65280}, {"TYPE65535", 65535},
    };
    char out[16];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t type;
        assert_int_equal(dns_type_from_text(&type, rows[i].text), ERR_OK);
        assert_int_equal(type, rows[i].type);
        assert_string_equal(dns_type_to_text(rows[i].type, out), rows[i].text);
    }
    for (unsigned n = 0; n <= 65535; n++) { /* every text reads back, lower case too */
        uint16_t type;
        dns_type_to_text((uint16_t)n, out);
        for (char *c = out; *c; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        assert_int_equal(dns_type_from_text(&type, out), ERR_OK);
        assert_int_equal(type, n);
    }
}

static void test_type_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } rows[] = {
        {"", ERR_NOTFOUND},       {"SRVX", ERR_NOTFOUND},    {"TYPE", ERR_NOTFOUND},
        {"TYPEX", ERR_NOTFOUND},  {"TYPE-1", ERR_NOTFOUND},  {"TYPE1 ", ERR_NOTFOUND},
        {"TYPE65536", ERR_RANGE}, {"TYPE999999", ERR_RANGE}, {"TYPE9999999", ERR_NOTFOUND},
        {"TYPE33", ERR_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t type;
        assert_int_equal(dns_type_from_text(&type, rows[i].text), rows[i].err);
    }
}

static void test_rcodes(void **state)
{
    (void)state;
    char out[16];
    assert_string_equal(dns_rcode_to_text(0, out), "NOERROR");
    assert_string_equal(dns_rcode_to_text(3, out), "NXDOMAIN");
    assert_string_equal(dns_rcode_to_text(5, out), "REFUSED");
    assert_string_equal(dns_rcode_to_text(10, out), "NOTZONE");
    assert_string_equal(dns_rcode_to_text(11, out), "RCODE11");
    assert_string_equal(dns_rcode_to_text(16, out), "BADVERS");
    assert_string_equal(dns_rcode_to_text(4095, out), "RCODE4095");
}

static void make_message(void)
{
    packet_init(&p, 1, DNS_FLAG_QR, 1);
    packet_question(&p, "Lab.example", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "Lab.example", 60, 1);
    packet_record(&p, DNS_AUTHORITY, "example", DNS_TYPE_NS, 70, "\1n\0", 3);
    packet_counts(&p, 1, 1, 1);
    packet_pointer(&p, 12);
    packet_fixed(&p, DNS_TYPE_TXT, 80, 0);
}

static void test_walk(void **state)
{
    (void)state;
    struct dns_rr rr[4];
    make_message();
    assert_int_equal(walk_all(p.bytes, packet_len(&p), rr, 4), 3);
    assert_name(&rr[0].owner, "Lab.example.");
    assert_int_equal(rr[0].type, DNS_TYPE_A);
    assert_int_equal(rr[0].class, DNS_CLASS_IN);
    assert_int_equal(rr[0].ttl, 60);
    assert_int_equal(rr[0].rdlen, 4);
    assert_memory_equal(rr[0].rdata, "\xc0\0\2\1", 4);
    assert_int_equal(rr[0].section, DNS_ANSWER);
    assert_int_equal(rr[1].section, DNS_AUTHORITY);
    assert_int_equal(rr[1].type, DNS_TYPE_NS);
    assert_name(&rr[2].owner, "Lab.example.");
    assert_int_equal(rr[2].section, DNS_ADDITIONAL);
    assert_int_equal(rr[2].rdlen, 0);
}

/* Cut off anywhere, a message is broken, and nothing behind its end is read. */
static void test_walk_every_prefix(void **state)
{
    (void)state;
    make_message();
    size_t whole = packet_len(&p);
    for (size_t len = 0; len < whole; len++) {
        uint8_t *bytes = exact_copy(p.bytes, len);
        struct dns_walk walk;
        struct dns_rr rr;
        int more = dns_walk_init(&walk, bytes, len);
        while (more >= 0 && (more = dns_walk_next(&walk, &rr)) == 1)
            ;
        assert_int_equal(more, ERR_INVALID);
        assert_int_equal(dns_walk_next(&walk, &rr), ERR_INVALID); /* and stays so */
        free(bytes);
    }
}

static void test_walk_questions(void **state)
{
    (void)state;
    struct dns_rr rr;
    packet_init(&p, 1, DNS_FLAG_QR, 0);
    packet_a(&p, DNS_ANSWER, "a", 1, 1);
    assert_int_equal(walk_all(p.bytes, packet_len(&p), &rr, 1), 1);
    packet_init(&p, 1, DNS_FLAG_QR, 3);
    for (int i = 0; i < 3; i++)
        packet_question(&p, "a.b", DNS_TYPE_A);
    packet_a(&p, DNS_ANSWER, "c", 1, 1);
    assert_int_equal(walk_all(p.bytes, packet_len(&p), &rr, 1), 1);
    assert_name(&rr.owner, "c.");
    struct dns_walk walk;
    bytes_put16(p.bytes + 4, 65535); /* more questions than there are bytes */
    assert_int_equal(dns_walk_init(&walk, p.bytes, packet_len(&p)), ERR_INVALID);
}

static void test_walk_counts_that_lie(void **state)
{
    (void)state;
    struct dns_walk walk;
    struct dns_rr rr;
    make_message();
    packet_counts(&p, 65535, 65535, 65535);
    int records = 0, more;
    assert_int_equal(dns_walk_init(&walk, p.bytes, packet_len(&p)), ERR_OK);
    while ((more = dns_walk_next(&walk, &rr)) == 1)
        records++;
    assert_int_equal(more, ERR_INVALID);
    assert_int_equal(records, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_type_errors),
        cmocka_unit_test(test_rcodes),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_every_prefix),
        cmocka_unit_test(test_walk_questions),
        cmocka_unit_test(test_walk_counts_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
