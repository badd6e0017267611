/* The timeline of a scenario: times, next, pause, stop, expectations. */
#include "unit/control/scenario_help.h"

#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_steps_happen_at_their_times(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [reset]}", "{at: 30s, do: [status, \"target set x\"]}",
                         "{at: 30s, do: [last]}"));
    stage_to(&s, 29999);
    assert_string_equal(s.log.data, "1000 reset\n1000 [step]\n");
    assert_int_equal(s.wake, 31000);
    stage_clear(&s);
    stage_to(&s, 30000);
    assert_string_equal(s.log.data, "31000 status\n31000 target set x\n31000 [step]\n"
                                    "31000 last\n31000 [step]\n");
    assert_true(scenario_is_over(s.scenario));
    assert_true(scenario_held(s.scenario));
    assert_int_equal(s.wake, NEVER);
    stage_close(&s);
}

static void test_a_late_tick_does_all_that_is_due(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 1s, do: [a]}", "{at: 2s, do: [b]}", "{at: 9s, do: [c]}"));
    assert_int_equal(scenario_tick(s.scenario, 6000, WALL + 6000), 10000);
    assert_string_equal(s.log.data, "1000 a\n1000 [step]\n1000 b\n1000 [step]\n");
    stage_close(&s);
}

/* Times count on from where the clock stood while a step waited to be told. */
static void test_next_is_waited_for(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(&s, STEPS("{at: 10s, do: [a]}", "{on: next, do: [b]}", "{at: 15s, do: [c]}"));
    stage_to(&s, 100000);
    assert_int_equal(s.wake, NEVER);
    stage_clear(&s);
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_OK);
    assert_string_equal(s.log.data, "101000 b\n101000 [step]\n");
    stage_clear(&s);
    stage_to(&s, 104999);
    assert_string_equal(s.log.data, "");
    stage_to(&s, 105000);
    assert_string_equal(s.log.data, "106000 c\n106000 [step]\n");
    assert_true(scenario_is_over(s.scenario));
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_INVALID);
    stage_close(&s);
}

static void test_next_does_a_step_before_its_time(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [a]}", "{at: 60s, do: [b]}", "{at: 70s, do: [c]}"));
    stage_to(&s, 5000);
    stage_clear(&s);
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_OK);
    assert_string_equal(s.log.data, "6000 b\n6000 [step]\n");
    stage_clear(&s);
    stage_to(&s, 14999);
    assert_string_equal(s.log.data, "");
    stage_to(&s, 15000);
    assert_string_equal(s.log.data, "16000 c\n16000 [step]\n");
    stage_close(&s);
}

static void test_pause_shifts_the_rest(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(
        &s, STEPS("{at: 0s, expect: {service: xmpp-client, within: 20s}}", "{at: 10s, do: [b]}"));
    stage_to(&s, 4000);
    assert_int_equal(scenario_resume(s.scenario, s.now, &why), ERR_INVALID);
    assert_int_equal(scenario_pause(s.scenario, s.now, &why), ERR_OK);
    assert_int_equal(scenario_pause(s.scenario, s.now, &why), ERR_INVALID);
    stage_to(&s, 504000);
    assert_int_equal(s.wake, NEVER);
    assert_string_equal(stage_verdict(&s, 1), "open");
    assert_int_equal(scenario_resume(s.scenario, s.now, &why), ERR_OK);
    stage_clear(&s);
    stage_to(&s, 509999);
    assert_string_equal(s.log.data, "");
    stage_to(&s, 510000);
    assert_string_equal(s.log.data, "511000 b\n511000 [step]\n");
    stage_to(&s, 519999);
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_to(&s, 520000);
    assert_string_equal(stage_verdict(&s, 1), "failed");
    stage_close(&s);
}

