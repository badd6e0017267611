/* What a lookup in the cache costs, in CPU time of its thread:
 *
 *   bench_cache_lookup [-s SECONDS] [-p] [ENTRIES…]
 *
 * One at a time, in batches of 32 that are prefetched, and in such batches by two threads at once;
 * of random names among so many entries (50,000, 1,000,000 and 10,000,000 unless others are given).
 * Without ENTRIES also what an answer of 89 bytes takes in a cache of 256 MiB. -p: without huge
 * pages. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "cache/cache.h"

#define BATCH       32
#define CHUNK       1024 /* lookups that are timed together; their keys were made before */
#define CHUNKS_MOST 20000
#define BYTES_EACH  160
#define NOW         1000000
#define ENTRIES_MAX 8

struct job {
    struct cache *cache;
    unsigned entries;
    uint64_t seed;
    double seconds; /* of CPU time */
    bool batches;
    pthread_barrier_t *start;
    double ns;       /* a lookup: the median of all chunks */
    double hit_rate; /* of 1 */
};

static void fail(const char *what)
{
    fprintf(stderr, "cache_lookup: %s\n", what);
    exit(1);
}

static uint32_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

/* 37 bytes: with the answer below a message of 89. */
static struct cache_key make_key(struct dns_name *name, unsigned number)
{
    static const char model[] = "\x0c_xmpp-client\4_tcp\11"
                                "000000000\7example";
    static const struct hash_key seed = {.k0 = 1, .k1 = 2};
    name->len = sizeof(model);
    memcpy(name->wire, model, sizeof(model));
    for (uint8_t *digit = name->wire + 27; number > 0; number /= 10)
        *digit-- = (uint8_t)('0' + number % 10);
    return (struct cache_key){.name = name,
                              .name_hash = hash_bytes(&seed, name->wire, name->len),
                              .type = DNS_TYPE_SRV,
                              .class = DNS_CLASS_IN};
}

/* One record of 36 bytes: 12, the question's 41, and these. */
union reply {
    struct dns_answer answer;
    uint8_t bytes[128];
};

static void put(struct cache *c, unsigned number)
{
    struct dns_name name;
    struct cache_key key = make_key(&name, number);
    union reply reply = {.answer = {.counts = {1, 0, 0}, .ede = DNS_EDE_NONE, .body_len = 36}};
    memcpy(reply.bytes + sizeof(struct dns_answer), &number, sizeof(number));
    reply.bytes[sizeof(struct dns_answer) + 36] = 6; /* where the TTL is */
    if (cache_put(c, &key, &reply.answer, NOW, 86400) != ERR_OK)
        fail("an answer was not taken");
}

static bool get(struct cache_reader *r, const struct cache_key *key, unsigned *number)
{
    static _Thread_local union reply reply;
    struct cache_hit hit;
    if (!cache_get(r, key, NOW, &reply.answer, sizeof(reply), &hit))
        return false;
    memcpy(number, reply.bytes + sizeof(struct dns_answer), sizeof(*number));
    return true;
}

/* Puts the names up to `to` and asks for each, so that all are worth keeping. */
static void fill(struct cache *c, unsigned from, unsigned to)
{
    struct cache_reader *r = cache_reader_new(c);
    if (!r)
        fail("no memory");
    for (unsigned n = from; n < to; n++) {
        struct dns_name name;
        struct cache_key key = make_key(&name, n);
        unsigned number;
        put(c, n);
        if (!get(r, &key, &number) || number != n)
            fail("what was put is not there");
    }
    cache_reader_free(r);
}

static double thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct chunk {
    unsigned numbers[CHUNK];
    struct dns_name names[CHUNK];
    struct cache_key keys[CHUNK];
};

static void chunk_make(struct chunk *chunk, struct job *job)
{
    for (int i = 0; i < CHUNK; i++) {
        chunk->numbers[i] = draw(&job->seed) % job->entries;
        chunk->keys[i] = make_key(&chunk->names[i], chunk->numbers[i]);
    }
}

/* Returns the hits; a wrong one ends the program. */
static unsigned batch_get(struct cache_reader *r, const struct chunk *chunk, int from)
{
    unsigned hits = 0;
    for (int i = from; i < from + BATCH; i++) {
        unsigned number;
        if (!get(r, &chunk->keys[i], &number))
            continue;
        hits++;
        if (number != chunk->numbers[i])
            fail("the answer of another name");
    }
    return hits;
}

