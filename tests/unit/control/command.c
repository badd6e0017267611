/* Commands in words: which request each is, and what is said to those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/command.h"

/* "PATCH /v1/targets/x ?{query} {body}", or "error: why". */
static char *parse(const char *line)
{
    static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};
    struct command command;
    struct text why = {0}, out = {0};
    enum err e = command_parse_line(&command, line, &why);
    if (e != ERR_OK) {
        assert_int_equal(e, ERR_INVALID);
        assert_non_null(why.data);
        text_addf(&out, "error: %s", why.data);
    } else {
        char *query = json_dumps(command.query, JSON_COMPACT | JSON_SORT_KEYS);
        char *body = json_dumps(command.body, JSON_COMPACT | JSON_SORT_KEYS);
        assert_null(why.data);
        text_addf(&out, "%s %s%s%s%s%s", methods[command.method], command.path, query ? " ?" : "",
                  query ? query : "", body ? " " : "", body ? body : "");
        free(query);
        free(body);
        command_deinit(&command);
    }
    text_deinit(&why);
    assert_false(out.failed);
    return out.data;
}

struct line_case {
    const char *line, *expected;
};

static void check(const struct line_case *cases, size_t count)
{
    bool same = true;
    for (size_t i = 0; i < count; i++) {
        char *said = parse(cases[i].line);
        if (strcmp(said, cases[i].expected) != 0) {
            print_error("%s\n is   %s\n not  %s\n", cases[i].line, said, cases[i].expected);
            same = false;
        }
        free(said);
    }
    assert_true(same);
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void test_requests(void **state)
{
    static const struct line_case cases[] = {
        {"status", "GET /v1/status"},
        {"reset", "POST /v1/reset"},
        {"reload", "POST /v1/reload"},
        {"reload --reset", "POST /v1/reload {\"reset\":true}"},
        {"target list", "GET /v1/targets"},
        {"target list lab.example", "GET /v1/targets ?{\"domain\":\"lab.example\"}"},
        {"target list --domain lab.example", "GET /v1/targets ?{\"domain\":\"lab.example\"}"},
        {"target set x.example --priority 30", "PATCH /v1/targets/x.example {\"priority\":30}"},
        {"target set x.example --priority=0 --weight 65535 --port 1 --ttl 5s --domain d.example "
         "--service xmpp-client --for 30s --count 3",
         "PATCH /v1/targets/x.example {\"count\":3,\"domain\":\"d.example\",\"for\":\"30s\","
         "\"port\":1,\"priority\":0,\"service\":\"xmpp-client\",\"ttl\":\"5s\",\"weight\":65535}"},
        {"--priority 1 target --weight=2 set x",
         "PATCH /v1/targets/x {\"priority\":1,\"weight\":2}"},
        {"target fail x.example", "PATCH /v1/targets/x.example {\"how\":\"remove\"}"},
        {"target fail x.example --how no-address --ttl 0 --for 5m",
         "PATCH /v1/targets/x.example {\"for\":\"5m\",\"how\":\"no-address\",\"ttl\":\"0\"}"},
        {"target restore x.example", "PATCH /v1/targets/x.example {\"restore\":true}"},
        {"target restore x --domain d --service s",
         "PATCH /v1/targets/x {\"domain\":\"d\",\"restore\":true,\"service\":\"s\"}"},
        {"fault list", "GET /v1/faults"},
        {"fault add slow type=AAAA domain=lab.example delay=3s share=30%",
         "POST /v1/faults "
         "{\"delay\":\"3s\",\"match\":{\"domain\":\"lab.example\",\"type\":\"AAAA\"},"
         "\"name\":\"slow\",\"share\":\"30%\"}"},
        {"fault add f name=_xmpps-client._tcp.lab.example drop=true --for 10s --count 2",
         "POST /v1/faults {\"count\":2,\"drop\":\"true\",\"for\":\"10s\",\"match\":{\"name\":"
         "\"_xmpps-client._tcp.lab.example\"},\"name\":\"f\"}"},
        {"fault add f drop=true 'view=two words'",
         "POST /v1/faults {\"drop\":\"true\",\"match\":{\"view\":\"two words\"},\"name\":\"f\"}"},
        {"fault remove slow", "DELETE /v1/faults/slow"},
        {"cache stats", "GET /v1/cache"},
        {"cache show lab.example", "GET /v1/cache ?{\"name\":\"lab.example\"}"},
        {"cache show lab.example SRV --below",
         "GET /v1/cache ?{\"below\":\"true\",\"name\":\"lab.example\",\"type\":\"SRV\"}"},
        {"cache flush", "DELETE /v1/cache"},
        {"cache flush lab.example AAAA",
         "DELETE /v1/cache ?{\"name\":\"lab.example\",\"type\":\"AAAA\"}"},
        {"scenario list", "GET /v1/scenarios"},
        {"scenario status", "GET /v1/scenarios"},
        {"scenario run primary-down", "POST /v1/scenarios/primary-down/run"},
        {"scenario next", "POST /v1/scenarios/current/next"},
        {"scenario stop primary-down", "POST /v1/scenarios/primary-down/stop"},
        {"scenario pause", "POST /v1/scenarios/current/pause"},
        {"scenario resume", "POST /v1/scenarios/current/resume"},
    };
    (void)state;
    CHECK(cases);
}

/* A colon is before a port only where it can be. */
static void test_target(void **state)
{
    static const struct line_case cases[] = {
        {"target restore x.example:5222",
         "PATCH /v1/targets/x.example {\"match-port\":5222,\"restore\":true}"},
        {"target restore 10.0.0.1", "PATCH /v1/targets/10.0.0.1 {\"restore\":true}"},
        {"target restore 10.0.0.1:65535",
         "PATCH /v1/targets/10.0.0.1 {\"match-port\":65535,\"restore\":true}"},
        {"target restore 2001:db8::1", "PATCH /v1/targets/2001:db8::1 {\"restore\":true}"},
        {"target restore ::1", "PATCH /v1/targets/::1 {\"restore\":true}"},
        {"target restore [2001:db8::1]", "PATCH /v1/targets/2001:db8::1 {\"restore\":true}"},
        {"target restore [2001:db8::1]:5222",
         "PATCH /v1/targets/2001:db8::1 {\"match-port\":5222,\"restore\":true}"},
        {"target restore xmpp.pl\xc3\xa4.example",
         "PATCH /v1/targets/xmpp.pl\xc3\xa4.example {\"restore\":true}"},
        {"target restore xmpp.pl\xc3\xa4.example:5269",
         "PATCH /v1/targets/xmpp.pl\xc3\xa4.example {\"match-port\":5269,\"restore\":true}"},
        {"target restore x.example:",
         "error: the port in \"x.example:\" is no number from 1 to 65535"},
        {"target restore x.example:0",
         "error: the port in \"x.example:0\" is no number from 1 to 65535"},
        {"target restore x.example:65536",
         "error: the port in \"x.example:65536\" is no number from 1 to 65535"},
        {"target restore x.example:xmpp",
         "error: the port in \"x.example:xmpp\" is no number from 1 to 65535"},
        {"target restore [::1]:", "error: the port in \"[::1]:\" is no number from 1 to 65535"},
        {"target restore :5222", "error: the name of a target is missing in \":5222\""},
        {"target restore []", "error: the name of a target is missing in \"[]\""},
        {"target restore ''", "error: the name of a target is missing in \"\""},
        {"target restore a/b", "error: a name has no slash, as there is in \"a/b\""},
    };
    (void)state;
    CHECK(cases);
}

static void test_errors(void **state)
{
    static const struct line_case cases[] = {
        {"", "error: a command is missing: it is one of target, fault, reset, reload, cache, "
             "status, scenario"},
        {"target", "error: target is not all of a command: it is one of list, set, fail, restore"},
        {"targte list", "error: there is no command \"targte\": did you mean \"target\"?"},
        {"target lits", "error: there is no command target \"lits\": did you mean \"list\"?"},
        {"fault explode",
         "error: there is no command fault \"explode\": it is one of list, add, remove"},
        {"target fail", "error: something is missing: target fail TARGET [--how HOW]"},
        {"target fail a b", "error: \"b\" is one word too many: target fail TARGET [--how HOW]"},
        {"status now", "error: \"now\" is one word too many: status"},
        {"target fail x --hwo none",
         "error: there is no option \"--hwo\": did you mean \"--how\"?"},
        {"target fail x -h", "error: there is no option \"-h\": it is one of --domain, --service, "
                             "--priority, --weight, --port, --ttl, --how, --for, --count, --below, "
                             "--reset, --unknown"},
        {"target fail x --how demoted",
         "error: --how does not know \"demoted\": did you mean \"demote\"?"},
        {"target fail x --how zzz",
         "error: --how does not know \"zzz\": it is one of remove, demote, none, no-address, "
         "nxdomain, refuse, blackhole"},
        {"target fail x --how", "error: --how needs a value"},
        {"target fail x --how none --how none", "error: --how is given twice"},
        {"target fail x --priority 5", "error: target fail does not take --priority"},
        {"target set x", "error: nothing is to change for \"x\": give --priority, --weight, --port "
                         "or --ttl"},
        {"target set x --domain d", "error: nothing is to change for \"x\": give --priority, "
                                    "--weight, --port or --ttl"},
    };
    (void)state;
    CHECK(cases);
}

static void test_values(void **state)
{
    static const struct line_case cases[] = {
        {"target set x --priority 65536",
         "error: --priority \"65536\": it takes a number from 0 to 65535"},
        {"target set x --priority high",
         "error: --priority \"high\": it takes a number from 0 to 65535"},
        {"target set x --ttl 5",
         "error: --ttl \"5\": it takes a duration in whole seconds, such as 0, 5s or 1h"},
        {"target set x --ttl 250ms",
         "error: --ttl \"250ms\": it takes a duration in whole seconds, such as 0, 5s or 1h"},
        {"target set x --ttl 5s --for 0",
         "error: --for \"0\": it takes a duration, such as 250ms, 30s or 5m"},
        {"target set x --ttl 5s --count 0",
         "error: --count \"0\": it takes a number from 1 to 4294967295"},
        {"target set x --ttl 5s --domain=", "error: --domain \"\": it takes a name"},
        {"target list a --domain b", "error: the domain is given twice: \"a\" and --domain"},
        {"reload --reset=now", "error: --reset takes no value"},
        {"reset --reset", "error: reset does not take --reset"},
        {"fault add", "error: something is missing: fault add NAME KEY=VALUE..."},
        {"fault add f", "error: something is missing: fault add NAME KEY=VALUE..."},
        {"fault add f drop", "error: \"drop\" is not KEY=VALUE, such as type=SRV or delay=3s"},
        {"fault add f delya=3s", "error: a fault has no \"delya\": did you mean \"delay\"?"},
        {"fault add f type=A type=SRV", "error: a key is given twice: \"type\""},
        {"fault add f drop=true for=3s --for 5s", "error: a key is given twice: \"for\""},
        {"fault remove a/b", "error: a name has no slash, as there is in \"a/b\""},
        {"fault remove \"\"", "error: a name is missing in \"\""},
        {"cache flush --below", "error: --below needs a name: all below which?"},
        {"cache show", "error: something is missing: cache show NAME [TYPE]"},
        {"scenario run", "error: something is missing: scenario run NAME"},
        {"target fail 'x", "error: a quote has no end"},
        {"target fail \xff", "error: this is not UTF-8: \"\\ufffd\""},
        {"target fail x --domain \xff", "error: --domain: its value is not UTF-8"},
        {"\x1b[31m",
         "error: there is no command \"\\u001b[31m\": it is one of target, fault, reset, "
         "reload, cache, status, scenario"},
    };
    (void)state;
    CHECK(cases);
}

/* Quotes keep words together, wherever they stand. */
static void test_line(void **state)
{
    static const struct line_case cases[] = {
        {"  target\tlist  \r\n", "GET /v1/targets"},
        {"'target' \"list\"", "GET /v1/targets"},
        {"target list la'b.ex'ample", "GET /v1/targets ?{\"domain\":\"lab.example\"}"},
        {"target list 'a \"b'", "GET /v1/targets ?{\"domain\":\"a \\\"b\"}"},
        {"target list x\\.y.example", "GET /v1/targets ?{\"domain\":\"x\\\\.y.example\"}"},
        {"target restore -- --domain", "PATCH /v1/targets/--domain {\"restore\":true}"},
    };
    (void)state;
    CHECK(cases);
}

static void test_limits(void **state)
{
    struct text line = {0}, why = {0};
    struct command command;
    (void)state;
    text_add(&line, "fault add f");
    for (int i = 0; i < 62; i++)
        text_add(&line, " drop=true");
    char *said = parse(line.data);
    assert_string_equal(said, "error: a command has no more than 64 words");
    free(said);
    const char *words[70];
    for (size_t i = 0; i < 70; i++)
        words[i] = "x";
    assert_int_equal(command_parse(&command, 70, words, &why), ERR_INVALID);
    text_deinit(&why);
    text_deinit(&line);
    text_add(&line, "fault remove ");
    for (int i = 0; i < 600; i++)
        text_add(&line, "x");
    said = parse(line.data);
    assert_non_null(strstr(said, "error: this name is too long"));
    free(said);
    text_deinit(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_target),
        cmocka_unit_test(test_errors),   cmocka_unit_test(test_values),
        cmocka_unit_test(test_line),     cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
