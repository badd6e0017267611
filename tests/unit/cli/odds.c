/* The order of SRV targets in numbers, against the algorithm of RFC 2782 carried out many times. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/odds.h"

#define TARGETS_MAX 24
#define ROUNDS      40000

static bool near(double a, double b, double distance)
{
    return fabs(a - b) <= distance;
}

/* splitmix64: the same numbers in every run. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void shuffle(size_t *row, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = draw(state) % i, kept = row[i - 1];
        row[i - 1] = row[j];
        row[j] = kept;
    }
}

/* RFC 2782, "Weight": takes one out of the row; its index in the row. */
static size_t choose(const struct odds_target *targets, size_t *row, size_t count, uint64_t *state)
{
    uint64_t sum = 0, running = 0;
    size_t zeros = 0;
    shuffle(row, count, state);
    for (size_t i = 0; i < count; i++) {
        sum += targets[row[i]].weight;
        if (targets[row[i]].weight > 0)
            continue;
        size_t kept = row[zeros];
        row[zeros++] = row[i];
        row[i] = kept;
    }
    uint64_t number = draw(state) % (sum + 1);
    for (size_t i = 0; i < count; i++) {
        running += targets[row[i]].weight;
        if (running >= number)
            return i;
    }
    fail();
    return 0;
}

/* One order of all; the places are added up, and who was the first of its group. */
static void simulate(const struct odds_target *targets, size_t count, uint64_t *state,
                     uint64_t *places, uint64_t *firsts)
{
    size_t done = 0;
    for (unsigned priority = 0; done < count; priority++) {
        size_t row[TARGETS_MAX], left = 0;
        bool first = true;
        for (size_t i = 0; i < count; i++) {
            if (targets[i].priority == priority)
                row[left++] = i;
        }
        for (; left > 0; first = false) {
            size_t at = choose(targets, row, left, state);
            places[row[at]] += ++done;
            firsts[row[at]] += first;
            row[at] = row[--left];
        }
    }
}

static const struct {
    size_t count;
    struct {
        uint16_t priority, weight;
    } targets[TARGETS_MAX];
} sets[] = {
    {1, {{0, 0}}},
    {1, {{3, 65535}}},
    {2, {{0, 5}, {0, 5}}},
    {2, {{0, 0}, {0, 1}}},
    {2, {{0, 0}, {0, 0}}},
    {3, {{0, 0}, {0, 0}, {0, 1}}},
    {3, {{0, 1}, {0, 2}, {0, 3}}},
    {4, {{0, 60}, {0, 35}, {0, 0}, {0, 120}}},
    {6, {{2, 1}, {0, 60}, {0, 35}, {1, 0}, {0, 5}, {1, 0}}},
    {8, {{0, 1}, {0, 1}, {0, 1}, {0, 9}, {0, 9}, {0, 0}, {0, 0}, {0, 40}}},
};

static void test_as_simulated(void **unused)
{
    (void)unused;
    for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++) {
        struct odds_target targets[TARGETS_MAX] = {0};
        uint64_t places[TARGETS_MAX] = {0}, firsts[TARGETS_MAX] = {0}, state = s + 1;
        size_t count = sets[s].count;
        for (size_t i = 0; i < count; i++) {
            targets[i].priority = sets[s].targets[i].priority;
            targets[i].weight = sets[s].targets[i].weight;
        }
        assert_int_equal(odds_compute(targets, count), ERR_OK);
        for (unsigned round = 0; round < ROUNDS; round++)
            simulate(targets, count, &state, places, firsts);
        for (size_t i = 0; i < count; i++) {
            /* Four times the deviation of so many rounds. */
            double chance = (double)firsts[i] / ROUNDS, place = (double)places[i] / ROUNDS;
            assert_true(near(targets[i].first, chance, 0.01));
            assert_true(near(targets[i].place, place, 0.02 + 0.005 * (double)count));
        }
    }
}

static void test_by_hand(void **unused)
{
    (void)unused;
    /* Six numbers can be drawn: 0 to 5. */
    struct odds_target targets[] = {{.weight = 2}, {.weight = 3}, {.priority = 7}};
    assert_int_equal(odds_compute(targets, 3), ERR_OK);
    assert_true(near(targets[0].first, 2.5 / 6, 1e-12));
    assert_true(near(targets[1].first, 3.5 / 6, 1e-12));
    assert_true(near(targets[2].first, 1, 1e-12));
    assert_true(near(targets[0].place, 1 + 3.5 / 6, 1e-12));
    assert_true(near(targets[2].place, 3, 1e-12));
    /* A zero has one of 101 numbers. */
    struct odds_target zero[] = {{.weight = 0}, {.weight = 100}};
    assert_int_equal(odds_compute(zero, 2), ERR_OK);
    assert_true(near(zero[0].first, 1.0 / 101, 1e-12));
    assert_int_equal(odds_compute(NULL, 0), ERR_OK);
}

static void test_sums(void **unused)
{
    (void)unused;
    struct odds_target targets[TARGETS_MAX] = {0};
    uint64_t state = 1;
    for (unsigned round = 0; round < 200; round++) {
        size_t count = 1 + draw(&state) % 12;
        double first = 0, place = 0;
        for (size_t i = 0; i < count; i++)
            targets[i] = (struct odds_target){.weight = (uint16_t)(draw(&state) % 6)};
        assert_int_equal(odds_compute(targets, count), ERR_OK);
        for (size_t i = 0; i < count; i++) {
            first += targets[i].first;
            place += targets[i].place;
        }
        assert_true(near(first, 1, 1e-9));
        assert_true(near(place, (double)(count * (count + 1)) / 2, 1e-6));
    }
}

static void test_too_many_weights(void **unused)
{
    (void)unused;
    struct odds_target targets[TARGETS_MAX] = {{.priority = 9, .weight = 4}};
    double first = 0;
    for (size_t i = 1; i < TARGETS_MAX; i++)
        targets[i] = (struct odds_target){.weight = (uint16_t)i};
    assert_int_equal(odds_compute(targets, TARGETS_MAX), ERR_LIMIT);
    for (size_t i = 1; i < TARGETS_MAX; i++) {
        first += targets[i].first;
        assert_true(near(targets[i].place, 0, 0));
    }
    assert_true(near(first, 1, 1e-9));
    assert_true(near(targets[0].place, TARGETS_MAX, 1e-9)); /* its own group is small */
}

/* Many of the same weight are cheap. */
static void test_many_equal(void **unused)
{
    (void)unused;
    size_t count = 2000;
    struct odds_target *targets = calloc(count, sizeof(*targets));
    assert_non_null(targets);
    for (size_t i = 0; i < count; i++)
        targets[i].weight = 65535;
    assert_int_equal(odds_compute(targets, count), ERR_OK);
    assert_true(near(targets[0].first, 1.0 / 2000, 1e-9));
    assert_true(near(targets[1999].place, 1000.5, 1e-6));
    free(targets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_simulated), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_sums),         cmocka_unit_test(test_too_many_weights),
        cmocka_unit_test(test_many_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