static unsigned chunk_run(const struct job *job, struct cache_reader *r, const struct chunk *chunk)
{
    unsigned hits = 0;
    for (int from = 0; from < CHUNK; from += BATCH) {
        uint64_t hashes[BATCH];
        for (int i = 0; i < BATCH && job->batches; i++) {
            hashes[i] = cache_key_hash(&chunk->keys[from + i]);
            cache_prefetch(job->cache, hashes[i]);
        }
        for (int i = 0; i < BATCH && job->batches; i++)
            cache_prefetch_entry(job->cache, hashes[i]);
        hits += batch_get(r, chunk, from);
    }
    return hits;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void *job_run(void *arg)
{
    struct job *job = arg;
    struct chunk *chunk = malloc(sizeof(*chunk));
    double *times = malloc(CHUNKS_MOST * sizeof(*times)), sum = 0;
    struct cache_reader *r = cache_reader_new(job->cache);
    uint64_t hits = 0;
    int count = 0;
    if (!chunk || !times || !r)
        fail("no memory");
    pthread_barrier_wait(job->start);
    for (; count < CHUNKS_MOST && sum < job->seconds * 1e9; count++) {
        chunk_make(chunk, job);
        double start = thread_ns();
        hits += chunk_run(job, r, chunk);
        times[count] = thread_ns() - start;
        sum += times[count];
    }
    qsort(times, (size_t)count, sizeof(*times), by_size);
    job->ns = times[count / 2] / CHUNK;
    job->hit_rate = (double)hits / ((double)count * CHUNK);
    cache_reader_free(r);
    free(times);
    free(chunk);
    return NULL;
}

/* ns a lookup: the mean of all threads. */
static double run(struct cache *c, unsigned entries, double seconds, bool batches, unsigned threads,
                  double *hit_rate)
{
    pthread_t ids[2];
    struct job jobs[2];
    pthread_barrier_t start;
    double ns = 0;
    pthread_barrier_init(&start, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        jobs[i] = (struct job){.cache = c,
                               .entries = entries,
                               .seed = 1 + i,
                               .seconds = seconds,
                               .batches = batches,
                               .start = &start};
        if (pthread_create(&ids[i], NULL, job_run, &jobs[i]) != 0)
            fail("no thread");
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        ns += jobs[i].ns / threads;
        *hit_rate = jobs[i].hit_rate;
    }
    pthread_barrier_destroy(&start);
    return ns;
}

static void measure(unsigned entries, double seconds)
{
    double hit_rate;
    struct cache *c = cache_new((size_t)entries * BYTES_EACH + (1 << 20), 0);
    if (!c)
        fail("no memory");
    fill(c, 0, entries);
    run(c, entries, seconds / 4, true, 1, &hit_rate); /* all are marked as asked for now */
    double one = run(c, entries, seconds, false, 1, &hit_rate);
    double batch = run(c, entries, seconds, true, 1, &hit_rate);
    double pair = run(c, entries, seconds, true, 2, &hit_rate);
    printf("%10u %9.1f %% %9.1f ns %9.1f ns %9.1f ns %8.2f\n", entries, hit_rate * 100, one, batch,
           pair, 2 * batch / pair);
    fflush(stdout);
    cache_free(c);
}

static void measure_bytes(void)
{
    size_t bytes = (size_t)256 << 20;
    struct cache *c = cache_new(bytes, 0);
    struct cache_stats stats;
    if (!c)
        fail("no memory");
    for (unsigned n = 0; n < 4 * bytes / BYTES_EACH; n += 1000)
        fill(c, n, n + 1000);
    cache_stats(c, &stats);
    printf("%.1f bytes an answer of 89 bytes: %u of them in 256 MiB\n",
           (double)bytes / (double)stats.entries, (unsigned)stats.entries);
    cache_free(c);
}

int main(int argc, char **argv)
{
    unsigned entries[ENTRIES_MAX] = {50000, 1000000, 10000000}, count = 0;
    double seconds = 1;
    for (int option; (option = getopt(argc, argv, "s:p")) != -1;) {
        if (option == 's')
            seconds = atof(optarg);
        else if (option != 'p' || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
            fail("usage: bench_cache_lookup [-s SECONDS] [-p] [ENTRIES…]");
    }
    for (; optind < argc && count < ENTRIES_MAX; optind++)
        entries[count++] = (unsigned)strtoul(argv[optind], NULL, 10);
    printf("%10s %11s %12s %12s %12s %8s\n", "entries", "hits", "one by one", "batches of 32",
           "two threads", "speed-up");
    for (unsigned i = 0; i < (count ? count : 3); i++)
        measure(entries[i], seconds);
    if (count == 0)
        measure_bytes();
    return 0;
}
