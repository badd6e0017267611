/* Wildcards, and which names exist because of the policy. */
#include "unit/policy/policy_fixture.h"

#include "policy/table.h"

#define SOA(ttl) " SOA shunt.invalid. nobody.invalid. 7 3600 600 86400 " ttl

static void test_domain(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.a.customers.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.a.customers.example. 3 SRV 0 5 5222 gw.customers.example."
         " | add gw.customers.example. 3 A 192.0.2.9"},
        {"_xmpp-client._tcp.a.b.c.customers.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.a.b.c.customers.example. 3 SRV 0 5 5222 gw.customers.example."
         " | add gw.customers.example. 3 A 192.0.2.9"},
        {"_xmpp-client._tcp.a.customers.example", DNS_TYPE_ANY,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.a.customers.example. 3 SRV 0 5 5222 gw.customers.example."
         " | add gw.customers.example. 3 A 192.0.2.9"},
        {"_xmpps-client._tcp.a.customers.example", DNS_TYPE_SRV,
         "override lab.yaml:12 NXDOMAIN | auth customers.example. 5" SOA("5")},
        /* a component is below the wildcard as others are */
        {"_xmpp-client._tcp.x.conference.customers.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR"
         " | _xmpp-client._tcp.x.conference.customers.example. 3 SRV 0 5 5222 gw.customers.example."
         " | add gw.customers.example. 3 A 192.0.2.9"},
        /* not the name itself, not the services that aren't listed, not other types */
        {"_xmpp-client._tcp.customers.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-server._tcp.a.customers.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-client._tcp.a.customers.example", DNS_TYPE_TXT, "upstream"},
        {"a.customers.example", DNS_TYPE_A, "upstream"},
        {"_jabber._tcp.a.customers.example", DNS_TYPE_SRV, "upstream"},
        {"_tcp.a.customers.example", DNS_TYPE_SRV, "upstream"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "*.customers.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 0, "gw.customers.example");
    lab_set(&lab, domain, 12, POLICY_XMPPS_CLIENT, POLICY_SET_NXDOMAIN);
    lab_component(domain, "conference.customers.example");
    lab_host(&lab, 20, "gw.customers.example", 3, "192.0.2.9");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_records(void **state)
{
    static const struct lab_case cases[] = {
        {"a.example", DNS_TYPE_A, "override lab.yaml:1 NOERROR | a.example. 60 A 192.0.2.1"},
        {"a.b.example", DNS_TYPE_A, "override lab.yaml:1 NOERROR | a.b.example. 60 A 192.0.2.1"},
        {"_xmpp-client._tcp.a.example", DNS_TYPE_A,
         "override lab.yaml:1 NOERROR | _xmpp-client._tcp.a.example. 60 A 192.0.2.1"},
        {"a.example", DNS_TYPE_MX, "upstream"},
        {"example", DNS_TYPE_A, "upstream"},
        /* a longer wildcard, and a name that is written out, keep the shorter away */
        {"x.long.example", DNS_TYPE_TXT,
         "override lab.yaml:2 NOERROR | x.long.example. 60 TXT \"long\""},
        {"x.long.example", DNS_TYPE_A, "upstream"},
        {"long.example", DNS_TYPE_A, "override lab.yaml:1 NOERROR | long.example. 60 A 192.0.2.1"},
        {"exact.example", DNS_TYPE_TXT,
         "override lab.yaml:3 NOERROR | exact.example. 60 TXT \"exact\""},
        {"exact.example", DNS_TYPE_A, "upstream"},
        {"below.exact.example", DNS_TYPE_A,
         "override lab.yaml:1 NOERROR | below.exact.example. 60 A 192.0.2.1"},
        {"any.alias.example", DNS_TYPE_A,
         "alias lab.yaml:4 to exact.example. NOERROR | any.alias.example. 60 CNAME exact.example."},
        {"any.alias.example", DNS_TYPE_CNAME,
         "override lab.yaml:4 NOERROR | any.alias.example. 60 CNAME exact.example."},
        /* the wildcard by its own name is a name like others (RFC 4592 §2.1.2) */
        {"*.example", DNS_TYPE_A, "override lab.yaml:1 NOERROR | *.example. 60 A 192.0.2.1"},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    lab_records(&lab, 1,
                "*.example. 60 IN A 192.0.2.1\n"
                "*.long.example. 60 IN TXT long\n"
                "exact.example. 60 IN TXT exact\n"
                "*.alias.example. 60 IN CNAME exact.example.\n");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* An exact domain leaves a service to upstream: the wildcard above it has no say. */
static void test_exact_domain_first(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.a.example", DNS_TYPE_SRV,
         "override lab.yaml:21 NOERROR | _xmpp-client._tcp.a.example. 5 SRV 0 5 5222 x.example."},
        {"_xmpp-server._tcp.a.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-server._tcp.b.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | _xmpp-server._tcp.b.example. 5 SRV 0 5 5269 gw.example."},
        {"_xmpp-server._tcp.x.a.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | _xmpp-server._tcp.x.a.example. 5 SRV 0 5 5269 "
         "gw.example."},
        /* likewise of two wildcard domains the longer decides */
        {"_xmpp-server._tcp.a.w.example", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-client._tcp.a.w.example", DNS_TYPE_SRV,
         "override lab.yaml:31 NOERROR | _xmpp-client._tcp.a.w.example. 5 SRV 0 0 0 ."},
        /* but not for its own name, which is below the shorter one only */
        {"_xmpp-server._tcp.w.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | _xmpp-server._tcp.w.example. 5 SRV 0 5 5269 gw.example."},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "*.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_SERVER, 0, "gw.example");
    domain = lab_domain(&lab, 20, "a.example");
    lab_target(&lab, domain, 21, POLICY_XMPP_CLIENT, 0, "x.example");
    domain = lab_domain(&lab, 30, "*.w.example");
    lab_set(&lab, domain, 31, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* A wildcard domain and wildcard records of one name. */
static void test_domain_and_records(void **state)
{
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.a.example", DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | _xmpp-client._tcp.a.example. 5 SRV 0 0 0 ."},
        {"_xmpp-client._tcp.a.example", DNS_TYPE_A, "upstream"},
        {"a.example", DNS_TYPE_A,
         "alias lab.yaml:20 to web.net. NOERROR | a.example. 60 CNAME web.net."},
        {"_jabber._tcp.a.example", DNS_TYPE_SRV,
         "alias lab.yaml:20 to web.net. NOERROR | _jabber._tcp.a.example. 60 CNAME web.net."},
        {"_xmpp-client._tcp.example", DNS_TYPE_SRV,
         "alias lab.yaml:20 to web.net. NOERROR | _xmpp-client._tcp.example. 60 CNAME web.net."},
    };
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "*.example");
    lab_set(&lab, domain, 11, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    lab_records(&lab, 20, "*.example. 60 IN CNAME web.net.\n");
    assert_true(lab_compile(&lab));
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static const struct {
    const char *name;
    bool exists;
} existing[] = {
    {"_xmpp-client._tcp.lab.example", true},
    {"_tcp.lab.example", true}, /* NODATA, not NXDOMAIN (RFC 8020) */
    {"lab.example", true},
    {"example", true},
    {"x.lab.example", false},
    {"_xmpps-client._tcp.lab.example", false}, /* nxdomain: no data */
    {"_tcp.gone.example", false},              /* a domain of nxdomain and nodata only */
    {"gone.example", false},
    {"_tcp.none.net", true}, /* "." is a record */
    {"net", true},
    {"host.org", true},
    {"empty.info", false}, /* a host without addresses */
    {"info", false},
    {"a.b.c.d", true}, /* the record, and every name above it */
    {"b.c.d", true},
    {"c.d", true},
    {"d", true},
    {"x.b.c.d", false},
    {"anything.wild.test-zone", true}, /* below a wildcard, at any depth */
    {"a.b.wild.test-zone", true},
    {"wild.test-zone", true},
    {"test-zone", true},
    {"x.test-zone", false},
    {"_tcp.a.many.co", true},
    {"many.co", true},
    {"x.deny.io", false}, /* a wildcard domain without data */
    {"io", false},
    {"elsewhere", false},
};

static void test_exists(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 0, "x.net");
    lab_set(&lab, domain, 12, POLICY_XMPPS_CLIENT, POLICY_SET_NXDOMAIN);
    domain = lab_domain(&lab, 20, "gone.example");
    domain->others = POLICY_SET_NODATA;
    lab_set(&lab, domain, 22, POLICY_XMPPS_CLIENT, POLICY_SET_NXDOMAIN);
    domain = lab_domain(&lab, 30, "none.net");
    lab_set(&lab, domain, 31, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    domain = lab_domain(&lab, 40, "*.many.co");
    lab_set(&lab, domain, 41, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    domain = lab_domain(&lab, 50, "*.deny.io");
    domain->others = POLICY_SET_NXDOMAIN;
    lab_host(&lab, 60, "host.org", 5, "192.0.2.1");
    lab_host(&lab, 61, "empty.info", 5, "");
    lab_records(&lab, 70,
                "a.b.c.d. IN A 192.0.2.1\n"
                "*.wild.test-zone. IN A 192.0.2.1\n");
    assert_true(lab_compile(&lab));
    for (size_t i = 0; i < sizeof(existing) / sizeof(existing[0]); i++) {
        if (lab_exists(&lab, existing[i].name) != existing[i].exists)
            fail_msg("%s", existing[i].name);
    }
    lab_deinit(&lab);
}

/* Names without data of their own are found before and after what is below them. */
static void test_exists_in_any_order(void **state)
{
    struct lab lab;
    char name[64];
    (void)state;
    lab_init(&lab);
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "h%u.example", i);
        lab_host(&lab, i, name, 5, "");
        snprintf(name, sizeof(name), "below.h%u.example", i);
        lab_host(&lab, i, name, 5, "192.0.2.1");
        snprintf(name, sizeof(name), "e%u.example", i);
        lab_host(&lab, i, name, 5, "");
    }
    assert_true(lab_compile(&lab));
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "h%u.example", i);
        assert_true(lab_exists(&lab, name));
        snprintf(name, sizeof(name), "e%u.example", i);
        assert_false(lab_exists(&lab, name));
    }
    lab_deinit(&lab);
}

