/* What is in force, as zone-file lines. */
#include "unit/policy/policy_fixture.h"

static void make_lab(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_target(lab, domain, 12, POLICY_XMPP_CLIENT, 10, "xmpp1.lab.example");
    lab_target(lab, domain, 12, POLICY_XMPP_CLIENT, 20, "xmpp2.lab.example");
    lab_set(lab, domain, 14, POLICY_XMPPS_CLIENT, POLICY_SET_NONE);
    lab_set(lab, domain, 15, POLICY_XMPPS_SERVER, POLICY_SET_NXDOMAIN);
    domain = lab_domain(lab, 20, "*.customers.example");
    domain->mode = POLICY_MODE_SYNTHESIZE;
    lab_set(lab, domain, 21, POLICY_XMPP_SERVER, POLICY_SET_NONE);
    lab_set(lab, domain, 22, POLICY_XMPP_CLIENT, POLICY_SET_NODATA);
    lab_host(lab, 30, "xmpp1.lab.example", 5, "10.5.0.11");
    lab_records(lab, 40,
                "*.customers.example. 60 IN TXT \"tab\\009 ; and \\\"quotes\\\"\"\n"
                "a.example. 60 IN CNAME b.example.\n"
                "example. 60 IN TYPE65280 \\# 2 0a0b\n");
}

static void test_lines(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    make_lab(&lab);
    assert_true(lab_compile(&lab));
    assert_string_equal(
        lab_dump(&lab),
        "example. 60 IN TYPE65280 \\# 2 0a0b ; lab.yaml:42 override\n"
        "a.example. 60 IN CNAME b.example. ; lab.yaml:41 override\n"
        "*.customers.example. 60 IN TXT \"tab\t ; and \\\"quotes\\\"\" ; lab.yaml:40 override\n"
        "; _xmpp-client._tcp.*.customers.example. 5 IN SRV NODATA ; lab.yaml:22 synthesize\n"
        "_xmpp-server._tcp.*.customers.example. 5 IN SRV 0 0 0 . ; lab.yaml:21 synthesize\n"
        "_xmpp-client._tcp.lab.example. 5 IN SRV 10 5 5222 xmpp1.lab.example. ; lab.yaml:12 "
        "override\n"
        "_xmpp-client._tcp.lab.example. 5 IN SRV 20 5 5222 xmpp2.lab.example. ; lab.yaml:12 "
        "override\n"
        "_xmpps-client._tcp.lab.example. 5 IN SRV 0 0 0 . ; lab.yaml:14 override\n"
        "; _xmpps-server._tcp.lab.example. 5 IN SRV NXDOMAIN ; lab.yaml:15 override\n"
        "xmpp1.lab.example. 5 IN A 10.5.0.11 ; lab.yaml:30 override\n"
        "; xmpp1.lab.example. 5 IN AAAA NODATA ; lab.yaml:30 override\n");
    lab_deinit(&lab);
}

/* The dump is a zone file: read as records it gives itself again, but for what is a comment. */
static void test_reads_back(void **state)
{
    struct lab lab, again;
    (void)state;
    lab_init(&lab);
    lab_init(&again);
    lab_host(&lab, 1, "xmpp1.lab.example", 5, "10.5.0.11 fd00::11");
    lab_records(&lab, 2,
                "lab.example. 60 IN TXT \"a b\" c\n"
                "lab.example. 60 IN MX 10 mail.lab.example.\n");
    assert_true(lab_compile(&lab));
    lab_records(&again, 1, lab_dump(&lab));
    assert_int_equal(again.model.record_count, 4);
    assert_true(lab_compile(&again));
    static const struct lab_case cases[] = {
        {"xmpp1.lab.example", DNS_TYPE_AAAA,
         "override lab.yaml:4 NOERROR | xmpp1.lab.example. 5 AAAA fd00::11"},
        {"lab.example", DNS_TYPE_TXT,
         "override lab.yaml:2 NOERROR | lab.example. 60 TXT \"a b\" \"c\""},
    };
    LAB_CHECK(&again, cases);
    lab_deinit(&lab);
    lab_deinit(&again);
}

/* RDATA that does not fit its type, and a rule without a line. */
static void test_odd(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct dns_name x = lab_name("x.example"), y = lab_name("y.example");
    struct policy_record *record =
        policy_model_add_record(&lab.model, &x, (const uint8_t[]){0, 0}, 2);
    record->type = DNS_TYPE_SRV;
    record->place = (struct place){"--record 1", 0, 0};
    record = policy_model_add_record(&lab.model, &y, NULL, 0);
    record->type = DNS_TYPE_CNAME;
    record->place = (struct place){NULL, 3, 0};
    assert_true(lab_compile(&lab));
    assert_string_equal(lab_dump(&lab), "x.example. 0 IN TYPE33 \\# 2 0000 ; --record 1 override\n"
                                        "y.example. 0 IN TYPE5 \\# 0 ; policy:3 override\n");
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_reads_back),
        cmocka_unit_test(test_odd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
