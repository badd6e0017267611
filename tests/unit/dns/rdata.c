#include "wire.h"

static struct packet p;

/* A message with the question x.yz, whose name stands at offset 12 and yz at 14, and one record
 * with this RDATA. */
static enum err expand(unsigned type, unsigned class, const void *rdata, size_t rdlen,
                       struct writer *w)
{
    struct dns_walk walk;
    struct dns_rr rr;
    packet_init(&p, 1, DNS_FLAG_QR, 1);
    packet_question(&p, "x.yz", type);
    packet_record(&p, DNS_ANSWER, ".", type, 1, rdata, rdlen);
    size_t len = packet_len(&p);
    bytes_put16(p.bytes + len - rdlen - 8, (uint16_t) class);
    uint8_t *bytes = exact_copy(p.bytes, len);
    assert_int_equal(dns_walk_init(&walk, bytes, len), ERR_OK);
    assert_int_equal(dns_walk_next(&walk, &rr), 1);
    enum err err = dns_rdata_expand(&rr, bytes, len, w);
    free(bytes);
    return err;
}

#define P        "\xc0\x0c" /* x.yz */
#define PN       "\1x\2yz\0"
#define Q        "\1a\xc0\x0e" /* a.yz */
#define QN       "\1a\2yz\0"
#define S4       "\1\2\3\4"
#define S18      S4 S4 S4 S4 "\5\6"
#define S20      S4 S4 S4 S4 S4
#define BYTES(s) s, sizeof(s) - 1

/* Every type whose RDATA may hold compressed names (RFC 3597 §4, and some more). */
static void test_expands_every_type(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *in;
        size_t in_len;
        const char *out;
        size_t out_len;
    } rows[] = {
        {DNS_TYPE_NS, BYTES(P), BYTES(PN)},
        {DNS_TYPE_MD, BYTES(P), BYTES(PN)},
        {DNS_TYPE_MF, BYTES(P), BYTES(PN)},
        {DNS_TYPE_CNAME, BYTES(Q), BYTES(QN)},
        {DNS_TYPE_SOA, BYTES(P Q S20), BYTES(PN QN S20)},
        {DNS_TYPE_MB, BYTES(P), BYTES(PN)},
        {DNS_TYPE_MG, BYTES(P), BYTES(PN)},
        {DNS_TYPE_MR, BYTES(P), BYTES(PN)},
        {DNS_TYPE_PTR, BYTES(Q), BYTES(QN)},
        {DNS_TYPE_MINFO, BYTES(P Q), BYTES(PN QN)},
        {DNS_TYPE_MX, BYTES("\0\5" P), BYTES("\0\5" PN)},
        {DNS_TYPE_RP, BYTES(P Q), BYTES(PN QN)},
        {DNS_TYPE_AFSDB, BYTES("\0\5" P), BYTES("\0\5" PN)},
        {DNS_TYPE_RT, BYTES("\0\5" P), BYTES("\0\5" PN)},
        {DNS_TYPE_SIG, BYTES(S18 P "sig"), BYTES(S18 PN "sig")},
        {DNS_TYPE_PX, BYTES("\0\5" P Q), BYTES("\0\5" PN QN)},
        {DNS_TYPE_NXT, BYTES(P "map"), BYTES(PN "map")},
        {DNS_TYPE_SRV, BYTES("\0\1\0\2\x14\x66" P), BYTES("\0\1\0\2\x14\x66" PN)},
        {DNS_TYPE_NAPTR, BYTES(S4 "\1U\3SIP\0" P), BYTES(S4 "\1U\3SIP\0" PN)},
        {DNS_TYPE_KX, BYTES("\0\5" P), BYTES("\0\5" PN)},
        {DNS_TYPE_DNAME, BYTES(P), BYTES(PN)},
        {DNS_TYPE_RRSIG, BYTES(S18 P "sig"), BYTES(S18 PN "sig")},
        {DNS_TYPE_NSEC, BYTES(P "map"), BYTES(PN "map")},
        /* Plain names go through as they are. */
        {DNS_TYPE_SRV, BYTES("\0\1\0\2\x14\x66" QN), BYTES("\0\1\0\2\x14\x66" QN)},
        {DNS_TYPE_SRV, BYTES("\0\0\0\0\0\0\0"), BYTES("\0\0\0\0\0\0\0")},
        {DNS_TYPE_A, BYTES(S4), BYTES(S4)},
        {DNS_TYPE_AAAA, BYTES(S4 S4 S4 S4), BYTES(S4 S4 S4 S4)},
        /* Opaque, even if it looks like a pointer (RFC 3597 §3). */
        {DNS_TYPE_TXT, BYTES("\2" P), BYTES("\2" P)},
        {65280, BYTES(P), BYTES(P)},
        {65280, "", 0, "", 0},
        {DNS_TYPE_SVCB, BYTES("\0\1" P), BYTES("\0\1" P)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[600];
        struct writer w;
        writer_init(&w, out, sizeof(out));
        assert_int_equal(expand(rows[i].type, 1, rows[i].in, rows[i].in_len, &w), ERR_OK);
        assert_int_equal(writer_len(&w), rows[i].out_len);
        assert_memory_equal(out, rows[i].out, rows[i].out_len);

        /* One byte too little room fails the writer, and writes no further. */
        if (rows[i].out_len == 0)
            continue;
        uint8_t *tight = malloc(rows[i].out_len);
        assert_non_null(tight);
        writer_init(&w, tight, rows[i].out_len - 1);
        assert_int_equal(expand(rows[i].type, 1, rows[i].in, rows[i].in_len, &w), ERR_OK);
        assert_true(w.failed);
        free(tight);
    }
}

