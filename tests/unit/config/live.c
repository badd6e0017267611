/* What changes while it runs, as the file has it: views, amendments, faults, lab, scenarios. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

static void parse(struct config *config, const char *text)
{
    struct diag_list diags = {0};
    struct text out = {0};
    enum err e = config_parse(config, "test.yaml", text, strlen(text), NULL, &diags);
    text_add(&out, "");
    diag_list_print(&diags, &out);
    assert_string_equal(out.data, "");
    assert_int_equal(e, ERR_OK);
    text_deinit(&out);
    diag_list_deinit(&diags);
}

static void assert_name(const struct dns_name *name, const char *text)
{
    char shown[DNS_NAME_TEXT_MAX];
    assert_string_equal(dns_name_to_text(name, shown), text);
}

static bool contains(const struct config_view *view, const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(&addr, text, 0), ERR_OK);
    for (size_t i = 0; i < view->client_count; i++) {
        if (subnet_contains(&view->clients[i], &addr))
            return true;
    }
    return false;
}

static void test_views(void **state)
{
    (void)state;
    struct config c;
    char shown[ADDR_TEXT_MAX];
    parse(&c, "domains:\n"
              "  - {name: a.example, view: inside}\n"
              "  - {name: a.example}\n"
              "hosts: [{name: h.example, addresses: [], view: inside}]\n"
              "views:\n"
              "  - {name: inside, clients: [10.0.0.0/8, loopback]}\n"
              "  - {name: door, listener: [10.5.0.2, \"[::1]:5353\"]}\n");
    assert_int_equal(c.view_count, 2);
    assert_string_equal(c.views[0].name, "inside");
    assert_int_equal(c.views[0].client_count, 3);
    assert_true(contains(&c.views[0], "10.1.2.3"));
    assert_true(contains(&c.views[0], "127.0.0.9"));
    assert_false(contains(&c.views[0], "11.1.2.3"));
    assert_int_equal(c.views[0].listener_count, 0);
    assert_int_equal(c.views[0].place.line, 6);
    assert_true(contains(&c.views[1], "11.1.2.3"));
    assert_true(contains(&c.views[1], "2001:db8::1"));
    assert_int_equal(c.views[1].listener_count, 2);
    assert_string_equal(addr_format(&c.views[1].listeners[0], shown), "10.5.0.2:0");
    assert_string_equal(addr_format(&c.views[1].listeners[1], shown), "[::1]:5353");
    assert_string_equal(c.policy.domains[0].view, "inside");
    assert_null(c.policy.domains[1].view);
    assert_ptr_equal(c.policy.hosts[0].view, c.policy.domains[0].view);
    config_deinit(&c);
}

static void test_amend(void **state)
{
    (void)state;
    struct config c;
    parse(&c, "domains:\n"
              "  - name: lab.example\n"
              "    xmpp-client:\n"
              "      - {target: Old.example.com, priority: 30, port: 5223}\n"
              "      - {target: '*', ttl: 5s, weight: 0}\n"
              "      - {target: old.example.com, remove: true}\n"
              "      - {target: old.example.com, replace: New.example.com}\n"
              "    xmpps-client: none\n"
              "    others: upstream\n"
              "    mode: amend\n");
    const struct policy_domain *d = &c.policy.domains[0];
    const struct policy_set *set = &d->sets[POLICY_XMPP_CLIENT];
    const struct policy_edit *edits = set->edits;
    assert_int_equal(d->mode, POLICY_MODE_AMEND);
    assert_true(d->others_set);
    assert_int_equal(d->sets[POLICY_XMPPS_CLIENT].kind, POLICY_SET_NONE);
    assert_int_equal(set->kind, POLICY_SET_EDITS);
    assert_int_equal(set->edit_count, 4);
    assert_int_equal(set->target_count, 0);
    assert_name(&edits[0].target, "old.example.com.");
    assert_int_equal(edits[0].fields, POLICY_EDIT_PRIORITY | POLICY_EDIT_PORT);
    assert_int_equal(edits[0].priority, 30);
    assert_int_equal(edits[0].port, 5223);
    assert_int_equal(edits[0].match_port, 0);
    assert_true(edits[1].any_target);
    assert_int_equal(edits[1].fields, POLICY_EDIT_TTL | POLICY_EDIT_WEIGHT);
    assert_int_equal(edits[1].ttl, 5);
    assert_int_equal(edits[2].fields, POLICY_EDIT_REMOVE);
    assert_false(edits[2].any_target);
    assert_int_equal(edits[3].fields, POLICY_EDIT_REPLACE);
    assert_name(&edits[3].replace, "new.example.com.");
    config_deinit(&c);
}

static void test_faults(void **state)
{
    (void)state;
    struct config c;
    parse(&c, "faults:\n"
              "  - {name: slow-aaaa, match: {type: AAAA, domain: lab.example}, delay: 3s}\n"
              "  - name: flaky\n"
              "    match: {service: xmpp-client, client: 10.5.0.0/16}\n"
              "    rcode: SERVFAIL\n"
              "    share: 30%\n"
              "  - {name: second-try, match: {name: _xmpps-client._tcp.lab.example}, drop: true,"
              " first: 2}\n"
              "  - {name: everything, drop: true}\n");
    assert_int_equal(c.fault_count, 4);
    assert_string_equal(c.faults[0].name, "slow-aaaa");
    assert_int_equal(c.faults[0].match.type, 28);
    assert_name(&c.faults[0].match.domain, "lab.example.");
    assert_int_equal(c.faults[0].actions, FAULT_DO_DELAY);
    assert_int_equal(c.faults[0].delay_ms, 3000);
    assert_int_equal(c.faults[1].match.service, POLICY_XMPP_CLIENT);
    assert_true(c.faults[1].match.has_client);
    assert_int_equal(c.faults[1].share, 3000);
    assert_int_equal(c.faults[1].place.line, 3);
    assert_string_equal(c.faults[1].place.file, "test.yaml");
    assert_int_equal(c.faults[2].first, 2);
    assert_int_equal(c.faults[2].actions, FAULT_DO_DROP);
    assert_int_equal(c.faults[3].match.service, -1);
    config_deinit(&c);
}

/* The keys of the file are those of the command line, each in one of the two places. */
static void test_fault_keys(void **state)
{
    (void)state;
    static const char *const levels[] = {"faults: [{name: a, zzzzz: 1}]\n",
                                         "faults: [{name: a, match: {zzzzz: 1}, drop: true}]\n"};
    struct text found = {0};
    for (size_t i = 0; i < 2; i++) {
        struct config config;
        struct diag_list diags = {0};
        assert_int_equal(config_parse(&config, "t", levels[i], strlen(levels[i]), NULL, &diags),
                         ERR_INVALID);
        const char *known = strstr(diags.items[0].hint, "known here:");
        assert_non_null(known);
        text_addf(&found, "%s ", known);
        diag_list_deinit(&diags);
    }
    for (const char *const *key = fault_keys(); *key; key++) {
        char word[32];
        snprintf(word, sizeof(word), " %s ", *key);
        if (!strstr(found.data, word))
            fail_msg("no key %s in the file", *key);
    }
    text_deinit(&found);
}

