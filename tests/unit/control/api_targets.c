/* Targets over the API: what a change says of the policy, and the list. */
#include "unit/control/targets_help.h"

static const char files[] =
    "views: [{name: inside, clients: [10.0.0.0/8]}]\n"
    "domains:\n"
    "  - name: lab.example\n"
    "    ttl: 5s\n"
    "    xmpp-client:\n"
    "      - {target: xmpp1.lab.example, priority: 10, weight: 5}\n"
    "      - {target: xmpp2.lab.example, priority: 20, weight: 5}\n"
    "    xmpp-server: [{target: xmpp1.lab.example}]\n"
    "    components: [conference]\n"
    "  - name: lab.example\n"
    "    view: inside\n"
    "    ttl: 7s\n"
    "    xmpps-client: [{target: inner.lab.example}]\n"
    "  - name: '*.customers.example'\n"
    "    ttl: 60s\n"
    "    xmpp-client: [{target: gw.example}]\n"
    "  - name: amended.example\n"
    "    mode: amend\n"
    "    xmpp-client: [{target: old.example.com, priority: 30}]\n"
    "hosts:\n"
    "  - {name: xmpp1.lab.example, ttl: 9s, addresses: [10.5.0.11, 'fd00::11']}\n"
    "  - {name: gw.example, addresses: [10.5.0.12]}\n"
    "records: |\n"
    "  _xmpp-client._tcp.rec.example. 3600 IN SRV 0 5 5222 R1.example.\n"
    "  _xmpp-client._tcp.rec.example. 3600 IN SRV 1 5 5222 r2.example.\n"
    "  _jabber._tcp.rec.example. 300 IN SRV 0 0 5269 r1.example.\n"
    "  _xmpp-client._tcp.twice.example. 60 IN SRV 0 5 5222 t.example.\n"
    "  _xmpp-client._tcp.twice.example. 60 IN SRV 1 5 5223 t.example.\n"
    "  r2.example. 77 IN A 192.0.2.7\n";

static struct desk desk;

static int setup(void **state)
{
    (void)state;
    desk_init(&desk, files);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_deinit(&desk);
    return 0;
}

/* One target, three sets: domain, between servers, and the component's. */
static void test_fail(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "XMPP1.lab.example", "{'how': 'remove'}"), 200);
    desk_expect(&desk, "change", "1");
    desk_expect(&desk, "revision", "2");
    desk_expect(&desk, "target", "'xmpp1.lab.example.'");
    desk_expect(
        &desk, "sets",
        "[{'domain':'lab.example.','new':['_xmpp-client._tcp.lab.example. 5 IN SRV 20 5 5222 "
        "xmpp2.lab.example.'],'old':['_xmpp-client._tcp.lab.example. 5 IN SRV 10 5 5222 "
        "xmpp1.lab.example.','_xmpp-client._tcp.lab.example. 5 IN SRV 20 5 5222 "
        "xmpp2.lab.example.'],'owner':'_xmpp-client._tcp.lab.example.','service':'xmpp-client'},"
        "{'domain':'lab.example.','new':[],'old':['_xmpp-server._tcp.lab.example. 5 IN SRV 0 5 "
        "5269 xmpp1.lab.example.'],'owner':'_xmpp-server._tcp.lab.example.','service':"
        "'xmpp-server'},"
        "{'domain':'conference.lab.example.','new':[],'old':["
        "'_xmpp-server._tcp.conference.lab.example. 5 IN SRV 0 5 5269 xmpp1.lab.example.'],"
        "'owner':'_xmpp-server._tcp.conference.lab.example.','service':'xmpp-server'}]");
    desk_expect(&desk, "old_for", "5");
    desk_expect(&desk, "old_until", "'2023-11-14T22:13:26.000Z'");
    desk_expect(&desk, "addresses", "absent");
    desk_expect(&desk, "more", "absent");
    char *warnings = desk_text(&desk, "warnings");
    assert_non_null(strstr(warnings, "_xmpp-server._tcp.lab.example. has no records left: clients "
                                     "now try the addresses of the bare domain lab.example."));
    free(warnings);
}

