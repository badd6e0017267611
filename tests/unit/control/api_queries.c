/* /v1/queries and /v1/wait: replies, streams, and replies that come later. */
#include "unit/control/control_fixture.h"

#include "control/schema.h"
#include "unit/control/event_help.h"

static struct fixture f;

static int setup(void **state)
{
    int status;
    (void)state;
    fixture_prepare(&f);
    f.rings[0] = event_ring_new(1 << 20);
    f.ring_count = 1;
    f.control = fixture_control(&f, &status);
    assert_non_null(f.control);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_deinit(&f);
    return 0;
}

/* A lookup of now. */
static void lookup(const char *client, const char *name, int service)
{
    struct told told;
    control_clock(f.control);
    event_make(&told, client, name, service >= 0 ? DNS_TYPE_SRV : DNS_TYPE_A, service,
               f.control->now);
    event_ring_push(f.rings[0], &told.event);
}

static void drain(void)
{
    control_clock(f.control);
    while (events_drain(f.control->events, (int64_t)(f.control->wall_now - f.control->now)))
        continue;
}

/* Three lookups by two clients. */
static void some_lookups(void)
{
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    lookup("10.5.0.20", "xmpp1.lab.example.", -1);
    lookup("10.5.0.21", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain();
}

/* "a=b&c=d" as an object. */
static json_t *query(const char *text)
{
    json_t *object = json_object();
    char copy[200], *rest = copy;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *pair; (pair = strsep(&rest, "&"));) {
        char *value = strchr(pair, '=');
        if (value) {
            *value++ = '\0';
            json_object_set_new(object, pair, json_string(value));
        }
    }
    return object;
}

static void get(const char *path, const char *parameters, struct api_reply *reply)
{
    fixture_dispatch(&f, API_GET, path, query(parameters), NULL, reply);
}

static int64_t number_at(const json_t *array, size_t index)
{
    return json_integer_value(json_object_get(json_array_get(array, index), "number"));
}

static void test_array(void **state)
{
    static const struct {
        const char *query;
        size_t count;
        int64_t first;
    } cases[] = {
        {"", 3, 1},
        {"limit=1", 1, 3},
        {"limit=0", 0, 0},
        {"limit=10000", 3, 1},
        {"client=10.5.0.20", 2, 1},
        {"client=10.5.0.20&limit=1", 1, 2},
        {"service=xmpp-client", 2, 1},
        {"name=xmpp1.lab.example", 1, 2},
        {"domain=lab.example", 3, 1},
        {"answer=xmpp2", 2, 1},
        {"rcode=NXDOMAIN", 0, 0},
        {"since=1h", 3, 1},
        {"since=2200-01-01T00:00:00Z", 0, 0},
        {"since=change", 3, 1},
        {"stream=1", 3, 1}, /* who cannot take a stream gets what there is */
    };
    struct api_reply reply;
    (void)state;
    some_lookups();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        get("/v1/queries", cases[i].query, &reply);
        assert_int_equal(reply.status, 200);
        if (json_array_size(reply.json) != cases[i].count ||
            number_at(reply.json, 0) != cases[i].first)
            fail_msg("%s", cases[i].query);
        if (cases[i].count > 0)
            assert_null(schema_mismatch("QueryEvent", json_array_get(reply.json, 0)));
        api_reply_deinit(&reply);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *path, *query, *field;
        int status;
    } cases[] = {
        {"/v1/queries", "limit=-1", "limit", 400},
        {"/v1/queries", "limit=10001", "limit", 400},
        {"/v1/queries", "client=me", "client", 400},
        {"/v1/queries", "name=a..b", "name", 400},
        {"/v1/queries", "domain=a..b", "domain", 400},
        {"/v1/queries", "service=smtp", "service", 400},
        {"/v1/queries", "rcode=BAD", "rcode", 400},
        {"/v1/queries", "answer=", "answer", 400},
        {"/v1/queries", "since=before", "since", 400},
        {"/v1/queries", "since=revision:x", "since", 400},
        {"/v1/queries", "since=revision:4", "since", 404},
        {"/v1/queries", "count=1", "count", 400},
        {"/v1/wait", "count=0", "count", 400},
        {"/v1/wait", "count=1001", "count", 400},
        {"/v1/wait", "timeout=soon", "timeout", 400},
        {"/v1/wait", "timeout=2h", "timeout", 400},
        {"/v1/wait", "client=me", "client", 400},
        {"/v1/wait", "limit=1", "limit", 400},
    };
    struct api_reply reply;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        get(cases[i].path, cases[i].query, &reply);
        if (reply.status != cases[i].status)
            fail_msg("%s?%s: %d", cases[i].path, cases[i].query, reply.status);
        assert_string_equal(json_string_value(json_object_get(reply.json, "field")),
                            cases[i].field);
        api_reply_deinit(&reply);
    }
}

