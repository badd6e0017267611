/* What the keys become, what their absence becomes, and what the command line changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

static void parse_with(struct config *config, const char *text,
                       const struct config_overrides *overrides)
{
    struct diag_list diags = {0};
    struct text out = {0};
    enum err e = config_parse(config, "test.yaml", text, strlen(text), overrides, &diags);
    text_add(&out, "");
    diag_list_print(&diags, &out);
    assert_string_equal(out.data, "");
    assert_int_equal(e, ERR_OK);
    text_deinit(&out);
    diag_list_deinit(&diags);
}

static void parse(struct config *config, const char *text)
{
    parse_with(config, text, NULL);
}

/* The findings of a text that is wrong; to be freed. */
static char *parse_wrong(const char *text, const struct config_overrides *overrides)
{
    struct config config;
    struct diag_list diags = {0};
    struct text out = {0};
    assert_int_equal(config_parse(&config, "test.yaml", text, strlen(text), overrides, &diags),
                     ERR_INVALID);
    diag_list_print(&diags, &out);
    diag_list_deinit(&diags);
    assert_non_null(out.data);
    return out.data;
}

static bool allowed(const struct config *config, const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(&addr, text, 0), ERR_OK);
    for (size_t i = 0; i < config->allow_count; i++) {
        if (subnet_contains(&config->allow[i], &addr))
            return true;
    }
    return false;
}

static void assert_name(const struct dns_name *name, const char *text)
{
    char shown[DNS_NAME_TEXT_MAX];
    assert_string_equal(dns_name_to_text(name, shown), text);
}

static void assert_model_name(const struct policy_name *name, const char *text)
{
    struct dns_name whole;
    policy_name_get(name, &whole);
    assert_name(&whole, text);
}

static void assert_listen(const struct config *config, size_t index, const char *text)
{
    char shown[ADDR_TEXT_MAX];
    assert_true(index < config->listen_count);
    assert_string_equal(addr_format(&config->listen[index], shown), text);
}

static void assert_server(const struct config_upstream *u, size_t index, const char *text)
{
    char shown[ENDPOINT_TEXT_MAX];
    assert_true(index < u->server_count);
    assert_string_equal(endpoint_format(&u->servers[index], shown), text);
}

static void test_defaults(void **state)
{
    struct config config;
    (void)state;
    parse(&config, "");
    assert_int_equal(config.listen_count, 2);
    assert_listen(&config, 0, "127.0.0.1:53");
    assert_listen(&config, 1, "[::1]:53");
    assert_true(allowed(&config, "127.0.0.1"));
    assert_true(allowed(&config, "192.168.1.1"));
    assert_false(allowed(&config, "203.0.113.1"));
    assert_int_equal(config.threads, 0);
    assert_string_equal(config.user, "auto");
    assert_int_equal(config.ttl, 5);
    assert_int_equal(config.upstream_count, 0);
    assert_int_equal(config.cache_size, (size_t)64 << 20);
    assert_int_equal(config.cache_min_ttl, 0);
    assert_int_equal(config.cache_max_ttl, 86400);
    assert_int_equal(config.cache_max_negative_ttl, 3600);
    assert_int_equal(config.cache_serve_stale, 0);
    assert_int_equal(config.log.level, LOG_LEVEL_INFO);
    assert_int_equal(config.log.format, LOG_FORMAT_TEXT);
    assert_int_equal(config.log.fd, 2);
    assert_int_equal(config.policy.domain_count, 0);
    config_deinit(&config);
}

static void test_no_file(void **state)
{
    struct config config;
    struct diag_list diags = {0};
    (void)state;
    assert_int_equal(config_load(&config, NULL, NULL, &diags), ERR_OK);
    assert_int_equal(config.listen_count, 2);
    assert_int_equal(diags.count, 0);
    config_deinit(&config);
}

