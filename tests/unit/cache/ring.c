/* The log by itself, against a plain list of what must be in it. */
#include "cache/ring.h"

#include "unit/cache/support.h"

#define UNITS 100

struct model {
    uint64_t positions[UNITS];
    uint16_t units[UNITS];
    unsigned first, count;
};

static void model_check(const struct cache_ring *ring, const struct model *m)
{
    uint64_t at = ring->tail;
    for (unsigned i = 0; i < m->count; i++) {
        unsigned slot = (m->first + i) % UNITS;
        assert_true(cache_ring_holds(ring, at));
        assert_int_equal(at, m->positions[slot]);
        assert_int_equal(cache_ring_at(ring, at)->units, m->units[slot]);
        assert_int_equal(cache_ring_at(ring, at)->put, at);
        at = cache_ring_next(ring, at);
    }
    assert_int_equal(at, ring->head);
}

static void append(struct cache_ring *ring, struct model *m, uint16_t units)
{
    uint64_t at = cache_ring_append(ring, units);
    struct cache_entry *e = cache_ring_at(ring, at);
    memset(e, 0xff, (size_t)units * CACHE_UNIT);
    e->units = units;
    e->put = at;
    unsigned slot = (m->first + m->count++) % UNITS;
    m->positions[slot] = at;
    m->units[slot] = units;
}

static void drop(struct cache_ring *ring, struct model *m)
{
    uint64_t old = ring->tail;
    cache_ring_drop(ring);
    assert_false(cache_ring_holds(ring, old));
    m->first = (m->first + 1) % UNITS;
    m->count--;
}

/* Entries of any size, as many as fit; every one must be found whole until it is dropped. ASan
 * watches both ends of the memory. */
static void test_against_model(void **state)
{
    (void)state;
    for (uint64_t total = 60; total <= UNITS; total++) {
        uint64_t *memory = test_malloc(total * CACHE_UNIT);
        struct cache_ring ring;
        struct model m = {0};
        uint64_t seed = total;
        cache_ring_init(&ring, memory, total);
        for (unsigned step = 0; step < 3000; step++) {
            uint16_t units = (uint16_t)(4 + draw(&seed) % (step % 2 ? 8 : 25));
            while (!cache_ring_has_room(&ring, units)) {
                if (m.count > 0)
                    drop(&ring, &m);
                else
                    cache_ring_clear(&ring);
            }
            append(&ring, &m, units);
            model_check(&ring, &m);
            if (draw(&seed) % 5 == 0)
                drop(&ring, &m);
        }
        test_free(memory);
    }
}

static void test_one_entry_may_fill_it(void **state)
{
    (void)state;
    uint64_t memory[UNITS];
    struct cache_ring ring;
    struct model m = {0};
    cache_ring_init(&ring, memory, UNITS);
    for (int i = 0; i < 5; i++) {
        assert_true(cache_ring_has_room(&ring, UNITS));
        append(&ring, &m, UNITS);
        assert_false(cache_ring_has_room(&ring, 4));
        model_check(&ring, &m);
        drop(&ring, &m);
        assert_int_equal(ring.tail, ring.head);
    }
    assert_false(cache_ring_has_room(&ring, UNITS + 1));
}

static void test_clear(void **state)
{
    (void)state;
    uint64_t memory[UNITS];
    struct cache_ring ring;
    struct model m = {0};
    cache_ring_init(&ring, memory, UNITS);
    append(&ring, &m, 30);
    append(&ring, &m, 30);
    uint64_t last = m.positions[1];
    cache_ring_clear(&ring);
    assert_false(cache_ring_holds(&ring, last));
    assert_true(cache_ring_has_room(&ring, UNITS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_one_entry_may_fill_it),
        cmocka_unit_test(test_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