/* What has been seen already is not waited for; who cannot wait is told at once. */
static void test_wait_at_once(void **state)
{
    struct api_reply reply;
    (void)state;
    get("/v1/wait", "", &reply);
    assert_int_equal(reply.status, 408);
    assert_string_equal(json_string_value(json_object_get(reply.json, "error")),
                        "no such lookup was seen within 30 s");
    api_reply_deinit(&reply);
    some_lookups();
    get("/v1/wait", "service=xmpp-client&count=2", &reply);
    assert_int_equal(reply.status, 200);
    assert_null(schema_mismatch("Waited", reply.json));
    assert_int_equal(json_integer_value(json_object_get(reply.json, "count")), 2);
    assert_int_equal(number_at(json_object_get(reply.json, "events"), 1), 3);
    api_reply_deinit(&reply);
    get("/v1/wait", "service=xmpp-client&count=3&timeout=1500ms", &reply);
    assert_int_equal(reply.status, 408);
    assert_string_equal(json_string_value(json_object_get(reply.json, "error")),
                        "2 of 3 lookups were seen within 1.5 s");
    api_reply_deinit(&reply);
}

static void add_fault(const char *name)
{
    struct fault_spec spec;
    const char *expected;
    fault_init(&spec, name);
    assert_int_equal(fault_set(&spec, "rcode", "REFUSED", &expected), ERR_OK);
    control_clock(f.control);
    assert_int_equal(
        live_fault_add(f.control->live, &spec, -1, f.control->now, f.control->wall_now), ERR_OK);
}

/* A lookup counts when it came after the change, however soon, and whether or not it was taken from
 * the ring before. */
static void test_wait_since_change(void **state)
{
    struct api_reply reply;
    char since[64];
    (void)state;
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT); /* still in the ring at the change */
    add_fault("one");
    int64_t first = control_revision(f.control);
    get("/v1/wait", "", &reply);
    assert_int_equal(reply.status, 408);
    api_reply_deinit(&reply);
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain();
    get("/v1/wait", "", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(number_at(json_object_get(reply.json, "events"), 0), 2);
    api_reply_deinit(&reply);
    add_fault("two");
    get("/v1/wait", "since=change", &reply);
    assert_int_equal(reply.status, 408);
    api_reply_deinit(&reply);
    snprintf(since, sizeof(since), "since=revision:%lld", (long long)first);
    get("/v1/wait", since, &reply);
    assert_int_equal(reply.status, 200);
    api_reply_deinit(&reply);
}

static int ask(const char *request)
{
    int fd = client_unix(&f);
    client_send(&f, fd, request, strlen(request));
    return fd;
}

/* Turns the loop until the handler has taken the request: then it follows. */
static void turn_some(void)
{
    for (int i = 0; i < 50; i++)
        fixture_turn(&f);
}