static void test_set(void **state)
{
    static const char body[] = "{'priority': 30, 'weight': 1, 'port': 15222, 'ttl': '2s', "
                               "'service': 'xmpp-client', 'for': '30s', 'count': 3}";
    (void)state;
    assert_int_equal(desk_patch(&desk, "xmpp1.lab.example", body), 200);
    char *sets = desk_text(&desk, "sets");
    assert_non_null(strstr(sets,
                           "'new':['_xmpp-client._tcp.lab.example. 2 IN SRV 30 1 15222 "
                           "xmpp1.lab.example.','_xmpp-client._tcp.lab.example. 2 IN SRV 20 5 "
                           "5222 xmpp2.lab.example.']"));
    assert_null(strstr(sets, "xmpp-server"));
    free(sets);
    desk_expect(&desk, "old_for", "5");
    desk_expect(&desk, "ends", "'2023-11-14T22:13:51.000Z'");
    desk_expect(&desk, "count", "3");
    desk_expect(&desk, "warnings", "[]");
    /* What a client may still hold is the answer of before, as changed. */
    assert_int_equal(
        desk_patch(&desk, "xmpp1.lab.example", "{'ttl': '1h', 'service': 'xmpp-client'}"), 200);
    desk_expect(&desk, "old_for", "2");
    assert_int_equal(
        desk_patch(&desk, "xmpp1.lab.example", "{'restore': true, 'service': 'xmpp-client'}"), 200);
    desk_expect(&desk, "restored", "2");
    desk_expect(&desk, "old_for", "3600");
    desk_expect(&desk, "change", "absent");
}

static void test_none(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "r1.example", "{'how': 'none', 'domain': 'rec.example'}"),
                     200);
    desk_expect(&desk, "sets",
                "[{'domain':'rec.example.','new':['_xmpp-client._tcp.rec.example. 3600 IN SRV 0 0 "
                "0 .'],'old':['_xmpp-client._tcp.rec.example. 3600 IN SRV 0 5 5222 r1.example.',"
                "'_xmpp-client._tcp.rec.example. 3600 IN SRV 1 5 5222 r2.example.'],'owner':"
                "'_xmpp-client._tcp.rec.example.','service':'xmpp-client'}]");
    desk_expect(&desk, "warnings", "[]");
}

/* Without a domain the legacy name is meant too. */
static void test_record(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "r1.example", "{'priority': 9, 'match-port': 5269}"), 200);
    desk_expect(&desk, "sets",
                "[{'domain':'rec.example.','new':['_jabber._tcp.rec.example. 300 IN SRV 9 0 5269 "
                "r1.example.'],'old':['_jabber._tcp.rec.example. 300 IN SRV 0 0 5269 "
                "r1.example.'],'owner':'_jabber._tcp.rec.example.'}]");
    desk_expect(&desk, "old_for", "300");
}

/* A set with two records that lead to the target is one set. */
static void test_twice(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "t.example", "{'weight': 0, 'match-port': 5223}"), 200);
    desk_expect(&desk, "sets",
                "[{'domain':'twice.example.','new':['_xmpp-client._tcp.twice.example. 60 IN SRV 0 "
                "5 5222 t.example.','_xmpp-client._tcp.twice.example. 60 IN SRV 1 0 5223 "
                "t.example.'],'old':['_xmpp-client._tcp.twice.example. 60 IN SRV 0 5 5222 "
                "t.example.','_xmpp-client._tcp.twice.example. 60 IN SRV 1 5 5223 t.example.'],"
                "'owner':'_xmpp-client._tcp.twice.example.','service':'xmpp-client'}]");
}

static void test_view(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "inner.lab.example", "{'how': 'demote'}"), 200);
    char *sets = desk_text(&desk, "sets");
    assert_non_null(strstr(sets, "'service':'xmpps-client','view':'inside'"));
    free(sets);
    desk_expect(&desk, "old_for", "7");
}

/* A change for one name below a wildcard says that name. */
static void test_wildcard(void **state)
{
    (void)state;
    assert_int_equal(
        desk_patch(&desk, "gw.example", "{'how': 'demote', 'domain': 'a.customers.example'}"), 200);
    desk_expect(&desk, "sets",
                "[{'domain':'a.customers.example.','new':['_xmpp-client._tcp.a.customers.example. "
                "60 IN SRV 65535 5 5222 gw.example.'],'old':['_xmpp-client._tcp.a.customers."
                "example. 60 IN SRV 0 5 5222 gw.example.'],'owner':'_xmpp-client._tcp.a.customers."
                "example.','service':'xmpp-client'}]");
    assert_int_equal(desk_patch(&desk, "gw.example", "{'priority': 7}"), 200);
    char *sets = desk_text(&desk, "sets");
    assert_non_null(strstr(sets, "'_xmpp-client._tcp.*.customers.example. 60 IN SRV 7 5 5222"));
    free(sets);
}