static void test_rejects_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *in;
        size_t in_len;
    } rows[] = {
        {DNS_TYPE_NS, "", 0},
        {DNS_TYPE_NS, BYTES(P "x")},      /* one byte too many */
        {DNS_TYPE_NS, BYTES("\1a")},      /* no end */
        {DNS_TYPE_NS, BYTES("\xc0")},     /* half a pointer */
        {DNS_TYPE_NS, BYTES("\xc0\x40")}, /* forward */
        {DNS_TYPE_SOA, BYTES(P Q S18)},   /* two bytes short */
        {DNS_TYPE_SOA, BYTES(P Q S20 "x")},
        {DNS_TYPE_MX, BYTES("\0")},
        {DNS_TYPE_MX, BYTES("\0\5")},
        {DNS_TYPE_SRV, BYTES("\0\1\0\2\x14")},
        {DNS_TYPE_SRV, BYTES("\0\1\0\2\x14\x66")},
        {DNS_TYPE_SRV, BYTES("\0\1\0\2\x14\x66" P P)},
        {DNS_TYPE_NAPTR, BYTES(S4 "\1U\3SIP")},
        {DNS_TYPE_NAPTR, BYTES(S4 "\1U\x7fSIP\0" P)},
        {DNS_TYPE_RRSIG, BYTES(S4 S4)},
        {DNS_TYPE_A, BYTES("\1\2\3")},
        {DNS_TYPE_A, BYTES("\1\2\3\4\5")},
        {DNS_TYPE_AAAA, BYTES(S4)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[600];
        struct writer w;
        writer_init(&w, out, sizeof(out));
        assert_int_equal(expand(rows[i].type, 1, rows[i].in, rows[i].in_len, &w), ERR_INVALID);
    }
}

/* In class CH an A record is a name and a number. */
static void test_class_matters(void **state)
{
    (void)state;
    uint8_t out[64];
    struct writer w;
    writer_init(&w, out, sizeof(out));
    assert_int_equal(expand(DNS_TYPE_A, DNS_CLASS_CH, BYTES(P "\0\7"), &w), ERR_OK);
    assert_int_equal(writer_len(&w), 8);
    assert_memory_equal(out, PN "\0\7", 8);
    writer_init(&w, out, sizeof(out));
    assert_int_equal(expand(DNS_TYPE_AAAA, DNS_CLASS_CH, BYTES(S4), &w), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expands_every_type),
        cmocka_unit_test(test_rejects_what_does_not_fit),
        cmocka_unit_test(test_class_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
