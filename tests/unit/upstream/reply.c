/* What each kind of message is taken for. */
#include "unit/upstream/support/check.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "upstream/reply.h"

#define ID 0x1234

enum opt { NO_OPT, OPT, OPT_BADVERS };

struct reply_case {
    const char *what;
    uint16_t id, flags;
    enum opt opt;
    bool asked_edns, whole;
    enum reply_verdict verdict;
};

#define QR DNS_FLAG_QR

static const struct reply_case cases[] = {
    {"answer", ID, QR, OPT, true, false, REPLY_GOOD},
    {"answer without OPT", ID, QR, NO_OPT, true, false, REPLY_GOOD},
    {"answer over TCP", ID, QR, OPT, true, true, REPLY_GOOD},
    {"NXDOMAIN", ID, QR | DNS_RCODE_NXDOMAIN, OPT, true, false, REPLY_GOOD},
    {"YXDOMAIN", ID, QR | 6, OPT, true, false, REPLY_GOOD},
    {"wrong ID", ID + 1, QR, OPT, true, false, REPLY_FOREIGN},
    {"a query", ID, 0, OPT, true, false, REPLY_FOREIGN},
    {"another opcode", ID, QR | 0x2800, OPT, true, false, REPLY_FOREIGN},
    {"TC", ID, QR | DNS_FLAG_TC, OPT, true, false, REPLY_TRUNCATED},
    {"TC and SERVFAIL", ID, QR | DNS_FLAG_TC | 2, OPT, true, false, REPLY_TRUNCATED},
    {"TC over TCP", ID, QR | DNS_FLAG_TC, OPT, true, true, REPLY_GOOD},
    {"SERVFAIL", ID, QR | DNS_RCODE_SERVFAIL, OPT, true, false, REPLY_POOR},
    {"REFUSED", ID, QR | DNS_RCODE_REFUSED, NO_OPT, true, false, REPLY_POOR},
    {"FORMERR to OPT", ID, QR | DNS_RCODE_FORMERR, NO_OPT, true, false, REPLY_NO_EDNS},
    {"FORMERR with OPT", ID, QR | DNS_RCODE_FORMERR, OPT, true, false, REPLY_POOR},
    {"FORMERR to no OPT", ID, QR | DNS_RCODE_FORMERR, NO_OPT, false, false, REPLY_POOR},
    {"NOTIMP to OPT", ID, QR | DNS_RCODE_NOTIMP, NO_OPT, true, true, REPLY_NO_EDNS},
    {"NOTIMP to no OPT", ID, QR | DNS_RCODE_NOTIMP, NO_OPT, false, false, REPLY_POOR},
    {"BADVERS", ID, QR, OPT_BADVERS, true, false, REPLY_NO_EDNS},
    {"BADVERS to no OPT", ID, QR, OPT_BADVERS, false, false, REPLY_POOR},
};

static struct dns_question question(void)
{
    struct dns_question q = {.type = DNS_TYPE_SRV, .class = DNS_CLASS_IN};
    assert_int_equal(dns_name_from_text(&q.name, "_xmpp-client._tcp.a.example"), ERR_OK);
    return q;
}

static size_t build(const struct reply_case *c, uint8_t out[512])
{
    struct writer w;
    const struct dns_question q = question();
    const struct dns_edns edns = {
        .payload = 1232, .extended_rcode = c->opt == OPT_BADVERS, .ede = DNS_EDE_NONE};
    writer_init(&w, out, 512);
    writer_u16(&w, c->id);
    writer_u16(&w, c->flags);
    writer_u16(&w, 1);
    writer_u32(&w, 0);
    writer_u16(&w, c->opt != NO_OPT);
    writer_bytes(&w, q.name.wire, q.name.len);
    writer_u16(&w, q.type);
    writer_u16(&w, q.class);
    if (c->opt != NO_OPT)
        dns_edns_write(&w, &edns, NULL);
    return writer_len(&w);
}

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct reply_case *c = &cases[i];
        const struct dns_question q = question();
        uint8_t bytes[512];
        size_t len = build(c, bytes);
        enum reply_verdict verdict = reply_judge(bytes, len, ID, &q, c->asked_edns, c->whole);
        if (verdict != c->verdict)
            fail_msg("%s: %d instead of %d", c->what, (int)verdict, (int)c->verdict);
    }
}

/* A message that ends early, anywhere, is foreign; so is one whose question differs in any byte
 * but for the case of letters. */
static void test_every_byte_counts(void **state)
{
    const struct dns_question q = question();
    uint8_t bytes[512];
    size_t len = build(&cases[0], bytes);
    (void)state;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(reply_judge(bytes, cut, ID, &q, true, false), REPLY_FOREIGN);
    for (size_t at = DNS_HEADER_LEN; at < DNS_HEADER_LEN + q.name.len + 4u; at++) {
        bytes[at] ^= 1;
        assert_int_equal(reply_judge(bytes, len, ID, &q, true, false), REPLY_FOREIGN);
        bytes[at] ^= 1;
    }
    bytes[DNS_HEADER_LEN + 2] ^= 0x20;
    assert_int_equal(reply_judge(bytes, len, ID, &q, true, false), REPLY_GOOD);
}

static void test_readable(void **state)
{
    uint8_t bytes[512];
    size_t len = build(&cases[0], bytes);
    (void)state;
    assert_true(reply_is_readable(bytes, len));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(reply_is_readable(bytes, cut));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
