/* The keys of faults: read, written, refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/message.h"
#include "policy/fault.h"

static const char many_v[] = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

static enum err set(struct fault_spec *spec, const char *key, const char *value,
                    const char **expected)
{
    *expected = NULL;
    return fault_set(spec, key, value, expected);
}

static void expect_text(const struct fault_spec *spec, const char *expected)
{
    struct text out = {0};
    fault_text(spec, &out);
    assert_string_equal(out.data, expected);
    text_deinit(&out);
}

/* A key with a value that is taken, and how the fault is then written. */
static const struct {
    const char *key, *value, *text;
} good[] = {
    {"type", "aaaa", "match: type=AAAA;"},
    {"type", "TYPE65280", "match: type=TYPE65280;"},
    {"name", "_XMPPS-client._tcp.Lab.example", "match: name=_xmpps-client._tcp.lab.example.;"},
    {"domain", "lab.example", "match: domain=lab.example.;"},
    {"domain", "pl\xc3\xa4.example", "match: domain=xn--pl-wia.example.;"},
    {"domain", ".", "match: domain=.;"},
    {"service", "xmpps-server", "match: service=xmpps-server;"},
    {"service", "XMPP-Client", "match: service=xmpp-client;"},
    {"client", "10.5.0.20", "match: client=10.5.0.20;"},
    {"client", "10.5.1.1/16", "match: client=10.5.0.0/16;"},
    {"client", "0.0.0.0/0", "match: client=0.0.0.0/0;"},
    {"client", "fd00::/8", "match: client=fd00::/8;"},
    {"client", "::/0", "match: client=::/0;"},
    {"client", "fd00::1", "match: client=fd00::1;"},
    {"view", "inside", "match: view=inside;"},
    {"transport", "udp", "match: transport=udp;"},
    {"transport", "tcp", "match: transport=tcp;"},
    {"source", "policy", "match: source=policy;"},
    {"source", "cache", "match: source=cache;"},
    {"source", "upstream", "match: source=upstream;"},
    {"rcode", "servfail", "match: all; rcode=SERVFAIL"},
    {"rcode", "NOERROR", "match: all; rcode=NOERROR"},
    {"rcode", "5", "match: all; rcode=REFUSED"},
    {"rcode", "BADVERS", "match: all; rcode=BADVERS"},
    {"rcode", "23", "match: all; rcode=RCODE23"},
    {"rcode", "RCODE4095", "match: all; rcode=RCODE4095"},
    {"drop", "true", "match: all; drop=true"},
    {"drop", "yes", "match: all; drop=true"},
    {"drop", "off", "match: all;"},
    {"delay", "3s", "match: all; delay=3s"},
    {"delay", "1500ms", "match: all; delay=1500ms"},
    {"delay", "0", "match: all; delay=0"},
    {"delay", "60m", "match: all; delay=1h"},
    {"jitter", "250ms", "match: all; jitter=250ms"},
    {"truncate", "on", "match: all; truncate=true"},
    {"tcp", "reset", "match: all; tcp=reset"},
    {"tcp", "half-length", "match: all; tcp=half-length"},
    {"tcp", "refuse", "match: all; tcp=refuse"},
    {"ttl", "0", "match: all; ttl=0"},
    {"ttl", "90s", "match: all; ttl=90s"},
    {"ttl", "24855d", "match: all; ttl=24855d"},
    {"mangle", "compressed-srv", "match: all; mangle=compressed-srv"},
    {"mangle", "ra-clear", "match: all; mangle=ra-clear"},
    {"mangle", "wrong-id", "match: all; mangle=wrong-id"},
    {"mangle", "wrong-question", "match: all; mangle=wrong-question"},
    {"mangle", "garbage", "match: all; mangle=garbage"},
    {"mangle", "case", "match: all; mangle=case"},
    {"mangle", "wrong-source", "match: all; mangle=wrong-source"},
    {"mangle", "additional-poison", "match: all; mangle=additional-poison"},
    {"mangle", "no-edns", "match: all; mangle=no-edns"},
    {"share", "30%", "match: all; share=30%"},
    {"share", "0.5%", "match: all; share=0.5%"},
    {"share", "12.34%", "match: all; share=12.34%"},
    {"share", "7.05%", "match: all; share=7.05%"},
    {"share", "33.30%", "match: all; share=33.3%"},
    {"share", "0%", "match: all; share=0%"},
    {"share", "100%", "match: all;"},
    {"first", "2", "match: all; first=2"},
    {"every", "3", "match: all; every=3"},
    {"every", "1", "match: all;"},
    {"for", "5m", "match: all; for=5m"},
    {"for", "1d", "match: all; for=1d"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct fault_spec spec;
        const char *expected;
        print_message("%s=%s\n", good[i].key, good[i].value);
        fault_init(&spec, "f");
        assert_int_equal(set(&spec, good[i].key, good[i].value, &expected), ERR_OK);
        assert_null(expected);
        expect_text(&spec, good[i].text);
    }
}

