/* Edits to the SRV records of an answer. */
#include "unit/policy/answer_fixture.h"

#include "policy/edit.h"

#define NAME "_xmpp-client._tcp.lab.example."
#define SIG  " RRSIG SRV 8 4 60 20300101000000 20200101000000 1 lab.example. AAAA"
#define SIGA " RRSIG A 8 3 60 20300101000000 20200101000000 1 lab.example. AAAA"

struct edit_case {
    const char *what;
    struct policy_edit edits[3]; /* up to the first without a field */
    const char *targets[3];      /* their targets; "*" is any */
    const char *replace;         /* of the first */
    uint32_t age;
    struct given given;
    const char *said; /* NULL: nothing matched */
};

/* Two targets with their addresses, as upstream sends them. */
#define TWO                                                                                        \
    {                                                                                              \
        .question = NAME,                                                                          \
        .answer = NAME " 60 SRV 10 5 5222 xmpp1.lab.example.\n" NAME                               \
                       " 60 SRV 20 5 5222 XMPP2.lab.example.\n",                                   \
        .additional = "xmpp1.lab.example. 40 A 10.5.0.11\nxmpp1.lab.example. 40 AAAA fd00::11\n"   \
                      "xmpp2.lab.example. 30 A 10.5.0.12\nother.example. 50 A 10.5.0.13\n",        \
    }
#define ONE                                                                                        \
    {                                                                                              \
        .question = NAME, .answer = NAME " 60 SRV 10 5 5222 xmpp1.lab.example.\n",                 \
        .authority = "lab.example. 300 NS ns.lab.example.\n",                                      \
        .additional = "xmpp1.lab.example. 40 A 10.5.0.11\n",                                       \
    }
#define ADD1(ttl)                                                                                  \
    " | add xmpp1.lab.example. " ttl " A 10.5.0.11 | add xmpp1.lab.example. " ttl " AAAA fd00::11"
#define ADD2(ttl)  " | add xmpp2.lab.example. " ttl " A 10.5.0.12"
#define OTHER(ttl) " | add other.example. " ttl " A 10.5.0.13"

