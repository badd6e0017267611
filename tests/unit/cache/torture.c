/* All functions from several threads at once, on a cache that is too small. Every answer must be
 * that of its name, whole. To be run with ASan and with TSan. */
#include <pthread.h>
#include <stdatomic.h>

#include "unit/cache/support.h"

#define THREADS 4
#define STEPS   20000
#define NAMES   4000

struct worker {
    struct cache *c;
    struct cache_reader *reader;
    unsigned number;
    uint64_t hits, wrong;
};

/* Its own for each name; now and then a large one. */
static size_t body_of(unsigned number)
{
    return 12 + (number % 97 == 0 ? 9000 + number : number % 80);
}

static bool check(void *arg, const struct cache_key *key, const struct dns_answer *answer,
                  uint32_t age, uint32_t left)
{
    struct worker *w = arg;
    unsigned number = 0;
    (void)age, (void)left;
    /* The digits of name_number: behind "_xmpp-client", "_tcp", and "n". */
    for (int i = 0; i < 7; i++)
        number = number * 10 + key->name->wire[20 + i] - '0';
    w->wrong += !answer_shows(answer, body_of(number), number);
    return true;
}

static void step(struct worker *w, uint64_t *seed)
{
    union buffer b;
    struct cache_hit hit;
    unsigned number = draw(seed) % NAMES;
    struct dns_name name = name_number(number);
    struct cache_key key = key_of(&name, DNS_TYPE_SRV);
    uint64_t now = FIRST_MS + draw(seed) % 3000;
    switch (draw(seed) % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        cache_put(w->c, &key, answer_fill(&b, body_of(number), number), now, 2);
        return;
    case 4:
        cache_mark(w->c, &key, number + 1);
        return;
    default:
        if (!cache_get(w->reader, &key, now, &b.answer, sizeof(b), &hit))
            return;
        w->hits++;
        w->wrong += !answer_shows(&b.answer, body_of(number), number);
        w->wrong += hit.generation != 0 && hit.generation != number + 1;
    }
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct cache_stats stats;
    uint64_t seed = w->number + 1;
    for (unsigned i = 0; i < STEPS; i++) {
        step(w, &seed);
        struct dns_name name = name_number(draw(&seed) % NAMES);
        if (i % 512 == 0)
            cache_flush(w->c, &name, true, 0);
        if (i % 4096 == 1)
            cache_walk(w->c, FIRST_MS, check, w);
        if (i % 256 == 2)
            cache_stats(w->c, &stats);
        if (i == STEPS / 2)
            cache_flush(w->c, NULL, false, 0);
    }
    return NULL;
}

static void torture(size_t bytes)
{
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    struct cache *c = cache_new(bytes, 500);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.c = c, .reader = cache_reader_new(c), .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].wrong, 0);
        assert_true(workers[i].hits > 0);
        cache_reader_free(workers[i].reader);
    }
    struct cache_stats stats;
    cache_stats(c, &stats);
    assert_true(stats.used <= stats.capacity);
    cache_flush(c, NULL, false, 0);
    cache_stats(c, &stats);
    assert_int_equal(stats.used, 0);
    cache_free(c);
}

static void test_one_shard(void **state)
{
    (void)state;
    torture(200000);
}

static void test_four_shards(void **state)
{
    (void)state;
    torture(4 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_shard),
        cmocka_unit_test(test_four_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
