/* From replies to sets of targets, and two sets as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/explain.h"
#include "dns/message.h"

#define HEADER(rcode, answers) "\0\0\x81" rcode "\0\1\0" answers "\0\0\0\0"
#define QUESTION               "\5_xmpp\1x\0\0\x21\0\1" /* at 12; "x." is at 18 */
#define OWNER                  "\xc0\x0c\0\x21\0\1\0\0\0\x3c"
#define BYTES(literal)         (const uint8_t *)(literal), sizeof(literal) - 1

struct expected {
    const uint8_t *message;
    size_t len;
    enum explain_kind kind;
    size_t targets;
    bool dot_too, broken;
};

static const struct expected replies[] = {
    {NULL, 0, EXPLAIN_NO_REPLY, 0, false, false},
    {BYTES("\0\0\x81"), EXPLAIN_FAILED, 0, false, true},
    {BYTES(HEADER("\x82", "\0") QUESTION), EXPLAIN_FAILED, 0, false, false},
    {BYTES(HEADER("\x80", "\0") QUESTION), EXPLAIN_NO_RECORDS, 0, false, false},
    {BYTES(HEADER("\x83", "\0") QUESTION), EXPLAIN_NO_RECORDS, 0, false, false},
    /* priority 10, weight 5, port 5222, a.x. in full, and with a pointer */
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\xb\0\xa\0\5\x14\x66\1a\1x\0"), EXPLAIN_TARGETS,
     1, false, false},
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\xa\0\xa\0\5\x14\x66\1a\xc0\x12"),
     EXPLAIN_TARGETS, 1, false, false},
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\7\0\0\0\0\0\0\0"), EXPLAIN_DOT, 0, true, false},
    {BYTES(HEADER("\x80", "\2") QUESTION OWNER "\0\7\0\0\0\0\0\0\0" OWNER
                                               "\0\xb\0\xa\0\5\x14\x66\1a\1x\0"),
     EXPLAIN_TARGETS, 1, true, false},
    /* cut off; too short for SRV; a pointer forwards */
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\xb\0\xa\0\5\x14\x66\1a\1"), EXPLAIN_FAILED, 0,
     false, true},
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\4\0\xa\0\5"), EXPLAIN_FAILED, 0, false, true},
    {BYTES(HEADER("\x80", "\1") QUESTION OWNER "\0\xa\0\xa\0\5\x14\x66\1a\xc0\x40"), EXPLAIN_FAILED,
     0, false, true},
};

static void test_read(void **unused)
{
    (void)unused;
    struct dns_name domain;
    dns_name_from_text(&domain, "x");
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        const struct expected *e = &replies[i];
        struct explain explain;
        explain_init(&explain, &domain, POLICY_XMPP_CLIENT);
        struct explain_set *set = &explain.sets[POLICY_XMPP_CLIENT];
        assert_int_equal(explain_set_read(set, e->message, e->len), ERR_OK);
        assert_int_equal(explain_compute(&explain), ERR_OK);
        assert_int_equal(set->kind, e->kind);
        assert_int_equal(set->targets.count, e->targets);
        assert_int_equal(set->dot_too, e->dot_too);
        assert_int_equal(set->broken, e->broken);
        assert_int_equal(explain_has_targets(&explain), e->kind == EXPLAIN_TARGETS);
        if (e->kind == EXPLAIN_TARGETS) {
            char name[DNS_NAME_TEXT_MAX];
            assert_string_equal(dns_name_to_text(&set->targets.items[0].name, name), "a.x.");
            assert_int_equal(set->targets.items[0].port, 5222);
            assert_int_equal(set->targets.items[0].odds.priority, 10);
            assert_int_equal(set->ttl, 60);
        }
        explain_deinit(&explain);
    }
}

/* Two services with one target each: which comes first goes by priority, whichever set it is in. */
static void test_both_as_one(void **unused)
{
    (void)unused;
    struct dns_name domain;
    struct explain explain;
    struct text out = {0};
    dns_name_from_text(&domain, "x");
    explain_init(&explain, &domain, -1);
    static const char low[] = HEADER("\x80", "\1") QUESTION OWNER "\0\xb\0\5\0\1\x01\xbb\1b\1x\0";
    static const char high[] = HEADER("\x80", "\1") QUESTION OWNER "\0\xb\0\xa\0\5\x14\x66\1a\1x\0";
    explain_set_read(&explain.sets[POLICY_XMPP_CLIENT], BYTES(high));
    explain_set_read(&explain.sets[POLICY_XMPPS_CLIENT], BYTES(low));
    explain_set_read(&explain.sets[POLICY_XMPP_SERVER], BYTES(high));
    assert_int_equal(explain_compute(&explain), ERR_OK);
    const struct explain_list *both = &explain.pairs[EXPLAIN_CLIENTS].both;
    assert_int_equal(both->count, 2);
    assert_int_equal(both->items[0].service, POLICY_XMPPS_CLIENT);
    assert_int_equal(both->items[1].service, POLICY_XMPP_CLIENT);
    assert_true(both->items[1].odds.place > 1.99 && both->items[1].odds.place < 2.01);
    assert_int_equal(explain.pairs[EXPLAIN_SERVERS].both.count, 0);
    explain_print(&explain, &out);
    assert_non_null(strstr(out.data, "Both as one set"));
    assert_non_null(strstr(out.data, "_xmpps-server._tcp.x. (direct TLS): no reply"));
    text_deinit(&out);
    explain_deinit(&explain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_both_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
