/* Views: what one says takes the place of the policy for all, and nothing else does. */
#include "policy_fixture.h"

static struct policy_domain *view_domain(struct lab *lab, unsigned line, const char *view,
                                         const char *name)
{
    struct policy_domain *domain = lab_domain(lab, line, name);
    domain->view = policy_model_view(&lab->model, view);
    assert_non_null(domain->view);
    return domain;
}

static void view_host(struct lab *lab, unsigned line, const char *view, const char *name,
                      const char *addresses)
{
    lab_host(lab, line, name, 5, addresses);
    lab->model.hosts[lab->model.host_count - 1].view = policy_model_view(&lab->model, view);
}

#define CLIENT "_xmpp-client._tcp.lab.example."
#define SERVER "_xmpp-server._tcp.lab.example."

/* The domain for all has both services; inside has one of its own; outside only a host. */
static void make_lab(struct lab *lab)
{
    lab_init(lab);
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_target(lab, domain, 11, POLICY_XMPP_CLIENT, 1, "a.example");
    lab_target(lab, domain, 12, POLICY_XMPP_SERVER, 1, "a.example");
    domain = view_domain(lab, 20, "inside", "lab.example");
    lab_target(lab, domain, 21, POLICY_XMPP_CLIENT, 2, "a.example");
    lab_host(lab, 30, "a.example", 5, "192.0.2.1");
    view_host(lab, 40, "outside", "a.example", "192.0.2.2");
}