static const struct edit_case cases[] = {
    {.what = "another target",
     .edits = {{.fields = POLICY_EDIT_PRIORITY, .priority = 1}},
     .targets = {"xmpp3.lab.example"},
     .given = TWO},
    {.what = "a name below is another name",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"lab.example"},
     .given = TWO},
    {.what = "another port",
     .edits = {{.fields = POLICY_EDIT_PRIORITY, .priority = 1, .match_port = 5223}},
     .targets = {"xmpp1.lab.example"},
     .given = TWO},
    {.what = "one field",
     .edits = {{.fields = POLICY_EDIT_PRIORITY, .priority = 65535, .match_port = 5222}},
     .targets = {"xmpp1.lab.example"},
     .given = TWO,
     .said = NAME " 30 SRV 65535 5 5222 xmpp1.lab.example. | " NAME
                  " 30 SRV 20 5 5222 XMPP2.lab.example." ADD1("30") ADD2("30") OTHER("30")},
    {.what = "case does not matter; weight and port",
     .edits = {{.fields = POLICY_EDIT_WEIGHT | POLICY_EDIT_PORT, .weight = 7, .port = 443}},
     .targets = {"xmpp2.lab.example"},
     .given = TWO,
     .said = NAME " 30 SRV 10 5 5222 xmpp1.lab.example. | " NAME
                  " 30 SRV 20 7 443 XMPP2.lab.example." ADD1("30") ADD2("30") OTHER("30")},
    {.what = "removed with its addresses, which count for no TTL",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"xmpp2.lab.example"},
     .given = TWO,
     .said = NAME " 40 SRV 10 5 5222 xmpp1.lab.example." ADD1("40") OTHER("40")},
    {.what = "replaced",
     .edits = {{.fields = POLICY_EDIT_REPLACE}},
     .targets = {"xmpp1.lab.example"},
     .replace = "new.example.org",
     .given = TWO,
     .said = NAME " 30 SRV 10 5 5222 new.example.org. | " NAME
                  " 30 SRV 20 5 5222 XMPP2.lab.example." ADD2("30") OTHER("30")},
    {.what = "replaced by one that is there",
     .edits = {{.fields = POLICY_EDIT_REPLACE}},
     .targets = {"xmpp1.lab.example"},
     .replace = "xmpp2.lab.example",
     .given = TWO,
     .said = NAME " 30 SRV 10 5 5222 xmpp2.lab.example. | " NAME
                  " 30 SRV 20 5 5222 XMPP2.lab.example." ADD2("30") OTHER("30")},
    {.what = "a removed target that another record keeps",
     .edits = {{.fields = POLICY_EDIT_REMOVE, .match_port = 5223}},
     .targets = {"xmpp1.lab.example"},
     .given = {.question = NAME,
               .answer = NAME " 60 SRV 10 5 5222 xmpp1.lab.example.\n" NAME
                              " 60 SRV 20 5 5223 xmpp1.lab.example.\n",
               .additional = "xmpp1.lab.example. 40 A 10.5.0.11\n"},
     .said = NAME " 40 SRV 10 5 5222 xmpp1.lab.example. | add xmpp1.lab.example. 40 A 10.5.0.11"},
    {.what = "the first edit wins, field by field",
     .edits = {{.fields = POLICY_EDIT_PRIORITY, .priority = 1},
               {.fields = POLICY_EDIT_PRIORITY | POLICY_EDIT_WEIGHT, .priority = 2, .weight = 9}},
     .targets = {"xmpp1.lab.example", "*"},
     .given = TWO,
     .said = NAME " 30 SRV 1 9 5222 xmpp1.lab.example. | " NAME
                  " 30 SRV 2 9 5222 XMPP2.lab.example." ADD1("30") ADD2("30") OTHER("30")},
    {.what = "the lowest TTL that an edit gave holds for all, and may be a higher one",
     .edits = {{.fields = POLICY_EDIT_TTL, .ttl = 900}, {.fields = POLICY_EDIT_TTL, .ttl = 600}},
     .targets = {"xmpp1.lab.example", "xmpp2.lab.example"},
     .given = TWO,
     .said = NAME " 600 SRV 10 5 5222 xmpp1.lab.example. | " NAME
                  " 600 SRV 20 5 5222 XMPP2.lab.example." ADD1("600") ADD2("600") OTHER("600")},
    {.what = "the TTL of a removed record counts for nothing",
     .edits = {{.fields = POLICY_EDIT_TTL, .ttl = 0}, {.fields = POLICY_EDIT_REMOVE}},
     .targets = {"xmpp2.lab.example", "xmpp2.lab.example"},
     .given = TWO,
     .said = NAME " 40 SRV 10 5 5222 xmpp1.lab.example." ADD1("40") OTHER("40")},
    {.what = "age is taken off first",
     .edits = {{.fields = POLICY_EDIT_WEIGHT, .weight = 0}},
     .targets = {"xmpp1.lab.example"},
     .age = 35,
     .given = ONE,
     .said = NAME " 5 SRV 10 0 5222 xmpp1.lab.example. | auth lab.example. 5 NS ns.lab.example."
                  " | add xmpp1.lab.example. 5 A 10.5.0.11"},
    {.what = "no TTL under 0",
     .edits = {{.fields = POLICY_EDIT_WEIGHT, .weight = 0}},
     .targets = {"xmpp1.lab.example"},
     .age = 3600,
     .given = ONE,
     .said = NAME " 0 SRV 10 0 5222 xmpp1.lab.example. | auth lab.example. 0 NS ns.lab.example."
                  " | add xmpp1.lab.example. 0 A 10.5.0.11"},
    {.what = "emptied: nothing is left",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"*"},
     .given = TWO,
     .said = ""},
    {.what = "the whole set becomes the root",
     .edits = {{.fields = POLICY_EDIT_NONE}},
     .targets = {"xmpp2.lab.example"},
     .given = TWO,
     .said = NAME " 60 SRV 0 0 0 ."},
    {.what = "the root, with a TTL; what comes later says nothing more",
     .edits = {{.fields = POLICY_EDIT_NONE | POLICY_EDIT_TTL, .ttl = 7},
               {.fields = POLICY_EDIT_REMOVE}},
     .targets = {"xmpp1.lab.example", "xmpp1.lab.example"},
     .given = ONE,
     .said = NAME " 7 SRV 0 0 0 . | auth lab.example. 7 NS ns.lab.example."},
    {.what = "an emptied set behind an alias",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"xmpp1.lab.example"},
     .given = {.question = NAME,
               .answer = NAME " 90 CNAME real.example.\n"
                              "real.example. 60 SRV 10 5 5222 xmpp1.lab.example.\n",
               .authority = "example. 2 NS ns.example.\n",
               .additional = "other.example. 3 A 10.5.0.13\n"},
     .said = NAME " 60 CNAME real.example."},
    {.what = "signatures of what was changed go, others stay",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"xmpp2.lab.example"},
     .given = {.question = NAME,
               .answer = NAME " 60 SRV 10 5 5222 xmpp1.lab.example.\n" NAME
                              " 60 SRV 10 5 5222 xmpp2.lab.example.\n" NAME " 60 IN" SIG "\n",
               .additional =
                   "xmpp1.lab.example. 60 A 10.5.0.11\nxmpp1.lab.example. 60 IN" SIGA
                   "\nxmpp2.lab.example. 60 A 10.5.0.12\nxmpp2.lab.example. 60 IN" SIGA "\n"},
     .said = NAME " 60 SRV 10 5 5222 xmpp1.lab.example. | add xmpp1.lab.example. 60 A 10.5.0.11"
                  " | add xmpp1.lab.example. 60" SIGA},
    {.what = "owners in capitals",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"gw.org"},
     .given = {.question = NAME,
               .answer = NAME " 60 SRV 10 5 5222 gw.org.\n" NAME " 60 SRV 10 5 5222 gw.net.\n",
               .additional = "gw.org. 60 A 10.5.0.1\ngw.net. 60 A 10.5.0.2\n",
               .loud = true},
     .said = NAME " 60 SRV 10 5 5222 gw.net. | add GW.NET. 60 A 10.5.0.2"},
    {.what = "an answer to a wildcard",
     .edits = {{.fields = POLICY_EDIT_PORT, .port = 1}},
     .targets = {"gw.example"},
     .given = {.question = "_xmpp-client._tcp.a.customers.example.",
               .answer = "*. 60 SRV 10 5 5222 gw.example.\n",
               .wildcard = true},
     .said = "_xmpp-client._tcp.a.customers.example. 60 SRV 10 5 1 gw.example."},
    {.what = "SRV records elsewhere than in the answer",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"*"},
     .given = {.question = NAME, .additional = NAME " 60 SRV 10 5 5222 xmpp1.lab.example.\n"}},
    {.what = "no SRV record",
     .edits = {{.fields = POLICY_EDIT_REMOVE}},
     .targets = {"*"},
     .given = {.question = NAME, .answer = NAME " 60 TXT \"x\"\n"}},
};

