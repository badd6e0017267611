/* The order of servers and the time each is given. Servers are letters: 'a' is the first of the
 * route. */
#include "unit/upstream/support/check.h"

#include <string.h>

#include "upstream/schedule.h"

static struct health of_letter(char c)
{
    struct health h = {.queries = 0};
    switch (c) {
    case 'd': /* down */
        h.down = true;
        break;
    case 'f': /* fast */
        health_on_reply(&h, 5, 1);
        break;
    case 's': /* slow */
        health_on_reply(&h, 500, 1);
        break;
    default: /* not known yet */
        break;
    }
    return h;
}

static void plan(struct schedule *s, const char *healths)
{
    static struct health h[32];
    const struct health *servers[32];
    size_t count = strlen(healths);
    for (size_t i = 0; i < count; i++) {
        h[i] = of_letter(healths[i]);
        servers[i] = &h[i];
    }
    schedule_init(s, servers, count);
}

/* Servers in the order of `count` tries, as letters; '-' when there is none. */
static const char *tries(struct schedule *s, unsigned count)
{
    static char out[64];
    for (unsigned i = 0; i < count; i++) {
        const struct schedule_step *step = schedule_next(s);
        out[i] = step ? (char)('a' + step->server) : '-';
    }
    out[count] = 0;
    return out;
}

static void test_order(void **state)
{
    static const struct {
        const char *healths, *order;
    } cases[] = {
        {"f", "aaa"},
        {"fff", "abcabc"},
        {"uuu", "abcabc"},
        {"sf", "baba"},
        {"su", "baba"},
        {"fs", "abab"},
        {"df", "baba"},
        {"dd", "abab"},
        {"dsf", "cbacba"},
        {"dsfdsf", "cfbead"},
        {"ffffffffffffffff", "abcdefghijklmnop"},
        {"sffffffffffffffff", "bcdefghijklmnopq"}, /* 17: the slow one is left out */
        {"", "---"},
    };
    struct schedule s;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        plan(&s, cases[i].healths);
        assert_string_equal(tries(&s, (unsigned)strlen(cases[i].order)), cases[i].order);
    }
}

static void test_steps_that_are_out(void **state)
{
    struct schedule s;
    (void)state;
    plan(&s, "fff");
    s.steps[1].out = true;
    assert_string_equal(tries(&s, 4), "acac");
    s.steps[0].out = true;
    s.steps[2].out = true;
    assert_string_equal(tries(&s, 2), "--");
}

static void test_tries_are_bounded(void **state)
{
    struct schedule s;
    unsigned count = 0;
    (void)state;
    plan(&s, "ff");
    while (schedule_next(&s))
        assert_true(++count <= 100);
    assert_int_equal(count, SCHEDULE_SENDS_MAX);
    assert_null(schedule_next(&s));
}

/* With a poor reply at hand: twice each, once for those that were down. */
static void test_settled(void **state)
{
    struct schedule s;
    (void)state;
    plan(&s, "ffd");
    assert_string_equal(tries(&s, 1), "a");
    s.steps[0].out = true;
    schedule_settle(&s);
    assert_true(schedule_has_other(&s, &s.steps[0]));
    assert_string_equal(tries(&s, 4), "bcb-");
    assert_false(schedule_has_other(&s, &s.steps[0]));
    assert_false(schedule_has_other(&s, &s.steps[1]));
}

static void test_has_other(void **state)
{
    struct schedule s;
    (void)state;
    plan(&s, "f");
    assert_false(schedule_has_other(&s, &s.steps[0]));
    plan(&s, "ff");
    assert_true(schedule_has_other(&s, &s.steps[0]));
    s.steps[1].out = true;
    assert_false(schedule_has_other(&s, &s.steps[0]));
}

static void test_classes_rise(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SCHEDULE_CLASSES; i++)
        assert_true(schedule_classes[i] > schedule_classes[i - 1]);
}

static void test_timeouts(void **state)
{
    static const struct {
        const char *healths;
        unsigned tries; /* that were made, the present one included */
        uint32_t rto, left, timeout;
    } cases[] = {
        {"f", 1, 376, 4000, 376},    {"f", 1, 50, 4000, 50},
        {"f", 1, 51, 4000, 75},                                 /* rounded up */
        {"f", 2, 376, 3600, 850},                               /* doubled */
        {"f", 3, 376, 2700, 1920},                              /* and again */
        {"f", 9, 376, 1000, 6000},                              /* the largest there is */
        {"ff", 1, 376, 4000, 376},   {"ff", 2, 376, 3600, 376}, /* the second server's first time */
        {"ff", 1, 2000, 3000, 1280}, /* leaves half to the other, rounded down */
        {"ff", 2, 2000, 1700, 2900}, /* which may take the rest */
        {"fff", 1, 2000, 3000, 850}, {"ffff", 1, 2000, 3, 5},
    };
    struct schedule s;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        plan(&s, cases[i].healths);
        tries(&s, cases[i].tries);
        unsigned class = schedule_timeout(&s, cases[i].rto, cases[i].left);
        assert_int_equal(schedule_classes[class], cases[i].timeout);
    }
}

/* Whatever the health of up to 16 servers, all are asked before the deadline. */
static void test_each_server_gets_its_chance(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= SCHEDULE_SERVERS_MAX; count++) {
        struct schedule s;
        uint32_t left = 4000;
        unsigned asked = 0;
        plan(&s, &"ffffffffffffffff"[SCHEDULE_SERVERS_MAX - count]);
        while (asked < count) {
            assert_non_null(schedule_next(&s));
            uint32_t timeout = schedule_classes[schedule_timeout(&s, 2000, left)];
            asked++;
            assert_true(timeout < left || asked == count);
            left -= timeout < left ? timeout : left;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_steps_that_are_out),
        cmocka_unit_test(test_tries_are_bounded),
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_has_other),
        cmocka_unit_test(test_classes_rise),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_each_server_gets_its_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
