/* What stays when there is not room for all. */
#include "cache/shards.h"
#include "unit/cache/support.h"

#define CACHE_BYTES (1 << 20)

/* The index must lead to exactly what the books say. */
static void check_books(struct cache *c)
{
    uint64_t entries = 0, bytes = 0;
    for (size_t i = 0; i < cache_shard_count(c); i++) {
        struct cache_shard *s = &c->shards[i];
        for (enum cache_log log = CACHE_SMALL; log <= CACHE_MAIN; log++) {
            const struct cache_ring *ring = &s->logs[log];
            for (uint64_t at = ring->tail; at != ring->head; at = cache_ring_next(ring, at)) {
                if (!cache_shard_leads_to(s, log, at))
                    continue;
                entries++;
                bytes += (uint64_t)cache_ring_at(ring, at)->units * CACHE_UNIT;
            }
        }
    }
    struct cache_stats stats;
    cache_stats(c, &stats);
    assert_int_equal(stats.entries, entries);
    assert_int_equal(stats.used, bytes);
    assert_true(stats.used <= stats.capacity);
}

static void test_memory_bound(void **state)
{
    (void)state;
    static const size_t sizes[] = {65536, 100001, CACHE_BYTES, (4 << 20) + 12345};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct cache *c = cache_new(sizes[i], 0);
        struct cache_stats stats;
        cache_stats(c, &stats);
        assert_true(stats.capacity <= sizes[i]);
        unsigned count = (unsigned)(sizes[i] * 10 / 128);
        for (unsigned n = 0; n < count; n++) {
            assert_int_equal(put_number(c, n, FIRST_MS, 60), ERR_OK);
            if (n % (count / 50) == 0)
                check_books(c);
        }
        check_books(c);
        cache_stats(c, &stats);
        assert_int_equal(stats.insertions, count);
        assert_int_equal(stats.insertions - stats.evictions, stats.entries);
        assert_true(get_number(c, count - 1, FIRST_MS));
        cache_free(c);
    }
}

/* What an answer of 89 bytes on the wire costs, its share of the index included, when all that is
 * in the cache is asked for. */
static void test_bytes_an_entry(void **state)
{
    (void)state;
    struct cache *c = cache_new(CACHE_BYTES, 0);
    for (int round = 0; round < 4; round++) {
        for (unsigned n = 0; n < 6800; n++) {
            if (!get_number(c, n, FIRST_MS))
                put_number(c, n, FIRST_MS, 60);
        }
    }
    struct cache_stats stats;
    cache_stats(c, &stats);
    assert_true(CACHE_BYTES / stats.entries <= 160);
    cache_free(c);
}

/* What is there of the first 500. */
static unsigned ask_all(struct cache *c)
{
    unsigned kept = 0;
    for (unsigned n = 0; n < 500; n++)
        kept += get_number(c, n, FIRST_MS);
    return kept;
}

/* Those that are asked for now and then. */
static void test_asked_stay_through_a_flood(void **state)
{
    (void)state;
    struct cache *c = cache_new(CACHE_BYTES, 0);
    for (unsigned n = 0; n < 500; n++)
        put_number(c, n, FIRST_MS, 60);
    assert_int_equal(ask_all(c), 500);
    for (unsigned n = 0; n < 200000; n++) {
        put_number(c, 1000 + n, FIRST_MS, 60);
        if (n % 2000 == 0)
            ask_all(c);
    }
    /* A put that meets 32 in a row to keep gives up the next, so each round of the main log may
     * cost one in 33: there are not two of them here. */
    assert_true(ask_all(c) >= 500 - 2 * 500 / 33);
    check_books(c);
    cache_free(c);
}

/* A name that was asked for once stays as long as there is room for it. */
static void test_all_stay_while_there_is_room(void **state)
{
    (void)state;
    struct cache *c = cache_new(CACHE_BYTES, 0);
    struct cache_stats stats;
    for (unsigned n = 0; n < 5000; n++)
        put_number(c, n, FIRST_MS, 60);
    cache_stats(c, &stats);
    assert_true(stats.used < stats.capacity * 9 / 10);
    assert_true(stats.evictions < 100); /* of full buckets */
    check_books(c);
    cache_free(c);
}

static void test_expired_do_not_stay_for_being_asked(void **state)
{
    (void)state;
    struct cache *c = cache_new(CACHE_BYTES, 0);
    for (unsigned n = 0; n < 500; n++)
        put_number(c, n, FIRST_MS, 1);
    for (unsigned n = 0; n < 500; n++)
        assert_true(get_number(c, n, FIRST_MS));
    for (unsigned n = 0; n < 2000; n++)
        put_number(c, 1000 + n, FIRST_MS + 5000, 60);
    unsigned kept = 0;
    for (unsigned n = 0; n < 500; n++)
        kept += get_number(c, n, FIRST_MS);
    assert_int_equal(kept, 0);
    check_books(c);
    cache_free(c);
}

/* Positions are about to outgrow their bits: all is given up, and it goes on. */
static void test_positions_start_again(void **state)
{
    (void)state;
    struct cache *c = cache_new(CACHE_BYTES, 0);
    for (int log = CACHE_SMALL; log <= CACHE_MAIN; log++) {
        put_number(c, 1, FIRST_MS, 60);
        struct cache_ring *ring = &c->shards[0].logs[log];
        ring->head = CACHE_POSITION + 1 - (UINT64_C(4) << ring->bits);
        ring->tail = ring->head;
        put_number(c, 2, FIRST_MS, 60);
        assert_true(ring->head < UINT64_C(1) << 40);
        assert_false(get_number(c, 1, FIRST_MS));
        assert_true(get_number(c, 2, FIRST_MS));
    }
    cache_free(c);
}