static void run(const struct edit_case *c)
{
    const struct dns_answer *answer = make_answer(&c->given);
    struct dns_name question = name_of(c->given.question);
    struct policy_edit copies[3];
    struct text said = {0};
    struct dns_builder b;
    size_t count = 0;
    for (; count < 3 && c->edits[count].fields != 0; count++) {
        copies[count] = c->edits[count];
        copies[count].any_target = strcmp(c->targets[count], "*") == 0;
        copies[count].target = name_of(c->targets[count]);
        if (c->replace)
            copies[count].replace = name_of(c->replace);
    }
    dns_builder_init(&b, made_buffer, sizeof(made_buffer), &question);
    bool changed = policy_edit_apply(copies, count, answer, &question, c->age, &b);
    assert_int_equal(changed, c->said != NULL);
    if (!changed)
        return;
    answer = dns_builder_finish(&b, 0);
    assert_non_null(answer);
    text_add(&said, "");
    add_answer(&said, answer, &question);
    assert_string_equal(said.data, c->said);
    text_deinit(&said);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].what);
        run(&cases[i]);
    }
}

/* The most records of a message, the targets of which no table holds: still edited whole. */
static void test_many(void **state)
{
    static struct text lines;
    struct dns_name question = name_of(NAME);
    const struct policy_edit edit = {
        .any_target = true, .fields = POLICY_EDIT_PORT, .port = 1, .target = {.len = 1}};
    struct dns_builder b;
    (void)state;
    for (unsigned i = 0; i < 700; i++)
        text_addf(&lines, NAME " 60 SRV %u 5 5222 t%u.example.\n", i, i);
    struct given given = {
        .question = NAME, .answer = lines.data, .additional = "t1.example. A 1.1.1.1"};
    const struct dns_answer *answer = make_answer(&given);
    dns_builder_init(&b, made_buffer, sizeof(made_buffer), &question);
    assert_true(policy_edit_apply(&edit, 1, answer, &question, 0, &b));
    answer = dns_builder_finish(&b, 0);
    assert_non_null(answer);
    assert_int_equal(answer->counts[DNS_ANSWER], 700);
    assert_int_equal(answer->counts[DNS_ADDITIONAL], 0); /* a favour, which would cost too much */
    text_deinit(&lines);
}