static void test_server_keys(void **state)
{
    struct config config;
    (void)state;
    parse(&config, "listen: [192.0.2.1, '[2001:db8::1]:5353', '0.0.0.0:0']\n"
                   "threads: 3\nuser: root\nttl: 2m\n"
                   "cache: {size: 1MiB, min-ttl: 10s, max-ttl: 1h, max-negative-ttl: 5m,\n"
                   "        serve-stale: 1d}\n"
                   "log: {level: debug, format: json}\n");
    assert_int_equal(config.listen_count, 3);
    assert_listen(&config, 0, "192.0.2.1:53");
    assert_listen(&config, 1, "[2001:db8::1]:5353");
    assert_listen(&config, 2, "0.0.0.0:0");
    assert_int_equal(config.threads, 3);
    assert_string_equal(config.user, "root");
    assert_int_equal(config.ttl, 120);
    assert_int_equal(config.cache_size, 1 << 20);
    assert_int_equal(config.cache_min_ttl, 10);
    assert_int_equal(config.cache_max_ttl, 3600);
    assert_int_equal(config.cache_max_negative_ttl, 300);
    assert_int_equal(config.cache_serve_stale, 86400);
    assert_int_equal(config.log.level, LOG_LEVEL_DEBUG);
    assert_int_equal(config.log.format, LOG_FORMAT_JSON);
    config_deinit(&config);
}

