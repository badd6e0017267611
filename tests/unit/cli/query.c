/* What `shunt query` prints, from messages as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cli/reply_print.h"

/* The question of most: _xmpp-client._tcp.lab.example IN SRV. */
#define QUESTION                                                                                   \
    "\x0c_xmpp-client\4_tcp\3lab\7example\0"                                                       \
    "\0\x21\0\1"
/* Where lab.example begins in it. */
#define LAB "\xc0\x1e"

struct canned {
    const char *name;
    const char *message;
    size_t len;
    enum err result;
    const char *text; /* up to the line "Query time" */
    const char *values;
    const char *json; /* from "id" on */
};

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct canned cases[] = {
    {
        "an answer with addresses",
        BYTES("\x12\x34\x85\x80\0\1\0\1\0\0\0\1" QUESTION "\xc0\x0c\0\x21\0\1\0\0\0\5\0\x19"
              "\0\12\0\5\x14\x66\5xmpp1\3lab\7example\0"
              "\5xmpp1" LAB "\0\1\0\1\0\0\0\5\0\4\12\5\0\13"),
        ERR_OK,
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660\n"
        ";; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n\n"
        ";; QUESTION SECTION:\n"
        ";_xmpp-client._tcp.lab.example.\tIN\tSRV\n\n"
        ";; ANSWER SECTION:\n"
        "_xmpp-client._tcp.lab.example.\t5\tIN\tSRV\t10 5 5222 xmpp1.lab.example.\n\n"
        ";; ADDITIONAL SECTION:\n"
        "xmpp1.lab.example.\t5\tIN\tA\t10.5.0.11\n\n",
        "10 5 5222 xmpp1.lab.example.\n",
        "\"id\": 4660, \"opcode\": \"QUERY\", \"status\": \"NOERROR\", "
        "\"flags\": [\"qr\", \"aa\", \"rd\", \"ra\"], \"edns\": null, "
        "\"question\": [{\"name\": \"_xmpp-client._tcp.lab.example.\", \"class\": \"IN\", "
        "\"type\": \"SRV\"}], "
        "\"answer\": [{\"name\": \"_xmpp-client._tcp.lab.example.\", \"ttl\": 5, "
        "\"class\": \"IN\", \"type\": \"SRV\", \"data\": \"10 5 5222 xmpp1.lab.example.\"}], "
        "\"authority\": [], "
        "\"additional\": [{\"name\": \"xmpp1.lab.example.\", \"ttl\": 5, \"class\": \"IN\", "
        "\"type\": \"A\", \"data\": \"10.5.0.11\"}]}\n",
    },
    {
        "a refusal with an extended error and an unknown option",
        BYTES("\0\1\x81\x95\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\4\xd0\0\0\x80\0\0\x10"
              "\0\x0f\0\6\0\x12out\x1b"
              "\0\x0c\0\2\0\xff"),
        ERR_OK,
        ";; ->>HEADER<<- opcode: QUERY, status: REFUSED, id: 1\n"
        ";; flags: qr rd ra cd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n\n"
        ";; OPT PSEUDOSECTION:\n"
        "; EDNS: version: 0, flags: do; udp: 1232\n"
        "; EDE: 18 (Prohibited): (out\\027)\n"
        "; OPT=12: 00 ff\n"
        ";; QUESTION SECTION:\n"
        ";_xmpp-client._tcp.lab.example.\tIN\tSRV\n\n",
        "",
        "\"id\": 1, \"opcode\": \"QUERY\", \"status\": \"REFUSED\", "
        "\"flags\": [\"qr\", \"rd\", \"ra\", \"cd\"], "
        "\"edns\": {\"version\": 0, \"do\": true, \"udp\": 1232, "
        "\"ede\": [{\"code\": 18, \"name\": \"Prohibited\", \"text\": \"out\\\\027\"}]}, "
        "\"question\": [{\"name\": \"_xmpp-client._tcp.lab.example.\", \"class\": \"IN\", "
        "\"type\": \"SRV\"}], \"answer\": [], \"authority\": [], \"additional\": []}\n",
    },
    {
        "extended errors without a text, and without a name",
        BYTES("\0\1\x80\x82\0\0\0\0\0\0\0\1\0\0\x29\2\0\0\0\0\0\0\x0c"
              "\0\x0f\0\2\0\x17\0\x0f\0\2\3\xe7"),
        ERR_OK,
        ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1\n"
        ";; flags: qr ra; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n\n"
        ";; OPT PSEUDOSECTION:\n"
        "; EDNS: version: 0, flags:; udp: 512\n"
        "; EDE: 23 (Network Error)\n"
        "; EDE: 999\n",
        "",
        "\"id\": 1, \"opcode\": \"QUERY\", \"status\": \"SERVFAIL\", \"flags\": [\"qr\", \"ra\"], "
        "\"edns\": {\"version\": 0, \"do\": false, \"udp\": 512, "
        "\"ede\": [{\"code\": 23, \"name\": \"Network Error\", \"text\": \"\"}, "
        "{\"code\": 999, \"name\": \"\", \"text\": \"\"}]}, "
        "\"question\": [], \"answer\": [], \"authority\": [], \"additional\": []}\n",
    },
    {
        "an RCODE whose upper bits are in the OPT record",
        BYTES("\0\1\x80\x80\0\0\0\0\0\0\0\1\0\0\x29\4\xd0\1\0\0\0\0\0"),
        ERR_OK,
        ";; ->>HEADER<<- opcode: QUERY, status: BADVERS, id: 1\n"
        ";; flags: qr ra; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n\n"
        ";; OPT PSEUDOSECTION:\n"
        "; EDNS: version: 0, flags:; udp: 1232\n",
        "",
        "\"id\": 1, \"opcode\": \"QUERY\", \"status\": \"BADVERS\", \"flags\": [\"qr\", \"ra\"], "
        "\"edns\": {\"version\": 0, \"do\": false, \"udp\": 1232, \"ede\": []}, "
        "\"question\": [], \"answer\": [], \"authority\": [], \"additional\": []}\n",
    },
    {
        "text with odd bytes, and a type that nobody knows",
        BYTES("\0\1\x80\x80\0\1\0\2\0\0\0\0\1a\0\0\x10\0\1"
              "\xc0\x0c\0\x10\0\1\0\0\0\0\0\6\5\"\t\x1b\\x"
              "\xc0\x0c\xff\0\0\1\0\0\0\1\0\2\xab\xcd"),
        ERR_OK,
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
        ";; flags: qr ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0\n\n"
        ";; QUESTION SECTION:\n"
        ";a.\tIN\tTXT\n\n"
        ";; ANSWER SECTION:\n"
        "a.\t0\tIN\tTXT\t\"\\\"\t\\027\\\\x\"\n"
        "a.\t1\tIN\tTYPE65280\t\\# 2 abcd\n\n",
        "\"\\\"\t\\027\\\\x\"\n\\# 2 abcd\n",
        "\"id\": 1, \"opcode\": \"QUERY\", \"status\": \"NOERROR\", \"flags\": [\"qr\", \"ra\"], "
        "\"edns\": null, "
        "\"question\": [{\"name\": \"a.\", \"class\": \"IN\", \"type\": \"TXT\"}], "
        "\"answer\": [{\"name\": \"a.\", \"ttl\": 0, \"class\": \"IN\", \"type\": \"TXT\", "
        "\"data\": \"\\\"\\\\\\\"\\t\\\\027\\\\\\\\x\\\"\"}, "
        "{\"name\": \"a.\", \"ttl\": 1, \"class\": \"IN\", \"type\": \"TYPE65280\", "
        "\"data\": \"\\\\# 2 abcd\"}], \"authority\": [], \"additional\": []}\n",
    },
    {"shorter than a header", BYTES("\0\1\x80\x80\0\0\0\0\0\0\0"), ERR_INVALID, "", "", ""},
    {"nothing", BYTES(""), ERR_INVALID, "", "", ""},
    {"fewer records than it says", BYTES("\0\1\x80\x80\0\1\0\1\0\0\0\0" QUESTION), ERR_INVALID, "",
     "", ""},
    {"a record that is cut off",
     BYTES("\0\1\x80\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\x21\0\1\0\0\0\5\0\x19\0\12"),
     ERR_INVALID, "", "", ""},
};

