/* Which replies faults befall, and how often. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/message.h"
#include "policy/fault.h"

#define FAULTS_MAX 3
#define SEED       42

/* A set of faults from KEY=VALUE words, named "a", "b" and "c". */
struct lab {
    struct fault_uses uses[FAULTS_MAX];
    struct fault_set *set;
};

static void spec_init(struct fault_spec *spec, const char *name, const char *words)
{
    char copy[256], *rest = NULL;
    const char *expected = NULL;
    strcpy(copy, words);
    fault_init(spec, name);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        if (strcmp(word, "uses") == 0)
            spec->uses_max = strtoull(value, NULL, 10);
        else if (fault_set(spec, word, value, &expected) != ERR_OK)
            fail_msg("%s=%s: %s", word, value, expected);
    }
    assert_null(fault_problem(spec));
}

static void lab_init(struct lab *lab, uint64_t seed, const char *a, const char *b, const char *c)
{
    const char *const words[FAULTS_MAX] = {a, b, c};
    static const char *const names[FAULTS_MAX] = {"a", "b", "c"};
    struct fault_spec specs[FAULTS_MAX];
    struct fault_uses *uses[FAULTS_MAX];
    size_t count = 0;
    *lab = (struct lab){.set = NULL};
    for (; count < FAULTS_MAX && words[count]; count++) {
        spec_init(&specs[count], names[count], words[count]);
        uses[count] = &lab->uses[count];
    }
    lab->set = fault_set_new(specs, uses, count, seed);
    assert_non_null(lab->set);
}

static void lab_deinit(struct lab *lab)
{
    fault_set_free(lab->set);
}

/* A reply in words; what it does not say is as in the first line of test_match. */
struct ask {
    const char *name;
    uint16_t type;
    const char *client, *view;
    bool tcp, no_edns;
    enum fault_source source;
    int other_service; /* 0 = xmpp-client, 1 = xmpp-server, and so on; -1 = none */
};

/* The name of the fault that befalls it; "" for none. */
static const char *find(const struct lab *lab, const struct ask *ask)
{
    struct dns_name name;
    struct addr client;
    uint64_t draw;
    const char *text = ask->name ? ask->name : "_xmpp-client._tcp.lab.example";
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    assert_int_equal(addr_parse(&client, ask->client ? ask->client : "10.5.0.20", 5353), ERR_OK);
    const struct fault_reply reply = {.name = &name,
                                      .type = ask->type ? ask->type : DNS_TYPE_SRV,
                                      .service = ask->other_service,
                                      .client = &client,
                                      .view = ask->view ? ask->view : "",
                                      .tcp = ask->tcp,
                                      .edns = !ask->no_edns,
                                      .source = ask->source};
    const struct fault_spec *found = fault_find(lab->set, &reply, &draw);
    return found ? found->name : "";
}

static const struct {
    const char *words;
    struct ask ask;
    bool befalls;
} matches[] = {
    {"drop=true", {0}, true},
    {"type=SRV drop=true", {0}, true},
    {"type=AAAA drop=true", {0}, false},
    {"name=_xmpp-client._tcp.lab.example drop=true", {0}, true},
    {"name=lab.example drop=true", {0}, false},
    {"domain=lab.example drop=true", {0}, true},
    {"domain=lab.example drop=true", {.name = "lab.example"}, true},
    {"domain=lab.example drop=true", {.name = "example"}, false},
    {"domain=ab.example drop=true", {0}, false},
    {"domain=. drop=true", {0}, true},
    {"service=xmpp-client drop=true", {0}, true},
    {"service=xmpp-server drop=true", {0}, false},
    {"service=xmpp-client drop=true", {.other_service = -1}, false},
    {"client=10.5.0.0/16 drop=true", {0}, true},
    {"client=10.5.0.0/16 drop=true", {.client = "10.6.0.1"}, false},
    {"client=10.5.0.20 drop=true", {0}, true},
    {"client=10.5.0.21 drop=true", {0}, false},
    {"client=10.5.0.20 drop=true", {.client = "::ffff:10.5.0.20"}, true},
    {"view=inside drop=true", {.view = "inside"}, true},
    {"view=inside drop=true", {.view = "insid"}, false},
    {"view=inside drop=true", {0}, false},
    {"transport=udp drop=true", {0}, true},
    {"transport=udp drop=true", {.tcp = true}, false},
    {"transport=tcp drop=true", {0}, false},
    {"transport=tcp drop=true", {.tcp = true}, true},
    {"source=cache drop=true", {.source = FAULT_CACHE}, true},
    {"source=cache drop=true", {.source = FAULT_UPSTREAM}, false},
    {"source=cache drop=true", {0}, false},
    {"drop=true", {.source = FAULT_POLICY}, true},
    /* all that is said must fit */
    {"type=SRV view=inside drop=true", {0}, false},
    /* nothing that it does can be done to such a reply */
    {"truncate=true", {0}, true},
    {"truncate=true", {.tcp = true}, false},
    {"truncate=true rcode=REFUSED", {.tcp = true}, true},
    {"tcp=reset", {0}, false},
    {"tcp=reset", {.tcp = true}, true},
    {"mangle=wrong-source", {.tcp = true}, false},
    {"mangle=wrong-source", {0}, true},
    {"mangle=no-edns", {0}, true},
    {"mangle=no-edns", {.no_edns = true}, false},
    {"mangle=no-edns delay=1s", {.no_edns = true}, true},
    {"mangle=no-edns drop=true", {0}, true},
    {"mangle=no-edns drop=true", {.no_edns = true}, false},
    {"share=0% drop=true", {0}, false},
};

