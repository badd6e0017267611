/* What a lookup in the cache costs, and what two threads gain:
 *
 *   bench_cache_lookup [-b] [-j] [-p] [-s SECONDS] [ENTRIES…]
 *
 * Of random names among so many entries (50,000, 1,000,000 and 10,000,000 unless others are given):
 * one at a time, and in batches of 32 that are prefetched, in CPU time of the thread. Then batches
 * by two threads on two processors to one thread on each of them, by the clock, in rounds that take
 * turns; and beside it the same for a loop of arithmetic, which says what the machine gives when
 * nothing at all is shared. Without ENTRIES, or with -b, also what an answer of 89 bytes takes in
 * a cache of 256 MiB. -j: a JSON object a line. -p: without huge pages. */
#include <pthread.h>
#include <sched.h>
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
#define ROUNDS      15
#define STEPS       32 /* of arithmetic instead of a lookup, which take about as long */

enum work { WORK_ONE_BY_ONE, WORK_BATCHES, WORK_ARITHMETIC };

struct job {
    struct cache *cache;
    unsigned entries;
    uint64_t *runs; /* how many there have been, of all jobs: each is to ask for other names */
    uint64_t seed;
    double seconds; /* by the clock */
    enum work work;
    int cpu; /* to run on; -1 = any */
    pthread_barrier_t *start;
    double ns;       /* of CPU time, a lookup: the median of all chunks */
    double rate;     /* lookups a second, by the clock */
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

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
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

/* As long as lookups, of which none is made: all "hit". */
static unsigned chunk_compute(const struct chunk *chunk)
{
    uint64_t state = chunk->numbers[0] + 1;
    for (int i = 0; i < CHUNK * STEPS; i++)
        draw(&state);
    return state != 0 ? CHUNK : 0;
}

static unsigned chunk_run(const struct job *job, struct cache_reader *r, const struct chunk *chunk)
{
    unsigned hits = 0;
    const bool batches = job->work == WORK_BATCHES;
    if (job->work == WORK_ARITHMETIC)
        return chunk_compute(chunk);
    for (int from = 0; from < CHUNK; from += BATCH) {
        uint64_t hashes[BATCH];
        for (int i = 0; i < BATCH && batches; i++) {
            hashes[i] = cache_key_hash(&chunk->keys[from + i]);
            cache_prefetch(job->cache, hashes[i]);
        }
        for (int i = 0; i < BATCH && batches; i++)
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

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

/* The keys are made outside of what is timed. */
static void job_loop(struct job *job, struct cache_reader *r, struct chunk *chunk, double *times)
{
    uint64_t hits = 0;
    double spent = 0, end = clock_ns(CLOCK_MONOTONIC) + job->seconds * 1e9;
    int count = 0;
    while (count == 0 || (count < CHUNKS_MOST && clock_ns(CLOCK_MONOTONIC) < end)) {
        chunk_make(chunk, job);
        double begun = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        hits += chunk_run(job, r, chunk);
        times[count++] = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
        spent += clock_ns(CLOCK_MONOTONIC) - begun;
    }
    job->ns = median(times, count) / CHUNK;
    job->rate = (double)count * CHUNK / spent * 1e9;
    job->hit_rate = (double)hits / ((double)count * CHUNK);
}

static void stay_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
        fail("no such processor");
}

static void *job_run(void *arg)
{
    struct job *job = arg;
    struct chunk *chunk = malloc(sizeof(*chunk));
    double *times = malloc(CHUNKS_MOST * sizeof(*times));
    struct cache_reader *r = cache_reader_new(job->cache);
    if (!chunk || !times || !r)
        fail("no memory");
    if (job->cpu >= 0)
        stay_on(job->cpu);
    pthread_barrier_wait(job->start);
    job_loop(job, r, chunk, times);
    cache_reader_free(r);
    free(times);
    free(chunk);
    return NULL;
}

/* At the same time. */
static void jobs_run(struct job *jobs, unsigned count)
{
    pthread_t ids[2];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        jobs[i].start = &start;
        jobs[i].seed = ++*jobs[i].runs * UINT64_C(0x9E3779B97F4A7C15);
        if (pthread_create(&ids[i], NULL, job_run, &jobs[i]) != 0)
            fail("no thread");
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
    pthread_barrier_destroy(&start);
}

static struct job run_one(const struct job *model, double seconds, enum work work)
{
    struct job job = *model;
    job.seconds = seconds;
    job.work = work;
    jobs_run(&job, 1);
    return job;
}

/* The first two processors that we may use; false where there is one only. */
static bool choose_cpus(int cpus[2])
{
    cpu_set_t set;
    int found = 0;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return false;
    for (int i = 0; i < CPU_SETSIZE && found < 2; i++) {
        if (CPU_ISSET(i, &set))
            cpus[found++] = i;
    }
    return found == 2;
}

/* What two threads do to what one does: 2 at best. Processors that others use too are not alike, so
 * the one thread is on each of them in turn. */
static double speed_up(const struct job *model, const int cpus[2])
{
    struct job jobs[2] = {*model, *model};
    double alone = 0;
    for (int i = 0; i < 2; i++) {
        jobs[i].cpu = cpus[i];
        jobs_run(&jobs[i], 1);
        alone += jobs[i].rate / 2;
    }
    jobs_run(jobs, 2);
    return (jobs[0].rate + jobs[1].rate) / alone;
}

struct figures {
    unsigned entries;
    double hit_rate, one, batch; /* ns */
    bool pairs;                  /* whether there are two processors */
    double speed_up[ROUNDS], control[ROUNDS];
};

static void print_list(const char *name, const double *values)
{
    printf(", \"%s\": [", name);
    for (int i = 0; i < ROUNDS; i++)
        printf("%s%.3f", i ? ", " : "", values[i]);
    printf("]");
}

static void print_json(const struct figures *f)
{
    printf("{\"entries\": %u, \"hits\": %.4f, \"one\": %.1f, \"batch\": %.1f", f->entries,
           f->hit_rate, f->one, f->batch);
    if (f->pairs) {
        print_list("speed_up", f->speed_up);
        print_list("control", f->control);
    }
    printf("}\n");
}

static void print_line(struct figures *f)
{
    printf("%10u %9.1f %% %9.1f ns %9.1f ns", f->entries, f->hit_rate * 100, f->one, f->batch);
    if (f->pairs)
        printf(" %12.2f %11.2f", median(f->speed_up, ROUNDS), median(f->control, ROUNDS));
    printf("\n");
}

static void measure(unsigned entries, double seconds, bool json)
{
    int cpus[2];
    uint64_t runs = 0;
    struct figures f = {.entries = entries, .pairs = choose_cpus(cpus)};
    struct cache *c = cache_new((size_t)entries * BYTES_EACH + (1 << 20), 0);
    if (!c)
        fail("no memory");
    fill(c, 0, entries);
    struct job job = {.cache = c, .entries = entries, .runs = &runs, .cpu = -1};
    run_one(&job, seconds / 4, WORK_BATCHES); /* most are marked as asked for now */
    f.one = run_one(&job, seconds, WORK_ONE_BY_ONE).ns;
    job = run_one(&job, seconds, WORK_BATCHES);
    f.batch = job.ns;
    f.hit_rate = job.hit_rate;
    job.seconds = seconds / 10;
    struct job control = job;
    control.work = WORK_ARITHMETIC;
    for (int i = 0; i < ROUNDS && f.pairs; i++) {
        f.speed_up[i] = speed_up(&job, cpus);
        f.control[i] = speed_up(&control, cpus);
    }
    if (json)
        print_json(&f);
    else
        print_line(&f);
    fflush(stdout);
    cache_free(c);
}

static void measure_bytes(bool json)
{
    size_t bytes = (size_t)256 << 20;
    struct cache *c = cache_new(bytes, 0);
    struct cache_stats stats;
    if (!c)
        fail("no memory");
    for (unsigned n = 0; n < 4 * bytes / BYTES_EACH; n += 1000)
        fill(c, n, n + 1000);
    cache_stats(c, &stats);
    printf(json ? "{\"answer_bytes\": %.1f, \"answers\": %u}\n"
                : "%.1f bytes an answer of 89 bytes: %u of them in 256 MiB\n",
           (double)bytes / (double)stats.entries, (unsigned)stats.entries);
    cache_free(c);
}

int main(int argc, char **argv)
{
    unsigned entries[ENTRIES_MAX] = {50000, 1000000, 10000000}, count = 0;
    double seconds = 1;
    bool json = false, bytes = false;
    for (int option; (option = getopt(argc, argv, "bjs:p")) != -1;) {
        if (option == 'j')
            json = true;
        else if (option == 'b')
            bytes = true;
        else if (option == 's')
            seconds = atof(optarg);
        else if (option != 'p' || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
            fail("usage: bench_cache_lookup [-b] [-j] [-p] [-s SECONDS] [ENTRIES…]");
    }
    for (; optind < argc && count < ENTRIES_MAX; optind++)
        entries[count++] = (unsigned)strtoul(argv[optind], NULL, 10);
    if (!json)
        printf("%10s %11s %12s %13s %12s %11s\n", "entries", "hits", "one by one", "batches of 32",
               "two threads", "arithmetic");
    for (unsigned i = 0; i < (count ? count : 3); i++)
        measure(entries[i], seconds, json);
    if (count == 0 || bytes)
        measure_bytes(json);
    return 0;
}