/* A step told in a pause is done; the others keep their distance from it, once it goes on. */
static void test_next_in_a_pause(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, expect: {service: xmpps-client, within: 20s}}",
                         "{at: 10s, do: [b], expect: {service: xmpp-client, within: 5s}}",
                         "{at: 20s, do: [c]}"));
    stage_to(&s, 1000);
    assert_int_equal(scenario_pause(s.scenario, s.now, &why), ERR_OK);
    stage_to(&s, 50000);
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_OK);
    stage_to(&s, 80000);
    assert_string_equal(stage_verdict(&s, 2), "open");
    assert_int_equal(scenario_resume(s.scenario, s.now, &why), ERR_OK);
    stage_clear(&s);
    stage_to(&s, 85000);
    assert_string_equal(s.log.data, "86000 [expect]\n");
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_to(&s, 90000);
    assert_string_equal(s.log.data, "86000 [expect]\n91000 c\n91000 [step]\n");
    stage_to(&s, 98999);
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_to(&s, 99000);
    assert_string_equal(stage_verdict(&s, 1), "failed");
    stage_close(&s);
}

static void test_stop(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(
        &s, STEPS("{at: 0s, expect: {service: xmpp-client, within: 20s}}", "{at: 10s, do: [b]}"));
    stage_to(&s, 4000);
    scenario_stop(s.scenario, "enough", s.now, WALL + s.now);
    assert_true(scenario_is_over(s.scenario));
    assert_false(scenario_held(s.scenario));
    stage_clear(&s);
    stage_to(&s, 60000);
    assert_string_equal(s.log.data, "");
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_INVALID);
    assert_int_equal(scenario_pause(s.scenario, s.now, &why), ERR_INVALID);
    stage_lookup(&s, "10.5.0.20", "x");
    assert_string_equal(stage_verdict(&s, 1), "skipped");
    json_t *report = scenario_report(s.scenario, s.now);
    assert_string_equal(stage_text(report, "state"), "stopped");
    assert_string_equal(stage_text(report, "reason"), "enough");
    assert_int_equal(json_integer_value(json_object_get(report, "elapsed_ms")), 4000);
    assert_string_equal(stage_text(stage_step(report, 2), "status"), "skipped");
    json_decref(report);
    stage_close(&s);
}

static void test_a_refused_command_fails_the_run(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [refused, b]}"));
    stage_to(&s, 1);
    assert_string_equal(s.log.data, "1000 refused\n1000 b\n1000 [step]\n");
    assert_true(scenario_is_over(s.scenario));
    assert_false(scenario_held(s.scenario));
    json_t *report = scenario_report(s.scenario, s.now);
    const json_t *commands = json_object_get(stage_step(report, 1), "commands");
    assert_string_equal(stage_text(report, "result"), "failed");
    assert_string_equal(stage_text(json_array_get(commands, 0), "error"), "no such target");
    assert_true(json_is_null(json_object_get(json_array_get(commands, 1), "error")));
    json_decref(report);
    stage_close(&s);
}

/* Lookups at ms since the start, by one client, and what they make of the expectation. It is of a
 * step at 10 s; the change is at 5 s, and the last steps at 60 s and 61 s. */