static void test_addresses(void **state)
{
    static const struct {
        const char *target, *how, *addresses, *old_for;
    } cases[] = {
        {"xmpp1.lab.example", "no-address",
         "{'how':'no-address','new':[],'old':['xmpp1.lab.example. 9 IN A 10.5.0.11',"
         "'xmpp1.lab.example. 9 IN AAAA fd00::11']}",
         "9"},
        {"r2.example", "refuse",
         "{'how':'refuse','new':['r2.example. 5 IN A 10.5.0.2'],'old':['r2.example. 77 IN A "
         "192.0.2.7']}",
         "77"},
        {"xmpp2.lab.example", "blackhole",
         "{'how':'blackhole','new':['xmpp2.lab.example. 5 IN A 192.0.2.1','xmpp2.lab.example. 5 IN "
         "AAAA 100::1']}",
         "null"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[64];
        snprintf(body, sizeof(body), "{'how': '%s'}", cases[i].how);
        assert_int_equal(desk_patch(&desk, cases[i].target, body), 200);
        desk_expect(&desk, "addresses", cases[i].addresses);
        desk_expect(&desk, "old_for", cases[i].old_for);
    }
    assert_int_equal(desk_patch(&desk, "r2.example", "{'restore': true}"), 200);
    desk_expect(&desk, "addresses",
                "{'new':['r2.example. 77 IN A 192.0.2.7'],'old':['r2.example. 5 IN A 10.5.0.2']}");
    desk_expect(&desk, "old_for", "5");
}

/* What upstream alone may name is changed, with a warning; what looks like a slip only on demand.
 */
static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "xmpp1.lab.exmaple", "{'how': 'remove'}"), 404);
    desk_expect(&desk, "field", "'target'");
    assert_int_equal(desk_patch(&desk, "xmpp1.up.example", "{'how': 'remove'}"), 200);
    assert_int_equal(desk_patch(&desk, "xmpp1.up.example", "{'restore': true}"), 200);
    assert_int_equal(desk_patch(&desk, "xmpp1.lab.exmaple", "{'how': 'remove', 'unknown': true}"),
                     200);
    desk_expect(&desk, "sets", "[]");
    desk_expect(&desk, "old_for", "null");
    desk_expect(&desk, "old_until", "null");
    desk_expect(&desk, "warnings",
                "['no record of the policy leads to xmpp1.lab.exmaple: did you mean "
                "xmpp1.lab.example or xmpp2.lab.example?','until when clients may use the old "
                "records is not known: they come from upstream, with TTLs of its own']");
    assert_int_equal(
        desk_patch(&desk, "host.elsewhere.net", "{'how': 'remove', 'domain': 'elsewhere.net'}"),
        200);
    char *warnings = desk_text(&desk, "warnings");
    assert_non_null(strstr(warnings, "'the policy has no domain elsewhere.net: this changes what "
                                     "upstream says of it'"));
    free(warnings);
    assert_int_equal(desk_patch(&desk, "old.example.com", "{'how': 'remove'}"), 200);
    desk_expect(&desk, "sets",
                "[{'amended':true,'domain':'amended.example.','owner':"
                "'_xmpp-client._tcp.amended.example.','service':'xmpp-client'}]");
    desk_expect(&desk, "old_for", "null");
    assert_int_equal(
        desk_patch(&desk, "xmpp2.lab.example", "{'how': 'remove', 'service': 'xmpp-server'}"), 200);
    warnings = desk_text(&desk, "warnings");
    assert_non_null(strstr(warnings, "lead to xmpp2.lab.example, but none of this domain"));
    free(warnings);
}

