/* What is found wrong with scenarios before they run. */
#include "unit/control/scenario_help.h"

/* Commands of one step each, and what is said of the configuration; "" = nothing. */
static const struct check_row {
    const char *commands[3];
    const char *finding;
} check_rows[] = {
    {{"reset", "target fail xmpp1.lab.example --how none", "status"}, ""},
    {{"fault add slow type=AAAA delay=3s view=inside", "fault remove slow"}, ""},
    {{"fault remove flaky", "fault add flaky drop=true"}, ""},
    {{"reload --reset", "fault remove anything", "cache flush"}, ""},
    {{"target set xmpp1.lab.example --service xmpp-client --domain lab.example --priority 5"}, ""},
    {{"tarjet fail x"}, "lab.yaml:6:9: error: do \"tarjet fail x\": there is no command"},
    {{"target fail"}, "error: do \"target fail\": something is missing"},
    {{"target fail x --how badly"}, "error: do \"target fail x --how badly\": --how does not know"},
    {{"target fail x --service xmpp-clent"}, "there is no service \"xmpp-clent\" (xmpp-client)"},
    {{"target fail x --domain a..b"}, "the domain \"a..b\" is no domain name"},
    {{"target fail a..b"}, "the target \"a..b\" is no domain name"},
    {{"fault add slow delay=soon"}, "error: do \"fault add slow delay=soon\": delay \"soon\""},
    {{"fault add slow type=SRV"}, "error: do \"fault add slow type=SRV\":"},
    {{"fault add slow drop=true view=outside"},
     "error: do \"fault add slow drop=true "
     "view=outside\": there is no view \"outside\""},
    {{"fault add flaky drop=true"}, "warning: do \"fault add flaky drop=true\": there is a fault"},
    {{"fault remove slow"}, "warning: do \"fault remove slow\": neither the files nor"},
    {{"scenario next"}, "error: do \"scenario next\": a scenario's steps do nothing to scenarios"},
    {{"scenario list"}, "error: do \"scenario list\": a scenario's steps do nothing to scenarios"},
};

static void check_yaml(const char *yaml, const char *finding)
{
    struct config config;
    struct diag_list diags = {0};
    struct text text = {0};
    stage_config(&config, yaml);
    scenario_check(&config, &diags);
    text_add(&text, "");
    diag_list_print(&diags, &text);
    bool good = finding[0] ? strstr(text.data, finding) != NULL : text.len == 0;
    if (!good)
        fail_msg("%s\nfound: %s\nexpected: %s", yaml, text.data, finding);
    assert_true(diags.count <= 1);
    text_deinit(&text);
    diag_list_deinit(&diags);
    config_deinit(&config);
}

static void test_commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(check_rows) / sizeof(check_rows[0]); i++) {
        struct text yaml = {0};
        text_add(&yaml, "views: [{name: inside, clients: [10.5.0.0/16]}]\n"
                        "faults: [{name: flaky, rcode: SERVFAIL}]\n"
                        "scenarios:\n  - name: test\n    steps:\n");
        for (size_t c = 0; c < 3 && check_rows[i].commands[c]; c++)
            text_addf(&yaml, "      - {at: 0s, do: ['%s']}\n", check_rows[i].commands[c]);
        check_yaml(yaml.data, check_rows[i].finding);
        text_deinit(&yaml);
    }
}

static void test_names(void **state)
{
    (void)state;
    check_yaml("scenarios: [{name: current, steps: [{at: 0s, do: [reset]}]}]",
               "a scenario cannot be called \"current\"");
    check_yaml("scenarios: [{name: currents, steps: [{at: 0s, do: [reset]}]}]", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
