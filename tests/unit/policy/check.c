#include "policy_fixture.h"

/* Records, and what is found in them: "LINE CODE" for each; of the first also a part of its message
 * and of its hint. */
static const struct {
    const char *records, *found, *message, *hint;
} rows[] = {
    {"", "", NULL, NULL},
    /* All in order: two sets, a target with an address, one that only upstream can know. */
    {"_xmpp-client._tcp.lab.example. SRV 0 5 5222 xmpp1.lab.example.\n"
     "_xmpps-client._tcp.lab.example. SRV 0 5 5223 XMPP1.lab.example.\n"
     "_xmpp-server._tcp.lab.example. SRV 0 5 5269 xmpp.hoster.net.\n"
     "xmpp1.lab.example. A 192.0.2.1\n",
     "", NULL, NULL},
    {"_xmpp-server._tcp.conference.example.com. 3600 IN SRV 0 5 5269 xmpp.example.com.", "", NULL,
     NULL},

    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 192.0.2.1.", "1 srv-target-address\n",
     "the target 192.0.2.1. is an IP address", "hosts"},
    {"$ORIGIN d.net.\n_xmpp-client._tcp SRV 0 5 5222 192.0.2.1", "2 srv-target-address\n",
     "192.0.2.1.d.net.", NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 2001:db8::1", "1 srv-target-address\n", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 1.2.3.d.net.", "", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 1.2.3.256.", "", NULL, NULL},
    {"_stun._udp.d.net. SRV 0 5 3478 192.0.2.1.", "1 srv-target-address\n", NULL, NULL},

    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 X.d.net.\nx.d.net. CNAME y.d.net.",
     "1 srv-target-cname\n", "the target x.d.net. is a CNAME", "y.d.net."},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 localhost.", "1 srv-target-localhost\n", "localhost.",
     "host that serves"},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 LocalHost.LocalDomain.", "1 srv-target-localhost\n",
     NULL, NULL},

    /* A neighbour has an address, and this one not. */
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x2.d.net.\nx1.d.net. A 192.0.2.1",
     "1 srv-target-no-address\n", "the target x2.d.net. has no address", "spelling"},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x2.d.net.\nx1.d.net. AAAA ::1",
     "1 srv-target-no-address\n", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x2.d.net.\nx1.d.net. TXT a", "", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x2.d.net.\n*.d.net. A 192.0.2.1", "", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x.y.d.net.\n*.d.net. A 192.0.2.1", "", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 e.net.\nd.net. A 192.0.2.1", "", NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 gw.example.", "1 srv-target-no-address\n", NULL, NULL},

    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 .\n_xmpp-client._tcp.d.net. SRV 0 5 5222 x.d.net.",
     "1 srv-target-root-among-others\n", "no such service", "alone"},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 .\n_xmpps-client._tcp.d.net. SRV 0 5 5223 x.d.net.", "",
     NULL, NULL},

    {"_xmpps-client._tcp.d.net. SRV 0 5 5222 x.d.net.\n_xmpp-client._tcp.D.net. SRV 9 5 5222 "
     "X.d.net.",
     "1 tls-and-starttls-same-port\n", "port 5222 for STARTTLS too, at lab.yaml:2", "5223"},
    {"_xmpps-server._tcp.d.net. SRV 0 5 5269 x.d.net.\n_xmpp-server._tcp.d.net. SRV 9 5 5269 "
     "x.d.net.",
     "1 tls-and-starttls-same-port\n", NULL, "5270"},
    {"_xmpps-server._tcp.d.net. SRV 0 5 5222 x.d.net.\n_xmpp-client._tcp.d.net. SRV 9 5 5222 "
     "x.d.net.",
     "", NULL, NULL},
    {"_xmpps-client._tcp.d.net. SRV 0 5 5222 x.d.net.\n_xmpp-client._tcp.e.net. SRV 9 5 5222 "
     "x.d.net.",
     "", NULL, NULL},
    {"_xmpps-client._tcp.d.net. SRV 0 0 0 .\n_xmpp-client._tcp.d.net. SRV 0 0 0 .", "", NULL, NULL},

    {"_tcp._xmpp-client.d.net. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n",
     "_tcp._xmpp-client.d.net.", "mean _xmpp-client._tcp.d.net.?"},
    {"xmpps-server._tcp.d.net. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n", NULL,
     "mean _xmpps-server._tcp.d.net.?"},
    {"_xmpp-client.tcp.d.net. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n", NULL,
     "mean _xmpp-client._tcp.d.net.?"},
    {"_xmpp-client.d.net. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n", NULL,
     "mean _xmpp-client._tcp.d.net.?"},
    {"_xmpp-client._udp.d.net. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n", NULL,
     "mean _xmpp-client._tcp.d.net.?"},
    {"_xmpp-client.d.net. CNAME x.d.net.", "1 labels-swapped\n", NULL, NULL},
    {"xmpp-client.d.net. CNAME x.d.net.\nxmpp-client.d.org. A 192.0.2.1", "", NULL, NULL},
    {"_xmpp-client. SRV 0 5 5222 x.d.net.", "1 labels-swapped\n", NULL, "mean _xmpp-client._tcp."},
    {"_sip._udp.d.net. SRV 0 5 5060 x.d.net.\n. SRV 0 5 1 x.d.net.", "", NULL, NULL},

    {"_xmppconnect.d.net. TXT \"_xmpp-client-xbosh=https://d.net/bosh\"", "1 xmppconnect-txt\n",
     "insecure", "host-meta"},
    {"_jabber._tcp.d.net. SRV 0 5 5269 x.d.net.", "1 jabber-legacy\n", "old software",
     "_xmpp-server._tcp"},

    {"x.lab.test. A 192.0.2.1\nx.lab.test. AAAA ::1", "1 special-use-domain\n",
     "x.lab.test. is in the special-use domain test", "libunbound"},
    {"a.invalid. A 192.0.2.1\nb.onion. TXT a\nc.home.arpa. TXT a\nd.local. TXT a\nlocalhost. TXT "
     "a\narpa. TXT a\nxtest. TXT a",
     "1 special-use-domain\n2 special-use-domain\n3 special-use-domain\n4 special-use-domain\n"
     "5 special-use-domain\n",
     NULL, NULL},
    {"_xmpp-client._tcp.d.net. SRV 0 5 5222 x.onion.", "1 special-use-domain\n", "x.onion.", NULL},
    {"_xmpp-client._tcp.d.test. SRV 0 5 5222 x.d.test.", "1 special-use-domain\n", NULL, NULL},

    {"a.net. 0 TXT a\na.net. 0 TXT b\nb.net. 1 TXT a", "1 ttl-zero\n", "TTL of a.net. is 0", "1s"},
    {"a.net. 5 TXT a\nb.net. 6 TXT a\na.net. 6 A 192.0.2.1\na.net. 7 TXT b\na.net. 8 TXT c",
     "4 ttl-differs\n", "the TTL 7 of a.net.", "same TTL"},
};

