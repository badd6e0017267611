#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"

static void test_grows(void **state)
{
    (void)state;
    struct text t = {0};
    text_add(&t, "");
    assert_string_equal(t.data, "");
    for (int i = 0; i < 1000; i++)
        text_addf(&t, "%d,", i % 10);
    assert_int_equal(t.len, 2000);
    assert_int_equal(strlen(t.data), 2000);
    assert_memory_equal(t.data + 1980, "0,1,2,3,4,5,6,7,8,9,", 20);
    assert_false(t.failed);
    text_deinit(&t);
    assert_null(t.data);
    assert_int_equal(t.len, 0);
}

static void test_long_additions(void **state)
{
    (void)state;
    char big[5000];
    struct text t = {0};
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    text_add(&t, big);
    text_addf(&t, "<%s>", big);
    assert_int_equal(t.len, 2 * 4999 + 2);
    assert_int_equal(t.data[t.len - 1], '>');
    text_deinit(&t);
}

static void test_a_failure_sticks(void **state)
{
    (void)state;
    struct text t = {.failed = true};
    text_add(&t, "a");
    text_addf(&t, "%d", 1);
    text_add_json(&t, "a");
    text_add_plain(&t, "a");
    assert_null(t.data);
    assert_int_equal(t.len, 0);
}

static const struct {
    const char *text, *json, *plain;
} escape_cases[] = {
    {"", "\"\"", ""},
    {"plain", "\"plain\"", "plain"},
    {"a\"b\\c/", "\"a\\\"b\\\\c/\"", "a\"b\\c/"},
    {"a\nb\rc\td", "\"a\\nb\\rc\\td\"", "a\\x0ab\\x0dc\\x09d"},
    {"\1\x1f\x7f", "\"\\u0001\\u001f\\u007f\"", "\\x01\\x1f\\x7f"},
    {"\x1b[31m", "\"\\u001b[31m\"", "\\x1b[31m"},
    {"b\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\"b\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"",
     "b\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xc2\x9b", "\"\\u009b\"", "\\xc2\\x9b"},        /* C1: another way to say ESC [ */
    {"\xc2\xa0", "\"\xc2\xa0\"", "\xc2\xa0"},         /* the first beyond C1 */
    {"\xff", "\"\\ufffd\"", "\\xff"},                 /* never in UTF-8 */
    {"\xc0\xaf", "\"\\ufffd\\ufffd\"", "\\xc0\\xaf"}, /* too long a form of '/' */
    {"\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"", "\\xe0\\x9f\\xbf"},
    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"", "\\xed\\xa0\\x80"}, /* a surrogate */
    {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"", "\\xf4\\x90\\x80\\x80"},
    {"\xe2\x82", "\"\\ufffd\\ufffd\"", "\\xe2\\x82"}, /* cut by the end */
    {"\xe2(\xa1", "\"\\ufffd(\\ufffd\"", "\\xe2(\\xa1"},
    {"\xc3", "\"\\ufffd\"", "\\xc3"},
};

static void test_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(escape_cases) / sizeof(*escape_cases); i++) {
        struct text json = {0}, plain = {0};
        text_add_json(&json, escape_cases[i].text);
        text_add_plain(&plain, escape_cases[i].text);
        assert_string_equal(json.data, escape_cases[i].json);
        assert_string_equal(plain.data, escape_cases[i].plain);
        text_deinit(&json);
        text_deinit(&plain);
    }
}

static const char *const keys[] = {"listen",       "allow",   "threads", "user",
                                   "ttl",          "domains", "records", "xmpp-client",
                                   "xmpps-client", "log",     "faults"};

static const struct {
    const char *word, *nearest;
} nearest_cases[] = {
    {"lisen", "listen"},
    {"listne", "listen"}, /* neighbours swapped count once */
    {"Listen", "listen"},
    {"listen-on", "listen"},
    {"domain", "domains"},
    {"record", "records"},
    {"xmpp_client", "xmpp-client"},
    {"xmpps_client", "xmpps-client"},
    {"xmpps-clinet", "xmpps-client"},
    {"tll", "ttl"},
    {"tlt", "ttl"},
    {"logs", "log"},
    {"", NULL},
    {"x", NULL},
    {"banana", NULL},
    {"upstream", NULL},
    {"lo", "log"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(text_distance("xmpp", "xmpp"), 0);
    assert_int_equal(text_distance("exmaple", "example"), 1);
    assert_int_equal(text_distance("lab", "UP"), 3);
    assert_int_equal(text_distance("", "abc"), 3);
}

static void test_nearest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(nearest_cases) / sizeof(*nearest_cases); i++) {
        const char *found = text_nearest(nearest_cases[i].word, keys, sizeof(keys) / sizeof(*keys));
        print_message("'%s'\n", nearest_cases[i].word);
        if (nearest_cases[i].nearest) {
            assert_non_null(found);
            assert_string_equal(found, nearest_cases[i].nearest);
        } else {
            assert_null(found);
        }
    }
    assert_null(text_nearest("listen", keys, 0));
}

static void test_nearest_takes_the_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"max-ttls", "max-ttl", "min-ttl"};
    assert_ptr_equal(text_nearest("mx-ttl", words, 3), words[1]);
    assert_ptr_equal(text_nearest("min-tl", words, 3), words[2]);
    assert_ptr_equal(text_nearest("max-ttls", words, 3), words[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_long_additions),
        cmocka_unit_test(test_a_failure_sticks),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_nearest_takes_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