/* Names without data of their own exist for what is below them, in whatever order the two are put
 * in the table; and what is not above data does not. */
static void test_names_above(void **state)
{
    static const struct {
        const char *name;
        bool exists;
    } cases[] = {{"org", true},       {"x.org", true},  {"a.x.org", true},  {"b.a.x.org", true},
                 {"c.a.x.org", true}, {"y.org", true},  {"z.y.org", true},  {"w.z.y.org", true},
                 {"q.z.y.org", true}, {"e.org", false}, {"d.e.org", false}, {"rg", false}};
    struct lab lab;
    (void)state;
    for (unsigned round = 0; round < 20; round++) { /* each with a hash key of its own */
        lab_init(&lab);
        lab.key.k0 += round;
        lab_host(&lab, 1, "a.x.org", 5, "");
        lab_host(&lab, 2, "e.org", 5, "");
        lab_host(&lab, 3, "d.e.org", 5, "");
        lab_records(&lab, 4,
                    "b.a.x.org. IN TXT b\nc.a.x.org. IN TXT c\n*.z.y.org. IN A 192.0.2.1\n");
        assert_true(lab_compile(&lab));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            assert_int_equal(lab_exists(&lab, cases[i].name), cases[i].exists);
        lab_deinit(&lab);
    }
}

