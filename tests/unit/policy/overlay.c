/* Live changes to targets, laid over answers. */
#include "unit/policy/overlay_fixture.h"

#define SERVER "_xmpp-server._tcp.lab.example."
#define OTHER  "_xmpp-client._tcp.other.example."
#define SOA    " SOA shunt.invalid. nobody.invalid. "

#define REMOVE                                                                                     \
    {                                                                                              \
        .fields = POLICY_EDIT_REMOVE                                                               \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .fields = POLICY_EDIT_NONE                                                                 \
    }
struct srv_case {
    const char *what;
    struct change changes[CHANGES_MAX];
    struct given given;
    uint32_t age;
    const char *said;
};

static const struct srv_case srv_cases[] = {
    {"nothing changes", {{.target = NULL}}, PAIR, 0, "0"},
    {"another target", {{.target = "three.example", .edit = REMOVE}}, PAIR, 0, "0"},
    {"a change that says nothing of SRV", {{.target = "one.example"}}, PAIR, 0, "0"},
    {"remove",
     {{.target = "one.example", .edit = REMOVE}},
     PAIR,
     0,
     "1 #1 " LAB " 60 SRV 20 5 5222 two.example. | add two.example. 60 A 10.5.0.2"},
    {"remove the only one: NODATA with a SOA",
     {{.target = "one.example", .edit = REMOVE, .ttl = 5}},
     SINGLE(LAB),
     0,
     "2 #1 auth lab.example. 5" SOA "1 3600 600 86400 5"},
    {"remove both: the SOA is of the change that came last",
     {{.target = "one.example", .edit = REMOVE, .ttl = 9},
      {.target = "two.example", .edit = REMOVE, .ttl = 7}},
     PAIR,
     0,
     "2 #1 auth lab.example. 7" SOA "1 3600 600 86400 7"},
    {"NODATA behind an alias",
     {{.target = "one.example", .edit = REMOVE, .ttl = 5}},
     {.question = LAB,
      .answer = LAB " 60 CNAME _x._tcp.Real.example.\n"
                    "_x._tcp.Real.example. 60 SRV 1 1 1 one.example.\n"},
     0,
     "2 #1 " LAB " 5 CNAME _x._tcp.Real.example. | auth real.example. 5" SOA "1 3600 600 86400 5"},
    {"NODATA of a name that is no service",
     {{.target = "one.example", .edit = REMOVE, .ttl = 5}},
     SINGLE("_odd.example."),
     0,
     "2 #1 auth _odd.example. 5" SOA "1 3600 600 86400 5"},
    {"none: the whole service",
     {{.target = "two.example", .edit = NONE}},
     PAIR,
     10,
     "2 #1 " LAB " 50 SRV 0 0 0 ."},
    {"demote",
     {{.target = "ONE.example", .edit = PRIORITY(65535)}},
     SINGLE(LAB),
     0,
     "1 #1 " LAB " 60 SRV 65535 5 5222 one.example."},
    {"the later change wins",
     {{.target = "one.example", .edit = PRIORITY(1)},
      {.target = "one.example", .edit = PRIORITY(2)}},
     SINGLE(LAB),
     0,
     "1 #2 " LAB " 60 SRV 2 5 5222 one.example."},
    {"but only in its own fields",
     {{.target = "one.example", .edit = {.fields = POLICY_EDIT_PORT, .port = 443}},
      {.target = "*", .edit = PRIORITY(2)}},
     SINGLE(LAB),
     0,
     "1 #2 " LAB " 60 SRV 2 5 443 one.example."},
    {"a later one for all goes before one for a target, and the reverse",
     {{.target = "*", .edit = PRIORITY(1)},
      {.target = "one.example", .edit = PRIORITY(2)},
      {.target = "*", .edit = {.fields = POLICY_EDIT_WEIGHT, .weight = 8}}},
     SINGLE(LAB),
     0,
     "1 #3 " LAB " 60 SRV 2 8 5222 one.example."},
    {"within a domain",
     {{.target = "one.example", .domain = "lab.example", .edit = PRIORITY(1)}},
     SINGLE(LAB),
     0,
     "1 #1 " LAB " 60 SRV 1 5 5222 one.example."},
    {"not in another",
     {{.target = "one.example", .domain = "lab.example", .edit = PRIORITY(1)}},
     SINGLE(OTHER),
     0,
     "0"},
    {"nor above it",
     {{.target = "one.example", .domain = "example", .edit = PRIORITY(1)}},
     SINGLE(LAB),
     0,
     "0"},
    {"for a service",
     {{.target = "one.example", .service = "xmpp-server", .edit = PRIORITY(1)}},
     SINGLE(SERVER),
     0,
     "1 #1 " SERVER " 60 SRV 1 5 5222 one.example."},
    {"not for another",
     {{.target = "one.example", .service = "xmpp-server", .edit = PRIORITY(1)}},
     SINGLE(LAB),
     0,
     "0"},
    {"not for another, the first in the table",
     {{.target = "one.example", .service = "xmpp-client", .edit = PRIORITY(1)}},
     SINGLE(SERVER),
     0,
     "0"},
    {"not in another domain of the same length",
     {{.target = "one.example", .domain = "bar.example", .edit = PRIORITY(1)}},
     SINGLE(LAB),
     0,
     "0"},
    {"a single label with an underscore is no service of a domain",
     {{.target = "one.example", .domain = "example", .edit = PRIORITY(1)}},
     SINGLE("_tcp.lab.example."),
     0,
     "0"},
    {"nor are two of which one has none",
     {{.target = "one.example", .domain = "example", .edit = PRIORITY(1)}},
     SINGLE("x._tcp.example."),
     0,
     "0"},
    {"any service of a domain",
     {{.target = "one.example", .domain = "example", .edit = PRIORITY(1)}},
     SINGLE("_jabber._tcp.example."),
     0,
     "1 #1 _jabber._tcp.example. 60 SRV 1 5 5222 one.example."},
    {"for the domain that an alias leads to",
     {{.target = "one.example",
       .domain = "other.example",
       .service = "xmpp-client",
       .edit = PRIORITY(1)}},
     {.question = LAB,
      .answer = LAB " 60 CNAME _XMPP-client._tcp.other.example.\n" OTHER
                    " 60 SRV 2 5 5222 one.example.\n",
      .loud = true},
     0,
     "1 #1 " LAB " 60 CNAME _XMPP-client._tcp.other.example."
     " | _XMPP-CLIENT._TCP.OTHER.example. 60 SRV 1 5 5222 one.example."},
    {"and for the one that it leads from",
     {{.target = "one.example", .domain = "lab.example", .edit = PRIORITY(1)}},
     {.question = LAB,
      .answer = LAB " 60 CNAME " OTHER "\n" OTHER " 60 SRV 2 5 5222 one.example.\n"},
     0,
     "1 #1 " LAB " 60 CNAME " OTHER " | " OTHER " 60 SRV 1 5 5222 one.example."},
    {"addresses beside it go",
     {{.target = "one.example", .address = OVERLAY_ADDRESS_NXDOMAIN, .ttl = 70}},
     PAIR,
     0,
     "1 #1 " LAB " 60 SRV 10 5 5222 one.example. | " LAB
     " 60 SRV 20 5 5222 two.example. | add two.example. 60 A 10.5.0.2"},
    {"or become others, once",
     {{.target = "one.example",
       .address = OVERLAY_ADDRESS_REPLACE,
       .addresses = "192.0.2.1 100::1 192.0.2.2",
       .ttl = 5}},
     PAIR,
     0,
     "1 #1 " LAB " 5 SRV 10 5 5222 one.example. | " LAB
     " 5 SRV 20 5 5222 two.example. | add one.example. 5 A 192.0.2.1"
     " | add one.example. 5 AAAA 100::1 | add one.example. 5 A 192.0.2.2"
     " | add two.example. 5 A 10.5.0.2"},
    {"but none are added where there were none",
     {{.target = "one.example",
       .address = OVERLAY_ADDRESS_REPLACE,
       .addresses = "192.0.2.1",
       .ttl = 5}},
     SINGLE(LAB),
     0,
     "0"},
    {"the latest change of addresses holds",
     {{.target = "one.example", .address = OVERLAY_ADDRESS_NODATA, .ttl = 5},
      {.target = "one.example",
       .address = OVERLAY_ADDRESS_REPLACE,
       .addresses = "192.0.2.1",
       .ttl = 60},
      {.target = "one.example", .edit = PRIORITY(3)}},
     PAIR,
     0,
     "1 #3 " LAB " 60 SRV 3 5 5222 one.example. | " LAB
     " 60 SRV 20 5 5222 two.example. | add one.example. 60 A 192.0.2.1"
     " | add two.example. 60 A 10.5.0.2"},
};

