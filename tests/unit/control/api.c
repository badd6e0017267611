/* Requests without HTTP: routes, status, reload, reset, cache, health. */
#include "unit/control/control_fixture.h"

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_deinit(&f);
    return 0;
}

static json_int_t number(const json_t *json, const char *object, const char *name)
{
    if (object)
        json = json_object_get(json, object);
    const json_t *value = json_object_get(json, name);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void test_find(void **state)
{
    static const struct {
        enum api_method method;
        const char *path, *route;
    } cases[] = {
        {API_GET, "/v1/status", "/v1/status"},
        {API_GET, "/v1/status/", NULL},
        {API_GET, "/v1/statu", NULL},
        {API_GET, "/v1/statuss", NULL},
        {API_POST, "/v1/status", NULL},
        {API_GET, "/v1", NULL},
        {API_GET, "", NULL},
        {API_GET, "v1/status", NULL},
        {API_GET, "//v1/status", NULL},
        {API_DELETE, "/v1/cache", "/v1/cache"},
        {API_OTHER, "/v1/cache", NULL},
        {API_DELETE, "/v1/faults/", NULL},
        {API_DELETE, "/v1/faults/a", "/v1/faults/{name}"},
        {API_DELETE, "/v1/faults/a/b", NULL},
        {API_GET, "/health", "/health"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct api_route *route = api_route_find(cases[i].method, cases[i].path);
        if (cases[i].route)
            assert_string_equal(route->path, cases[i].route);
        else
            assert_null(route);
    }
}

static void test_status(void **state)
{
    struct api_reply r;
    struct resolve_counters *c = &f.stats.resolve;
    (void)state;
    c->queries_udp = 11;
    c->queries_tcp = 12;
    c->services[POLICY_XMPPS_SERVER] = 13;
    c->sources[RESOLVE_FROM_STALE] = 14;
    c->rcodes[3] = 15;
    c->rcodes[RESOLVE_RCODES - 1] = 16;
    c->dropped_limit = 17;
    f.stats.pending = 18;
    fixture_dispatch(&f, API_GET, "/v1/status", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    assert_null(schema_mismatch("Status", r.json));
    assert_int_equal(number(r.json, "queries", "udp"), 11);
    assert_int_equal(number(r.json, "queries", "tcp"), 12);
    assert_int_equal(number(r.json, "queries", "pending"), 18);
    assert_int_equal(number(json_object_get(r.json, "queries"), "services", "xmpps-server"), 13);
    assert_int_equal(number(json_object_get(r.json, "responses"), "sources", "stale"), 14);
    assert_int_equal(number(json_object_get(r.json, "responses"), "rcodes", "NXDOMAIN"), 15);
    assert_int_equal(number(json_object_get(r.json, "responses"), "rcodes", "other"), 16);
    assert_int_equal(number(r.json, "dropped", "limit"), 17);
    assert_int_equal(number(r.json, "policy", "generation"), 7);
    const json_t *listen = json_object_get(r.json, "listen");
    assert_string_equal(json_string_value(json_array_get(listen, 0)), "127.0.0.1:53");
    api_reply_deinit(&r);
}

/* Each worker knows each server: people want one line a server. */
static void test_upstream_of_all_workers(void **state)
{
    struct api_reply r;
    (void)state;
    f.server_count = 3;
    assert_int_equal(endpoint_parse(&f.servers[0].server, "192.0.2.1"), ERR_OK);
    assert_int_equal(endpoint_parse(&f.servers[1].server, "tls://192.0.2.2#dns.example"), ERR_OK);
    f.servers[2].server = f.servers[0].server;
    f.servers[0].queries = 1;
    f.servers[2].queries = 2;
    f.servers[0].srtt_ms = 10;
    f.servers[2].srtt_ms = 30;
    f.servers[2].up = true;
    fixture_dispatch(&f, API_GET, "/v1/status", NULL, NULL, &r);
    const json_t *list = json_object_get(r.json, "upstream");
    assert_int_equal(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(first, "server")), "192.0.2.1:53");
    assert_int_equal(number(first, NULL, "queries"), 3);
    assert_int_equal(number(first, NULL, "srtt_ms"), 20);
    assert_true(json_is_true(json_object_get(first, "up")));
    assert_string_equal(json_string_value(json_object_get(second, "server")),
                        "tls://192.0.2.2:853#dns.example");
    assert_true(json_is_false(json_object_get(second, "up")));
    api_reply_deinit(&r);
}

static void test_health(void **state)
{
    struct api_reply r;
    (void)state;
    f.stats.workers = 0;
    fixture_dispatch(&f, API_GET, "/health", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    api_reply_deinit(&r);
    fixture_dispatch(&f, API_GET, "/ready", NULL, NULL, &r);
    assert_int_equal(r.status, 503);
    api_reply_deinit(&r);
    f.stats.workers = 1;
    fixture_dispatch(&f, API_GET, "/ready", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    api_reply_deinit(&r);
}

static void test_reload(void **state)
{
    struct api_reply r;
    (void)state;
    f.reload_warns = true;
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(f.reloads, 1);
    assert_null(schema_mismatch("Reloaded", r.json));
    assert_int_equal(number(r.json, NULL, "generation"), 7);
    const json_t *warning = json_array_get(json_object_get(r.json, "warnings"), 0);
    assert_string_equal(json_string_value(json_object_get(warning, "code")), "ttl-zero");
    api_reply_deinit(&r);

    f.reload_result = ERR_INVALID;
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, NULL, &r);
    assert_int_equal(r.status, 409);
    const char *error = json_string_value(json_object_get(r.json, "error"));
    assert_string_equal(error, "lab.yaml:3:7: ttl \"x\" is no duration: the configuration before "
                               "it stays in force");
    assert_int_equal(json_array_size(json_object_get(r.json, "findings")), 2);
    api_reply_deinit(&r);

    f.reload_result = ERR_NOMEM;
    f.reload_warns = false;
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, NULL, &r);
    assert_int_equal(r.status, 409);
    api_reply_deinit(&r);
}

static void live_add(const char *name)
{
    struct fault_spec spec;
    const char *expected;
    fault_init(&spec, name);
    assert_int_equal(fault_set(&spec, "drop", "true", &expected), ERR_OK);
    assert_int_equal(
        live_fault_add(f.control->live, &spec, -1, f.control->now, f.control->wall_now), ERR_OK);
}

static void test_reset(void **state)
{
    struct api_reply r;
    (void)state;
    live_add("one");
    fixture_dispatch(&f, API_GET, "/v1/status", NULL, NULL, &r);
    assert_int_equal(number(r.json, "live", "faults"), 1);
    int64_t before = r.revision;
    api_reply_deinit(&r);
    fixture_dispatch(&f, API_POST, "/v1/reset", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    assert_null(schema_mismatch("ResetDone", r.json));
    assert_int_equal(number(r.json, NULL, "dropped"), 1);
    assert_true(r.revision > before);
    assert_int_equal(number(r.json, NULL, "revision"), r.revision);
    api_reply_deinit(&r);
}

static void test_reload_and_reset(void **state)
{
    struct api_reply r;
    (void)state;
    live_add("one");
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, json_pack("{s:b}", "reset", 0), &r);
    api_reply_deinit(&r);
    assert_non_null(f.faults);
    f.reload_result = ERR_INVALID;
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, json_pack("{s:b}", "reset", 1), &r);
    api_reply_deinit(&r);
    assert_non_null(f.faults); /* a bad file changes nothing at all */
    f.reload_result = ERR_OK;
    fixture_dispatch(&f, API_POST, "/v1/reload", NULL, json_pack("{s:b}", "reset", 1), &r);
    assert_int_equal(r.status, 200);
    api_reply_deinit(&r);
    assert_null(f.faults);
}

/* An SRV or A answer for `name` into the cache. */
static void cache_fill(const char *name, uint16_t type, uint8_t flags)
{
    _Alignas(8) uint8_t buffer[1024];
    static const uint8_t address[4] = {192, 0, 2, 1};
    struct dns_builder b;
    struct dns_name n;
    assert_int_equal(dns_name_from_text(&n, name), ERR_OK);
    struct dns_rr rr = {.owner = n, .type = DNS_TYPE_A, .class = DNS_CLASS_IN, .ttl = 300};
    rr.rdata = address;
    rr.rdlen = sizeof(address);
    dns_builder_init(&b, buffer, sizeof(buffer), &n);
    if (type == DNS_TYPE_A)
        dns_builder_add(&b, &rr);
    const struct dns_answer *answer = dns_builder_finish(&b, type == CACHE_TYPE_NXDOMAIN ? 3 : 0);
    assert_non_null(answer);
    const struct cache_key key = {.name = &n,
                                  .name_hash = hash_bytes(&f.key, n.wire, n.len),
                                  .type = type,
                                  .class = DNS_CLASS_IN,
                                  .flags = flags};
    assert_int_equal(cache_put(f.cache, &key, answer, clock_now(), 300), ERR_OK);
}

static void test_cache_show(void **state)
{
    struct api_reply r;
    (void)state;
    cache_fill("a.example.", DNS_TYPE_A, 0);
    cache_fill("a.example.", DNS_TYPE_AAAA, CACHE_KEY_DO);
    cache_fill("b.a.example.", CACHE_TYPE_NXDOMAIN, 0);
    fixture_dispatch(&f, API_GET, "/v1/cache", NULL, NULL, &r);
    assert_int_equal(number(r.json, "stats", "entries"), 3);
    assert_null(json_object_get(r.json, "entries"));
    api_reply_deinit(&r);

    fixture_dispatch(&f, API_GET, "/v1/cache",
                     json_pack("{s:s, s:s}", "name", "A.Example", "type", "a"), NULL, &r);
    assert_null(schema_mismatch("CacheReport", r.json));
    const json_t *entries = json_object_get(r.json, "entries");
    assert_int_equal(json_array_size(entries), 1);
    const json_t *entry = json_array_get(entries, 0);
    assert_string_equal(json_string_value(json_object_get(entry, "name")), "a.example.");
    assert_string_equal(json_string_value(json_object_get(entry, "rcode")), "NOERROR");
    assert_string_equal(json_string_value(json_array_get(json_object_get(entry, "records"), 0)),
                        "a.example. 300 IN A 192.0.2.1");
    api_reply_deinit(&r);

    fixture_dispatch(&f, API_GET, "/v1/cache",
                     json_pack("{s:s, s:s}", "name", "example.", "below", "true"), NULL, &r);
    assert_int_equal(json_array_size(json_object_get(r.json, "entries")), 3);
    api_reply_deinit(&r);
}

static void test_cache_flush(void **state)
{
    static const struct {
        const char *name, *type, *below;
        unsigned flushed;
    } cases[] = {
        {"a.example", "AAAA", NULL, 0},
        {"a.example", NULL, NULL, 1},
        {"example", NULL, "true", 2},
        {NULL, NULL, NULL, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_reply r;
        cache_fill("a.example.", DNS_TYPE_A, 0);
        cache_fill("b.a.example.", DNS_TYPE_A, 0);
        cache_fill("other.", DNS_TYPE_A, 0);
        json_t *query = json_pack("{s:s*, s:s*, s:s*}", "name", cases[i].name, "type",
                                  cases[i].type, "below", cases[i].below);
        fixture_dispatch(&f, API_DELETE, "/v1/cache", query, NULL, &r);
        assert_int_equal(r.status, 200);
        assert_null(schema_mismatch("CacheFlushed", r.json));
        assert_int_equal(number(r.json, NULL, "flushed"), cases[i].flushed);
        api_reply_deinit(&r);
    }
}

static void test_long_path(void **state)
{
    struct api_reply r;
    char path[API_PATH_MAX + 10];
    (void)state;
    memset(path, '/', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    fixture_dispatch(&f, API_GET, path, NULL, NULL, &r);
    assert_int_equal(r.status, 404);
    api_reply_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_status, setup, teardown),
        cmocka_unit_test_setup_teardown(test_upstream_of_all_workers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reload_and_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cache_show, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cache_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_path, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