/* Values that are refused, with what stands in the advice. */
static const struct {
    const char *key, *value;
    enum err err;
    const char *expected;
} bad[] = {
    {"typ", "SRV", ERR_NOTFOUND, "type"},
    {"Domain", "a", ERR_NOTFOUND, "domain"},
    {"servcie", "a", ERR_NOTFOUND, "service"},
    {"colour", "red", ERR_NOTFOUND, "type, name, domain"},
    {"", "", ERR_NOTFOUND, "type, name, domain"},
    {"type", "SRVV", ERR_INVALID, "record type"},
    {"type", "", ERR_INVALID, "record type"},
    {"type", "TYPE0", ERR_INVALID, "record type"},
    {"type", "TYPE65536", ERR_RANGE, "record type"},
    {"name", "a..b", ERR_INVALID, "domain name"},
    {"name", "", ERR_INVALID, "domain name"},
    {"name", many_v, ERR_RANGE, "domain name"},
    {"domain", "*.lab.example", ERR_INVALID, "without the asterisk"},
    {"service", "xmpp-clent", ERR_INVALID, "xmpp-client"},
    {"service", "sip", ERR_INVALID, "xmpp-client, xmpp-server"},
    {"service", "", ERR_INVALID, "xmpp-client, xmpp-server"},
    {"client", "10.5.0.0/33", ERR_RANGE, "network"},
    {"client", "lab", ERR_INVALID, "network"},
    {"view", "", ERR_INVALID, "view"},
    {"view", many_v, ERR_RANGE, "view"},
    {"transport", "tls", ERR_INVALID, "udp or tcp"},
    {"transport", "", ERR_INVALID, "udp or tcp"},
    {"source", "cahce", ERR_INVALID, "cache"},
    {"source", "stale", ERR_INVALID, "policy, cache or upstream"},
    {"rcode", "SERVFAILED", ERR_INVALID, "SERVFAIL"},
    {"rcode", "4096", ERR_RANGE, "RCODE"},
    {"rcode", "RCODE", ERR_INVALID, "RCODE"},
    {"rcode", "-1", ERR_INVALID, "RCODE"},
    {"rcode", "", ERR_INVALID, "RCODE"},
    {"drop", "maybe", ERR_INVALID, "true or false"},
    {"drop", "ture", ERR_INVALID, "true"},
    {"truncate", "1", ERR_INVALID, "true or false"},
    {"delay", "3", ERR_INVALID, "3s"},
    {"delay", "2h", ERR_RANGE, "at most 1h"},
    {"jitter", "x", ERR_INVALID, "at most 1h"},
    {"tcp", "rst", ERR_INVALID, "reset, half-length or refuse"},
    {"tcp", "refused", ERR_INVALID, "refuse"},
    {"tcp", "", ERR_INVALID, "reset, half-length or refuse"},
    {"ttl", "500ms", ERR_INVALID, "whole seconds"},
    {"ttl", "49000d", ERR_RANGE, "whole seconds"},
    {"mangle", "garbge", ERR_INVALID, "garbage"},
    {"mangle", "nothing", ERR_INVALID, "compressed-srv, ra-clear"},
    {"mangle", "", ERR_INVALID, "compressed-srv, ra-clear"},
    {"share", "30", ERR_INVALID, "30%"},
    {"share", "%", ERR_INVALID, "30%"},
    {"share", ".5%", ERR_INVALID, "30%"},
    {"share", "5.%", ERR_INVALID, "30%"},
    {"share", "5.125%", ERR_INVALID, "30%"},
    {"share", "-5%", ERR_INVALID, "30%"},
    {"share", "5% ", ERR_INVALID, "30%"},
    {"share", "100.01%", ERR_RANGE, "100%"},
    {"share", "18446744073709551617%", ERR_RANGE, "100%"},
    {"first", "0", ERR_RANGE, "from 1"},
    {"first", "4294967296", ERR_RANGE, "from 1"},
    {"first", "two", ERR_INVALID, "from 1"},
    {"every", "0", ERR_RANGE, "from 1"},
    {"for", "0", ERR_RANGE, "more than 0"},
    {"for", "5", ERR_INVALID, "more than 0"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fault_spec spec;
        const char *expected;
        print_message("%s=%s\n", bad[i].key, bad[i].value);
        fault_init(&spec, "f");
        assert_int_equal(set(&spec, bad[i].key, bad[i].value, &expected), bad[i].err);
        assert_non_null(expected);
        if (!strstr(expected, bad[i].expected))
            fail_msg("\"%s\" is not in \"%s\"", bad[i].expected, expected);
        expect_text(&spec, "match: all;"); /* as it was */
    }
}