static const struct expect_row {
    const char *expect;
    const char *client;
    uint64_t at[4]; /* 0 = none */
    const char *verdict;
    const char *why;
} expect_rows[] = {
    {"{service: xmpp-client, within: 5s}",
     "10.5.0.20",
     {0},
     "failed",
     "none came in the 10 s after the change"},
    {"{service: xmpp-client, within: 5s}",
     "10.5.0.20",
     {12100},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 7.1 s after the change"},
    /* One that was faster than the step counts, but not one that was before the change. */
    {"{service: xmpp-client, within: 5s}",
     "10.5.0.20",
     {5001},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 0.001 s after the change"},
    {"{service: xmpp-client, within: 5s}",
     "10.5.0.20",
     {4999},
     "failed",
     "none came in the 10 s after the change"},
    {"{service: xmpp-client, count: 2, within: 5s}",
     "10.5.0.20",
     {4999, 6000},
     "failed",
     "1 of 2 came in the 10 s after the change"},
    {"{service: xmpp-client, within: 5s}",
     "10.5.0.20",
     {15001},
     "failed",
     "none came in the 10 s after the change"},
    {"{service: xmpps-client, within: 5s}",
     "10.5.0.20",
     {12000},
     "failed",
     "none came in the 10 s after the change"},
    {"{client: 10.5.0.20, within: 5s}",
     "10.5.0.20",
     {12000},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 7 s after the change"},
    {"{client: 10.5.0.0/16, within: 5s}",
     "10.5.7.7",
     {12000},
     "held",
     "10.5.7.7 asked for _xmpp-client._tcp.lab.example. SRV 7 s after the change"},
    {"{client: 10.5.0.20, within: 5s}",
     "10.5.0.21",
     {12000},
     "failed",
     "none came in the 10 s after the change"},
    {"{client: \"2001:db8::/32\", within: 5s}",
     "2001:db8::20",
     {12000},
     "held",
     "2001:db8::20 asked for _xmpp-client._tcp.lab.example. SRV 7 s after the change"},
    {"{name: _XMPP-client._tcp.lab.example, within: 5s}",
     "10.5.0.20",
     {12000},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 7 s after the change"},
    {"{name: lab.example, within: 5s}",
     "10.5.0.20",
     {12000},
     "failed",
     "none came in the 10 s after the change"},
    {"{service: xmpp-client, count: 3, within: 5s}",
     "10.5.0.20",
     {7000, 12000},
     "failed",
     "2 of 3 came in the 10 s after the change"},
    {"{service: xmpp-client, count: 3, within: 5s}",
     "10.5.0.20",
     {7000, 12000, 13000},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 8 s after the change"},
    {"{service: xmpp-client, count: 2, within: 5s}",
     "10.5.0.20",
     {6000, 7000, 8000},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 2 s after the change"},
    {"{none: true, within: 5s}",
     "10.5.0.20",
     {4000, 15500},
     "held",
     "none came in the 10 s after the change"},
    {"{none: true, service: xmpp-server, within: 5s}",
     "10.5.0.20",
     {12000},
     "held",
     "none came in the 10 s after the change"},
    {"{none: true, within: 5s}",
     "10.5.0.20",
     {12000},
     "failed",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 7 s after the change"},
    {"{none: true, within: 5s}",
     "10.5.0.20",
     {6000, 12000},
     "failed",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 1 s after the change"},
    /* Without a time: until the next step. */
    {"{service: xmpp-client}",
     "10.5.0.20",
     {59000},
     "held",
     "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 54 s after the change"},
    {"{service: xmpp-client}",
     "10.5.0.20",
     {60001},
     "failed",
     "none came in the 55 s after the change"},
    {"{none: true}", "10.5.0.20", {60001}, "held", "none came in the 55 s after the change"},
};

static void check_expect(const struct expect_row *row)
{
    struct stage s;
    char step[200];
    snprintf(step, sizeof(step), "{at: 10s, expect: %s}", row->expect);
    stage_open(&s, STEPS("{at: 5s, do: [\"target set x\"]}", step, "{at: 60s, do: [b]}",
                         "{at: 61s, do: [c]}"));
    for (size_t i = 0; i < 4 && row->at[i] > 0; i++) {
        stage_to(&s, row->at[i]);
        stage_lookup(&s, row->client, "x");
    }
    stage_to(&s, 70000);
    json_t *report = scenario_report(s.scenario, s.now);
    const json_t *expect = json_object_get(stage_step(report, 2), "expect");
    bool same = strcmp(stage_text(expect, "status"), row->verdict) == 0 &&
                strcmp(stage_text(expect, "why"), row->why) == 0;
    if (!same)
        fail_msg("%s: %s: %s", row->expect, stage_text(expect, "status"),
                 stage_text(expect, "why"));
    assert_int_equal(scenario_held(s.scenario), strcmp(row->verdict, "held") == 0);
    assert_true(scenario_is_over(s.scenario));
    json_decref(report);
    stage_close(&s);
}

static void test_expectations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expect_rows) / sizeof(expect_rows[0]); i++)
        check_expect(&expect_rows[i]);
}

/* Events are told in heaps: one from after the end must not count, though the tick that ends the
 * wait comes later still. */
static void test_a_lookup_after_the_end_that_is_told_before(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, expect: {service: xmpp-client, within: 5s}}"));
    stage_to(&s, 0);
    s.now += 5001;
    stage_lookup(&s, "10.5.0.20", "x");
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_to(&s, 5002);
    assert_string_equal(stage_verdict(&s, 1), "failed");
    stage_close(&s);
}

/* Without a time, the last one waits for a while, and ends as soon as it is decided. */
static void test_the_last_expectation(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, expect: {service: xmpp-client}}"));
    stage_to(&s, SCENARIO_LAST_WITHIN_MS - 1);
    assert_false(scenario_is_over(s.scenario));
    stage_to(&s, SCENARIO_LAST_WITHIN_MS);
    assert_true(scenario_is_over(s.scenario));
    assert_false(scenario_held(s.scenario));
    stage_close(&s);
    stage_open(&s, STEPS("{at: 0s, expect: {service: xmpp-client, within: 1h}}"));
    stage_to(&s, 2000);
    stage_lookup(&s, "10.5.0.20", "x");
    stage_to(&s, 2001);
    assert_true(scenario_is_over(s.scenario));
    assert_true(scenario_held(s.scenario));
    stage_close(&s);
}

/* Steps of one time expect together. */
static void test_expectations_of_one_time(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, expect: {client: 10.5.0.20}}",
                         "{at: 0s, expect: {client: 10.5.0.21}}", "{at: 10s, do: [a]}"));
    stage_to(&s, 5000);
    stage_lookup(&s, "10.5.0.20", "x");
    stage_lookup(&s, "10.5.0.21", "x");
    stage_to(&s, 10000);
    assert_true(scenario_held(s.scenario));
    stage_close(&s);
}

