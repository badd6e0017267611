/* Scenarios in the daemon: their routes, the live changes that they make and take back, the lookups
 * of workers, and the client that follows one and leaves. */
#include "unit/control/control_fixture.h"
#include "unit/control/event_help.h"

#include "control/scenario.h"
#include "control/scenarios.h"

static const char yaml[] =
    "domains:\n"
    "  - name: lab.example\n"
    "    xmpp-client: [{target: xmpp1.lab.example}, {target: xmpp2.lab.example}]\n"
    "scenarios:\n"
    "  - name: quick\n"
    "    steps: [{at: 0s, do: [\"target fail xmpp1.lab.example\", \"fault add f drop=true\"]}]\n"
    "  - name: steps\n"
    "    steps:\n"
    "      - {at: 0s, do: [\"target fail xmpp1.lab.example\"], expect: {service: xmpp-client}}\n"
    "      - {on: next, do: [\"target fail nowhere.example\", \"scenario stop\"]}\n"
    "      - {at: 1h, do: [status]}\n";

static struct fixture f;

static int setup(void **state)
{
    struct diag_list diags = {0};
    struct config parsed;
    int status;
    (void)state;
    fixture_prepare(&f);
    assert_int_equal(config_parse(&parsed, "lab.yaml", yaml, strlen(yaml), NULL, &diags), ERR_OK);
    diag_list_deinit(&diags);
    f.config.scenarios = parsed.scenarios;
    f.config.scenario_count = parsed.scenario_count;
    f.config.policy = parsed.policy;
    parsed.scenarios = NULL;
    parsed.scenario_count = 0;
    parsed.policy = (struct policy_model){0};
    config_deinit(&parsed);
    f.rings[0] = event_ring_new(1 << 16);
    f.ring_count = 1;
    f.control = fixture_control(&f, &status);
    assert_non_null(f.control);
    return 0;
}

static int teardown(void **state)
{
    struct config parsed = {0};
    (void)state;
    fixture_deinit(&f);
    parsed.scenarios = f.config.scenarios;
    parsed.scenario_count = f.config.scenario_count;
    parsed.policy = f.config.policy;
    config_deinit(&parsed);
    return 0;
}

/* A request to /v1/scenarios and what follows; the reply's JSON, or its error, is of the promised
 * shape. New reference. */
static json_t *ask(enum api_method method, const char *rest, json_t *body, int expected)
{
    struct api_reply reply;
    char path[100];
    snprintf(path, sizeof(path), "/v1/scenarios%s", rest);
    fixture_dispatch(&f, method, path, NULL, body, &reply);
    if (reply.status != expected)
        fail_msg("%s: %d %s", path, reply.status,
                 json_string_value(json_object_get(reply.json, "error")));
    const char *schema = expected != 200 ? "Error" : rest[0] ? "Scenario" : "Scenarios";
    const char *wrong = schema_mismatch(schema, reply.json);
    if (wrong)
        fail_msg("%s: %s", path, wrong);
    json_t *json = json_incref(reply.json);
    api_reply_deinit(&reply);
    return json;
}

static void post(const char *rest, int expected)
{
    json_decref(ask(API_POST, rest, NULL, expected));
}

static void tick(void)
{
    control_clock(f.control);
    scenarios_tick(f.control->scenarios);
}

static void check_text(const char *rest, const char *key, const char *value)
{
    json_t *json = ask(API_GET, rest, NULL, 200);
    const char *text = json_string_value(json_object_get(json, key));
    assert_string_equal(text ? text : "", value);
    json_decref(json);
}

/* How many changes and faults there are. */
static size_t live_count(void)
{
    json_t *targets = live_targets_json(f.control->live, 0);
    json_t *faults = live_faults_json(f.control->live, 0);
    size_t count = json_array_size(targets) + json_array_size(faults);
    json_decref(targets);
    json_decref(faults);
    return count;
}