static void test_allow(void **state)
{
    static const struct {
        const char *allow, *address;
        bool expected;
    } cases[] = {
        {"loopback", "127.9.9.9", true},        {"loopback", "::1", true},
        {"loopback", "10.0.0.1", false},        {"loopback", "::2", false},
        {"private", "10.255.0.1", true},        {"private", "172.31.0.1", true},
        {"private", "172.32.0.1", false},       {"private", "192.168.0.1", true},
        {"private", "192.169.0.1", false},      {"private", "169.254.1.1", true},
        {"private", "fd00::1", true},           {"private", "fe80::1", true},
        {"private", "2001:db8::1", false},      {"private", "127.0.0.1", false},
        {"all", "203.0.113.1", true},           {"all", "2001:db8::1", true},
        {"any", "203.0.113.1", true},           {"203.0.113.0/24", "203.0.113.9", true},
        {"203.0.113.0/24", "::1", false},       {"203.0.113.0/24", "203.0.114.9", false},
        {"2001:db8::/32", "2001:db8::9", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct config config;
        char text[80];
        snprintf(text, sizeof(text), "allow: ['%s']\n", cases[i].allow);
        parse(&config, text);
        if (allowed(&config, cases[i].address) != cases[i].expected)
            fail_msg("%s and %s", cases[i].allow, cases[i].address);
        config_deinit(&config);
    }
}

static void test_upstreams(void **state)
{
    struct config config;
    (void)state;
    parse(&config, "upstreams:\n"
                   "  - servers: [192.0.2.53, '192.0.2.54:5353']\n"
                   "  - domains: [Corp.Example, bücher.example.]\n"
                   "    servers: ['tls://10.0.0.54#dns.corp.example', 'tcp://[::1]:54']\n");
    assert_int_equal(config.upstream_count, 2);
    assert_int_equal(config.upstreams[0].domain_count, 0);
    assert_server(&config.upstreams[0], 0, "192.0.2.53:53");
    assert_server(&config.upstreams[0], 1, "192.0.2.54:5353");
    assert_int_equal(config.upstreams[1].domain_count, 2);
    assert_name(&config.upstreams[1].domains[0], "corp.example.");
    assert_name(&config.upstreams[1].domains[1], "xn--bcher-kva.example.");
    assert_server(&config.upstreams[1], 0, "tls://10.0.0.54:853#dns.corp.example");
    assert_server(&config.upstreams[1], 1, "tcp://[::1]:54");
    assert_string_equal(config.upstreams[1].place.file, "test.yaml");
    assert_int_equal(config.upstreams[1].place.line, 3);
    config_deinit(&config);
}

static void test_domain(void **state)
{
    struct config config;
    (void)state;
    parse(&config,
          "ttl: 7s\n"
          "domains:\n"
          "  - name: Plä.example\n"
          "    mode: synthesize\n"
          "    others: nxdomain\n"
          "    order: shuffle\n"
          "    xmpp-client:\n"
          "      - {target: XMPP1.example, port: 0, priority: 65535, weight: 7}\n"
          "      - target: .\n"
          "    xmpps-client: none\n"
          "    xmpp-server: nodata\n"
          "    components: [conference, a.b]\n"
          "  - {name: '*.customers.example', ttl: 1h, xmpps-server: [{target: gw.example}]}\n");
    assert_int_equal(config.policy.domain_count, 2);
    const struct policy_domain *d = &config.policy.domains[0];
    const struct policy_set *set = &d->sets[POLICY_XMPP_CLIENT];
    assert_model_name(&d->name, "xn--pl-wia.example.");
    assert_false(d->wildcard);
    assert_int_equal(d->mode, POLICY_MODE_SYNTHESIZE);
    assert_int_equal(d->others, POLICY_SET_NXDOMAIN);
    assert_int_equal(d->order, DNS_ORDER_SHUFFLE);
    assert_int_equal(d->ttl, 7);
    assert_true(set->listed);
    assert_int_equal(set->target_count, 2);
    assert_model_name(&set->targets[0].name, "xmpp1.example.");
    assert_int_equal(set->targets[0].port, 0);
    assert_int_equal(set->targets[0].priority, 65535);
    assert_int_equal(set->targets[0].weight, 7);
    assert_int_equal(set->targets[0].place.line, 8);
    assert_int_equal(set->targets[0].place.column, 9);
    assert_model_name(&set->targets[1].name, ".");
    assert_int_equal(set->targets[1].port, 5222);
    assert_int_equal(set->targets[1].priority, 0);
    assert_int_equal(set->targets[1].weight, 5);
    assert_int_equal(d->sets[POLICY_XMPPS_CLIENT].kind, POLICY_SET_NONE);
    assert_int_equal(d->sets[POLICY_XMPP_SERVER].kind, POLICY_SET_NODATA);
    assert_false(d->sets[POLICY_XMPPS_SERVER].listed);
    assert_int_equal(d->component_count, 2);
    assert_name(&d->components[0], "conference.xn--pl-wia.example.");
    assert_name(&d->components[1], "a.b.xn--pl-wia.example.");
    assert_int_equal(d->place.line, 3);
    d = &config.policy.domains[1];
    assert_true(d->wildcard);
    assert_model_name(&d->name, "customers.example.");
    assert_int_equal(d->ttl, 3600);
    assert_int_equal(d->others, POLICY_SET_UPSTREAM);
    assert_int_equal(d->mode, POLICY_MODE_OVERRIDE);
    assert_int_equal(d->order, DNS_ORDER_FIXED);
    assert_int_equal(d->sets[POLICY_XMPPS_SERVER].targets[0].port, 5270);
    config_deinit(&config);
}

/* The TTL holds for all, wherever in the file it stands. */
static void test_ttl_last(void **state)
{
    struct config config;
    (void)state;
    parse(&config, "domains: [{name: a.example, xmpp-client: none}]\n"
                   "hosts: [{name: b.example, addresses: []}]\n"
                   "records: c.example. IN A 10.0.0.1\n"
                   "ttl: 9s\n");
    assert_int_equal(config.policy.domains[0].ttl, 9);
    assert_int_equal(config.policy.hosts[0].ttl, 9);
    assert_int_equal(config.policy.hosts[0].address_count, 0);
    assert_int_equal(config.policy.record_count, 1);
    assert_int_equal(config.policy.records[0].ttl, 9);
    config_deinit(&config);
}

static void test_hosts(void **state)
{
    struct config config;
    char shown[ADDR_TEXT_MAX];
    (void)state;
    parse(&config, "hosts:\n  - {name: A.example, addresses: [10.0.0.1, 'fd00::1'], ttl: 0s}\n");
    const struct policy_host *host = &config.policy.hosts[0];
    assert_int_equal(config.policy.host_count, 1);
    assert_name(&host->name, "a.example.");
    assert_int_equal(host->ttl, 0);
    assert_int_equal(host->address_count, 2);
    assert_string_equal(addr_format_host(&host->addresses[0], shown), "10.0.0.1");
    assert_string_equal(addr_format_host(&host->addresses[1], shown), "fd00::1");
    assert_int_equal(host->place.line, 2);
    config_deinit(&config);
}

/* Lines of `records` are where the file has them, blank lines and comments included. */
static void test_record_lines(void **state)
{
    struct config config;
    (void)state;
    parse(&config, "records: |   # a block\n"
                   "\n"
                   "  ; a comment\n"
                   "  a.example. 60 IN A 10.0.0.1\n"
                   "\n"
                   "    \n"
                   "  b.example. 60 IN A 10.0.0.2\n");
    assert_int_equal(config.policy.record_count, 2);
    assert_string_equal(config.policy.records[0].place.file, "test.yaml");
    assert_int_equal(config.policy.records[0].place.line, 4);
    assert_int_equal(config.policy.records[1].place.line, 7);
    config_deinit(&config);
}

static void test_overrides(void **state)
{
    static const char *const listen[] = {"127.0.0.1:5354", "[::1]:0"};
    static const char *const servers[] = {"127.0.0.1:5300", "tcp://192.0.2.1"};
    static const char *const records[] = {"x.example. IN A 10.0.0.1", "y.example. 7 IN A 10.0.0.2"};
    static const struct config_overrides overrides = {.listen = listen,
                                                      .listen_count = 2,
                                                      .servers = servers,
                                                      .server_count = 2,
                                                      .records = records,
                                                      .record_count = 2,
                                                      .verbose = 1};
    struct config config;
    (void)state;
    parse_with(&config,
               "listen: [192.0.2.1]\nttl: 9s\n"
               "upstreams:\n"
               "  - servers: [192.0.2.53]\n"
               "  - {domains: [corp.example], servers: [192.0.2.54]}\n",
               &overrides);
    assert_int_equal(config.listen_count, 2);
    assert_listen(&config, 0, "127.0.0.1:5354");
    assert_listen(&config, 1, "[::1]:0");
    assert_int_equal(config.upstream_count, 2);
    assert_int_equal(config.upstreams[0].domain_count, 1);
    assert_int_equal(config.upstreams[1].domain_count, 0);
    assert_server(&config.upstreams[1], 0, "127.0.0.1:5300");
    assert_server(&config.upstreams[1], 1, "tcp://192.0.2.1:53");
    assert_int_equal(config.policy.record_count, 2);
    assert_int_equal(config.policy.records[0].ttl, 9);
    assert_string_equal(config.policy.records[0].place.file, "--record 1");
    assert_string_equal(config.policy.records[1].place.file, "--record 2");
    assert_int_equal(config.log.level, LOG_LEVEL_DEBUG);
    config_deinit(&config);
}

static void test_verbose_ends(void **state)
{
    static const struct config_overrides overrides = {.verbose = 9};
    struct config config;
    (void)state;
    parse_with(&config, "log: {level: error}\n", &overrides);
    assert_int_equal(config.log.level, LOG_LEVEL_DEBUG);
    config_deinit(&config);
}

static void test_overrides_wrong(void **state)
{
    static const char *const listen[] = {"127.0.0.1", "somewhere", "127.0.0.1:53"};
    static const char *const servers[] = {"192.0.2.1:0", "192.0.2.1", "192.0.2.1:53"};
    static const char *const records[] = {"x.example. IN A 10.0.0.1", "x.example. IN A ten"};
    static const struct config_overrides overrides = {.listen = listen,
                                                      .listen_count = 3,
                                                      .servers = servers,
                                                      .server_count = 3,
                                                      .records = records,
                                                      .record_count = 2};
    (void)state;
    char *found = parse_wrong("", &overrides);
    assert_non_null(strstr(found, "--listen 2: error: \"somewhere\" is not an address"));
    assert_non_null(strstr(found, "--listen 3: error: \"127.0.0.1:53\" is there twice"));
    assert_non_null(strstr(found, "--upstream 1: error: \"192.0.2.1:0\" has a port"));
    assert_non_null(strstr(found, "--upstream 3: error: \"192.0.2.1:53\" is there twice"));
    assert_null(strstr(found, "--record 1"));
    assert_non_null(strstr(found, "--record 2"));
    free(found);
}

static void test_config_file(void **state)
{
    (void)state;
    assert_int_equal(setenv("SHUNT_CONFIG", "/from/environment.yaml", 1), 0);
    assert_string_equal(config_file("option.yaml"), "option.yaml");
    assert_string_equal(config_file(NULL), "/from/environment.yaml");
    assert_int_equal(unsetenv("SHUNT_CONFIG"), 0);
    const char *file = config_file(NULL);
    if (file)
        assert_string_equal(file, CONFIG_DEFAULT_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_server_keys),  cmocka_unit_test(test_allow),
        cmocka_unit_test(test_upstreams),    cmocka_unit_test(test_domain),
        cmocka_unit_test(test_ttl_last),     cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_record_lines), cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_verbose_ends), cmocka_unit_test(test_overrides_wrong),
        cmocka_unit_test(test_config_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