/* Every key is known, and all keys that take a word say so when it is wrong. */
static void test_keys(void **state)
{
    size_t count = 0;
    (void)state;
    for (const char *const *key = fault_keys(); *key; key++, count++) {
        struct fault_spec spec;
        const char *expected;
        fault_init(&spec, "f");
        assert_int_not_equal(set(&spec, *key, "\t", &expected), ERR_NOTFOUND);
        fault_init(&spec, "f");
        assert_int_equal(set(&spec, "no such key", "", &expected), ERR_NOTFOUND);
        if (!strstr(expected, *key))
            fail_msg("%s is not in \"%s\"", *key, expected);
    }
    assert_int_equal(count, 20);
}

/* Sets KEY=VALUE words, parted by blanks; "match:" and so on are passed over. */
static void set_all(struct fault_spec *spec, const char *words)
{
    char copy[512], *rest = NULL;
    const char *expected;
    assert_true(strlen(words) < sizeof(copy));
    strcpy(copy, words);
    fault_init(spec, "f");
    for (char *word = strtok_r(copy, " ;", &rest); word; word = strtok_r(NULL, " ;", &rest)) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        if (set(spec, word, value, &expected) != ERR_OK)
            fail_msg("%s=%s: %s", word, value, expected);
    }
}

/* What was written reads back as the same fault. */
static void test_text(void **state)
{
    static const char *const texts[] = {
        "match: type=AAAA domain=lab.example.; delay=3s share=30%",
        "match: type=SRV name=_xmpp-client._tcp.lab.example. domain=example. service=xmpp-client "
        "client=10.5.0.0/16 view=inside transport=udp source=cache; rcode=SERVFAIL delay=3s "
        "jitter=250ms truncate=true tcp=refuse ttl=5s mangle=case share=0.25% first=4 every=2 "
        "for=10m",
        "match: all; drop=true first=2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fault_spec spec;
        set_all(&spec, texts[i]);
        expect_text(&spec, texts[i]);
    }
}

static const struct {
    const char *name, *words;
    const char *problem; /* NULL = none */
} problems[] = {
    {"f", "drop=true", NULL},
    {"f", "drop=true tcp=reset", NULL},
    {"f", "truncate=true tcp=refuse", NULL},
    {"f", "transport=tcp truncate=true rcode=SERVFAIL", NULL},
    {"f", "name=a.lab.example domain=lab.example drop=true", NULL},
    {"f", "delay=3s jitter=3s rcode=REFUSED share=1%", NULL},
    {"A.b_c-9", "mangle=wrong-source transport=udp", NULL},
    {"f", "type=SRV first=2", "no action"},
    {"f", "drop=true drop=false", "no action"},
    {"", "drop=true", "1 to 63"},
    {"a/b", "drop=true", "1 to 63"},
    {"a b", "drop=true", "1 to 63"},
    {many_v, "drop=true", "1 to 63"},
    {"f", "jitter=1s", "jitter without delay"},
    {"f", "delay=1s jitter=2s", "longer than delay"},
    {"f", "drop=true rcode=SERVFAIL", "drop"},
    {"f", "drop=true delay=1s", "drop"},
    {"f", "drop=true truncate=true", "drop"},
    {"f", "drop=true ttl=1s", "drop"},
    {"f", "drop=true mangle=case", "drop"},
    {"f", "rcode=SERVFAIL ttl=1s", "rcode"},
    {"f", "name=lab.example domain=other.example drop=true", "not within"},
    {"f", "transport=udp tcp=reset", "transport is udp"},
    {"f", "transport=tcp truncate=true", "transport is tcp"},
    {"f", "transport=tcp mangle=wrong-source", "transport is tcp"},
};

static void test_problems(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        struct fault_spec named, spec;
        print_message("%s: %s\n", problems[i].name, problems[i].words);
        set_all(&spec, problems[i].words);
        fault_init(&named, problems[i].name);
        memcpy(spec.name, named.name, sizeof(spec.name));
        const char *problem = fault_problem(&spec);
        if (!problems[i].problem) {
            assert_null(problem);
            continue;
        }
        assert_non_null(problem);
        assert_non_null(strstr(problem, problems[i].problem));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_bad),      cmocka_unit_test(test_keys),
        cmocka_unit_test(test_text), cmocka_unit_test(test_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
