/* Faults over the API. */
#include "unit/control/targets_help.h"

static const char files[] =
    "views: [{name: inside, clients: [10.0.0.0/8]}]\n"
    "faults:\n"
    "  - {name: slow-aaaa, match: {type: AAAA, domain: lab.example}, delay: 3s}\n"
    "  - {name: second-try, match: {service: xmpp-client}, drop: true, first: 2}\n";

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

static int post(const char *body)
{
    return desk_ask(&desk, API_POST, "/v1/faults", NULL, body, -1);
}

static int drop(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "/v1/faults/%s", name);
    return desk_ask(&desk, API_DELETE, path, NULL, NULL, -1);
}

static void expect_names(const char *expected)
{
    size_t i;
    json_t *fault;
    struct text names = {0};
    assert_int_equal(desk_ask(&desk, API_GET, "/v1/faults", NULL, NULL, -1), 200);
    text_add(&names, "");
    json_array_foreach(json_object_get(desk.reply.json, "faults"), i, fault)
    {
        text_addf(&names, "%s%s:%s:%s", i ? " " : "",
                  json_string_value(json_object_get(fault, "name")),
                  json_string_value(json_object_get(fault, "from")),
                  json_string_value(json_object_get(fault, "status")));
    }
    assert_string_equal(names.data, expected);
    text_deinit(&names);
}

static void test_list(void **state)
{
    (void)state;
    expect_names("slow-aaaa:file:on second-try:file:on");
    assert_string_equal(lab_befalls(&desk.lab), "second-try");
    desk_ask(&desk, API_GET, "/v1/faults", NULL, NULL, -1);
    desk_expect(&desk, "faults",
                "[{'delay':'3s','from':'file','match':{'domain':'lab.example.','type':'AAAA'},"
                "'matched':0,'name':'slow-aaaa','place':'lab.yaml:3','status':'on','text':"
                "'match: type=AAAA domain=lab.example.; delay=3s','used':0},"
                "{'drop':'true','first':'2','from':'file','match':{'service':'xmpp-client'},"
                "'matched':1,'name':'second-try','place':'lab.yaml:4','status':'on','text':"
                "'match: service=xmpp-client; drop=true first=2','used':1}]");
}

static void test_add(void **state)
{
    (void)state;
    assert_int_equal(post("{'name': 'flaky', 'match': {'service': 'xmpp-client', 'client': "
                          "'10.5.0.0/16', 'view': 'inside'}, 'rcode': 'SERVFAIL', 'share': '30%', "
                          "'for': '30s', 'count': 4, 'first': 9}"),
                     200);
    desk_expect(&desk, "fault",
                "{'count':4,'first':'9','for':'30s','from':'live','left':30,'match':{'client':"
                "'10.5.0.0/16','service':'xmpp-client','view':'inside'},'matched':0,'name':'flaky',"
                "'rcode':'SERVFAIL','share':'30%','status':'on','text':'match: "
                "service=xmpp-client client=10.5.0.0/16 view=inside; rcode=SERVFAIL share=30% "
                "first=9 for=30s','used':0,'uses_left':4}");
    expect_names("flaky:live:on slow-aaaa:file:on second-try:file:on");
    assert_int_equal(post("{'name': 'all', 'drop': true}"), 200);
    assert_string_equal(lab_befalls(&desk.lab), "all");
    expect_names("all:live:on flaky:live:on slow-aaaa:file:on second-try:file:on");
    assert_int_equal(post("{'name': 'ttl', 'ttl': 0, 'every': 3}"), 200);
}

static void test_remove(void **state)
{
    (void)state;
    assert_int_equal(drop("second-try"), 200);
    desk_expect(&desk, "removed", "'second-try'");
    expect_names("slow-aaaa:file:on second-try:file:removed");
    assert_string_equal(lab_befalls(&desk.lab), "");
    assert_int_equal(drop("second-try"), 404);
    assert_int_equal(drop("slow-aaa"), 404);
    assert_string_equal(desk_error(&desk),
                        "there is no fault \"slow-aaa\" in force: did you mean \"slow-aaaa\"?");
    assert_int_equal(post("{'name': 'second-try', 'drop': true}"), 200);
    assert_int_equal(post("{'name': 'second-try', 'drop': true}"), 409);
    assert_string_equal(desk_field(&desk), "name");
    assert_int_equal(drop("second-try"), 200);
    expect_names("slow-aaaa:file:on second-try:file:removed");
}

static void test_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *field, *error;
    } cases[] = {
        {"{'drop': true}", 400, "name", "needs a name"},
        {"{'name': 'a b', 'drop': true}", 400, "", "letters"},
        {"{'name': 'f'}", 400, "", "no action"},
        {"{'name': 'f', 'drop': true, 'rcode': 'NXDOMAIN'}", 400, "", "contradicts"},
        {"{'name': 'f', 'rcode': 'SERVFIAL'}", 400, "rcode", "did you mean \"SERVFAIL\"?"},
        {"{'name': 'f', 'delay': '3'}", 400, "delay", "a duration of at most 1h"},
        {"{'name': 'f', 'delay': []}", 400, "delay", "takes a text"},
        {"{'name': 'f', 'delya': '3s'}", 400, "delya", "did you mean \"delay\"?"},
        {"{'name': 'f', 'match': {'tpye': 'A'}, 'drop': true}", 400, "tpye",
         "did you mean \"type\"?"},
        {"{'name': 'f', 'match': {'drop': true}}", 400, "drop", "in its match"},
        {"{'name': 'f', 'match': {'service': 'xmpp-clinet'}, 'drop': true}", 400, "service",
         "did you mean \"xmpp-client\"?"},
        {"{'name': 'f', 'match': {'client': '10.0.0.0/33'}, 'drop': true}", 400, "client",
         "an address or a network"},
        {"{'name': 'f', 'match': 'x', 'drop': true}", 400, "match", "an object"},
        {"{'name': 'f', 'drop': true, 'count': 0}", 400, "count", "from 1 to"},
        {"{'name': 'f', 'match': {'view': 'insid'}, 'drop': true}", 404, "view",
         "there is no view \"insid\": did you mean \"inside\"?"},
        {"{'name': 'slow-aaaa', 'drop': true}", 409, "name", "already"},
        {"[]", 400, "", "object"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = post(cases[i].body);
        if (status != cases[i].status || strcmp(desk_field(&desk), cases[i].field) != 0 ||
            !strstr(desk_error(&desk), cases[i].error))
            fail_msg("%s: %d %s: %s", cases[i].body, status, desk_field(&desk), desk_error(&desk));
        assert_int_equal(live_revision(desk.lab.live), 1);
    }
}

static void test_if_match(void **state)
{
    static const char body[] = "{'name': 'f', 'drop': true}";
    (void)state;
    assert_int_equal(desk_ask(&desk, API_POST, "/v1/faults", NULL, body, 2), 409);
    assert_string_equal(desk_field(&desk), "If-Match");
    assert_int_equal(desk_ask(&desk, API_POST, "/v1/faults", NULL, body, 1), 200);
    assert_int_equal(desk_ask(&desk, API_DELETE, "/v1/faults/f", NULL, NULL, 1), 409);
    assert_int_equal(desk_ask(&desk, API_DELETE, "/v1/faults/f", NULL, NULL, 2), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list), TEST(test_add), TEST(test_remove), TEST(test_refused), TEST(test_if_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