/* "LINE CODE", a line each; all are warnings with a hint. */
static struct text found(const struct diag_list *diags)
{
    struct text out = {0};
    text_add(&out, "");
    for (size_t i = 0; i < diags->count; i++) {
        assert_int_equal(diags->items[i].level, DIAG_WARNING);
        assert_non_null(diags->items[i].hint);
        assert_string_equal(diags->items[i].file, "lab.yaml");
        text_addf(&out, "%u %s\n", diags->items[i].line, diags->items[i].code);
    }
    return out;
}

static void test_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lab lab;
        lab_init(&lab);
        lab_records(&lab, 1, rows[i].records);
        policy_check(&lab.model, &lab.diags);
        struct text out = found(&lab.diags);
        if (strcmp(out.data, rows[i].found) != 0)
            fail_msg("%s\nfound:\n%s", rows[i].records, out.data);
        if (rows[i].message && !strstr(lab.diags.items[0].message, rows[i].message))
            fail_msg("%s", lab.diags.items[0].message);
        if (rows[i].hint && !strstr(lab.diags.items[0].hint, rows[i].hint))
            fail_msg("%s", lab.diags.items[0].hint);
        text_deinit(&out);
        lab_deinit(&lab);
    }
}

static void expect_found(struct lab *lab, const char *expected)
{
    policy_check(&lab->model, &lab->diags);
    struct text out = found(&lab->diags);
    assert_string_equal(out.data, expected);
    text_deinit(&out);
}

static void test_empty(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    expect_found(&lab, "");
    lab_deinit(&lab);
}