static void test_everyone(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    assert_true(lab_compile(&lab));
    static const struct lab_case cases[] = {
        {CLIENT, DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | " CLIENT " 5 SRV 1 5 5222 a.example."
         " | add a.example. 5 A 192.0.2.1"},
        {"a.example.", DNS_TYPE_A, "override lab.yaml:30 NOERROR | a.example. 5 A 192.0.2.1"},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_inside(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    assert_true(lab_compile_view(&lab, "inside"));
    static const struct lab_case cases[] = {
        {CLIENT, DNS_TYPE_SRV,
         "override lab.yaml:21 NOERROR | " CLIENT " 5 SRV 2 5 5222 a.example."
         " | add a.example. 5 A 192.0.2.1"},
        {SERVER, DNS_TYPE_SRV,
         "override lab.yaml:12 NOERROR | " SERVER " 5 SRV 1 5 5269 a.example."
         " | add a.example. 5 A 192.0.2.1"},
        {"_xmpps-client._tcp.lab.example.", DNS_TYPE_SRV, "upstream"},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* The additional section has the addresses of the view. */
static void test_outside(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    assert_true(lab_compile_view(&lab, "outside"));
    static const struct lab_case cases[] = {
        {CLIENT, DNS_TYPE_SRV,
         "override lab.yaml:11 NOERROR | " CLIENT " 5 SRV 1 5 5222 a.example."
         " | add a.example. 5 A 192.0.2.2"},
        {"a.example.", DNS_TYPE_A, "override lab.yaml:40 NOERROR | a.example. 5 A 192.0.2.2"},
        {"a.example.", DNS_TYPE_AAAA,
         "override lab.yaml:40 NOERROR | auth a.example. 5 SOA shunt.invalid. nobody.invalid. 7 "
         "3600 600 86400 5"},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* A view without a word of its own is served what all are. */
static void test_unknown_view(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_match match;
    make_lab(&lab);
    assert_true(lab_compile_view(&lab, "nobody"));
    lab_ask(&lab, CLIENT, DNS_TYPE_SRV, &match);
    assert_int_equal(match.rule_line, 11);
    lab_deinit(&lab);
}

/* `upstream` as a word, for a service or for the others, takes it away from the policy for all; a
 * service that is not listed stays. */
static void test_upstream_word(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_match match;
    make_lab(&lab);
    struct policy_domain *domain = view_domain(&lab, 50, "half", "lab.example");
    lab_set(&lab, domain, 51, POLICY_XMPP_CLIENT, POLICY_SET_UPSTREAM);
    assert_true(lab_compile_view(&lab, "half"));
    assert_string_equal(lab_ask(&lab, CLIENT, DNS_TYPE_SRV, &match), "upstream");
    lab_ask(&lab, SERVER, DNS_TYPE_SRV, &match);
    assert_int_equal(match.rule_line, 12);
    lab.model.domains[lab.model.domain_count - 1].others_set = true;
    assert_true(lab_compile_view(&lab, "half"));
    assert_string_equal(lab_ask(&lab, SERVER, DNS_TYPE_SRV, &match), "upstream");
    lab_deinit(&lab);
}

/* Exact names win over wildcards, also those that a view leaves to upstream; wildcards of a view
 * take the place of the same wildcards only. */
static void test_wildcards(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "*.w.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 1, "t.example");
    lab_target(&lab, domain, 12, POLICY_XMPP_SERVER, 1, "t.example");
    domain = lab_domain(&lab, 20, "exact.w.example");
    lab_target(&lab, domain, 21, POLICY_XMPP_CLIENT, 1, "t.example");
    domain = view_domain(&lab, 30, "v", "*.w.example");
    lab_target(&lab, domain, 31, POLICY_XMPP_CLIENT, 2, "t.example");
    domain = view_domain(&lab, 40, "v", "own.w.example");
    lab_target(&lab, domain, 41, POLICY_XMPP_CLIENT, 3, "t.example");
    assert_true(lab_compile_view(&lab, "v"));
    static const struct lab_case cases[] = {
        {"_xmpp-client._tcp.any.w.example.", DNS_TYPE_SRV,
         "override lab.yaml:31 NOERROR | _xmpp-client._tcp.any.w.example. 5 SRV 2 5 5222 "
         "t.example."},
        {"_xmpp-server._tcp.any.w.example.", DNS_TYPE_SRV,
         "override lab.yaml:12 NOERROR | _xmpp-server._tcp.any.w.example. 5 SRV 1 5 5269 "
         "t.example."},
        {"_xmpp-client._tcp.exact.w.example.", DNS_TYPE_SRV,
         "override lab.yaml:21 NOERROR | _xmpp-client._tcp.exact.w.example. 5 SRV 1 5 5222 "
         "t.example."},
        {"_xmpp-client._tcp.own.w.example.", DNS_TYPE_SRV,
         "override lab.yaml:41 NOERROR | _xmpp-client._tcp.own.w.example. 5 SRV 3 5 5222 "
         "t.example."},
        {"_xmpp-server._tcp.own.w.example.", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-server._tcp.exact.w.example.", DNS_TYPE_SRV, "upstream"},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* Records for all: a set that a view has another way gives way, all of it; a CNAME too. */
static void test_records(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_match match;
    lab_init(&lab);
    lab_records(&lab, 10,
                "a.example. 5 IN A 192.0.2.1\n"
                "a.example. 5 IN A 192.0.2.2\n"
                "a.example. 5 IN TXT stays\n"
                "b.example. 5 IN CNAME a.example.\n");
    view_host(&lab, 20, "v", "a.example", "192.0.2.9");
    view_host(&lab, 30, "v", "b.example", "192.0.2.8");
    assert_true(lab_compile_view(&lab, "v"));
    static const struct lab_case cases[] = {
        {"a.example.", DNS_TYPE_A, "override lab.yaml:20 NOERROR | a.example. 5 A 192.0.2.9"},
        {"a.example.", DNS_TYPE_TXT, "override lab.yaml:12 NOERROR | a.example. 5 TXT \"stays\""},
        {"b.example.", DNS_TYPE_A, "override lab.yaml:30 NOERROR | b.example. 5 A 192.0.2.8"},
        {"b.example.", DNS_TYPE_TXT, "upstream"},
    };
    LAB_CHECK(&lab, cases);
    assert_true(lab_compile(&lab));
    lab_ask(&lab, "b.example.", DNS_TYPE_A, &match);
    assert_int_equal(match.verdict, POLICY_ALIAS);
    assert_string_equal(lab_findings(&lab), "");
    lab_deinit(&lab);
}

/* Only what is said twice within one view, or within the policy for all, contradicts itself. Each
 * is said where its own part is compiled. */
static void test_contradictions(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    view_host(&lab, 50, "inside", "a.example", "192.0.2.3");
    view_host(&lab, 60, "inside", "a.example", "192.0.2.4");
    assert_true(lab_compile(&lab));
    assert_true(lab_compile_view(&lab, "outside"));
    assert_string_equal(lab_findings(&lab), "");
    assert_false(lab_compile_view(&lab, "inside"));
    assert_string_equal(lab_findings(&lab),
                        "lab.yaml:60:3: error: a.example. is listed twice in hosts, first at "
                        "lab.yaml:50 (put all its addresses in one entry)\n");
    lab_deinit(&lab);
}

static void test_general_contradiction(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    lab_host(&lab, 70, "a.example", 5, "192.0.2.5");
    assert_true(lab_compile_view(&lab, "inside"));
    assert_string_equal(lab_findings(&lab), "");
    assert_false(lab_compile(&lab));
    assert_int_equal(lab.diags.errors, 1);
    lab_deinit(&lab);
}

static void test_counts(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_counts counts;
    make_lab(&lab);
    assert_true(lab_compile_view(&lab, "outside"));
    policy_counts(lab.policy, &counts);
    assert_int_equal(counts.domains, 1);
    assert_int_equal(counts.hosts, 2);
    assert_int_equal(counts.services, 2);
    assert_int_equal(counts.owners, 3);
    lab_deinit(&lab);
}

/* Domains of two views are no pair to policy_check. */
static void test_check(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *domain = view_domain(&lab, 10, "a", "check.net");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 1, "xmpp.check.net");
    domain = view_domain(&lab, 20, "b", "check.net");
    lab_target(&lab, domain, 21, POLICY_XMPPS_CLIENT, 1, "xmpp.check.net");
    domain->sets[POLICY_XMPPS_CLIENT].targets[0].port = 5222;
    policy_check(&lab.model, &lab.diags);
    assert_string_equal(lab_findings(&lab), "");
    lab.model.domains[1].view = lab.model.domains[0].view;
    policy_check(&lab.model, &lab.diags);
    assert_non_null(strstr(lab_findings(&lab), "has port 5222 for STARTTLS too"));
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everyone),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_unknown_view),
        cmocka_unit_test(test_upstream_word),
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_general_contradiction),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
