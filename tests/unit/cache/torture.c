/* All functions from several threads at once, on caches that are too small for what is put. What an
 * answer holds follows from its name and its version, each name has one writer, who counts the
 * version up: so every hit can be checked, to be whole, to be that of the name, and not to be older
 * than what was there when the lookup began. Bounded by its steps. To be run with ASan and TSan. */
#include <pthread.h>
#include <stdatomic.h>

#include "unit/cache/support.h"

#define WRITERS 2
#define READERS 3
#define THREADS (WRITERS + READERS + 1) /* one more for all the rest */
#define NAMES   20000
#define AREAS   50 /* names are below one of so many: for flushing */

/* Half of what there is to do; the sanitizers take ten times as long for each. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define STEPS 25000
#else
#define STEPS 300000
#endif

struct world {
    struct cache *c;
    unsigned names;
    atomic_ushort done[NAMES]; /* the last version whose cache_put has returned */
};

struct worker {
    struct world *world;
    struct cache_reader *reader;
    unsigned number;
    uint64_t lookups, hits, old, wrong;
};

static size_t body_of(uint32_t mark)
{
    return 12 + (mark % 7 == 0 ? 1000 + mark % 8000 : mark % 80);
}

/* "nNNNNN.aNN.example" */
static struct dns_name name_in_area(unsigned number)
{
    char text[64];
    snprintf(text, sizeof(text), "n%05u.a%02u.example", number, number % AREAS);
    return name_of(text);
}

/* The whole of it must be what its first bytes say, and these must name the number. */
static bool answer_is_of(const struct dns_answer *a, unsigned number, uint16_t *version)
{
    uint32_t mark = a->data[0] | a->data[1] << 8 | a->data[2] << 16 | (uint32_t)a->data[3] << 24;
    *version = (uint16_t)mark;
    return mark >> 16 == number && answer_shows(a, body_of(mark), mark);
}

static void *run_writer(void *arg)
{
    struct worker *w = arg;
    struct world *world = w->world;
    union buffer b;
    uint64_t seed = w->number + 1;
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned number = draw(&seed) % (world->names / WRITERS) * WRITERS + w->number;
        uint16_t version = (uint16_t)(atomic_load(&world->done[number]) + 1);
        uint32_t mark = number << 16 | version;
        struct dns_name name = name_in_area(number);
        struct cache_key key = key_of(&name, DNS_TYPE_SRV);
        const struct dns_answer *a = answer_fill(&b, body_of(mark), mark);
        uint64_t now = FIRST_MS + draw(&seed) % 3000;
        if (version == 0) /* the count has come round, and would look old */
            continue;
        w->wrong += cache_put(world->c, &key, a, now, 2) != ERR_OK;
        atomic_store(&world->done[number], version);
    }
    return NULL;
}

/* Half of the lookups are for a few names, which so are kept and moved. */
static void *run_reader(void *arg)
{
    struct worker *w = arg;
    struct world *world = w->world;
    union buffer b;
    uint64_t seed = w->number + 1;
    for (unsigned i = 0; i < STEPS * 2; i++) {
        unsigned number = draw(&seed) % (i % 2 ? world->names : world->names / 20);
        struct dns_name name = name_in_area(number);
        struct cache_key key = key_of(&name, DNS_TYPE_SRV);
        struct cache_hit hit;
        uint16_t version, least = atomic_load(&world->done[number]);
        cache_prefetch(world->c, cache_key_hash(&key));
        cache_prefetch_entry(world->c, cache_key_hash(&key));
        w->lookups++;
        if (!cache_get(w->reader, &key, FIRST_MS + draw(&seed) % 3000, &b.answer, sizeof(b), &hit))
            continue;
        w->hits++;
        w->wrong += !answer_is_of(&b.answer, number, &version);
        w->wrong += hit.generation != 0 && hit.generation != number + 1;
        w->old += version < least;
        if (i % 8 == 0)
            cache_mark(world->c, &key, hit.place, number + 1);
    }
    return NULL;
}

static bool check(void *arg, const struct cache_key *key, const struct dns_answer *answer,
                  uint32_t age, uint32_t left)
{
    struct worker *w = arg;
    unsigned number = 0;
    uint16_t version;
    (void)age, (void)left;
    for (int i = 0; i < 5; i++) /* the digits are behind a length and "n" */
        number = number * 10 + key->name->wire[2 + i] - '0';
    w->wrong += !answer_is_of(answer, number, &version);
    return true;
}

static void *run_rest(void *arg)
{
    struct worker *w = arg;
    struct cache *c = w->world->c;
    struct cache_stats stats;
    uint64_t seed = w->number + 1;
    for (unsigned i = 0; i < STEPS / 500; i++) {
        struct dns_name name = name_in_area(draw(&seed) % w->world->names);
        cache_flush(c, &name, false, 0);
        cache_stats(c, &stats);
        w->wrong += stats.used > stats.capacity;
        dns_name_parent(&name, &name);
        if (i % 16 == 0)
            cache_flush(c, &name, true, 0);
        if (i % 64 == 0)
            cache_walk(c, FIRST_MS, check, w);
        if (i % 128 == 64)
            cache_flush(c, NULL, false, 0);
    }
    return NULL;
}

static void check_end(struct cache *c, const struct worker *workers)
{
    uint64_t lookups = 0, hits = 0;
    struct cache_stats stats;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].wrong, 0);
        assert_int_equal(workers[i].old, 0);
        lookups += workers[i].lookups;
        hits += workers[i].hits;
    }
    cache_stats(c, &stats);
    assert_true(hits > 0);
    assert_true(stats.evictions > 0);
    assert_int_equal(stats.hits, hits);
    assert_int_equal(stats.hits + stats.misses, lookups);
    assert_true(stats.used <= stats.capacity);
    cache_flush(c, NULL, false, 0);
    cache_stats(c, &stats);
    assert_int_equal(stats.used, 0);
    assert_int_equal(stats.entries, 0);
}

static void torture(size_t bytes, unsigned names)
{
    static struct world world;
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    memset(&world, 0, sizeof(world));
    world.c = cache_new(bytes, 500);
    world.names = names;
    for (unsigned i = 0; i < THREADS; i++) {
        void *(*part)(void *) = i < WRITERS             ? run_writer
                                : i < WRITERS + READERS ? run_reader
                                                        : run_rest;
        workers[i] =
            (struct worker){.world = &world, .reader = cache_reader_new(world.c), .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, part, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cache_reader_free(workers[i].reader);
    }
    check_end(world.c, workers);
    cache_free(world.c);
}

/* Laps of the logs take some fifty and some five hundred puts. */
static void test_smallest_cache(void **state)
{
    (void)state;
    torture(65536, 1000);
}

static void test_four_shards(void **state)
{
    (void)state;
    torture(4 << 20, NAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest_cache),
        cmocka_unit_test(test_four_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