static void test_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
        struct lab lab;
        print_message("%zu: %s\n", i, matches[i].words);
        lab_init(&lab, SEED, matches[i].words, NULL, NULL);
        assert_string_equal(find(&lab, &matches[i].ask), matches[i].befalls ? "a" : "");
        assert_int_equal(atomic_load(&lab.uses[0].used), matches[i].befalls);
        lab_deinit(&lab);
    }
}

/* Which of the first 12 replies it befalls. */
static const struct {
    const char *words, *befallen;
} limits[] = {
    {"drop=true", "xxxxxxxxxxxx"},
    {"drop=true first=2", "xx.........."},
    {"drop=true every=1", "xxxxxxxxxxxx"},
    {"drop=true every=5", "....x....x.."},
    {"drop=true every=3 first=7", "..x..x......"},
    {"drop=true uses=3", "xxx........."},
    {"drop=true every=2 uses=3", ".x.x.x......"},
    {"drop=true share=0%", "............"},
};

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct lab lab;
        char befallen[13] = {0};
        size_t used = 0;
        print_message("%s\n", limits[i].words);
        lab_init(&lab, SEED, limits[i].words, NULL, NULL);
        for (int n = 0; n < 12; n++) {
            befallen[n] = *find(&lab, &(struct ask){0}) ? 'x' : '.';
            used += befallen[n] == 'x';
        }
        assert_string_equal(befallen, limits[i].befallen);
        assert_int_equal(atomic_load(&lab.uses[0].used), used);
        lab_deinit(&lab);
    }
}

/* The first that befalls a reply is the one; those before it count their matches. */
static void test_order(void **state)
{
    struct lab lab;
    const struct ask any = {0};
    (void)state;
    lab_init(&lab, SEED, "type=AAAA drop=true", "rcode=SERVFAIL first=1", "delay=1s");
    assert_string_equal(find(&lab, &any), "b");
    assert_string_equal(find(&lab, &any), "c");
    assert_string_equal(find(&lab, &any), "c");
    assert_int_equal(atomic_load(&lab.uses[0].matched), 0);
    assert_int_equal(atomic_load(&lab.uses[1].matched), 3);
    assert_int_equal(atomic_load(&lab.uses[1].used), 1);
    assert_int_equal(atomic_load(&lab.uses[2].matched), 2);
    assert_int_equal(atomic_load(&lab.uses[2].used), 2);
    lab_deinit(&lab);
}

/* Replies to the question over UDP and then over TCP, as a client asks after TC. */
static void test_truncate_then_tcp(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab, SEED, "truncate=true", "tcp=reset", NULL);
    assert_string_equal(find(&lab, &(struct ask){0}), "a");
    assert_string_equal(find(&lab, &(struct ask){.tcp = true}), "b");
    lab_deinit(&lab);
}

static void test_empty(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab, SEED, NULL, NULL, NULL);
    assert_string_equal(find(&lab, &(struct ask){0}), "");
    lab_deinit(&lab);
}

#define DRAWS 20000