static void lookup(const char *client)
{
    struct told told;
    control_clock(f.control);
    event_make(&told, client, "_xmpp-client._tcp.lab.example", DNS_TYPE_SRV, POLICY_XMPP_CLIENT,
               f.control->now);
    event_ring_push(f.rings[0], &told.event);
}

static void test_list(void **state)
{
    (void)state;
    json_t *json = ask(API_GET, "", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(json, "scenarios")), 2);
    assert_true(json_is_null(json_object_get(json, "current")));
    json_decref(json);
    check_text("/quick", "state", "idle");
    json_decref(ask(API_GET, "/quik", NULL, 404));
    json_decref(ask(API_GET, "/current", NULL, 404));
}

/* A run to its end: its changes are in force, and are taken back. */
static void test_run(void **state)
{
    (void)state;
    post("/quick/run", 200);
    assert_int_equal(live_count(), 0);
    tick();
    assert_int_equal(live_count(), 0); /* made and taken back in the same tick */
    assert_null(scenarios_running(f.control->scenarios));
    json_t *json = ask(API_GET, "/quick", NULL, 200);
    assert_string_equal(json_string_value(json_object_get(json, "result")), "held");
    assert_int_equal(json_integer_value(json_object_get(json, "undone")), 2);
    json_decref(json);
    check_text("/current", "name", "quick");
}

static void test_steer(void **state)
{
    (void)state;
    post("/steps/run", 200);
    tick();
    assert_int_equal(live_count(), 1);
    check_text("/current", "state", "waiting");
    lookup("10.5.0.20");
    tick();
    post("/steps/pause", 200);
    post("/current/pause", 409);
    check_text("/steps", "state", "paused");
    post("/current/resume", 200);
    post("/current/resume", 409);
    post("/quick/next", 409);
    post("/steps/next", 200);
    json_t *json = ask(API_GET, "/steps", NULL, 200);
    const json_t *steps = json_object_get(json, "steps");
    const json_t *expect = json_object_get(json_array_get(steps, 0), "expect");
    const json_t *commands = json_object_get(json_array_get(steps, 1), "commands");
    assert_string_equal(json_string_value(json_object_get(expect, "status")), "held");
    /* Nobody has such a target, and a scenario does not stop itself. */
    for (size_t i = 0; i < 2; i++)
        assert_true(json_integer_value(json_object_get(json_array_get(commands, i), "status")) >=
                    200);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(commands, 1), "status")),
                     409);
    json_decref(json);
    post("/steps/stop", 200);
    assert_int_equal(live_count(), 0);
    check_text("/steps", "state", "stopped");
    check_text("/steps", "reason", "told to by test");
    post("/current/stop", 409);
    post("/nobody/stop", 404);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    post("/steps/run", 200);
    post("/steps/run", 409);
    post("/quick/run", 409);
    post("/nobody/run", 404);
    post("/steps/stop", 200);
    post("/steps/run", 200);
    post("/steps/stop", 200);
}

static void test_seed(void **state)
{
    (void)state;
    json_decref(ask(API_POST, "/steps/run", json_pack("{s:i}", "seed", -1), 400));
    json_decref(ask(API_POST, "/steps/run", json_pack("{s:s}", "seed", "x"), 400));
    json_decref(ask(API_POST, "/steps/run", json_pack("{s:i}", "seeds", 1), 400));
    json_t *json = ask(API_POST, "/steps/run", json_pack("{s:i}", "seed", 42), 200);
    assert_int_equal(json_integer_value(json_object_get(json, "seed")), 42);
    json_decref(json);
    post("/steps/stop", 200);
}

/* A reload may take the scenario away that runs. */
static void test_reload(void **state)
{
    size_t count = f.config.scenario_count;
    (void)state;
    post("/steps/run", 200);
    f.config.scenario_count = 0;
    control_reloaded(f.control);
    tick();
    assert_int_equal(live_count(), 1);
    post("/current/next", 200);
    post("/steps/stop", 200);
    f.config.scenario_count = count;
    assert_int_equal(live_count(), 0);
}

