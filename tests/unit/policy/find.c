/* What the compiled policy says to questions. */
#include "policy/service.h"
#include "unit/policy/policy_fixture.h"

#define SOA(ttl) " SOA shunt.invalid. nobody.invalid. 7 3600 600 86400 " ttl

static void test_empty(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    assert_true(lab_compile(&lab));
    assert_true(policy_is_empty(lab.policy));
    assert_string_equal(lab_ask(&lab, "lab.example", DNS_TYPE_A, &match), "upstream");
    assert_string_equal(lab_ask(&lab, ".", DNS_TYPE_ANY, &match), "upstream");
    assert_false(lab_exists(&lab, "lab.example"));
    assert_string_equal(lab_dump(&lab), "");
    lab_deinit(&lab);
}

/* One domain with a set of each kind. */
static void make_kinds(struct lab *lab, enum policy_mode mode)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    domain->mode = mode;
    lab_target(lab, domain, 11, POLICY_XMPP_CLIENT, 10, "xmpp1.lab.example");
    lab_target(lab, domain, 11, POLICY_XMPP_CLIENT, 20, "xmpp2.lab.example");
    lab_set(lab, domain, 14, POLICY_XMPPS_CLIENT, POLICY_SET_NONE);
    lab_set(lab, domain, 15, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
    lab_set(lab, domain, 16, POLICY_XMPPS_SERVER, POLICY_SET_NXDOMAIN);
}

