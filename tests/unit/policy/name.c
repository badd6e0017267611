#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/model.h"

static const struct {
    const char *text, *name;
} good[] = {
    {".", "."},
    {"Lab.Example", "lab.example."},
    {"lab.example.", "lab.example."},
    {"_xmpp-client._tcp.lab.example", "_xmpp-client._tcp.lab.example."},
    {"*.Lab.Example", "*.lab.example."},
    {"a\\.b.c", "a\\.b.c."},
    {"XN--PL-WIA.example", "xn--pl-wia.example."},
    {"pl\xc3\xa4.example", "xn--pl-wia.example."},
    {"PL\xc3\x84.Example.", "xn--pl-wia.example."},
    {"pla\xcc\x88.example", "xn--pl-wia.example."}, /* decomposed */
    {"_xmpp-client._tcp.pl\xc3\xa4.example", "_xmpp-client._tcp.xn--pl-wia.example."},
    {"*.pl\xc3\xa4.example", "*.xn--pl-wia.example."},
    {"a\\.b.pl\xc3\xa4", "a\\.b.xn--pl-wia."},
    {"gr\xc3\xbc\xc3\x9f"
     "e",
     "xn--gre-6ka8l."}, /* nontransitional: the sharp s stays */
    {"\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82"
     "example",
     "xn--r8jz45g.example."}, /* an ideographic full stop */
    {"pl\xc3\xa4\xef\xbc\x8e"
     "example",
     "xn--pl-wia.example."}, /* a wide one */
    {"\xe3\x80\x82", "."},
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct dns_name name;
        char text[DNS_NAME_TEXT_MAX];
        if (policy_name_from_user(&name, good[i].text) != ERR_OK)
            fail_msg("refused: %s", good[i].text);
        assert_string_equal(dns_name_to_text(&name, text), good[i].name);
    }
}

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define U10 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xb6\xc3\xb6\xc3\xbc\xc3\xbc\xc3\xbc"

static const struct {
    const char *text;
    enum err err;
} bad[] = {
    {"", ERR_INVALID},
    {"..", ERR_INVALID},
    {".a", ERR_INVALID},
    {"a..b", ERR_INVALID},
    {"pl\xc3\xa4..b", ERR_INVALID},
    {"\xf0\x9f\x92\xa9.example", ERR_INVALID}, /* IDNA2008 has letters and digits */
    {"pl\xc3", ERR_INVALID},
    {"\xff", ERR_INVALID},
    {"pl\xc3\xa4\\.b", ERR_INVALID},
    {"\\pl\xc3\xa4", ERR_INVALID},
    {"\xc2\xad", ERR_INVALID}, /* a soft hyphen, and so nothing */
    {"\xcc\x88"
     "a",
     ERR_INVALID}, /* begins with a combining mark */
    {A60 "aaaa", ERR_RANGE},
    {A60 "\xc3\xa4", ERR_RANGE},
    {U10 U10 U10 U10 U10 U10 U10, ERR_RANGE},
    {A60 "." A60 "." A60 "." A60 "." A60, ERR_RANGE},
    {"pl\xc3\xa4." A60 "." A60 "." A60 "." A60, ERR_RANGE},
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct dns_name name;
        enum err err = policy_name_from_user(&name, bad[i].text);
        if (err != bad[i].err)
            fail_msg("%s: %d", bad[i].text, err);
    }
}

static void test_endless(void **state)
{
    (void)state;
    struct dns_name name;
    char *text = malloc(100001);
    assert_non_null(text);
    for (size_t i = 0; i < 50000; i++)
        memcpy(text + 2 * i, "\xc3\xa4", 2);
    text[100000] = '\0';
    assert_int_equal(policy_name_from_user(&name, text), ERR_RANGE);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
