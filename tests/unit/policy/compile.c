/* Contradictions, limits, counts, and large policies. */
#include "unit/policy/policy_fixture.h"

#define CNAME_HINT "a CNAME must be alone at its name (RFC 1034 §3.6.2)"

static void make_two_blocks(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    domain = lab_domain(lab, 20, "lab.example");
    lab_target(lab, domain, 21, POLICY_XMPP_CLIENT, 0, "x.example");
    lab_set(lab, domain, 22, POLICY_XMPP_SERVER, POLICY_SET_NONE);
}

static void make_others_and_listed(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    domain = lab_domain(lab, 20, "lab.example");
    domain->others = POLICY_SET_NODATA;
    lab_set(lab, domain, 21, POLICY_XMPPS_CLIENT, POLICY_SET_NONE);
}

static void make_different_services(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_CLIENT, POLICY_SET_NONE);
    domain = lab_domain(lab, 20, "lab.example");
    lab_set(lab, domain, 21, POLICY_XMPPS_CLIENT, POLICY_SET_NONE);
    lab_records(lab, 30, "_xmpp-server._tcp.lab.example. IN SRV 0 5 5269 x.example.\n");
}

static void make_component_and_domain(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NONE);
    lab_component(domain, "muc.lab.example");
    domain = lab_domain(lab, 20, "muc.lab.example");
    lab_set(lab, domain, 21, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
}