static void test_wait_later(void **state)
{
    struct response r;
    (void)state;
    int fd = ask("GET /v1/wait?service=xmpp-client&count=2 HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_some();
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    lookup("10.5.0.20", "xmpp1.lab.example.", -1);
    drain();
    lookup("10.5.0.21", CLIENT_NAME, POLICY_XMPP_CLIENT);
    lookup("10.5.0.22", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain();
    client_response(&f, fd, &r, false);
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(json_object_get(r.json, "events")), 2);
    assert_int_equal(number_at(json_object_get(r.json, "events"), 1), 3);
    response_deinit(&r);
    /* The connection goes on. */
    client_ask(&f, fd, "GET /v1/queries?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(number_at(r.json, 0), 4);
    response_deinit(&r);
    close(fd);
}

static void test_wait_times_out(void **state)
{
    struct response r;
    (void)state;
    int fd = ask("GET /v1/wait?timeout=1ms HTTP/1.1\r\nHost: x\r\n\r\n");
    client_response(&f, fd, &r, false);
    assert_int_equal(r.status, 408);
    assert_string_equal(response_error(&r), "no such lookup was seen within 0.001 s");
    response_deinit(&r);
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain(); /* nobody follows any more */
    close(fd);
}

/* Reads on until `text` has come. */
static void read_until(int fd, char *out, size_t size, const char *text)
{
    size_t have = 0;
    out[0] = '\0';
    while (!strstr(out, text)) {
        size_t n = client_read(&f, fd, out + have, size - 1 - have);
        assert_true(n > 0);
        have += n;
        out[have] = '\0';
    }
}

/* Requests sent ahead are answered in their order, after the one that waits. */
static void test_wait_with_more_behind(void **state)
{
    char text[4096];
    (void)state;
    int fd = ask("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_some();
    client_send(&f, fd, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 34);
    turn_some();
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain();
    read_until(fd, text, sizeof(text), "\"status\"");
    const char *events = strstr(text, "\"events\"");
    assert_non_null(events);
    assert_true(events < strstr(text, "\"status\""));
    close(fd);
}

static unsigned streams(void)
{
    unsigned count = 0;
    for (struct http_conn *c = f.control->http->conns; c; c = c->next)
        count += c->stream != NULL;
    return count;
}

/* Clients that leave are noticed, and nothing is left of them; so it is at the end of control. */
static void test_waiters_leave(void **state)
{
    (void)state;
    int waiting = ask("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    int following = ask("GET /v1/queries?stream=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    int staying = ask("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_some();
    assert_int_equal(streams(), 3);
    close(waiting);
    close(following);
    for (int i = 0; i < TRIES && streams() > 1; i++)
        fixture_turn(&f);
    assert_int_equal(streams(), 1);
    lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    close(staying);
}

static void test_stream(void **state)
{
    static char text[65536];
    (void)state;
    some_lookups();
    int fd = ask("GET /v1/queries?service=xmpp-client&limit=1 HTTP/1.1\r\nHost: x\r\n"
                 "Accept: text/event-stream\r\n\r\n");
    read_until(fd, text, sizeof(text), "id: 3\ndata: {\"number\":3,");
    assert_null(strstr(text, "id: 1\n"));
    lookup("10.5.0.20", "xmpp1.lab.example.", -1);
    lookup("10.5.0.22", CLIENT_NAME, POLICY_XMPP_CLIENT);
    drain();
    read_until(fd, text, sizeof(text), "id: 5\n");
    assert_non_null(strstr(text, "\"client\":\"10.5.0.22\""));
    assert_null(strstr(text, "id: 4\n"));
    close(fd);
    /* It goes on behind the event that was seen last; a number of another time means nothing. */
    fd = ask("GET /v1/queries?stream=1 HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 2\r\n\r\n");
    read_until(fd, text, sizeof(text), "id: 5\n");
    assert_null(strstr(text, "id: 2\n"));
    assert_non_null(strstr(text, "id: 3\n"));
    close(fd);
    fd = ask("GET /v1/queries?stream=1 HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 900\r\n\r\n");
    read_until(fd, text, sizeof(text), "id: 5\n");
    assert_non_null(strstr(text, "id: 1\n"));
    close(fd);
}

/* Who does not read is let go; the others and the store know nothing of it. */
static void test_slow_follower(void **state)
{
    (void)state;
    int slow = ask("GET /v1/queries?stream=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_some();
    assert_int_equal(streams(), 1);
    unsigned sent = 0;
    for (; sent < 100000 && streams() > 0; sent++) {
        lookup("10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
        drain();
        fixture_turn(&f);
    }
    assert_int_equal(streams(), 0);
    assert_int_equal(events_next(f.control->events), sent + 1);
    close(slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_array, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_since_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_with_more_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiters_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_follower, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
