/* Which events somebody wants. */
#include "unit/control/event_help.h"

#include "base/text.h"

#define NOW 1769860800000 /* 2026-01-31T12:00:00Z */

struct pair {
    const char *key, *value;
};

/* The usual event: 10.5.0.20 asks for the clients' SRV records of lab.example. */
static const struct filter_case {
    struct pair pairs[3];
    bool fits;
} cases[] = {
    {{{NULL, NULL}}, true},
    {{{"client", "10.5.0.20"}}, true},
    {{{"client", "10.5.0.21"}}, false},
    {{{"client", "10.5.0.0/16"}}, true},
    {{{"client", "10.6.0.0/16"}}, false},
    {{{"client", "fd00::/8"}}, false},
    {{{"name", "_xmpp-client._tcp.lab.example"}}, true},
    {{{"name", "_XMPP-Client._tcp.LAB.example."}}, true},
    {{{"name", "lab.example"}}, false},
    {{{"domain", "lab.example"}}, true},
    {{{"domain", "example."}}, true},
    {{{"domain", "."}}, true},
    {{{"domain", "b.example"}}, false},
    {{{"domain", "_xmpp-client._tcp.lab.example"}}, true},
    {{{"service", "xmpp-client"}}, true},
    {{{"service", "_xmpp-client"}}, true},
    {{{"service", "XMPP-CLIENT"}}, true},
    {{{"service", "xmpps-client"}}, false},
    {{{"rcode", "NOERROR"}}, true},
    {{{"rcode", "noerror"}}, true},
    {{{"rcode", "0"}}, true},
    {{{"rcode", "NXDOMAIN"}}, false},
    {{{"rcode", "16"}}, false},
    {{{"answer", "xmpp2.lab"}}, true},
    {{{"answer", "XMPP2.LAB"}}, true},
    {{{"answer", "20 5 5222"}}, true},
    {{{"answer", "xmpp3"}}, false},
    {{{"since", "now"}}, true},
    {{{"since", "10s"}}, true},
    {{{"since", "2026-01-31T12:00:00Z"}}, true},
    {{{"since", "2026-01-31T12:00:00.001Z"}}, false},
    {{{"since", "2026-01-31T13:00:00+01:00"}}, true},
    {{{"since", "2026-01-31T11:59:59-00:01"}}, false},
    {{{"client", "10.5.0.20"}, {"service", "xmpp-client"}, {"rcode", "NOERROR"}}, true},
    {{{"client", "10.5.0.20"}, {"service", "xmpp-client"}, {"rcode", "SERVFAIL"}}, false},
    {{{"client", "10.5.0.21"}, {"service", "xmpp-client"}, {"rcode", "NOERROR"}}, false},
    {{{"domain", "lab.example"}, {"name", "lab.example"}}, false},
};

static void test_match(void **state)
{
    union event_record record;
    struct told told;
    struct event_view view;
    const char *expected;
    (void)state;
    event_usual(&told, 0);
    event_record_write(&told.event, &record.head);
    event_record_read(&view, &record.head);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event_filter filter;
        event_filter_init(&filter);
        for (int p = 0; p < 3 && cases[i].pairs[p].key; p++)
            assert_int_equal(event_filter_set(&filter, cases[i].pairs[p].key,
                                              cases[i].pairs[p].value, NOW, &expected),
                             ERR_OK);
        if (event_filter_match(&filter, &view, NOW) != cases[i].fits)
            fail_msg("case %zu: %s=%s", i, cases[i].pairs[0].key, cases[i].pairs[0].value);
    }
}

/* What the moment makes of "ago". */
static void test_since(void **state)
{
    const char *expected;
    struct event_filter filter;
    (void)state;
    event_filter_init(&filter);
    assert_int_equal(event_filter_set(&filter, "since", "10s", NOW, &expected), ERR_OK);
    assert_int_equal(filter.since, NOW - 10000);
    assert_int_equal(event_filter_set(&filter, "since", "now", NOW, &expected), ERR_OK);
    assert_int_equal(filter.since, NOW);
    assert_int_equal(event_filter_set(&filter, "since", "1d", 5, &expected), ERR_OK);
    assert_int_equal(filter.since, 1);
    assert_int_equal(event_filter_set(&filter, "since", "2026-01-31T12:00:00.1234Z", 0, &expected),
                     ERR_OK);
    assert_int_equal(filter.since, NOW + 123);
}

static const struct pair wrong[] = {
    {"client", ""},
    {"client", "nobody"},
    {"client", "10.0.0.0/33"},
    {"name", ""},
    {"name", "a..b"},
    {"domain", "a..b"},
    {"service", "xmpp"},
    {"service", ""},
    {"rcode", "NOPE"},
    {"rcode", ""},
    {"rcode", "4096"},
    {"rcode", "-1"},
    {"answer", ""},
    {"since", ""},
    {"since", "yesterday"},
    {"since", "2026-01-31"},
    {"since", "2026-01-31T12:00:00"},
    {"since", "2026-01-31T12:00:00Zz"},
    {"since", "2026-01-31T12:00:00+1"},
    {"since", "2026-01-31T12:00:00*01:00"},
    {"since", "2026-01-31T12:00:00+a1:00"},
    {"since", "2026-01-31T12:00:00+01:0b"},
    {"since", "2026-01-31T12:00:00+01000"},
    {"since", "2026-01-31T12:00:00+01:00 "},
    {"since", "1960-01-31T12:00:00Z"},
};

static void test_wrong(void **state)
{
    char answer[300];
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct event_filter filter;
        const char *expected = NULL;
        event_filter_init(&filter);
        if (event_filter_set(&filter, wrong[i].key, wrong[i].value, NOW, &expected) != ERR_INVALID)
            fail_msg("%s=%s was taken", wrong[i].key, wrong[i].value);
        assert_non_null(expected);
    }
    struct event_filter filter;
    const char *expected = NULL;
    memset(answer, 'x', sizeof(answer) - 1);
    answer[sizeof(answer) - 1] = '\0';
    assert_int_equal(event_filter_set(&filter, "answer", answer, NOW, &expected), ERR_INVALID);
    assert_int_equal(event_filter_set(&filter, "colour", "red", NOW, &expected), ERR_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
