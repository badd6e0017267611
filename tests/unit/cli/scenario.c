/* shunt scenario against a daemon in another thread: what it prints, its exit status, and that an
 * interrupted one is stopped. */
#include "unit/cli/daemon_help.h"

#include "cli/cli.h"
#include "cli/scenario_print.h"

static const char yaml[] =
    "scenarios:\n"
    "  - {name: good, steps: [{at: 0s, do: [status]}, {at: 0s, expect: {client: 10.5.0.20}}]}\n"
    "  - {name: bad, steps: [{at: 0s, do: [\"fault remove a<b\"]}, {at: 0s, expect: "
    "{client: 10.5.0.21, within: 1ms}}]}\n"
    "  - {name: endless, steps: [{at: 0s, do: [\"fault add f drop=true\"]}, {on: next, do: "
    "[status]}]}\n";

static struct daemon d;
static struct config parsed;

static int setup(void **state)
{
    struct diag_list diags = {0};
    (void)state;
    assert_int_equal(config_parse(&parsed, "lab.yaml", yaml, strlen(yaml), NULL, &diags), ERR_OK);
    diag_list_deinit(&diags);
    daemon_init(&d);
    d.f.config.scenarios = parsed.scenarios;
    d.f.config.scenario_count = parsed.scenario_count;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    daemon_stop(&d);
    config_deinit(&parsed);
    return 0;
}

static void lookups(struct daemon *daemon)
{
    if (daemon_streams(daemon) > 0)
        daemon_lookup(daemon, "10.5.0.20", "_xmpp-client._tcp.lab.example", POLICY_XMPP_CLIENT);
}

/* Once the scenario runs. */
static void interrupt(struct daemon *daemon)
{
    if (daemon_streams(daemon) > 0 && daemon->step++ == 20)
        kill(getpid(), SIGINT);
}

static void test_list(void **state)
{
    struct printed p;
    (void)state;
    daemon_start(&d);
    RUN(&p, cli_scenario, "shunt scenario", "list");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_string_equal(p.out, "good  2 steps, 0 s\nbad  2 steps, 0 s\n"
                               "endless  2 steps, 0 s, waits for next\n");
    RUN(&p, cli_scenario, "shunt scenario", "status");
    assert_string_equal(p.out, "no scenario has run\n");
    RUN(&p, cli_scenario, "shunt scenario", "status", "good");
    assert_non_null(strstr(p.out, "scenario good: idle\n  1 ahead   status\n"));
}

static void test_run(void **state)
{
    struct printed p;
    (void)state;
    d.on_turn = lookups;
    daemon_start(&d);
    RUN(&p, cli_scenario, "shunt scenario", "run", "good", "--seed", "42");
    if (p.status != CLI_EXIT_OK)
        fail_msg("%s%s", p.out, p.err);
    assert_non_null(strstr(p.out, "scenario good: held ("));
    assert_non_null(strstr(p.out, "seed 42)\n"));
    assert_non_null(strstr(p.out, "held: 1 lookup by 10.5.0.20; 10.5.0.20 asked for"));
    assert_string_equal(p.err, "");
    RUN(&p, cli_scenario, "shunt scenario", "run", "good", "--json");
    json_t *json = json_loads(p.out, 0, NULL);
    assert_string_equal(scenario_text(json, "result"), "held");
    json_decref(json);
}

static void read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void test_junit(void **state)
{
    struct printed p;
    char path[120], xml[4096];
    (void)state;
    snprintf(path, sizeof(path), "%s/junit.xml", d.f.folder);
    daemon_start(&d);
    RUN(&p, cli_scenario, "shunt scenario", "run", "bad", "--junit", path);
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_non_null(strstr(p.out, "scenario bad: failed ("));
    read_file(path, xml, sizeof(xml));
    assert_int_equal(unlink(path), 0);
    assert_non_null(strstr(xml, "<testsuite name=\"bad\" tests=\"2\" failures=\"1\" errors=\"1\" "
                                "skipped=\"0\""));
    assert_non_null(strstr(xml, "name=\"step 1: fault remove a&lt;b\""));
    assert_non_null(strstr(xml, "<error message=\""));
    assert_non_null(strstr(xml, "<failure message=\"none came in the "));
    RUN(&p, cli_scenario, "shunt scenario", "run", "good", "--junit", "/nowhere/x.xml");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_non_null(strstr(p.err, "/nowhere/x.xml cannot be written"));
}

static void test_interrupted(void **state)
{
    struct printed p;
    (void)state;
    d.on_turn = interrupt;
    daemon_start(&d);
    RUN(&p, cli_scenario, "shunt scenario", "run", "endless");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_non_null(strstr(p.out, "scenario endless: stopped, "));
    assert_non_null(strstr(p.out, "changes taken back: 1\n"));
    RUN(&p, cli_scenario, "shunt scenario", "stop");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_string_equal(p.err, "shunt scenario: no scenario runs\n");
}

