/* The text that Prometheus reads: a reader of its rules, and the values. */
#include "unit/control/control_fixture.h"

#include <ctype.h>

#include "control/metrics_text.h"

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

static size_t name_length(const char *at)
{
    size_t len = 0;
    while (isalnum((unsigned char)at[len]) || at[len] == '_' || at[len] == ':')
        len++;
    return len;
}

/* What stands behind the labels of a line, each name="escaped text". */
static const char *skip_labels(const char *at)
{
    if (*at++ != '{')
        return at - 1;
    while (*at != '}') {
        at += name_length(at);
        assert_memory_equal(at, "=\"", 2);
        for (at += 2; *at != '"'; at++) {
            assert_int_not_equal(*at, '\n');
            if (*at == '\\')
                at++;
        }
        at++;
        if (*at == ',')
            at++;
    }
    return at + 1;
}

/* What a histogram may have behind its name. */
static bool is_histogram_part(const char *at, size_t len)
{
    static const char *const parts[] = {"_bucket", "_sum", "_count"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (len == strlen(parts[i]) && memcmp(at, parts[i], len) == 0)
            return true;
    }
    return false;
}

/* One line that is no comment; each belongs to the metric whose TYPE was said last. */
static void check_line(const char *line, const char *metric, bool histogram)
{
    size_t len = name_length(line), want = strlen(metric);
    char *end;
    assert_memory_equal(line, "shunt_", 6);
    assert_true(len >= want);
    assert_memory_equal(line, metric, want);
    if (histogram)
        assert_true(is_histogram_part(line + want, len - want));
    else
        assert_int_equal(len, want);
    const char *value = skip_labels(line + len);
    assert_int_equal(*value, ' ');
    strtod(value + 1, &end);
    assert_int_equal(*end, '\n');
}

static void test_format(void **state)
{
    struct api_reply r;
    char metric[100] = "", type[20] = "";
    (void)state;
    f.server_count = 1;
    assert_int_equal(endpoint_parse(&f.servers[0].server, "tls://[2001:db8::1]#a"), ERR_OK);
    fixture_dispatch(&f, API_GET, "/metrics", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char *line = r.text; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        if (*line != '#') {
            check_line(line, metric, strcmp(type, "histogram") == 0);
            continue;
        }
        assert_int_equal(sscanf(line, "# TYPE %99s %19s", metric, type), 2);
        size_t len = strlen(metric);
        bool total = len > 6 && strcmp(metric + len - 6, "_total") == 0;
        if (strcmp(type, "histogram") != 0)
            assert_string_equal(type, total ? "counter" : "gauge");
        /* Once only. */
        char again[130];
        snprintf(again, sizeof(again), "# TYPE %s ", metric);
        assert_null(strstr(strchr(line, '\n'), again));
    }
    api_reply_deinit(&r);
}

static void test_values(void **state)
{
    static const char *const lines[] = {
        "shunt_build_info{version=\"" SHUNT_VERSION "\"} 1\n",
        "shunt_queries_total{proto=\"udp\",family=\"ipv4\"} 60\n",
        "shunt_queries_total{proto=\"udp\",family=\"ipv6\"} 40\n",
        "shunt_queries_total{proto=\"tcp\",family=\"ipv4\"} 20\n",
        "shunt_queries_total{proto=\"tcp\",family=\"ipv6\"} 10\n",
        "shunt_xmpp_queries_total{service=\"xmpp-server\",source=\"cache\"} 4\n",
        "shunt_responses_total{rcode=\"NXDOMAIN\",source=\"fault\"} 5\n",
        "shunt_responses_total{rcode=\"NOERROR\",source=\"stale\"} 0\n",
        "shunt_response_seconds_bucket{le=\"0.001\"} 6\n",
        "shunt_response_seconds_bucket{le=\"0.005\"} 6\n",
        "shunt_response_seconds_bucket{le=\"5\"} 6\n",
        "shunt_response_seconds_bucket{le=\"+Inf\"} 7\n",
        "shunt_response_seconds_sum 6.001\n",
        "shunt_response_seconds_count 7\n",
        "shunt_dropped_total{reason=\"malformed\"} 8\n",
        "shunt_dropped_total{reason=\"tcp-limit\"} 9\n",
        "shunt_pending_queries 10\n",
        "shunt_upstream_up{server=\"192.0.2.1:53\"} 1\n",
        "shunt_upstream_queries_total{server=\"192.0.2.1:53\"} 11\n",
        "shunt_upstream_failed_total 12\n",
        "shunt_cache_entries 0\n",
        "shunt_policy_generation 7\n",
        "shunt_workers 2\n",
    };
    struct api_reply r;
    (void)state;
    struct resolve_counters *c = &f.stats.resolve;
    c->queries_udp = 100;
    c->queries_tcp = 30;
    c->queries_ipv6 = 50;
    c->queries_tcp_ipv6 = 10;
    c->service_sources[POLICY_XMPP_SERVER][RESOLVE_FROM_CACHE] = 4;
    c->replies[RESOLVE_FROM_FAULT][3] = 5;
    c->durations[0] = 6;
    c->durations[RESOLVE_DURATIONS - 1] = 1;
    c->duration_ms = 6001;
    c->dropped_malformed = 8;
    f.stats.tcp_refused = 9;
    f.stats.pending = 10;
    f.server_count = 1;
    assert_int_equal(endpoint_parse(&f.servers[0].server, "192.0.2.1"), ERR_OK);
    f.servers[0].up = true;
    f.servers[0].queries = 11;
    f.stats.upstream.failed = 12;
    fixture_dispatch(&f, API_GET, "/metrics", NULL, NULL, &r);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (!strstr(r.text, lines[i]))
            fail_msg("no %s", lines[i]);
    }
    api_reply_deinit(&r);
}

static void test_escapes(void **state)
{
    struct text out = {0};
    const struct metrics_label labels[] = {{"a", "say \"hi\"\\\n"}, {"b", "\xc3\xa4"}};
    (void)state;
    metrics_value(&out, "m", labels, 2, UINT64_MAX);
    assert_string_equal(out.data, "m{a=\"say \\\"hi\\\"\\\\\\n\",b=\"\xc3\xa4\"} "
                                  "18446744073709551615\n");
    text_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_format, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test(test_escapes),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
