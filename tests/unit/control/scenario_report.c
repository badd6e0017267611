/* What a report says of lookups: who came after a change, was told what, and who did not come. */
#include "unit/control/scenario_help.h"

#include "control/schema.h"

#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define OLD "10 5 5222 xmpp1.lab.example."
#define NEW "20 5 5222 xmpp2.lab.example."

/* The lookups of a step, in order: "CLIENT AFTER_MS TTL MOVED IN_TIME BEFORE>ANSWER\n". */
static void add_rows(const json_t *rows, struct text *out)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        char *moved = json_dumps(json_object_get(row, "moved"), JSON_ENCODE_ANY);
        char *in_time = json_dumps(json_object_get(row, "in_time"), JSON_ENCODE_ANY);
        text_addf(out, "%s %lld %lld %s %s %s>%s\n", stage_text(row, "client"),
                  (long long)json_integer_value(json_object_get(row, "after_ms")),
                  (long long)json_integer_value(json_object_get(row, "ttl")), moved, in_time,
                  stage_text(row, "before"), stage_text(row, "answer"));
        free(moved);
        free(in_time);
    }
}

static void check_lookups(const struct stage *s, size_t number, const char *expected)
{
    struct text text = {0};
    json_t *report = scenario_report(s->scenario, s->now);
    text_add(&text, "");
    add_rows(json_object_get(stage_step(report, number), "lookups"), &text);
    assert_string_equal(text.data, expected);
    text_deinit(&text);
    json_decref(report);
}

/* "CLIENT ANSWER\n" of those that did not come. */
static void check_never(const struct stage *s, size_t number, const char *expected)
{
    struct text text = {0};
    size_t i;
    json_t *row, *report = scenario_report(s->scenario, s->now);
    text_add(&text, "");
    json_array_foreach(json_object_get(stage_step(report, number), "never"), i, row)
        text_addf(&text, "%s %s\n", stage_text(row, "client"), stage_text(row, "answer"));
    assert_string_equal(text.data, expected);
    text_deinit(&text);
    json_decref(report);
}

static void test_who_moved_and_who_did_not(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 10s, do: [\"target set x\"]}", "{at: 60s, do: [\"target set y\"]}",
                         "{at: 90s, do: [a]}"));
    stage_to(&s, 1000);
    stage_lookup(&s, "10.5.0.20", OLD);
    stage_lookup(&s, "10.5.0.21", OLD);
    stage_lookup(&s, "10.5.0.22", OLD);
    stage_to(&s, 12500);
    stage_lookup(&s, "10.5.0.20", NEW);
    stage_lookup(&s, "10.5.0.20", "not the first one");
    stage_to(&s, 17000);
    stage_lookup(&s, "10.5.0.21", OLD);
    stage_lookup(&s, "10.5.0.99", NEW);
    check_lookups(&s, 1,
                  "10.5.0.20 2500 5 true true " OLD ">" NEW "\n"
                  "10.5.0.21 7000 5 false false " OLD ">" OLD "\n"
                  "10.5.0.99 7000 5 null false >" NEW "\n");
    check_never(&s, 1, ""); /* it may still come */
    stage_to(&s, 61000);
    check_never(&s, 1, "10.5.0.22 " OLD "\n");
    stage_lookup(&s, "10.5.0.22", NEW);
    check_lookups(&s, 2, "10.5.0.22 1000 5 true true " OLD ">" NEW "\n");
    stage_to(&s, 90000);
    assert_true(scenario_is_over(s.scenario));
    check_never(&s, 2, "10.5.0.20 not the first one\n10.5.0.21 " OLD "\n10.5.0.99 " NEW "\n");
    stage_close(&s);
}

/* A step that only reads, or resets nothing, is no change. */
static void test_what_counts_as_a_change(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [reset]}", "{at: 1s, do: [status]}",
                         "{at: 2s, do: [reset some]}", "{at: 3s, do: [refused]}",
                         "{on: next, do: [a]}"));
    stage_to(&s, 3000);
    json_t *report = scenario_report(s.scenario, s.now);
    for (size_t i = 1; i <= 5; i++)
        assert_int_equal(json_is_array(json_object_get(stage_step(report, i), "lookups")), i == 3);
    json_decref(report);
    stage_close(&s);
}

/* The order of records in an answer means nothing. */
static void test_moved(void **state)
{
    static const struct {
        const char *before, *after;
        bool moved;
    } rows[] = {
        {OLD "; " NEW, NEW "; " OLD, false},
        {OLD "; " NEW, OLD "; " NEW, false},
        {OLD "; " NEW, OLD, true},
        {OLD, NEW, true},
        {OLD, OLD "; " NEW, true},
        {"", OLD, true},
        {OLD "; " NEW, OLD "; " OLD, true},
        {"a; bc", "ab; c", true},
        {"", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stage s;
        stage_open(&s, STEPS("{at: 1s, do: [\"target set x\"]}", "{on: next, do: [a]}"));
        stage_to(&s, 0);
        stage_lookup(&s, "10.5.0.20", rows[i].before);
        stage_to(&s, 1000);
        stage_lookup(&s, "10.5.0.20", rows[i].after);
        if (json_is_true(json_object_get(s.last, "moved")) != rows[i].moved)
            fail_msg("%s to %s", rows[i].before, rows[i].after);
        stage_close(&s);
    }
}

/* Lookups from before the start say who the clients are. */
static void test_clients_from_before(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 1s, do: [\"target set x\"]}", "{at: 9s, do: [a]}"));
    json_t *event =
        stage_event("10.5.0.20", "xmpp-client", "_xmpp-client._tcp.lab.example.", "SRV", OLD);
    scenario_learn(s.scenario, event);
    json_object_set_new(event, "client", json_string("10.5.0.21"));
    scenario_learn(s.scenario, event);
    json_decref(event);
    stage_to(&s, 2000);
    stage_lookup(&s, "10.5.0.20", NEW);
    stage_to(&s, 9000);
    check_lookups(&s, 1, "10.5.0.20 1000 5 true true " OLD ">" NEW "\n");
    check_never(&s, 1, "10.5.0.21 " OLD "\n");
    stage_close(&s);
}