static void test_usage(void **state)
{
    static const struct {
        const char *words[4];
        int status;
        const char *error;
    } rows[] = {
        {{NULL}, CLI_EXIT_USAGE, "Usage: shunt scenario"},
        {{"nxt"}, CLI_EXIT_USAGE, "there is no command 'nxt'; did you mean 'next'?"},
        {{"run"}, CLI_EXIT_USAGE, "which one?"},
        {{"next", "x"}, CLI_EXIT_USAGE, "unexpected argument 'x'"},
        {{"run", "a/b"}, CLI_EXIT_USAGE, "'a/b' is no name of a scenario"},
        {{"run", "good", "--seed=x"}, CLI_EXIT_USAGE, "--seed takes a number"},
        {{"list", "--seed=1"}, CLI_EXIT_USAGE, "--seed and --junit belong to run"},
        {{"run", "goood"}, CLI_EXIT_NO, "there is no scenario \"goood\": did you mean \"good\"?"},
        {{"next"}, CLI_EXIT_NO, "no scenario runs"},
        {{"run", "good", "--url=unix:///nowhere"}, CLI_EXIT_NO, "no daemon answers"},
    };
    struct printed p;
    (void)state;
    daemon_start(&d);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const words[] = {"shunt scenario", rows[i].words[0], rows[i].words[1],
                                     rows[i].words[2], NULL};
        command_run(&p, cli_scenario, words);
        if (p.status != rows[i].status || !strstr(p.err, rows[i].error))
            fail_msg("%s: %d %s", rows[i].error, p.status, p.err);
    }
}

/* All that a report can have, in a table for the eye. */
static void test_report(void **state)
{
    static const char report[] =
        "{\"name\": \"flip\", \"state\": \"done\", \"result\": \"failed\", \"seed\": 7, "
        "\"elapsed_ms\": 61500, \"more\": 2, \"lost\": 1, \"undone\": 3, \"steps\": [{"
        "\"number\": 1, \"after_ms\": 1500, \"status\": \"failed\", \"commands\": ["
        "{\"command\": \"target fail a\"}, {\"command\": \"b\\u0007\", \"error\": \"no such b\"}], "
        "\"lookups\": ["
        "{\"client\": \"10.5.0.20\", \"name\": \"n.\", \"type\": \"SRV\", \"after_ms\": 2000, "
        "\"ttl\": 5, \"in_time\": true, \"moved\": true, \"answer\": \"x\"},"
        "{\"client\": \"10.5.0.21\", \"name\": \"n.\", \"type\": \"SRV\", \"after_ms\": 7000, "
        "\"ttl\": 5, \"in_time\": false, \"moved\": false, \"answer\": \"\", \"rcode\": "
        "\"NXDOMAIN\", \"fault\": \"f\"},"
        "{\"client\": \"10.5.0.22\", \"name\": \"n.\", \"type\": \"SRV\", \"after_ms\": 8000, "
        "\"ttl\": null, \"moved\": null, \"answer\": \"\", \"rcode\": \"NOERROR\"}], "
        "\"never\": [{\"client\": \"10.5.0.23\", \"name\": \"n.\", \"type\": \"SRV\", "
        "\"answer\": \"y\", \"dropped\": true}], "
        "\"expect\": {\"status\": \"failed\", \"text\": \"1 lookup\", \"why\": \"none came\"}}]}";
    struct text out = {0};
    json_t *json = json_loads(report, 0, NULL);
    (void)state;
    assert_non_null(json);
    daemon_start(&d);
    scenario_print_report(json, &out);
    assert_string_equal(out.data,
                        "scenario flip: failed (61.5 s, seed 7)\n"
                        "  1   1.5 s target fail a\n"
                        "            b\\x07: failed: no such b\n"
                        "            10.5.0.20 n. SRV: 2.0 s after (TTL 5 s), moved to x\n"
                        "            10.5.0.21 n. SRV: 7.0 s after (TTL 5 s, later than that), "
                        "still NXDOMAIN [fault f]\n"
                        "            10.5.0.22 n. SRV: 8.0 s after, NODATA\n"
                        "            10.5.0.23 n. SRV: never; had no reply\n"
                        "            failed: 1 lookup; none came\n"
                        "lookups not listed: 2\n"
                        "query events lost: the daemon was too busy to see them all: 1\n"
                        "changes taken back: 3\n");
    text_deinit(&out);
    json_decref(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list),  TEST(test_run),         TEST(test_junit),
        TEST(test_usage), TEST(test_interrupted), TEST(test_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