/* Reads until the text has come. */
static void read_until(int fd, struct text *seen, const char *expected)
{
    char buffer[4096];
    while (!seen->data || !strstr(seen->data, expected)) {
        size_t n = client_read(&f, fd, buffer, sizeof(buffer) - 1);
        assert_true(n > 0);
        buffer[n] = '\0';
        text_add(seen, buffer);
    }
}

static int follow(struct text *seen)
{
    static const char request[] = "POST /v1/scenarios/steps/run HTTP/1.1\r\nHost: x\r\n"
                                  "Accept: text/event-stream\r\nContent-Length: 0\r\n\r\n";
    int fd = client_unix(&f);
    client_send(&f, fd, request, strlen(request));
    read_until(fd, seen, "event: step");
    assert_int_equal(live_count(), 1);
    return fd;
}

static void test_the_client_follows(void **state)
{
    struct text seen = {0};
    (void)state;
    int fd = follow(&seen);
    lookup("10.5.0.20");
    read_until(fd, &seen, "event: expect");
    assert_non_null(strstr(seen.data, "event: start"));
    assert_non_null(strstr(seen.data, "event: lookup"));
    post("/steps/stop", 200);
    post("/steps/run", 200); /* the client of the first has nothing to do with this one */
    read_until(fd, &seen, "event: end");
    read_until(fd, &seen, "\"reason\":\"told to by test\"");
    close(fd);
    for (int i = 0; i < 100; i++)
        fixture_turn(&f);
    assert_non_null(scenarios_running(f.control->scenarios));
    post("/steps/stop", 200);
    text_deinit(&seen);
}

/* More lookups than a stream can hold at once: the client is not taken for one that does not read,
 * and gets what it can have. */
static void test_a_flood(void **state)
{
    struct text seen = {0};
    char client[32];
    (void)state;
    int fd = follow(&seen);
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(client, sizeof(client), "10.6.%u.%u", i / 200, i % 200);
        lookup(client);
        if (i % 100 == 99)
            tick();
    }
    assert_non_null(scenarios_running(f.control->scenarios));
    post("/steps/stop", 200);
    read_until(fd, &seen, "event: end");
    read_until(fd, &seen, "\"undone\":1}");
    assert_null(strstr(strstr(seen.data, "event: end"), "\"steps\":["));
    json_t *json = ask(API_GET, "/steps", NULL, 200);
    const json_t *first = json_array_get(json_object_get(json, "steps"), 0);
    assert_int_equal(json_array_size(json_object_get(first, "lookups")), 3000);
    json_decref(json);
    close(fd);
    text_deinit(&seen);
}

static void test_the_client_leaves(void **state)
{
    struct text seen = {0};
    (void)state;
    int fd = follow(&seen);
    close(fd);
    for (int i = 0; i < TRIES && scenarios_running(f.control->scenarios); i++) {
        fixture_turn(&f);
        usleep(100);
    }
    assert_null(scenarios_running(f.control->scenarios));
    assert_int_equal(live_count(), 0);
    check_text("/steps", "reason", "the client that started it is gone");
    text_deinit(&seen);
}

/* The daemon ends while one runs, with a client and without: nothing leaks, and what is published
 * at last has none of its changes. */
static void test_the_daemon_ends(void **state)
{
    struct text seen = {0};
    (void)state;
    int fd = follow(&seen);
    assert_non_null(f.overlay);
    control_free(f.control);
    f.control = NULL;
    assert_null(f.overlay);
    close(fd);
    text_deinit(&seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list),
        TEST(test_run),
        TEST(test_steer),
        TEST(test_one_at_a_time),
        TEST(test_seed),
        TEST(test_reload),
        TEST(test_the_client_follows),
        TEST(test_a_flood),
        TEST(test_the_client_leaves),
        TEST(test_the_daemon_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