/* Wildcards of several lengths, up to the root's and to the longest that a name has room for. */
static void test_depths(void **state)
{
    static const struct {
        const char *name;
        unsigned line; /* of the wildcard that decides */
    } cases[] = {{"x.a.b.c.example", 1}, {"y.x.a.b.c.example", 1}, {"a.b.c.example", 2},
                 {"b.c.example", 2},     {"example", 3},           {"other", 3}};
    char deep[256] = "", text[512];
    struct policy_match match;
    struct lab lab;
    (void)state;
    lab_init(&lab);
    for (unsigned i = 0; i < 125; i++)
        strcat(deep, "d.");
    snprintf(text, sizeof(text),
             "*.a.b.c.example. A 192.0.2.1\n*.example. A 192.0.2.2\n"
             "*. A 192.0.2.3\n*.%s A 192.0.2.4\n",
             deep);
    lab_records(&lab, 1, text);
    assert_true(lab_compile(&lab));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lab_ask(&lab, cases[i].name, DNS_TYPE_A, &match);
        assert_int_equal(match.rule_line, cases[i].line);
    }
    snprintf(text, sizeof(text), "x.%s", deep);
    lab_ask(&lab, text, DNS_TYPE_A, &match);
    assert_int_equal(match.rule_line, 4);
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_exact_domain_first),
        cmocka_unit_test(test_domain_and_records),
        cmocka_unit_test(test_exists),
        cmocka_unit_test(test_exists_in_any_order),
        cmocka_unit_test(test_names_above),
        cmocka_unit_test(test_depths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
