/* The command line of `shunt query`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/query_options.h"

#define WORDS_MAX 10

/* Parses a NULL-terminated list of words. */
static bool parse(struct query_options *out, const char *const *words, int *status)
{
    char copy[WORDS_MAX][128], *argv[WORDS_MAX + 1] = {0};
    int argc = 0;
    for (; words[argc]; argc++) {
        assert_true(argc < WORDS_MAX);
        snprintf(copy[argc], sizeof(copy[0]), "%s", words[argc]);
        argv[argc] = copy[argc];
    }
    bool good = query_options_parse(out, argc, argv, status);
    /* They point to words that end with this function. */
    out->name = out->type = out->server = out->client = out->daemon.file = NULL;
    return good;
}

struct expected {
    const char *words[WORDS_MAX];
    const char *name;
    const char *server; /* NULL = none given */
    uint64_t timeout;   /* ms; 0 = the default */
    enum query_format format;
    uint16_t type;
    uint16_t class; /* 0 = IN */
    bool tcp, dnssec, cd, no_recursion, no_edns;
};

static const struct expected good[] = {
    {.words = {"query", "a.example"}, .name = "a.example.", .type = 1},
    {.words = {"query", "A.Example", "aaaa"}, .name = "A.Example.", .type = 28},
    {.words = {"query", "_xmpp-client._tcp.a"}, .name = "_xmpp-client._tcp.a.", .type = 33},
    {.words = {"query", "_xmpp-client._tcp.a", "A"}, .name = "_xmpp-client._tcp.a.", .type = 1},
    {.words = {"query", "_5222._tcp.a"}, .name = "_5222._tcp.a.", .type = 1},
    {.words = {"query", "pl\xc3\xa4.example", "SSHFP"}, .name = "xn--pl-wia.example.", .type = 44},
    {.words = {"query", ".", "TYPE65280"}, .name = ".", .type = 65280},
    {.words = {"query", "--class", "CH", "version.bind", "TXT", "--short"},
     .name = "version.bind.",
     .type = 16,
     .class = 3,
     .format = QUERY_FORMAT_SHORT},
    {.words = {"query", "a", "--tcp", "--dnssec", "--cd", "--norecurse", "--json"},
     .name = "a.",
     .type = 1,
     .tcp = true,
     .dnssec = true,
     .cd = true,
     .no_recursion = true,
     .format = QUERY_FORMAT_JSON},
    {.words = {"query", "@192.0.2.1", "a", "--no-edns", "--timeout", "250ms"},
     .name = "a.",
     .type = 1,
     .no_edns = true,
     .timeout = 250,
     .server = "192.0.2.1:53"},
    {.words = {"query", "a", "--server", "tcp://[2001:db8::1]:5354"},
     .name = "a.",
     .type = 1,
     .tcp = true,
     .server = "[2001:db8::1]:5354"},
};

static void expect_options(const struct query_options *o, const struct expected *e)
{
    const struct exchange_request *r = &o->request;
    char name[DNS_NAME_TEXT_MAX], server[ADDR_TEXT_MAX];
    assert_string_equal(dns_name_to_text(&r->question.name, name), e->name);
    assert_int_equal(r->question.type, e->type);
    assert_int_equal(r->question.class, e->class ? e->class : 1);
    assert_int_equal(r->tcp, e->tcp);
    assert_int_equal(r->question.dnssec_ok, e->dnssec);
    assert_int_equal(r->question.checking_off, e->cd);
    assert_int_equal(r->question.recursion, !e->no_recursion);
    assert_int_equal(r->edns, !e->no_edns);
    assert_int_equal(r->timeout_ms, e->timeout ? e->timeout : 5000);
    assert_int_equal(o->format, e->format);
    if (e->server)
        assert_string_equal(addr_format(&r->server, server), e->server);
    else
        assert_int_equal(r->server.sa.sa_family, 0);
}

static void understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct query_options o;
        int status;
        assert_true(parse(&o, good[i].words, &status));
        expect_options(&o, &good[i]);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *words[WORDS_MAX];
        int status;
    } bad[] = {
        {{"query"}, CLI_EXIT_USAGE},
        {{"query", "--help"}, CLI_EXIT_OK},
        {{"query", "a", "A", "extra"}, CLI_EXIT_USAGE},
        {{"query", "a..b"}, CLI_EXIT_USAGE},
        {{"query", ""}, CLI_EXIT_USAGE},
        {{"query", "a", "NOTYPE"}, CLI_EXIT_USAGE},
        {{"query", "a", "--class", "XX"}, CLI_EXIT_USAGE},
        {{"query", "a", "--timeout", "0"}, CLI_EXIT_USAGE},
        {{"query", "a", "--timeout", "5"}, CLI_EXIT_USAGE},
        {{"query", "a", "--server", "ns.example"}, CLI_EXIT_USAGE},
        {{"query", "a", "@tls://192.0.2.1"}, CLI_EXIT_USAGE},
        {{"query", "a", "--dnssec", "--no-edns"}, CLI_EXIT_USAGE},
        {{"query", "a", "--unknown"}, CLI_EXIT_USAGE},
        {{"query", "a", "--server"}, CLI_EXIT_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct query_options o;
        int status = -1;
        assert_false(parse(&o, bad[i].words, &status));
        assert_int_equal(status, bad[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understood),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