/* What was drawn for DRAWS replies: a byte each. */
static unsigned draw_share(uint64_t seed, const char *words, char *out)
{
    struct lab lab;
    unsigned hits = 0;
    lab_init(&lab, seed, words, NULL, NULL);
    for (int i = 0; i < DRAWS; i++) {
        out[i] = *find(&lab, &(struct ask){0}) ? 1 : 0;
        hits += (unsigned)out[i];
    }
    assert_int_equal(atomic_load(&lab.uses[0].matched), DRAWS);
    assert_int_equal(atomic_load(&lab.uses[0].used), hits);
    lab_deinit(&lab);
    return hits;
}

/* The seed is fixed, so that these numbers are the same in every run. */
static void test_share(void **state)
{
    static char first[DRAWS], again[DRAWS], other[DRAWS];
    (void)state;
    unsigned hits = draw_share(SEED, "drop=true share=30%", first);
    assert_in_range(hits, DRAWS * 29 / 100, DRAWS * 31 / 100);
    assert_int_equal(draw_share(SEED, "drop=true share=30%", again), hits);
    assert_memory_equal(first, again, DRAWS);
    draw_share(SEED + 1, "drop=true share=30%", other);
    assert_memory_not_equal(first, other, DRAWS);
    assert_in_range(draw_share(SEED, "drop=true share=0.5%", other), DRAWS * 4 / 1000,
                    DRAWS * 6 / 1000);
    assert_int_equal(draw_share(SEED, "drop=true share=100%", other), DRAWS);
}

/* The n-th match of one fault draws apart from the n-th of another. */
static void test_names_draw_apart(void **state)
{
    struct lab lab;
    unsigned same = 0;
    (void)state;
    lab_init(&lab, SEED, "type=A drop=true share=50%", "type=SRV drop=true share=50%", NULL);
    for (int i = 0; i < 1000; i++) {
        bool a = *find(&lab, &(struct ask){.type = DNS_TYPE_A}) != '\0';
        bool b = *find(&lab, &(struct ask){.type = DNS_TYPE_SRV}) != '\0';
        same += a == b;
    }
    assert_in_range(same, 450, 550);
    lab_deinit(&lab);
}

/* The number for jitter is spread evenly, whatever the share. */
static void test_draw(void **state)
{
    struct lab lab;
    struct dns_name name = {.len = 1};
    struct addr client;
    unsigned slots[10] = {0}, hits = 0;
    (void)state;
    assert_int_equal(addr_parse(&client, "10.5.0.20", 0), ERR_OK);
    const struct fault_reply reply = {
        .name = &name, .type = DNS_TYPE_A, .service = -1, .client = &client, .view = ""};
    lab_init(&lab, SEED, "delay=1s share=10%", NULL, NULL);
    for (int i = 0; i < 100000; i++) {
        uint64_t draw = 0;
        if (!fault_find(lab.set, &reply, &draw))
            continue;
        slots[draw % 10]++;
        hits++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(slots[i], hits * 8 / 100, hits * 12 / 100);
    lab_deinit(&lab);
}

struct racer {
    pthread_t thread;
    const struct lab *lab;
    unsigned found;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    for (int i = 0; i < 5000; i++)
        racer->found += *find(racer->lab, &(struct ask){0}) != '\0';
    return NULL;
}

static unsigned run_race(const char *words)
{
    struct racer racers[4] = {{0}};
    struct lab lab;
    unsigned found = 0;
    lab_init(&lab, SEED, words, NULL, NULL);
    for (int i = 0; i < 4; i++) {
        racers[i].lab = &lab;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(racers[i].thread, NULL);
        found += racers[i].found;
    }
    assert_int_equal(atomic_load(&lab.uses[0].used), found);
    lab_deinit(&lab);
    return found;
}

/* Four workers see exactly what one would. */
static void test_race(void **state)
{
    static char drawn[DRAWS];
    (void)state;
    assert_int_equal(run_race("drop=true first=777"), 777);
    assert_int_equal(run_race("drop=true uses=333"), 333);
    assert_int_equal(run_race("drop=true every=10"), DRAWS / 10);
    assert_int_equal(run_race("drop=true share=30%"),
                     draw_share(SEED, "drop=true share=30%", drawn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_truncate_then_tcp),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_names_draw_apart),
        cmocka_unit_test(test_draw),
        cmocka_unit_test(test_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