/* What goes through the forwarder and concerns nobody here is not in the report, unless it is a
 * lookup that was of interest before. */
static void test_other_lookups(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [\"target set x\"]}", "{at: 5s, do: [\"target set y\"]}",
                         "{on: next, do: [a]}"));
    stage_to(&s, 0);
    json_t *event = stage_event("10.5.0.20", NULL, "xmpp1.lab.example.", "A", "192.0.2.1");
    scenario_event(s.scenario, event, s.now);
    check_lookups(&s, 1, "");
    json_object_set_new(event, "change", json_integer(1));
    scenario_event(s.scenario, event, s.now);
    check_lookups(&s, 1, "10.5.0.20 0 5 null true >192.0.2.1\n");
    json_object_set_new(event, "change", json_null());
    json_object_set_new(event, "answer", json_string("10.5.0.11"));
    stage_to(&s, 6000);
    scenario_event(s.scenario, event, s.now);
    check_lookups(&s, 2, "10.5.0.20 1000 5 true true 192.0.2.1>10.5.0.11\n");
    json_decref(event);
    stage_close(&s);
}

static void test_too_many_lookups(void **state)
{
    struct stage s;
    char client[32];
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [\"target set x\"]}", "{on: next, do: [a]}"));
    stage_to(&s, 0);
    for (unsigned i = 0; i < 20100; i++) {
        snprintf(client, sizeof(client), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        stage_lookup(&s, client, NEW);
    }
    json_t *report = scenario_report(s.scenario, s.now);
    assert_int_equal(json_array_size(json_object_get(stage_step(report, 1), "lookups")), 20000);
    assert_int_equal(json_integer_value(json_object_get(report, "more")), 100);
    json_decref(report);
    stage_close(&s);
}

static void check_shape(const struct stage *s, const char *expected)
{
    json_t *report = scenario_report(s->scenario, s->now);
    const char *wrong = schema_mismatch("Scenario", report);
    if (wrong)
        fail_msg("%s: %s", expected, wrong);
    assert_string_equal(stage_text(report, "state"), expected);
    json_decref(report);
}

/* At each moment of a run, the report is what the API promises. */
static void test_the_shape(void **state)
{
    struct stage s;
    const char *why;
    (void)state;
    stage_open(&s, STEPS("{at: 0s, do: [\"target set x\", refused]}",
                         "{at: 5s, expect: {none: true, within: 1s}}", "{on: next, do: [a]}"));
    check_shape(&s, "running");
    stage_to(&s, 1000);
    stage_lookup(&s, "10.5.0.20", NEW);
    assert_int_equal(scenario_pause(s.scenario, s.now, &why), ERR_OK);
    check_shape(&s, "paused");
    assert_int_equal(scenario_resume(s.scenario, s.now, &why), ERR_OK);
    check_shape(&s, "running");
    stage_to(&s, 5500);
    stage_lookup(&s, "10.5.0.20", NEW);
    check_shape(&s, "waiting");
    assert_int_equal(scenario_next(s.scenario, s.now, WALL + s.now, &why), ERR_OK);
    stage_to(&s, 5501);
    check_shape(&s, "done");
    stage_close(&s);
}

static void test_the_outline(void **state)
{
    struct config config;
    (void)state;
    stage_config(&config, "scenarios:\n  - name: x\n    steps:\n      - {at: 1s, do: [reset]}\n"
                          "      - {on: next, expect: {service: xmpp-server, count: 2}}\n");
    json_t *json = scenario_outline(&config.scenarios[0]);
    assert_null(schema_mismatch("Scenario", json));
    assert_string_equal(stage_text(json, "state"), "idle");
    assert_string_equal(stage_text(stage_step(json, 1), "place"), "lab.yaml:4");
    assert_int_equal(json_integer_value(json_object_get(stage_step(json, 1), "at_ms")), 1000);
    assert_true(json_is_null(json_object_get(stage_step(json, 2), "at_ms")));
    assert_string_equal(stage_text(json_object_get(stage_step(json, 2), "expect"), "text"),
                        "2 lookups of xmpp-server");
    json_decref(json);
    config_deinit(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_moved_and_who_did_not),
        cmocka_unit_test(test_what_counts_as_a_change),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_clients_from_before),
        cmocka_unit_test(test_other_lookups),
        cmocka_unit_test(test_too_many_lookups),
        cmocka_unit_test(test_the_shape),
        cmocka_unit_test(test_the_outline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
