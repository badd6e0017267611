/* Round-trip times, setting aside and probing, by a clock of our own. */
#include "unit/upstream/support/check.h"

#include "upstream/health.h"

static const struct upstream_settings settings = {
    .rto_first_ms = 376,
    .rto_min_ms = 50,
    .rto_max_ms = 2000,
    .failures_down = 3,
    .probe_first_ms = 1000,
    .probe_max_ms = 10000,
};

static void test_rto(void **state)
{
    static const struct {
        uint32_t samples[4];
        unsigned count;
        uint32_t srtt, rto;
    } cases[] = {
        {{0}, 0, 0, 376},
        {{100}, 1, 100, 300},                /* 100 + 4 × 50 */
        {{100, 100}, 2, 100, 250},           /* variation 50 -> 37.5 */
        {{100, 200}, 2, 112, 362},           /* 0.75 × 50 + 0.25 × 100 = 62.5; 112.5 */
        {{200, 100}, 2, 187, 587},           /* 0.75 × 100 + 0.25 × 100; 187.5 */
        {{10}, 1, 10, 50},                   /* the floor */
        {{0, 0, 0, 0}, 4, 0, 50},            /* the same, below the clock's step */
        {{1500}, 1, 1500, 2000},             /* the ceiling */
        {{80, HEALTH_NO_SAMPLE}, 2, 80, 240} /* a reply that measures nothing */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct health h = {.queries = 0};
        for (unsigned j = 0; j < cases[i].count; j++)
            health_on_reply(&h, cases[i].samples[j], 1000 + j);
        assert_int_equal(h.srtt8 / 8, cases[i].srtt);
        assert_int_equal(health_rto(&h, &settings), cases[i].rto);
        assert_int_equal(h.replies, cases[i].count);
    }
}

static void test_set_aside_after_three(void **state)
{
    struct health h = {.queries = 0};
    (void)state;
    health_on_reply(&h, 10, 1000);
    assert_false(health_on_failure(&h, 1001, 1100, &settings));
    assert_false(health_on_failure(&h, 1002, 1100, &settings));
    health_on_reply(&h, 10, 1200); /* begins anew */
    assert_false(health_on_failure(&h, 1201, 1300, &settings));
    assert_false(health_on_failure(&h, 1202, 1300, &settings));
    assert_false(h.down);
    assert_true(health_on_failure(&h, 1203, 1300, &settings));
    assert_true(h.down);
    assert_false(health_on_failure(&h, 1204, 1300, &settings)); /* said once */
    health_on_reply(&h, 10, 1400);
    assert_false(h.down);
}

/* Tries that began before the last reply say nothing. */
static void test_lost_packets_among_others(void **state)
{
    struct health h = {.queries = 0};
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        health_on_reply(&h, 10, 1100 + i);
        assert_false(health_on_failure(&h, 1000 + i, 1300, &settings));
    }
    assert_false(h.down);
    assert_int_equal(h.failures, 0);
}

static void test_probes_back_off(void **state)
{
    static const uint64_t waits[] = {1000, 2000, 4000, 8000, 10000, 10000};
    struct health h = {.queries = 0};
    uint64_t now = 5000;
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        health_on_failure(&h, now, now, &settings);
    now += waits[0];
    for (unsigned i = 1; i < sizeof(waits) / sizeof(waits[0]); i++) {
        assert_false(health_probe_due(&h, now - 1, &settings));
        assert_true(health_probe_due(&h, now, &settings));
        health_on_probe(&h, now, &settings);
        assert_false(health_probe_due(&h, now, &settings));
        now += waits[i];
    }
    health_on_reply(&h, 10, now);
    assert_false(health_probe_due(&h, now + 1, &settings));
    for (unsigned i = 0; i < 3; i++)
        health_on_failure(&h, now + 1, now + 1, &settings);
    assert_true(health_probe_due(&h, now + 1 + waits[0], &settings)); /* and from the start */
}

/* A server that is up but not asked is looked at again after a long while. */
static void test_slow_server_is_measured_again(void **state)
{
    struct health h = {.queries = 0};
    (void)state;
    health_on_reply(&h, 500, 1000);
    assert_false(health_probe_due(&h, 1000 + settings.probe_max_ms - 1, &settings));
    assert_true(health_probe_due(&h, 1000 + settings.probe_max_ms, &settings));
    health_on_probe(&h, 1000 + settings.probe_max_ms, &settings);
    assert_false(health_probe_due(&h, 1001 + settings.probe_max_ms, &settings));
    assert_true(health_probe_due(&h, 1000 + 2 * settings.probe_max_ms, &settings));
}

static struct health measured(uint32_t ms)
{
    struct health h = {.queries = 0};
    health_on_reply(&h, ms, 1000);
    return h;
}

static void test_rank(void **state)
{
    struct health down = measured(1), fast = measured(3), similar = measured(30),
                  slow = measured(300), slowest = measured(3000), unknown = {.queries = 0};
    (void)state;
    down.down = true;
    assert_int_equal(health_rank(&fast), health_rank(&similar));
    assert_int_equal(health_rank(&unknown), health_rank(&fast));
    assert_true(health_rank(&similar) < health_rank(&slow));
    assert_true(health_rank(&slow) < health_rank(&slowest));
    assert_true(health_rank(&slowest) < health_rank(&down));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rto),
        cmocka_unit_test(test_set_aside_after_three),
        cmocka_unit_test(test_lost_packets_among_others),
        cmocka_unit_test(test_probes_back_off),
        cmocka_unit_test(test_slow_server_is_measured_again),
        cmocka_unit_test(test_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
