#include "wire.h"

static struct packet p;

static void test_matches(void **state)
{
    (void)state;
    const struct dns_question question = {
        .name = name_of("lab.example"), .type = DNS_TYPE_SRV, .class = DNS_CLASS_IN};
    static const struct {
        const char *what;
        unsigned id, flags, questions;
        const char *name;
        unsigned type;
        bool matches;
    } rows[] = {
        {"good", 7, DNS_FLAG_QR, 1, "lab.example", DNS_TYPE_SRV, true},
        {"other case", 7, DNS_FLAG_QR, 1, "LAB.example", DNS_TYPE_SRV, true},
        {"failure", 7, DNS_FLAG_QR | 2, 1, "lab.example", DNS_TYPE_SRV, true},
        {"no QR", 7, 0, 1, "lab.example", DNS_TYPE_SRV, false},
        {"ID", 8, DNS_FLAG_QR, 1, "lab.example", DNS_TYPE_SRV, false},
        {"opcode", 7, DNS_FLAG_QR | 1 << 11, 1, "lab.example", DNS_TYPE_SRV, false},
        {"name", 7, DNS_FLAG_QR, 1, "lab.exampl", DNS_TYPE_SRV, false},
        {"below", 7, DNS_FLAG_QR, 1, "x.lab.example", DNS_TYPE_SRV, false},
        {"type", 7, DNS_FLAG_QR, 1, "lab.example", DNS_TYPE_A, false},
        {"count 2", 7, DNS_FLAG_QR, 2, "lab.example", DNS_TYPE_SRV, false},
        {"none", 7, DNS_FLAG_QR, 0, NULL, 0, false},
        {"none, SERVFAIL", 7, DNS_FLAG_QR | 2, 0, NULL, 0, false},
        {"none, FORMERR", 7, DNS_FLAG_QR | 1, 0, NULL, 0, true},
        {"none, NOTIMP", 7, DNS_FLAG_QR | 4, 0, NULL, 0, true},
        {"none, FORMERR, ID", 8, DNS_FLAG_QR | 1, 0, NULL, 0, false},
        {"FORMERR, name", 7, DNS_FLAG_QR | 1, 1, "lab", DNS_TYPE_SRV, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        packet_init(&p, (uint16_t)rows[i].id, rows[i].flags, rows[i].questions);
        if (rows[i].name)
            packet_question(&p, rows[i].name, rows[i].type);
        if (dns_reply_matches(p.bytes, packet_len(&p), 7, &question) != rows[i].matches)
            fail_msg("%s", rows[i].what);
    }
    packet_init(&p, 7, DNS_FLAG_QR, 1);
    packet_question(&p, "lab.example", DNS_TYPE_SRV);
    size_t whole = packet_len(&p);
    for (size_t len = 0; len < whole; len++) {
        uint8_t *bytes = exact_copy(p.bytes, len);
        assert_false(dns_reply_matches(bytes, len, 7, &question));
        free(bytes);
    }
    bytes_put16(p.bytes + whole - 2, DNS_CLASS_CH);
    assert_false(dns_reply_matches(p.bytes, whole, 7, &question));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
