/* Mode amend: the edits that a question finds, and what else such a domain says. */
#include "policy_fixture.h"

#define CLIENT "_xmpp-client._tcp.lab.example."

static void make_lab(struct lab *lab)
{
    lab_init(lab);
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_edit(lab, domain, 11, POLICY_XMPP_CLIENT, "old.example", POLICY_EDIT_PRIORITY)->priority =
        30;
    lab_edit(lab, domain, 11, POLICY_XMPP_CLIENT, "*", POLICY_EDIT_PRIORITY)->priority = 20;
    lab_set(lab, domain, 12, POLICY_XMPPS_CLIENT, POLICY_SET_NONE);
    lab_edit(lab, domain, 13, POLICY_XMPP_SERVER, "s.example", POLICY_EDIT_REMOVE);
    lab_component(domain, "conference.lab.example");
    domain = lab_domain(lab, 20, "*.w.example");
    lab_edit(lab, domain, 21, POLICY_XMPP_CLIENT, "w.example", POLICY_EDIT_REMOVE);
    lab_edit(lab, domain, 22, POLICY_XMPP_SERVER, "x.example", POLICY_EDIT_REMOVE);
}

static void test_find(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    assert_true(lab_compile(&lab));
    static const struct lab_case cases[] = {
        {CLIENT, DNS_TYPE_SRV, "amend lab.yaml:11 | old.example. 30 | * 20"},
        {CLIENT, DNS_TYPE_ANY, "amend lab.yaml:11 | old.example. 30 | * 20"},
        {CLIENT, DNS_TYPE_TXT, "upstream"},
        {"_xmpps-client._tcp.lab.example.", DNS_TYPE_SRV,
         "override lab.yaml:12 NOERROR | _xmpps-client._tcp.lab.example. 5 SRV 0 0 0 ."},
        {"_xmpps-server._tcp.lab.example.", DNS_TYPE_SRV, "upstream"},
        {"_xmpp-server._tcp.conference.lab.example.", DNS_TYPE_SRV,
         "amend lab.yaml:13 | s.example. 0"},
        {"_xmpp-client._tcp.a.w.example.", DNS_TYPE_SRV, "amend lab.yaml:21 | w.example. 0"},
        {"_xmpp-server._tcp.a.w.example.", DNS_TYPE_SRV, "amend lab.yaml:22 | x.example. 0"},
        {"_xmpp-client._tcp.w.example.", DNS_TYPE_SRV, "upstream"},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

/* All fields come through, and in order. */
static void test_fields(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_match match;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    struct policy_edit *edit = lab_edit(&lab, domain, 11, POLICY_XMPP_CLIENT, "old.example",
                                        POLICY_EDIT_PORT | POLICY_EDIT_REPLACE);
    edit->port = 5299;
    edit->ttl = 9;
    edit->replace = lab_name("new.example");
    struct policy_edit before = *edit;
    assert_true(lab_compile(&lab));
    policy_model_deinit(&lab.model);
    lab_ask(&lab, CLIENT, DNS_TYPE_SRV, &match);
    assert_int_equal(match.edit_count, 1);
    assert_int_equal((uintptr_t)match.edits % _Alignof(struct policy_edit), 0);
    assert_memory_equal(match.edits, &before, sizeof(before));
    lab_deinit(&lab);
}

/* Upstream knows whether the name exists. */
static void test_existence(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    assert_true(lab_compile(&lab));
    assert_false(policy_is_empty(lab.policy));
    assert_false(lab_exists(&lab, CLIENT));
    assert_false(lab_exists(&lab, "conference.lab.example."));
    assert_false(lab_exists(&lab, "_xmpp-client._tcp.a.w.example."));
    assert_true(lab_exists(&lab, "_xmpps-client._tcp.lab.example."));
    assert_true(lab_exists(&lab, "lab.example."));
    lab_deinit(&lab);
}

/* A record beside the edits, of another type, is an answer of its own. */
static void test_beside_records(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    lab_records(&lab, 30, CLIENT " 5 IN TXT here\n");
    assert_true(lab_compile(&lab));
    static const struct lab_case cases[] = {
        {CLIENT, DNS_TYPE_SRV, "amend lab.yaml:11 | old.example. 30 | * 20"},
        {CLIENT, DNS_TYPE_TXT, "override lab.yaml:30 NOERROR | " CLIENT " 5 TXT \"here\""},
        {CLIENT, DNS_TYPE_ANY, "override lab.yaml:30 NOERROR | " CLIENT " 5 TXT \"here\""},
    };
    LAB_CHECK(&lab, cases);
    lab_deinit(&lab);
}

static void test_contradiction(void **state)
{
    (void)state;
    struct lab lab;
    make_lab(&lab);
    struct policy_domain *domain = lab_domain(&lab, 40, "lab.example");
    lab_target(&lab, domain, 41, POLICY_XMPP_CLIENT, 1, "t.example");
    assert_false(lab_compile(&lab));
    assert_string_equal(lab_findings(&lab),
                        "lab.yaml:41:3: error: " CLIENT " is answered by two domain blocks, first "
                        "at lab.yaml:11 (keep one of the two)\n");
    lab_deinit(&lab);
}

/* The same domain may be amended for some and answered for the others. */
static void test_view(void **state)
{
    (void)state;
    struct lab lab;
    struct policy_match match;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_target(&lab, domain, 11, POLICY_XMPP_CLIENT, 1, "t.example");
    domain = lab_domain(&lab, 20, "lab.example");
    domain->view = policy_model_view(&lab.model, "v");
    lab_edit(&lab, domain, 21, POLICY_XMPP_CLIENT, "t.example", POLICY_EDIT_REMOVE);
    assert_true(lab_compile_view(&lab, "v"));
    assert_string_equal(lab_ask(&lab, CLIENT, DNS_TYPE_SRV, &match),
                        "amend lab.yaml:21 | t.example. 0");
    assert_true(lab_compile(&lab));
    lab_ask(&lab, CLIENT, DNS_TYPE_SRV, &match);
    assert_int_equal(match.verdict, POLICY_OVERRIDE);
    lab_deinit(&lab);
}

static void test_dump(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    struct policy_edit *edit =
        lab_edit(&lab, domain, 11, POLICY_XMPP_CLIENT, "old.example",
                 POLICY_EDIT_PRIORITY | POLICY_EDIT_WEIGHT | POLICY_EDIT_PORT | POLICY_EDIT_TTL |
                     POLICY_EDIT_REPLACE);
    edit->priority = 1, edit->weight = 2, edit->port = 3, edit->ttl = 4;
    edit->replace = lab_name("new.example");
    lab_edit(&lab, domain, 11, POLICY_XMPP_CLIENT, "*", POLICY_EDIT_REMOVE);
    assert_true(lab_compile(&lab));
    assert_string_equal(lab_dump(&lab),
                        "; " CLIENT " IN SRV old.example. priority=1 weight=2 port=3 ttl=4 "
                        "replace=new.example. ; lab.yaml:11 amend\n"
                        "; " CLIENT " IN SRV * remove ; lab.yaml:11 amend\n");
    lab_deinit(&lab);
}

/* A new target is looked at as others are; what upstream has beside it is not known. */
static void test_check(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "check.net");
    for (int service = 0; service < POLICY_SERVICES; service++)
        lab_edit(&lab, domain, 11, (enum policy_service)service, "a.net", POLICY_EDIT_REPLACE)
            ->replace = lab_name("b.net");
    policy_check(&lab.model, &lab.diags);
    assert_string_equal(lab_findings(&lab), "");
    lab_edit(&lab, domain, 12, POLICY_XMPP_CLIENT, "*", POLICY_EDIT_REPLACE)->replace =
        lab_name("10.0.0.1");
    lab_edit(&lab, domain, 12, POLICY_XMPP_CLIENT, "*", POLICY_EDIT_TTL);
    policy_check(&lab.model, &lab.diags);
    assert_int_equal(lab.diags.count, 2);
    assert_string_equal(lab.diags.items[0].code, "ttl-zero");
    assert_string_equal(lab.diags.items[1].code, "srv-target-address");
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),          cmocka_unit_test(test_fields),
        cmocka_unit_test(test_existence),     cmocka_unit_test(test_beside_records),
        cmocka_unit_test(test_contradiction), cmocka_unit_test(test_view),
        cmocka_unit_test(test_dump),          cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