static void test_refused(void **state)
{
    static const struct {
        const char *target, *body;
        int status;
        const char *field, *error;
    } cases[] = {
        {"x..y", "{'how': 'remove'}", 400, "target", "is not a host name"},
        {"*.example", "{'how': 'remove'}", 400, "target", "write one without"},
        {"xmpp1.lab.example", "{}", 400, "", "nothing is to change"},
        {"xmpp1.lab.example", "{'restore': false}", 400, "", "nothing is to change"},
        {"xmpp1.lab.example", "{'how': 'remoev'}", 400, "how", "did you mean \"remove\"?"},
        {"xmpp1.lab.example", "{'how': 'remove', 'priority': 1}", 400, "priority", "does not go"},
        {"xmpp1.lab.example", "{'how': 'refuse', 'domain': 'lab.example'}", 400, "domain",
         "whoever leads to it"},
        {"xmpp1.lab.example", "{'how': 'nxdomain', 'match-port': 5222}", 400, "match-port",
         "does not go with nxdomain"},
        {"xmpp1.lab.example", "{'restore': true, 'ttl': '5s'}", 400, "ttl", "restore"},
        {"xmpp1.lab.example", "{'priority': 65536}", 400, "priority", "0 to 65535"},
        {"xmpp1.lab.example", "{'priority': -1}", 400, "priority", "0 to 65535"},
        {"xmpp1.lab.example", "{'port': 65536}", 400, "port", "0 to 65535"},
        {"xmpp1.lab.example", "{'weight': 65536}", 400, "weight", "0 to 65535"},
        {"xmpp1.lab.example", "{'priority': 1, 'match-port': 0}", 400, "match-port", "1 to 65535"},
        {"xmpp1.lab.example", "{'priority': 1, 'count': 0}", 400, "count", "1 to 4294967295"},
        {"xmpp1.lab.example", "{'priority': 1, 'for': '0'}", 400, "for", "more than 0"},
        {"xmpp1.lab.example", "{'priority': 1, 'for': '5'}", 400, "for", "such as \"30s\""},
        {"xmpp1.lab.example", "{'ttl': '5'}", 400, "ttl", "whole seconds"},
        {"xmpp1.lab.example", "{'ttl': '500ms'}", 400, "ttl", "whole seconds"},
        {"xmpp1.lab.example", "{'ttl': '40000d'}", 400, "ttl", "whole seconds"},
        {"xmpp1.lab.example", "{'ttl': 5}", 400, "ttl", "a string"},
        {"xmpp1.lab.example", "{'priorty': 5}", 400, "priorty", "did you mean \"priority\"?"},
        {"xmpp1.lab.example", "{'priority': 5, 'domain': '*.lab.example'}", 400, "domain",
         "speaks of one name"},
        {"xmpp1.lab.example", "{'priority': 5, 'service': 'xmpp-clinet'}", 404, "service",
         "did you mean \"xmpp-client\"?"},
        {"xmpp1.lab.example", "{'priority': 5, 'service': 'http'}", 404, "service", "it is one of"},
        {"xmpp1.lab.example", "{'priority': 5, 'domain': 'lab.exmaple'}", 404, "domain",
         "the policy has no domain lab.exmaple: did you mean lab.example?"},
        {"xmpp1.lab.example", "{'priority': 5, 'domain': 'elsewhere.net'}", 404, "domain",
         "the policy has no domain elsewhere.net"},
        {"xmpp1.lab.example", "{'restore': true}", 404, "target", "there is no live change to"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = desk_patch(&desk, cases[i].target, cases[i].body);
        if (status != cases[i].status || strcmp(desk_field(&desk), cases[i].field) != 0 ||
            !strstr(desk_error(&desk), cases[i].error))
            fail_msg("%s: %d %s: %s", cases[i].body, status, desk_field(&desk), desk_error(&desk));
        assert_int_equal(live_revision(desk.lab.live), 1);
        assert_int_equal(lab_count(&desk.lab), 0);
    }
}

static void test_if_match(void **state)
{
    static const char path[] = "/v1/targets/xmpp1.lab.example";
    (void)state;
    assert_int_equal(desk_ask(&desk, API_PATCH, path, NULL, "{'priority': 5}", 2), 409);
    assert_string_equal(desk_error(&desk), "revision 2 is not the present one, which is 1");
    assert_int_equal(desk_ask(&desk, API_PATCH, path, NULL, "{'priority': 5}", 1), 200);
    assert_int_equal(desk_ask(&desk, API_PATCH, path, NULL, "{'restore': true}", 1), 409);
    assert_int_equal(desk_ask(&desk, API_PATCH, path, NULL, "{'restore': true}", 2), 200);
}

/* "_xmpp-client._tcp" and U-labels are as good. */
static void test_kind(void **state)
{
    (void)state;
    assert_int_equal(desk_patch(&desk, "xmpp1.lab.example.",
                                "{'priority': 5, 'service': '_xmpp-client._tcp', 'domain': "
                                "'LAB.example.'}"),
                     200);
    assert_int_equal(
        desk_patch(&desk, "xmpp.pl\xc3\xa4.example", "{'priority': 5, 'unknown': true}"), 200);
    desk_expect(&desk, "target", "'xmpp.xn--pl-wia.example.'");
}

static void test_list(void **state)
{
    (void)state;
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "rec.example", NULL, -1), 200);
    desk_expect(&desk, "targets",
                "[{'changes':[],'domain':'rec.example.','port':5222,'priority':0,'service':"
                "'xmpp-client','state':'ok','target':'r1.example.','ttl':3600,'weight':5},"
                "{'changes':[],'domain':'rec.example.','port':5222,'priority':1,'service':"
                "'xmpp-client','state':'ok','target':'r2.example.','ttl':3600,'weight':5},"
                "{'changes':[],'domain':'rec.example.','owner':'_jabber._tcp.rec.example.','port':"
                "5269,'priority':0,'state':'ok','target':'r1.example.','ttl':300,'weight':0}]");
    desk_patch(&desk, "r1.example",
               "{'priority': 7, 'service': 'xmpp-client', 'for': '30s', 'count': 4}");
    desk_patch(&desk, "r2.example", "{'how': 'nxdomain'}");
    desk.lab.now += 1500;
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "rec.example", NULL, -1), 200);
    desk_expect(&desk, "targets",
                "[{'changes':[{'change':1,'left':29,'priority':7,'service':'xmpp-client','target':"
                "'r1.example.','uses_left':4}],'domain':'rec.example.','port':5222,'priority':7,"
                "'service':'xmpp-client','state':'changed','target':'r1.example.','ttl':3600,'was':"
                "{'priority':0},'weight':5},"
                "{'changes':[{'change':2,'how':'nxdomain','target':'r2.example.'}],'domain':"
                "'rec.example.','port':5222,'priority':1,'service':'xmpp-client','state':"
                "'nxdomain','target':'r2.example.','ttl':3600,'weight':5},"
                "{'changes':[],'domain':'rec.example.','owner':'_jabber._tcp.rec.example.','port':"
                "5269,'priority':0,'state':'ok','target':'r1.example.','ttl':300,'weight':0}]");
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", NULL, NULL, -1), 200);
    assert_int_equal(json_array_size(json_object_get(desk.reply.json, "targets")), 12);
    assert_int_equal(json_array_size(json_object_get(desk.reply.json, "changes")), 2);
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "a.customers.example", NULL, -1), 200);
    assert_int_equal(json_array_size(json_object_get(desk.reply.json, "targets")), 1);
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "*.customers.example", NULL, -1), 200);
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "rec.exmaple", NULL, -1), 404);
    assert_string_equal(desk_error(&desk), "the policy has no targets for the domain "
                                           "\"rec.exmaple\": did you mean rec.example?");
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/targets", "a..b", NULL, -1), 400);
}