static void test_lab(void **state)
{
    (void)state;
    struct config c;
    char shown[ADDR_TEXT_MAX];
    parse(&c, "");
    assert_int_equal(c.lab_refuse_count, 0);
    assert_int_equal(c.lab_blackhole_count, 2);
    assert_string_equal(addr_format_host(&c.lab_blackhole[0], shown), "192.0.2.1");
    assert_string_equal(addr_format_host(&c.lab_blackhole[1], shown), "100::1");
    config_deinit(&c);
    parse(&c, "lab: {refuse-address: [10.5.0.2, \"fd00::2\"], blackhole-address: [10.5.0.9]}\n");
    assert_int_equal(c.lab_refuse_count, 2);
    assert_string_equal(addr_format_host(&c.lab_refuse[1], shown), "fd00::2");
    assert_int_equal(c.lab_blackhole_count, 1);
    assert_string_equal(addr_format_host(&c.lab_blackhole[0], shown), "10.5.0.9");
    config_deinit(&c);
}

static void test_scenarios(void **state)
{
    (void)state;
    struct config c;
    parse(&c, "scenarios:\n"
              "  - name: primary-down\n"
              "    steps:\n"
              "      - {at: 0s, do: [reset, \"target list\"]}\n"
              "      - {on: next, do: [\"target fail xmpp1.lab.example\"]}\n"
              "      - at: 1500ms\n"
              "        do: [reset]\n"
              "        expect: {client: 10.5.0.20, service: xmpps-server, within: 10s, count: 3}\n"
              "      - {at: 60s, expect: {name: A.example, none: true}}\n"
              "  - {name: other, steps: [{at: 0s, do: [reset]}]}\n");
    assert_int_equal(c.scenario_count, 2);
    const struct config_scenario *s = &c.scenarios[0];
    assert_string_equal(s->name, "primary-down");
    assert_int_equal(s->place.line, 2);
    assert_int_equal(s->step_count, 4);
    assert_int_equal(s->steps[0].command_count, 2);
    assert_string_equal(s->steps[0].commands[1], "target list");
    assert_false(s->steps[0].on_next);
    assert_false(s->steps[0].has_expect);
    assert_true(s->steps[1].on_next);
    assert_string_equal(s->steps[1].commands[0], "target fail xmpp1.lab.example");
    assert_int_equal(s->steps[2].at_ms, 1500);
    assert_int_equal(s->steps[2].place.line, 6);
    assert_true(s->steps[2].has_expect);
    const struct config_expect *expect = &s->steps[2].expect;
    assert_true(expect->has_client);
    assert_int_equal(expect->client.bits, 128);
    assert_int_equal(expect->service, POLICY_XMPPS_SERVER);
    assert_int_equal(expect->within_ms, 10000);
    assert_int_equal(expect->count, 3);
    assert_false(expect->none);
    expect = &s->steps[3].expect;
    assert_name(&expect->name, "a.example.");
    assert_true(expect->none);
    assert_false(expect->has_client);
    assert_int_equal(expect->service, -1);
    assert_int_equal(expect->count, 1);
    config_deinit(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),  cmocka_unit_test(test_amend),
        cmocka_unit_test(test_faults), cmocka_unit_test(test_fault_keys),
        cmocka_unit_test(test_lab),    cmocka_unit_test(test_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