static struct reply_origin origin_of(const char *server, bool tcp)
{
    struct reply_origin o = {.tcp = tcp, .time_ms = 7, .when = 86400};
    assert_int_equal(addr_parse(&o.server, server, 53), ERR_OK);
    return o;
}

static void expect_text(const char *name, const struct text *got, const char *expected)
{
    const char *text = got->data ? got->data : "";
    if (strcmp(text, expected) != 0)
        fail_msg("%s: expected\n%s\nbut got\n%s", name, expected, text);
}

static void as_dig(void **state)
{
    const struct reply_origin origin = origin_of("127.0.0.1:5354", false);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text got = {0}, expected = {0};
        assert_int_equal(
            reply_print((const uint8_t *)cases[i].message, cases[i].len, &origin, &got),
            cases[i].result);
        if (cases[i].result == ERR_OK) {
            text_addf(&expected, "%s", cases[i].text);
            text_addf(&expected,
                      ";; Query time: 7 msec\n"
                      ";; SERVER: 127.0.0.1#5354(127.0.0.1) (UDP)\n"
                      ";; WHEN: Fri Jan 02 00:00:00 UTC 1970\n"
                      ";; MSG SIZE  rcvd: %zu\n",
                      cases[i].len);
        }
        expect_text(cases[i].name, &got, expected.data ? expected.data : "");
        text_deinit(&got);
        text_deinit(&expected);
    }
}