/* A mixture of sizes and lifetimes, with all operations. */
static void test_mixture(void **state)
{
    (void)state;
    struct cache *c = cache_new(200000, 2000);
    union buffer in, out;
    uint64_t seed = 1, now = FIRST_MS;
    for (unsigned step = 0; step < 100000; step++) {
        unsigned number = draw(&seed) % 3000;
        size_t body = 12 + (number % 50 == 0 ? number * 7 : number % 90);
        struct dns_name name = name_number(number);
        struct cache_key key = key_of(&name, (uint16_t)(number % 3));
        struct cache_hit hit;
        now += draw(&seed) % 10;
        switch (draw(&seed) % 8) {
        case 0:
        case 1:
        case 2:
            cache_put(c, &key, answer_fill(&in, body, number), now, draw(&seed) % 20);
            break;
        case 3:
            if (get_once(c, &key, now, &out.answer, sizeof(out), &hit))
                cache_mark(c, &key, hit.place, 5);
            break;
        default:
            if (get_once(c, &key, now, &out.answer, sizeof(out), &hit))
                assert_true(answer_shows(&out.answer, body, number));
        }
        if (step % 1000 == 0)
            check_books(c);
    }
    cache_free(c);
}

/* A cache of `size` entries that gives up the least recently used: what to compare with. */
struct lru {
    unsigned size, used, names;
    unsigned *next, *prev; /* by name; [names] is the ring's anchor */
    bool *here;
};

static void lru_init(struct lru *l, unsigned size, unsigned names)
{
    *l = (struct lru){.size = size, .names = names};
    l->next = test_calloc(names + 1, sizeof(unsigned));
    l->prev = test_calloc(names + 1, sizeof(unsigned));
    l->here = test_calloc(names + 1, sizeof(bool));
    l->next[names] = l->prev[names] = names;
}

static void lru_deinit(struct lru *l)
{
    test_free(l->next);
    test_free(l->prev);
    test_free(l->here);
}

static void lru_unlink(struct lru *l, unsigned name)
{
    l->next[l->prev[name]] = l->next[name];
    l->prev[l->next[name]] = l->prev[name];
    l->here[name] = false;
    l->used--;
}

/* True for a hit; the name is the newest afterwards. */
static bool lru_ask(struct lru *l, unsigned name)
{
    bool hit = l->here[name];
    if (hit)
        lru_unlink(l, name);
    else if (l->used == l->size)
        lru_unlink(l, l->prev[l->names]);
    l->next[name] = l->next[l->names];
    l->prev[name] = l->names;
    l->prev[l->next[name]] = name;
    l->next[l->names] = name;
    l->here[name] = true;
    l->used++;
    return hit;
}

#define KEPT    7200 /* entries that a cache of 1 MiB has room for, a few more */
#define POPULAR (10 * KEPT)
#define ASKED   300000

/* Chances that fall as 1/rank, summed up. */
static void zipf_init(double sums[POPULAR])
{
    double sum = 0;
    for (unsigned i = 0; i < POPULAR; i++)
        sums[i] = sum += 1.0 / (i + 1);
    for (unsigned i = 0; i < POPULAR; i++)
        sums[i] /= sum;
}

static unsigned zipf_draw(const double sums[POPULAR], uint64_t *seed)
{
    double x = draw(seed) / 4294967296.0;
    unsigned low = 0, high = POPULAR - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (sums[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Half of the queries follow Zipf's law, half are for names that never come again; the cache has
 * room for a tenth of the good names. The hit rate of the good half must come within 2 points of
 * that of an LRU cache of as many entries that sees no flood; an LRU cache that sees it does far
 * worse. */
static void test_flood_against_lru(void **state)
{
    (void)state;
    static double sums[POPULAR];
    zipf_init(sums);
    struct cache *c = cache_new(CACHE_BYTES, 0);
    struct lru calm, flooded;
    lru_init(&calm, KEPT, POPULAR);
    lru_init(&flooded, KEPT, POPULAR + ASKED);
    uint64_t seed = 42;
    unsigned ours = 0, best = 0, worst = 0;
    for (unsigned i = 0; i < ASKED; i++) {
        unsigned name = zipf_draw(sums, &seed);
        if (get_number(c, name, FIRST_MS))
            ours++;
        else
            put_number(c, name, FIRST_MS, 60);
        best += lru_ask(&calm, name);
        worst += lru_ask(&flooded, name);
        put_number(c, POPULAR + i, FIRST_MS, 60);
        lru_ask(&flooded, POPULAR + i);
    }
    struct cache_stats stats;
    cache_stats(c, &stats);
    print_message("hit rate: ours %.1f %%, LRU without the flood %.1f %%, with it %.1f %%; "
                  "%u entries of ours\n",
                  ours * 100.0 / ASKED, best * 100.0 / ASKED, worst * 100.0 / ASKED,
                  (unsigned)stats.entries);
    assert_true(stats.entries <= KEPT);
    assert_true(ours + ASKED * 2 / 100 > best);
    assert_true(worst + ASKED * 8 / 100 < best);
    lru_deinit(&calm);
    lru_deinit(&flooded);
    cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_bound),
        cmocka_unit_test(test_bytes_an_entry),
        cmocka_unit_test(test_asked_stay_through_a_flood),
        cmocka_unit_test(test_all_stay_while_there_is_room),
        cmocka_unit_test(test_expired_do_not_stay_for_being_asked),
        cmocka_unit_test(test_positions_start_again),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_flood_against_lru),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
