/* shunt wait, against control in another thread. */
#include "unit/cli/daemon_help.h"

#include "cli/cli.h"

static struct daemon d;
static struct printed p;

static int setup(void **state)
{
    (void)state;
    daemon_init(&d);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    daemon_stop(&d);
    return 0;
}

/* A client that was faster than the command. */
static void test_seen_already(void **state)
{
    (void)state;
    daemon_lookup(&d, "10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    daemon_drain(&d);
    daemon_start(&d);
    RUN(&p, cli_wait, "wait", "--service", "xmpp-client", "--timeout", "10s");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_string_equal(p.err, "");
    assert_int_equal(lines(p.out), 1);
    assert_non_null(strstr(p.out, " 10.5.0.20       -> "));
    /* But not when it is to be from now on. */
    RUN(&p, cli_wait, "wait", "--since", "now", "--timeout", "1ms");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_string_equal(p.out, "");
}

/* Lookups come once somebody waits for them. */
static void look_up_twice(struct daemon *daemon)
{
    if (daemon_streams(daemon) == 0 || daemon->step++ > 0)
        return;
    daemon_lookup(daemon, "10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    daemon_lookup(daemon, "10.5.0.20", "xmpp1.lab.example.", -1);
    daemon_lookup(daemon, "10.5.0.21", CLIENT_NAME, POLICY_XMPP_CLIENT);
}

static void test_waits(void **state)
{
    (void)state;
    d.on_turn = look_up_twice;
    daemon_start(&d);
    RUN(&p, cli_wait, "wait", "--name", "_xmpp-client._tcp.lab.example", "--answer", "XMPP1",
        "--count", "2", "--timeout", "1m", "--json");
    assert_int_equal(p.status, CLI_EXIT_OK);
    json_t *reply = json_loads(p.out, 0, NULL);
    assert_non_null(reply);
    json_t *events = json_object_get(reply, "events");
    assert_int_equal(json_array_size(events), 2);
    assert_string_equal(event_field(json_array_get(events, 1), "client"), "10.5.0.21");
    json_decref(reply);
}

static void test_in_vain(void **state)
{
    (void)state;
    daemon_start(&d);
    RUN(&p, cli_wait, "wait", "--timeout", "5ms");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_string_equal(p.out, "");
    assert_string_equal(p.err, "shunt wait: no such lookup was seen within 0.005 s\n");
    RUN(&p, cli_wait, "wait", "--timeout", "1s", "--url", "unix:///nonexistent/c.sock");
    assert_int_equal(p.status, CLI_EXIT_NO);
}

static void test_usage(void **state)
{
    static const struct {
        const char *words[6];
        const char *error;
    } cases[] = {
        {{"wait"}, "how long? --timeout 30s"},
        {{"wait", "--timeout", "soon"}, "'soon' is no time to wait"},
        {{"wait", "--timeout", "2h"}, "\"2h\" is not a duration up to 1h"},
        {{"wait", "--timeout", "1s", "--count", "none"}, "\"none\" is not a number"},
        {{"wait", "--timeout", "1s", "me"}, "unexpected argument 'me'"},
        {{"wait", "--timeout", "1s", "--for", "1s"}, "--help"},
    };
    (void)state;
    daemon_start(&d);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        command_run(&p, cli_wait, cases[i].words);
        assert_int_equal(p.status, CLI_EXIT_USAGE);
        assert_non_null(strstr(p.err, cases[i].error));
        assert_string_equal(p.out, "");
    }
    RUN(&p, cli_wait, "wait", "-h");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_non_null(strstr(p.out, "--timeout"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_seen_already, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_vain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
