/* The files in conf/ are without any finding, errors and warnings alike, and so is the sample with
 * all that is commented out in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "policy/policy.h"

static void assert_no_findings(struct diag_list *diags)
{
    struct text out = {0};
    text_add(&out, "");
    diag_list_print(diags, &out);
    assert_string_equal(out.data, "");
    text_deinit(&out);
    diag_list_deinit(diags);
}

/* Loads a file and compiles its policy. */
static void load(struct config *config, const char *path)
{
    static const struct hash_key key = {1, 2};
    struct diag_list diags = {0};
    enum err e = config_load(config, path, NULL, &diags);
    if (e) {
        assert_no_findings(&diags);
        fail();
    }
    struct policy *policy = policy_compile(&config->policy, &key, 1, NULL, &diags);
    policy_check(&config->policy, &diags);
    assert_no_findings(&diags);
    assert_non_null(policy);
    policy_free(policy);
}

static void test_lab(void **state)
{
    struct config config;
    char addr[ADDR_TEXT_MAX];
    (void)state;
    load(&config, "../conf/lab.yaml");
    assert_int_equal(config.listen_count, 1);
    assert_string_equal(addr_format(&config.listen[0], addr), "127.0.0.1:5354");
    assert_int_equal(config.policy.domain_count, 1);
    const struct policy_domain *domain = &config.policy.domains[0];
    const struct policy_set *set = &domain->sets[POLICY_XMPP_CLIENT];
    assert_int_equal(set->target_count, 2);
    assert_int_equal(set->targets[0].priority, 10);
    assert_int_equal(set->targets[1].priority, 20);
    assert_int_equal(domain->sets[POLICY_XMPPS_CLIENT].kind, POLICY_SET_NONE);
    assert_int_equal(domain->sets[POLICY_XMPP_SERVER].kind, POLICY_SET_TARGETS);
    assert_int_equal(domain->component_count, 1);
    assert_int_equal(config.policy.host_count, 2);
    config_deinit(&config);
}

static void test_default(void **state)
{
    struct config config;
    (void)state;
    load(&config, "../conf/shunt.yaml");
    assert_int_equal(config.policy.domain_count, 0);
    assert_int_equal(config.listen_count, 2);
    config_deinit(&config);
}

/* The sample with the `#` before each key taken off; what people do line by line. */
static char *uncomment(const char *path)
{
    char line[512];
    char *all = calloc(1, 65536);
    FILE *f = fopen(path, "re");
    assert_non_null(all);
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        bool key = line[0] == '#' && line[1] != ' ' && line[1] != '\n';
        bool inner = strncmp(line, "#  ", 3) == 0;
        strcat(all, line + (key || inner ? 1 : 0));
    }
    fclose(f);
    return all;
}

static void test_default_uncommented(void **state)
{
    struct config config;
    struct diag_list diags = {0};
    (void)state;
    char *text = uncomment("../conf/shunt.yaml");
    char *zones = strstr(text, "zones:");
    assert_non_null(zones);
    *zones = '#'; /* names a file that is not there */
    char *token = strstr(text, "token-file: /");
    assert_non_null(token);
    *token = '#'; /* the same */
    config_parse(&config, "../conf/shunt.yaml", text, strlen(text), NULL, &diags);
    free(text);
    assert_no_findings(&diags);
    assert_int_equal(config.policy.domain_count, 3);
    assert_int_equal(config.view_count, 2);
    assert_int_equal(config.fault_count, 7);
    assert_int_equal(config.scenario_count, 1);
    assert_string_equal(config.state_path, CONFIG_DEFAULT_STATE);
    assert_int_equal(config.policy.host_count, 1);
    assert_int_equal(config.policy.record_count, 1);
    assert_int_equal(config.upstream_count, 2);
    assert_int_equal(config.cache_size, (size_t)64 << 20);
    assert_int_equal(config.cache_max_ttl, 86400);
    config_deinit(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lab),
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_default_uncommented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