/* The same findings for targets of domains; each at its own line. */
static void test_domain_targets(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *d = lab_domain(&lab, 1, "lab.example");
    lab_target(&lab, d, 2, POLICY_XMPP_CLIENT, 0, "xmpp1.lab.example");
    lab_target(&lab, d, 3, POLICY_XMPP_CLIENT, 0, "xmpp2.lab.example");
    lab_target(&lab, d, 4, POLICY_XMPP_CLIENT, 0, ".");
    lab_target(&lab, d, 5, POLICY_XMPP_SERVER, 0, "10.0.0.1");
    lab_target(&lab, d, 6, POLICY_XMPP_SERVER, 0, "alias.lab.example");
    lab_target(&lab, d, 7, POLICY_XMPPS_CLIENT, 0, "xmpp1.lab.example");
    lab_target(&lab, d, 8, POLICY_XMPPS_CLIENT, 0, "localhost");
    d->sets[POLICY_XMPPS_CLIENT].targets[0].port = 5222;
    lab_component(d, "conference.lab.example");
    lab_host(&lab, 20, "xmpp1.lab.example", 5, "10.5.0.11 fd00::11");
    lab_records(&lab, 30, "alias.lab.example. CNAME xmpp1.lab.example.");
    expect_found(&lab, "3 srv-target-no-address\n4 srv-target-root-among-others\n"
                       "5 srv-target-address\n6 srv-target-cname\n"
                       "7 tls-and-starttls-same-port\n8 srv-target-localhost\n");
    lab_deinit(&lab);
}

/* A set of a domain and a record of the same domain belong together. */
static void test_domain_and_records(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *d = lab_domain(&lab, 1, "d.net");
    lab_target(&lab, d, 2, POLICY_XMPPS_SERVER, 0, "x.d.net");
    lab_records(&lab, 3, "_xmpp-server._tcp.d.net. SRV 0 0 5270 x.d.net.");
    expect_found(&lab, "2 tls-and-starttls-same-port\n");
    lab_deinit(&lab);
}

/* A wildcard is for the names below, so its sets are not those of the name. */
static void test_wildcard_domain(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    struct policy_domain *d = lab_domain(&lab, 1, "d.net");
    lab_target(&lab, d, 2, POLICY_XMPPS_SERVER, 0, "x.d.net");
    d = lab_domain(&lab, 3, "*.d.net");
    lab_target(&lab, d, 4, POLICY_XMPP_SERVER, 0, "x.d.net");
    d->sets[POLICY_XMPP_SERVER].targets[0].port = 5270;
    expect_found(&lab, "");
    lab_deinit(&lab);
}

static void test_domains_and_hosts(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_domain(&lab, 1, "lab.test");
    lab_domain(&lab, 2, "_xmpp-client._tcp.d.net");
    lab_domain(&lab, 3, "_tcp.d.net");
    lab_domain(&lab, 4, "*.d.net")->ttl = 0;
    lab_domain(&lab, 5, "_other.d.net");
    lab_host(&lab, 6, "x.local", 5, "192.0.2.1");
    lab_host(&lab, 7, "x.d.net", 0, "192.0.2.1");
    expect_found(&lab, "1 special-use-domain\n2 labels-swapped\n3 labels-swapped\n4 ttl-zero\n"
                       "6 special-use-domain\n7 ttl-zero\n");
    assert_string_equal(lab.diags.items[1].hint, "did you mean d.net.?");
    lab_deinit(&lab);
}

/* RDATA that is no SRV data, as only a program could make it, is passed over. */
static void test_broken_rdata(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 0, 0, 5, 20, 102, 3, 'a'};
    struct lab lab;
    lab_init(&lab);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct dns_name owner = lab_name("_xmpp-client._tcp.d.net");
        struct policy_record *record = policy_model_add_record(&lab.model, &owner, bytes, len);
        assert_non_null(record);
        record->type = len % 2 ? DNS_TYPE_SRV : DNS_TYPE_CNAME;
        record->ttl = 5;
        record->place = lab_place(&lab, 1);
    }
    expect_found(&lab, "");
    lab_deinit(&lab);
}

/* So many that a comparison of each with each would not end. */
static void test_many(void **state)
{
    (void)state;
    const unsigned count = 50000;
    struct lab lab;
    struct text text = {0};
    lab_init(&lab);
    for (unsigned i = 0; i < count; i++)
        text_addf(&text,
                  "_xmpp-client._tcp.d.net. SRV 0 0 %u x%u.d.net.\n"
                  "_xmpps-client._tcp.d.net. SRV 0 0 %u x%u.d.net.\n",
                  i % 2, i, i % 4, i);
    assert_false(text.failed);
    lab_records(&lab, 1, text.data);
    policy_check(&lab.model, &lab.diags);
    assert_int_equal(lab.diags.errors, 0);
    assert_int_equal(lab.diags.warnings, count / 2);
    assert_int_equal(lab.diags.items[0].line, 2);
    assert_int_equal(lab.diags.items[1].line, 4);
    assert_int_equal(lab.diags.items[2].line, 10);
    text_deinit(&text);
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),         cmocka_unit_test(test_empty),
        cmocka_unit_test(test_domain_targets),  cmocka_unit_test(test_domain_and_records),
        cmocka_unit_test(test_wildcard_domain), cmocka_unit_test(test_domains_and_hosts),
        cmocka_unit_test(test_broken_rdata),    cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