/* A client that is faster than the step's other commands is seen. */
static void test_a_lookup_between_two_commands(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [\"target set x\"], expect: {service: xmpp-client}}",
                         "{on: next, do: [b]}"));
    stage_to(&s, 0);
    stage_lookup(&s, "10.5.0.20", "x"); /* in the same millisecond */
    assert_string_equal(stage_verdict(&s, 1), "held");
    stage_close(&s);
}

/* Of a step with several commands, the one that changes something is what counts. */
static void test_the_second_command_is_the_change(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 5s, do: [status, \"target set x\", status], expect: {count: 2}}",
                         "{on: next, do: [b]}"));
    stage_to(&s, 1000);
    stage_lookup(&s, "10.5.0.20", "x");
    stage_lookup(&s, "10.5.0.20", "x");
    stage_to(&s, 5000);
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_lookup(&s, "10.5.0.20", "x");
    assert_string_equal(stage_verdict(&s, 1), "open");
    stage_lookup(&s, "10.5.0.20", "x");
    assert_string_equal(stage_verdict(&s, 1), "held");
    stage_close(&s);
}

/* Without a change, lookups count from the start. */
static void test_no_change_at_all(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [status]}", "{at: 5s, expect: {count: 1, within: 1s}}"));
    stage_to(&s, 1000);
    stage_lookup(&s, "10.5.0.20", "x");
    stage_to(&s, 5000);
    assert_true(scenario_is_over(s.scenario));
    json_t *report = scenario_report(s.scenario, s.now);
    const json_t *expect = json_object_get(stage_step(report, 2), "expect");
    assert_string_equal(
        stage_text(expect, "why"),
        "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 1 s after the start");
    assert_int_equal(json_integer_value(json_object_get(expect, "after_ms")), 1000);
    json_decref(report);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_happen_at_their_times),
        cmocka_unit_test(test_a_late_tick_does_all_that_is_due),
        cmocka_unit_test(test_next_is_waited_for),
        cmocka_unit_test(test_next_does_a_step_before_its_time),
        cmocka_unit_test(test_pause_shifts_the_rest),
        cmocka_unit_test(test_next_in_a_pause),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_a_refused_command_fails_the_run),
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_a_lookup_after_the_end_that_is_told_before),
        cmocka_unit_test(test_the_last_expectation),
        cmocka_unit_test(test_expectations_of_one_time),
        cmocka_unit_test(test_a_lookup_between_two_commands),
        cmocka_unit_test(test_the_second_command_is_the_change),
        cmocka_unit_test(test_no_change_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