static void test_kinds(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.lab.example. 5 SRV 10 5 5222 xmpp1.lab.example."
         " | _xmpp-client._tcp.lab.example. 5 SRV 20 5 5222 xmpp2.lab.example."},
        {"_xmpps-client._tcp.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:14 NOERROR | _xmpps-client._tcp.lab.example. 5 SRV 0 0 0 ."},
        {"_xmpp-server._tcp.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:15 NOERROR | auth lab.example. 5" SOA("5")},
        {"_xmpps-server._tcp.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:16 NXDOMAIN | auth lab.example. 5" SOA("5")},
        /* type ANY: the one set that is there, whatever its kind (RFC 8482) */
        {"_xmpps-client._tcp.lab.example", DNS_TYPE_ANY,
         "override lab.yaml:14 NOERROR | _xmpps-client._tcp.lab.example. 5 SRV 0 0 0 ."},
        {"_xmpps-server._tcp.lab.example", DNS_TYPE_ANY,
         "override lab.yaml:16 NXDOMAIN | auth lab.example. 5" SOA("5")},
        /* every other type and name is upstream's */
        {"_xmpps-server._tcp.lab.example", DNS_TYPE_TXT, "upstream"},
        {"_xmpp-client._tcp.lab.example", DNS_TYPE_A, "upstream"},
        {"_tcp.lab.example", DNS_TYPE_SRV, "upstream"},
        {"lab.example", DNS_TYPE_ANY, "upstream"},
        {"_jabber._tcp.lab.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-client._tcp.www.lab.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-client._tcp.example", DNS_TYPE_SRV, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    make_kinds(&lab, POLICY_MODE_OVERRIDE);
    assert_true(lab_compile(&lab));
    assert_false(policy_is_empty(lab.policy));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_synthesize(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpps-client._tcp.lab.example", DNS_TYPE_SRV,
         "synthesize lab.yaml:14 NOERROR | _xmpps-client._tcp.lab.example. 5 SRV 0 0 0 ."},
        {"_xmpps-server._tcp.lab.example", DNS_TYPE_SRV,
         "synthesize lab.yaml:16 NXDOMAIN | auth lab.example. 5" SOA("5")},
        {"_xmpps-client._tcp.lab.example", DNS_TYPE_ANY,
         "synthesize lab.yaml:14 NOERROR | _xmpps-client._tcp.lab.example. 5 SRV 0 0 0 ."},
        {"_xmpps-client._tcp.lab.example", DNS_TYPE_TXT, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    make_kinds(&lab, POLICY_MODE_SYNTHESIZE);
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* The services that are not listed, and a list whose targets are gone. */
static void test_others(void **state)
{
    static const struct {
        enum policy_set_kind others;
        const char *said;
    } cases[] = {
        {POLICY_SET_UPSTREAM, "upstream"},
        {POLICY_SET_NONE,
         "override lab.yaml:10 NOERROR | _xmpp-server._tcp.lab.example. 5 SRV 0 0 0 ."},
        {POLICY_SET_NODATA, "override lab.yaml:10 NOERROR | auth lab.example. 5" SOA("5")},
        {POLICY_SET_NXDOMAIN, "override lab.yaml:10 NXDOMAIN | auth lab.example. 5" SOA("5")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct policy_match match;
        struct lab lab;
        lab_init(&lab);
        struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
        domain->others = cases[i].others;
        lab_set(&lab, domain, 12, POLICY_XMPP_CLIENT, POLICY_SET_TARGETS);
        lab_set(&lab, domain, 13, POLICY_XMPPS_CLIENT, POLICY_SET_UPSTREAM);
        assert_true(lab_compile(&lab));
        assert_string_equal(lab_ask(&lab, "_xmpp-server._tcp.lab.example", DNS_TYPE_SRV, &match),
                            cases[i].said);
        assert_string_equal(lab_ask(&lab, "_xmpp-client._tcp.lab.example", DNS_TYPE_SRV, &match),
                            "override lab.yaml:12 NOERROR | auth lab.example. 5" SOA("5"));
        assert_string_equal(lab_ask(&lab, "_xmpps-client._tcp.lab.example", DNS_TYPE_SRV, &match),
                            "upstream");
        lab_deinit(&lab);
    }
}

static void test_components(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-server._tcp.conference.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:12 NOERROR"
         " | _xmpp-server._tcp.conference.lab.example. 5 SRV 0 5 5269 xmpp1.lab.example."},
        {"_xmpps-server._tcp.upload.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:10 NOERROR | auth lab.example. 5" SOA("5")},
        {"_xmpp-client._tcp.conference.lab.example", DNS_TYPE_SRV, "upstream"},
        {"conference.lab.example", DNS_TYPE_A, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    domain->others = POLICY_SET_NODATA;
    lab_target(&lab, domain, 12, POLICY_XMPP_SERVER, 0, "xmpp1.lab.example");
    lab_component(domain, "conference.lab.example");
    lab_component(domain, "upload.lab.example");
    lab_component(domain, "conference.lab.example"); /* twice is no contradiction */
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_hosts(void **state)
{
    static const struct lab_case cases[] = {
        {"both.lab.example", DNS_TYPE_A,
         "override lab.yaml:20 NOERROR | both.lab.example. 9 A 10.5.0.11"
         " | both.lab.example. 9 A 10.5.0.10"},
        {"both.lab.example", DNS_TYPE_AAAA,
         "override lab.yaml:20 NOERROR | both.lab.example. 9 AAAA fd00::11"},
        {"both.lab.example", DNS_TYPE_TXT, "upstream"},
        {"v4.lab.example", DNS_TYPE_AAAA,
         "override lab.yaml:21 NOERROR | auth v4.lab.example. 8" SOA("8")},
        {"v4.lab.example", DNS_TYPE_ANY,
         "override lab.yaml:21 NOERROR | v4.lab.example. 8 A 10.5.0.12"},
        {"v6.lab.example", DNS_TYPE_ANY,
         "override lab.yaml:22 NOERROR | v6.lab.example. 7 AAAA fd00::13"},
        {"none.lab.example", DNS_TYPE_A,
         "override lab.yaml:23 NOERROR | auth none.lab.example. 6" SOA("6")},
        {"www.v4.lab.example", DNS_TYPE_A, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    lab_host(&lab, 20, "both.lab.example", 9, "10.5.0.11 fd00::11 10.5.0.10 10.5.0.11");
    lab_host(&lab, 21, "v4.lab.example", 8, "10.5.0.12");
    lab_host(&lab, 22, "v6.lab.example", 7, "fd00::13");
    lab_host(&lab, 23, "none.lab.example", 6, "");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_records(void **state)
{
    static const struct lab_case cases[] = {
        /* one set, its lowest TTL (RFC 2181 §5.2), duplicates dropped, in the order of the file */
        {"multi.example", DNS_TYPE_MX,
         "override lab.yaml:30 NOERROR | multi.example. 60 MX 20 b.example."
         " | multi.example. 60 MX 10 a.example."},
        {"multi.example", DNS_TYPE_TXT,
         "override lab.yaml:33 NOERROR | multi.example. 30 TXT \"x y\""},
        {"multi.example", DNS_TYPE_ANY,
         "override lab.yaml:30 NOERROR | multi.example. 60 MX 20 b.example."
         " | multi.example. 60 MX 10 a.example."},
        {"multi.example", DNS_TYPE_A, "upstream"},
        {"odd.example", 65280,
         "override lab.yaml:34 NOERROR | odd.example. 3600 TYPE65280 \\# 4 0a000001"},
        /* a CNAME is the answer to its own type, and the way for all others */
        {"alias.example", DNS_TYPE_CNAME,
         "override lab.yaml:35 NOERROR | alias.example. 5 CNAME Multi.example."},
        {"alias.example", DNS_TYPE_ANY,
         "override lab.yaml:35 NOERROR | alias.example. 5 CNAME Multi.example."},
        {"alias.example", DNS_TYPE_AAAA,
         "alias lab.yaml:35 to multi.example. NOERROR | alias.example. 5 CNAME Multi.example."},
        {"x.alias.example", DNS_TYPE_AAAA, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    lab_records(&lab, 30,
                "multi.example. 3600 IN MX 20 b.example.\n"
                "multi.example. 60 IN MX 10 a.example.\n"
                "multi.example. 120 IN MX 20 b.example.\n"
                "multi.example. 30 IN TXT \"x y\"\n"
                "odd.example. IN TYPE65280 \\# 4 0a000001\n"
                "alias.example. 5 IN CNAME Multi.example.\n");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* SRV answers bring the addresses of targets, each once, and all TTLs are the lowest. */
static void test_additional(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.lab.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.lab.example. 4 SRV 10 5 5222 xmpp1.lab.example."
         " | _xmpp-client._tcp.lab.example. 4 SRV 20 5 5222 xmpp2.lab.example."
         " | _xmpp-client._tcp.lab.example. 4 SRV 30 5 5222 xmpp1.lab.example."
         " | _xmpp-client._tcp.lab.example. 4 SRV 40 5 5222 far.example."
         " | add xmpp1.lab.example. 4 A 10.5.0.11 | add xmpp1.lab.example. 4 AAAA fd00::11"
         " | add xmpp2.lab.example. 4 A 10.5.0.12"},
        {"_xmpp-server._tcp.old.example", DNS_TYPE_SRV,
         "override lab.yaml:30 NOERROR | _xmpp-server._tcp.old.example. 60 SRV 0 5 5269 R.Example."
         " | add r.example. 60 A 192.0.2.1"},
        {"xmpp1.lab.example", DNS_TYPE_A,
         "override lab.yaml:20 NOERROR | xmpp1.lab.example. 4 A 10.5.0.11"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 10, "xmpp1.lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 20, "xmpp2.lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 30, "xmpp1.lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 40, "far.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 10, "xmpp1.lab.example"); /* a duplicate */
    lab_host(&lab, 20, "xmpp1.lab.example", 4, "10.5.0.11 fd00::11");
    lab_host(&lab, 21, "xmpp2.lab.example", 900, "10.5.0.12");
    lab_host(&lab, 22, "empty.example", 1, "");
    lab_records(&lab, 30,
                "_xmpp-server._tcp.old.example. 300 IN SRV 0 5 5269 R.Example.\n"
                "r.example. 60 IN A 192.0.2.1\n"
                "r.example. 1 IN TXT \"not an address\"\n");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* A target without addresses lowers no TTL. */
static void test_additional_empty(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 10, "empty.example");
    lab_host(&lab, 20, "empty.example", 1, "");
    assert_true(lab_compile(&lab));
    assert_string_equal(lab_ask(&lab, "_xmpp-client._tcp.lab.example", DNS_TYPE_SRV, &match),
                        "override lab.yaml:11 NOERROR"
                        " | _xmpp-client._tcp.lab.example. 5 SRV 10 5 5222 empty.example.");
    lab_deinit(&lab);
}

static void test_match_fields(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    domain->order = DNS_ORDER_SHUFFLE;
    lab_target(&lab, domain, 11, POLICY_XMPPS_SERVER, 0, "xmpp1.lab.example");
    lab_records(&lab, 20, "_xmpp-server._tcp.r.example. IN SRV 0 5 5269 r.example.\n");
    assert_true(lab_compile(&lab));
    assert_int_equal(policy_generation(lab.policy), 7);

    lab_ask(&lab, "_xmpps-server._tcp.lab.example", DNS_TYPE_SRV, &match);
    assert_int_equal(match.order, DNS_ORDER_SHUFFLE);
    lab_ask(&lab, "_xmpp-server._tcp.r.example", DNS_TYPE_SRV, &match);
    assert_int_equal(match.order, DNS_ORDER_FIXED);
    lab_deinit(&lab);
}

/* Who looks ahead is told which names are ours: not those above them, of which nothing is said. */
static void test_prefetch(void **state)
{
    static const struct {
        const char *name;
        bool ours;
    } rows[] = {{"_xmpp-client._tcp.lab.example", true},
                {"_tcp.lab.example", false},
                {"elsewhere.example", false}};
    struct lab lab;
    (void)state;
    lab_init(&lab);
    assert_true(lab_compile(&lab));
    assert_false(policy_prefetch_answer(lab.policy, 1));
    lab_deinit(&lab);
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 0, "xmpp1.elsewhere.example");
    assert_true(lab_compile(&lab));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_name name = lab_name(rows[i].name);
        uint64_t hash = hash_bytes(&lab.key, name.wire, name.len);
        policy_prefetch(lab.policy, hash);
        assert_int_equal(policy_prefetch_answer(lab.policy, hash), rows[i].ours);
    }
    lab_deinit(&lab);
}

static void test_service_of(void **state)
{
    static const struct {
        const char *name;
        int service;
    } rows[] = {
        {"_xmpp-client._tcp.lab.example", POLICY_XMPP_CLIENT},
        {"_xmpp-server._tcp.lab.example", POLICY_XMPP_SERVER},
        {"_xmpps-client._tcp.lab.example", POLICY_XMPPS_CLIENT},
        {"_xmpps-server._tcp.elsewhere.example", POLICY_XMPPS_SERVER},
        {"_xmpp-client._tcp", POLICY_XMPP_CLIENT},
        {"_xmpp-client._udp.lab.example", -1},
        {"_xmpp-client.lab.example", -1},
        {"_xmpp-clienx._tcp.lab.example", -1},
        {"_jabber._tcp.lab.example", -1},
        {"lab.example", -1},
        {".", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_name name;
        assert_int_equal(dns_name_from_text(&name, rows[i].name), ERR_OK);
        if (policy_service_of(&name) != rows[i].service)
            fail_msg("%s: %d", rows[i].name, policy_service_of(&name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_synthesize),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_components),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_additional),
        cmocka_unit_test(test_additional_empty),
        cmocka_unit_test(test_match_fields),
        cmocka_unit_test(test_service_of),
        cmocka_unit_test(test_prefetch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