/* What does not fit fails the builder and nothing else. */
static void test_no_room(void **state)
{
    struct given given = TWO;
    const struct policy_edit edit = {.any_target = true, .fields = POLICY_EDIT_PORT, .port = 1};
    struct dns_name question = name_of(NAME);
    const struct dns_answer *answer = make_answer(&given);
    (void)state;
    for (size_t room = 0; room < dns_answer_size(answer); room++) {
        struct dns_builder b;
        void *exact = malloc(room ? room : 1);
        assert_non_null(exact);
        dns_builder_init(&b, exact, room, &question);
        assert_true(policy_edit_apply(&edit, 1, answer, &question, 0, &b));
        assert_null(dns_builder_finish(&b, 0));
        free(exact);
    }
}

/* RDATA that is no SRV stays as it is. */
static void test_broken(void **state)
{
    static const uint8_t rdata[400] = {[5] = 1, [6] = 1, [7] = 'x', [8] = 0};
    static const uint16_t sizes[] = {0, 1, 6, 7, 8, 10, 300, 400};
    const struct policy_edit edit = {.any_target = true, .fields = POLICY_EDIT_PORT, .port = 1};
    struct dns_name question = name_of(NAME);
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct dns_rr rr = {question, DNS_TYPE_SRV, DNS_CLASS_IN, 9, rdata, sizes[i], DNS_ANSWER};
        struct dns_builder b;
        dns_builder_init(&b, given_buffer, sizeof(given_buffer), &question);
        dns_builder_add(&b, &rr);
        const struct dns_answer *answer = dns_builder_finish(&b, 0);
        dns_builder_init(&b, made_buffer, sizeof(made_buffer), &question);
        assert_false(policy_edit_apply(&edit, 1, answer, &question, 0, &b));
    }
}

/* Only class IN has services. */
static void test_class(void **state)
{
    static const uint8_t rdata[] = {0, 1, 0, 1, 0, 1, 1, 'x', 0};
    const struct policy_edit edit = {.any_target = true, .fields = POLICY_EDIT_PORT, .port = 9};
    struct dns_name question = name_of(NAME);
    (void)state;
    for (int in = 0; in < 2; in++) {
        struct dns_rr rr = {question,      DNS_TYPE_SRV, in ? DNS_CLASS_IN : DNS_CLASS_CH, 9, rdata,
                            sizeof(rdata), DNS_ANSWER};
        struct dns_builder b;
        dns_builder_init(&b, given_buffer, sizeof(given_buffer), &question);
        dns_builder_add(&b, &rr);
        const struct dns_answer *answer = dns_builder_finish(&b, 0);
        dns_builder_init(&b, made_buffer, sizeof(made_buffer), &question);
        assert_int_equal(policy_edit_apply(&edit, 1, answer, &question, 0, &b), in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),  cmocka_unit_test(test_many),  cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_broken), cmocka_unit_test(test_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