static void make_two_wildcards(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "*.lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NONE);
    domain = lab_domain(lab, 20, "*.lab.example");
    lab_set(lab, domain, 21, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
    domain = lab_domain(lab, 30, "lab.example");
    lab_set(lab, domain, 31, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
}

static void make_domain_and_record(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NXDOMAIN);
    lab_records(lab, 5,
                "_xmpp-server._tcp.lab.example. IN SRV 0 5 5269 x.example.\n"
                "_xmpp-server._tcp.lab.example. IN SRV 0 5 5269 y.example.\n");
}

static void make_host_twice(struct lab *lab)
{
    lab_host(lab, 10, "x.example", 5, "192.0.2.1");
    lab_host(lab, 11, "x.example", 5, "192.0.2.1");
}

static void make_host_and_record(struct lab *lab)
{
    lab_host(lab, 10, "x.example", 5, "192.0.2.1");
    lab_records(lab, 20, "x.example. IN AAAA fd00::1\n");
}

static void make_host_and_other_record(struct lab *lab)
{
    lab_host(lab, 10, "x.example", 5, "192.0.2.1");
    lab_records(lab, 20, "x.example. IN TXT fine\n");
}

static void make_cname_and_data(struct lab *lab)
{
    lab_records(lab, 20,
                "x.example. IN CNAME y.example.\n"
                "x.example. IN TXT no\n"
                "x.example. IN MX 1 no.example.\n");
}

static void make_cname_and_host(struct lab *lab)
{
    lab_host(lab, 30, "x.example", 5, "192.0.2.1");
    lab_records(lab, 20, "x.example. IN CNAME y.example.\n");
}

static void make_cname_and_set(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
    lab_records(lab, 20, "_xmpp-server._tcp.lab.example. IN CNAME y.example.\n");
}

static void make_two_cnames(struct lab *lab)
{
    lab_records(lab, 20,
                "*.example. IN CNAME y.example.\n"
                "*.example. IN CNAME y.example.\n"
                "*.example. IN CNAME z.example.\n");
}

/* What DNSSEC puts beside a CNAME is fine, and so is the same CNAME twice. */
static void make_cname_alone(struct lab *lab)
{
    lab_records(lab, 20,
                "x.example. IN CNAME y.example.\n"
                "x.example. IN NSEC z.example. CNAME RRSIG NSEC\n"
                "x.example. IN RRSIG CNAME 8 2 60 20300101000000 20200101000000 1 example. AAAA\n"
                "x.example. IN CNAME y.example.\n");
}

/* A service that goes upstream bars no CNAME at its name. */
static void make_cname_and_upstream(struct lab *lab)
{
    struct policy_domain *domain = lab_domain(lab, 10, "lab.example");
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
    lab_records(lab, 20,
                "_xmpp-client._tcp.lab.example. IN CNAME y.example.\n"
                "*.example. IN TXT any\n");
}

/* In two files there is no telling which line came first: records come after hosts. */
static void make_two_files(struct lab *lab)
{
    make_host_and_record(lab);
    lab->model.hosts[0].place = (struct place){"hosts.yaml", 90, 1};
}

static void make_long_domain(struct lab *lab)
{
    char name[256];
    memset(name, 'a', sizeof(name));
    for (int i = 63; i < 240; i += 64)
        name[i] = '.';
    name[240] = '\0';
    struct policy_domain *domain = lab_domain(lab, 10, name);
    lab_set(lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NODATA);
}

/* 3000 TXT records of 60 bytes at one name. */
static void make_large_set(struct lab *lab)
{
    struct text text = {0};
    for (int i = 0; i < 3000; i++)
        text_addf(&text, "x.example. IN TXT \"%050d\"\n", i);
    lab_records(lab, 1, text.data);
    text_deinit(&text);
}

static void test_contradictions(void **state)
{
    static const struct {
        void (*make)(struct lab *lab);
        const char *findings;
    } cases[] = {
        {make_two_blocks,
         "lab.yaml:21:3: error: _xmpp-client._tcp.lab.example. is answered by two domain blocks, "
         "first at lab.yaml:11 (keep one of the two)\n"},
        {make_others_and_listed,
         "lab.yaml:20:3: error: _xmpp-client._tcp.lab.example. is answered by two domain blocks, "
         "first at lab.yaml:11 (keep one of the two)\n"},
        {make_different_services, ""},
        {make_component_and_domain,
         "lab.yaml:21:3: error: _xmpp-server._tcp.muc.lab.example. is answered by two domain "
         "blocks, first at lab.yaml:11 (keep one of the two)\n"},
        {make_two_wildcards,
         "lab.yaml:21:3: error: *.lab.example. is answered by two domain blocks, first at "
         "lab.yaml:11 (keep one of the two)\n"},
        {make_domain_and_record,
         "lab.yaml:11:3: error: _xmpp-server._tcp.lab.example. has SRV from a domain and from "
         "records, first at lab.yaml:5 (keep one of the two)\n"},
        {make_host_twice,
         "lab.yaml:11:3: error: x.example. is listed twice in hosts, first at lab.yaml:10 (put all "
         "its addresses in one entry)\n"},
        {make_host_and_record,
         "lab.yaml:20:3: error: x.example. has addresses from hosts and from records, first at "
         "lab.yaml:10 (keep one of the two)\n"},
        {make_host_and_other_record, ""},
        {make_cname_and_data,
         "lab.yaml:22:3: error: x.example. has a CNAME beside other data, first at lab.yaml:20 "
         "(" CNAME_HINT ")\n"},
        {make_cname_and_host,
         "lab.yaml:30:3: error: x.example. has a CNAME beside other data, first at lab.yaml:20 "
         "(" CNAME_HINT ")\n"},
        {make_cname_and_set,
         "lab.yaml:20:3: error: _xmpp-server._tcp.lab.example. has a CNAME beside other data, "
         "first at lab.yaml:11 (" CNAME_HINT ")\n"},
        {make_two_cnames,
         "lab.yaml:22:3: error: *.example. has two CNAMEs, first at lab.yaml:20 (" CNAME_HINT
         ")\n"},
        {make_cname_alone, ""},
        {make_cname_and_upstream, ""},
        {make_two_files,
         "lab.yaml:20:3: error: x.example. has addresses from hosts and from records, first at "
         "hosts.yaml:90 (keep one of the two)\n"},
        {make_large_set,
         "lab.yaml:1:3: error: the TXT records of x.example. do not fit a DNS message of 64 KiB\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lab lab;
        lab_init(&lab);
        cases[i].make(&lab);
        bool compiled = lab_compile(&lab);
        assert_string_equal(lab_findings(&lab), cases[i].findings);
        assert_int_equal(compiled, cases[i].findings[0] == '\0');
        lab_deinit(&lab);
    }
}

static void test_name_too_long(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    make_long_domain(&lab);
    assert_false(lab_compile(&lab));
    assert_int_equal(lab.diags.count, 1);
    assert_string_equal(lab.diags.items[0].code, "name-too-long");
    assert_int_equal(lab.diags.items[0].line, 10);
    lab_deinit(&lab);

    lab_init(&lab); /* what goes upstream needs no room */
    make_long_domain(&lab);
    lab.model.domains[0].sets[POLICY_XMPP_SERVER].kind = POLICY_SET_UPSTREAM;
    lab_records(&lab, 20, "*.example. IN A 192.0.2.1\n");
    assert_true(lab_compile(&lab));
    lab_deinit(&lab);
}

/* Errors that were there before don't stop a policy that has none of its own. */
static void test_older_findings(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct place place = lab_place(&lab, 1);
    diag_add(&lab.diags, DIAG_ERROR, "other", &place, NULL, "something else");
    lab_host(&lab, 2, "x.example", 5, "192.0.2.1");
    assert_true(lab_compile(&lab));
    lab_deinit(&lab);
}

static void test_class(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    lab_records(&lab, 1, "x.example. IN A 192.0.2.1\n");
    lab.model.records[0].class = DNS_CLASS_CH;
    assert_true(lab_compile(&lab));
    assert_int_equal(lab.diags.warnings, 1);
    assert_string_equal(lab.diags.items[0].code, "class");
    assert_true(policy_is_empty(lab.policy));
    assert_string_equal(lab_ask(&lab, "x.example", DNS_TYPE_A, &match), "upstream");
    lab_deinit(&lab);
}

/* Nothing is above the root; what stands behind its name in memory is no name. */
static void test_root(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    lab_records(&lab, 1, ". IN A 192.0.2.1\n");
    lab_records(&lab, 2, ". IN TXT \"a\"\n");
    assert_true(lab_compile(&lab));
    policy_find(lab.policy, &(struct dns_name){.len = 1}, hash_bytes(&lab.key, "", 1), DNS_TYPE_A,
                &match);
    assert_int_equal(match.verdict, POLICY_OVERRIDE);
    assert_string_equal(lab_ask(&lab, "x.example", DNS_TYPE_A, &match), "upstream");
    lab_deinit(&lab);
}

static void test_counts(void **state)
{
    struct lab lab;
    struct policy_counts counts;
    (void)state;
    lab_init(&lab);
    struct policy_domain *domain = lab_domain(&lab, 10, "lab.example");
    lab_set(&lab, domain, 11, POLICY_XMPP_SERVER, POLICY_SET_NONE);
    lab_set(&lab, domain, 12, POLICY_XMPP_CLIENT, POLICY_SET_NXDOMAIN);
    lab_component(domain, "muc.lab.example");
    domain = lab_domain(&lab, 20, "*.lab.example");
    domain->others = POLICY_SET_NODATA;
    lab_host(&lab, 30, "x.example", 5, "192.0.2.1");
    lab_records(&lab, 40, "r.example. IN A 192.0.2.1\nr.example. IN A 192.0.2.2\n");
    assert_true(lab_compile(&lab));
    policy_counts(lab.policy, &counts);
    assert_int_equal(counts.domains, 2);
    assert_int_equal(counts.services, 6);
    assert_int_equal(counts.hosts, 1);
    assert_int_equal(counts.records, 2);
    assert_int_equal(counts.owners, 2 + 1 + 1 + 1 + 1);
    lab_deinit(&lab);
}

/* The additional section gives way when the whole does not fit a message. */
static void test_additional_too_large(void **state)
{
    struct lab lab;
    struct policy_match match;
    struct text text = {0};
    (void)state;
    lab_init(&lab);
    for (int i = 0; i < 1200; i++)
        text_addf(&text, "x.example. 1 IN AAAA fd00::%x\nx.example. 1 IN A 10.0.%d.%d\n", i,
                  i / 256, i % 256);
    for (int i = 0; i < 1200; i++)
        text_addf(&text, "s.example. 60 IN SRV 0 0 %d x.example.\n", i);
    lab_records(&lab, 1, text.data);
    text_deinit(&text);
    assert_true(lab_compile(&lab));
    lab_ask(&lab, "s.example", DNS_TYPE_SRV, &match);
    assert_int_equal(match.answer->counts[DNS_ANSWER], 1200);
    assert_int_equal(match.answer->counts[DNS_ADDITIONAL], 0);
    assert_non_null(strstr(lab.said.data, "s.example. 60 SRV 0 0 0 x.example."));
    lab_ask(&lab, "x.example", DNS_TYPE_AAAA, &match);
    assert_int_equal(match.answer->counts[DNS_ANSWER], 1200);
    lab_deinit(&lab);
}

#define MANY 100000

/* Many owners, and many records of few owners: both end in reasonable time. */
static void test_many(void **state)
{
    struct lab lab;
    struct policy_match match;
    struct policy_counts counts;
    (void)state;
    lab_init(&lab);
    for (unsigned i = 0; i < MANY; i++) {
        char name[64];
        uint8_t address[4];
        snprintf(name, sizeof(name), "host-%u.example", i % 2 ? i : i % 1000);
        bytes_put32(address, 0x0a000000 + i);
        struct dns_name owner = lab_name(name);
        struct policy_record *record = policy_model_add_record(&lab.model, &owner, address, 4);
        record->type = DNS_TYPE_A;
        record->ttl = 60;
        record->place = (struct place){"lab.yaml", i + 1, 1};
    }
    assert_true(lab_compile(&lab));
    policy_counts(lab.policy, &counts);
    assert_int_equal(counts.owners, MANY / 2 + 500);
    assert_string_equal(lab_ask(&lab, "host-99999.example", DNS_TYPE_A, &match),
                        "override lab.yaml:100000 NOERROR | host-99999.example. 60 A 10.1.134.159");
    lab_ask(&lab, "host-998.example", DNS_TYPE_A, &match);
    assert_int_equal(match.answer->counts[DNS_ANSWER], 100);
    assert_int_equal(match.rule_line, 999);
    assert_string_equal(lab_ask(&lab, "host-100000.example", DNS_TYPE_A, &match), "upstream");
    assert_true(lab_exists(&lab, "example"));
    lab_deinit(&lab);
}

/* 100,000 equal records are one; 100,000 different ones at one name are too many. */
static void test_many_at_one_owner(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    struct dns_name owner = lab_name("one.example");
    for (int different = 0; different < 2; different++) {
        lab_init(&lab);
        for (uint32_t i = 0; i < MANY; i++) {
            uint8_t address[4];
            bytes_put32(address, different ? i : 1);
            struct policy_record *record = policy_model_add_record(&lab.model, &owner, address, 4);
            record->type = DNS_TYPE_A;
            record->place = (struct place){"lab.yaml", i + 1, 1};
        }
        assert_int_equal(lab_compile(&lab), !different);
        if (different)
            assert_string_equal(lab.diags.items[0].code, "too-large");
        else
            assert_string_equal(lab_ask(&lab, "one.example", DNS_TYPE_A, &match),
                                "override lab.yaml:1 NOERROR | one.example. 0 A 0.0.0.1");
        lab_deinit(&lab);
    }
}

/* Owners are sorted by hash to be compared; what is found is told in the order of the file. */
static void test_findings_in_order(void **state)
{
    enum { OWNERS = 50 };
    struct lab lab;
    struct text text = {0};
    (void)state;
    lab_init(&lab);
    for (int i = 0; i < OWNERS; i++)
        text_addf(&text, "d%d.example. IN CNAME y.example.\nd%d.example. IN TXT a\n", i, i);
    lab_records(&lab, 1, text.data);
    assert_false(lab_compile(&lab));
    assert_int_equal(lab.diags.count, OWNERS);
    for (unsigned i = 0; i < OWNERS; i++)
        assert_int_equal(lab.diags.items[i].line, 2 * i + 2);
    text_deinit(&text);
    lab_deinit(&lab);
}

/* The policy keeps nothing of the model: it may go first. */
static void test_outlives_model(void **state)
{
    struct lab lab;
    struct policy_match match;
    (void)state;
    lab_init(&lab);
    lab_host(&lab, 10, "x.example", 5, "192.0.2.1");
    assert_true(lab_compile(&lab));
    policy_model_deinit(&lab.model);
    assert_string_equal(lab_ask(&lab, "x.example", DNS_TYPE_A, &match),
                        "override lab.yaml:10 NOERROR | x.example. 5 A 192.0.2.1");
    lab_deinit(&lab);
    policy_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contradictions), cmocka_unit_test(test_findings_in_order),
        cmocka_unit_test(test_name_too_long),  cmocka_unit_test(test_older_findings),
        cmocka_unit_test(test_class),          cmocka_unit_test(test_root),
        cmocka_unit_test(test_counts),         cmocka_unit_test(test_additional_too_large),
        cmocka_unit_test(test_many),           cmocka_unit_test(test_many_at_one_owner),
        cmocka_unit_test(test_outlives_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