static void values_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text got = {0};
        assert_int_equal(reply_print_short((const uint8_t *)cases[i].message, cases[i].len, &got),
                         cases[i].result);
        expect_text(cases[i].name, &got, cases[i].values);
        text_deinit(&got);
    }
}

static void as_json(void **state)
{
    const struct reply_origin origin = origin_of("[::1]:53", true);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text got = {0}, expected = {0};
        assert_int_equal(
            reply_print_json((const uint8_t *)cases[i].message, cases[i].len, &origin, &got),
            cases[i].result);
        if (cases[i].result == ERR_OK) {
            text_addf(&expected,
                      "{\"server\": \"[::1]:53\", \"transport\": \"tcp\", \"time_ms\": 7, "
                      "\"size\": %zu, ",
                      cases[i].len);
            text_add(&expected, cases[i].json);
        }
        expect_text(cases[i].name, &got, expected.data ? expected.data : "");
        text_deinit(&got);
        text_deinit(&expected);
    }
}

/* No message, however it is cut, breaks a printer. */
static void cut_anywhere(void **state)
{
    const struct reply_origin origin = origin_of("127.0.0.1", false);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t len = 0; len < cases[i].len; len++) {
            struct text got = {0};
            /* Exactly as large, so that a sanitizer sees one byte too far. */
            uint8_t *copy = malloc(len ? len : 1);
            assert_non_null(copy);
            memcpy(copy, cases[i].message, len);
            assert_int_equal(reply_print(copy, len, &origin, &got), ERR_INVALID);
            assert_int_equal(reply_print_short(copy, len, &got), ERR_INVALID);
            assert_int_equal(reply_print_json(copy, len, &origin, &got), ERR_INVALID);
            assert_null(got.data);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_dig),
        cmocka_unit_test(values_only),
        cmocka_unit_test(as_json),
        cmocka_unit_test(cut_anywhere),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