static void test_srv(void **state)
{
    struct text said = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(srv_cases) / sizeof(srv_cases[0]); i++) {
        const struct srv_case *c = &srv_cases[i];
        struct overlay *overlay = make_overlay(c->changes);
        print_message("%s\n", c->what);
        assert_string_equal(say_srv(overlay, &c->given, c->age, &said), c->said);
        overlay_free(overlay);
    }
    text_deinit(&said);
}

struct address_case {
    const char *name;
    uint16_t type;
    const char *said;
};

static void check_addresses(const struct change changes[CHANGES_MAX],
                            const struct address_case *cases, size_t count)
{
    struct overlay *overlay = make_overlay(changes);
    struct text said = {0};
    for (size_t i = 0; i < count; i++) {
        print_message("%s %u\n", cases[i].name, cases[i].type);
        assert_string_equal(say_address(overlay, cases[i].name, cases[i].type, &said),
                            cases[i].said);
    }
    text_deinit(&said);
    overlay_free(overlay);
}

static void test_addresses(void **state)
{
    static const struct change changes[CHANGES_MAX] = {
        {.target = "none.example", .address = OVERLAY_ADDRESS_NODATA, .ttl = 5},
        {.target = "gone.example", .address = OVERLAY_ADDRESS_NXDOMAIN, .ttl = 6},
        {.target = "v4.example",
         .address = OVERLAY_ADDRESS_REPLACE,
         .addresses = "192.0.2.1 192.0.2.2",
         .ttl = 7},
    };
    static const struct address_case cases[] = {
        {"none.example", DNS_TYPE_A, "NOERROR #1 auth none.example. 5" SOA "1 3600 600 86400 5"},
        {"none.example", DNS_TYPE_AAAA, "NOERROR #1 auth none.example. 5" SOA "1 3600 600 86400 5"},
        {"gone.example", DNS_TYPE_A, "NXDOMAIN #2 auth gone.example. 6" SOA "2 3600 600 86400 6"},
        {"v4.example", DNS_TYPE_A,
         "NOERROR #3 v4.example. 7 A 192.0.2.1 | v4.example. 7 A 192.0.2.2"},
        {"v4.example", DNS_TYPE_AAAA, "NOERROR #3 auth v4.example. 7" SOA "3 3600 600 86400 7"},
        {"v4.example", DNS_TYPE_ANY,
         "NOERROR #3 v4.example. 7 A 192.0.2.1 | v4.example. 7 A 192.0.2.2"},
        {"v4.example", DNS_TYPE_TXT, "-1"},
        {"example", DNS_TYPE_A, "-1"},
        {"a.v4.example", DNS_TYPE_A, "-1"},
    };
    (void)state;
    check_addresses(changes, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_address_order(void **state)
{
    static const struct change changes[CHANGES_MAX] = {
        {.target = "one.example", .address = OVERLAY_ADDRESS_NODATA, .ttl = 5},
        {.target = "one.example",
         .address = OVERLAY_ADDRESS_REPLACE,
         .addresses = "100::1 192.0.2.1",
         .ttl = 7},
        {.target = "*", .address = OVERLAY_ADDRESS_NXDOMAIN},
    };
    static const struct address_case cases[] = {
        {"one.example", DNS_TYPE_A, "NOERROR #2 one.example. 7 A 192.0.2.1"},
        {"one.example", DNS_TYPE_AAAA, "NOERROR #2 one.example. 7 AAAA 100::1"},
        {"one.example", DNS_TYPE_ANY,
         "NOERROR #2 one.example. 7 A 192.0.2.1 | one.example. 7 AAAA 100::1"},
        {"two.example", DNS_TYPE_A, "-1"}, /* every target is not every name */
    };
    (void)state;
    check_addresses(changes, cases, sizeof(cases) / sizeof(cases[0]));
}

/* Thousands of changes are found one by one. */
static void test_many_changes(void **state)
{
    enum { MANY = 5000 };
    struct overlay_change *list = calloc(MANY, sizeof(*list));
    struct text said = {0};
    (void)state;
    assert_non_null(list);
    for (uint32_t i = 0; i < MANY; i++) {
        char target[32];
        snprintf(target, sizeof(target), "t%u.example", i);
        fill_change(&list[i],
                    &(struct change){.target = target, .address = OVERLAY_ADDRESS_NODATA});
        list[i].id = i;
    }
    struct overlay *overlay = overlay_new(list, MANY, &key);
    assert_non_null(overlay);
    free(list);
    for (uint32_t i = 0; i < MANY; i += 7) {
        char target[32], expected[32];
        snprintf(target, sizeof(target), "t%u.example", i);
        snprintf(expected, sizeof(expected), "NOERROR #%u ", i);
        say_address(overlay, target, DNS_TYPE_A, &said);
        assert_int_equal(strncmp(said.data, expected, strlen(expected)), 0);
    }
    assert_string_equal(say_address(overlay, "t5000.example", DNS_TYPE_A, &said), "-1");
    text_deinit(&said);
    overlay_free(overlay);
}

/* No more addresses than a change has room for, whatever it says. */
static void test_address_count(void **state)
{
    struct overlay_change *change = malloc(sizeof(*change));
    struct text said = {0};
    (void)state;
    assert_non_null(change);
    fill_change(change, &(struct change){.target = "one.example",
                                         .address = OVERLAY_ADDRESS_REPLACE,
                                         .addresses = "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 "
                                                      "1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8"});
    change->address_count = 10000;
    struct overlay *overlay = overlay_new(change, 1, &key);
    assert_non_null(overlay);
    free(change);
    say_address(overlay, "one.example", DNS_TYPE_A, &said);
    assert_non_null(strstr(said.data, "1.1.1.8"));
    text_deinit(&said);
    overlay_free(overlay);
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at++)
        count++;
    return count;
}

/* More hosts with other addresses than one answer keeps account of: each has its new addresses at
 * most once, and none has the old. */
static void test_many_hosts(void **state)
{
    enum { MANY = 80 };
    static struct overlay_change list[MANY];
    struct text lines = {0}, said = {0};
    (void)state;
    for (int i = 0; i < MANY; i++) {
        char target[32];
        snprintf(target, sizeof(target), "t%d.example", i);
        fill_change(&list[i], &(struct change){.target = target,
                                               .address = OVERLAY_ADDRESS_REPLACE,
                                               .addresses = "192.0.2.1"});
        text_addf(&lines, "t%d.example. 60 A 10.5.0.1\nt%d.example. 60 A 10.5.0.2\n", i, i);
    }
    struct overlay *overlay = overlay_new(list, MANY, &key);
    assert_non_null(overlay);
    const struct given given = {
        .question = LAB, .answer = LAB " 60 SRV 1 1 1 t1.example.\n", .additional = lines.data};
    assert_int_equal(say_srv(overlay, &given, 0, &said)[0], '1');
    assert_int_equal(occurrences(said.data, " A 10.5."), 0);
    assert_in_range(occurrences(said.data, " A 192.0.2.1"), 1, MANY - 1);
    assert_int_equal(occurrences(said.data, "t1.example. 0 A 192.0.2.1"), 1);
    text_deinit(&lines);
    text_deinit(&said);
    overlay_free(overlay);
}

static void test_concerns(void **state)
{
    struct overlay *overlay = overlay_new(NULL, 0, &key);
    (void)state;
    assert_non_null(overlay);
    assert_true(overlay_concerns(overlay, DNS_TYPE_SRV));
    assert_true(overlay_concerns(overlay, DNS_TYPE_A));
    assert_true(overlay_concerns(overlay, DNS_TYPE_AAAA));
    assert_true(overlay_concerns(overlay, DNS_TYPE_ANY));
    assert_false(overlay_concerns(overlay, DNS_TYPE_TXT));
    assert_false(overlay_concerns(NULL, DNS_TYPE_SRV));
    overlay_free(overlay);
    overlay_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_srv),           cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_address_order),

        cmocka_unit_test(test_address_count), cmocka_unit_test(test_many_hosts),
        cmocka_unit_test(test_many_changes),  cmocka_unit_test(test_concerns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