/* Many sets: some are shown, all are counted. */
static void test_many(void **state)
{
    static struct desk large;
    struct text yaml = {0};
    (void)state;
    text_add(&yaml, "records: |\n");
    for (int i = 0; i < 1500; i++)
        text_addf(&yaml, "  _xmpp-client._tcp.d%d.example. %d IN SRV 0 0 5222 gw.example.\n", i,
                  i + 1);
    desk_init(&large, yaml.data);
    text_deinit(&yaml);
    assert_int_equal(desk_patch(&large, "gw.example", "{'priority': 5}"), 200);
    assert_int_equal(json_array_size(json_object_get(large.reply.json, "sets")), 100);
    desk_expect(&large, "more", "1400");
    desk_expect(&large, "old_for", "1500");
    assert_int_equal(desk_patch(&large, "gw.example", "{'priority': 6, 'domain': 'd7.example'}"),
                     200);
    assert_int_equal(json_array_size(json_object_get(large.reply.json, "sets")), 1);
    desk_expect(&large, "old_for", "8");
    assert_int_equal(desk_ask(&large, API_GET, "/v1/targets", NULL, NULL, -1), 200);
    assert_int_equal(json_array_size(json_object_get(large.reply.json, "targets")), 1000);
    desk_expect(&large, "more", "500");
    desk_deinit(&large);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fail),    TEST(test_set),     TEST(test_none),     TEST(test_record),
        TEST(test_view),    TEST(test_twice),   TEST(test_wildcard), TEST(test_addresses),
        TEST(test_unknown), TEST(test_refused), TEST(test_if_match), TEST(test_kind),
        TEST(test_list),    TEST(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
