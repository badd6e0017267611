/* Measures the parts that a query passes through, without a socket.
 *
 *     bench_core [PREFIX...]           ns a call of each benchmark whose name begins so
 *     bench_core --list                their names
 *     bench_core --count N NAME        runs one N times within bench_measured, for callgrind
 *     bench_core stream FILE           plays recorded queries (stream.c), for the gate
 *
 * Of many short batches the least and the median are shown: whatever else the machine does only
 * adds to the time. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define BATCHES  200
#define BATCH_NS 1000000 /* a batch is at least this long */

static const struct bench *const groups[] = {wire_benches, policy_benches, cache_benches,
                                             query_benches, many_benches};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* What a simulator counts. */
BENCH_COUNTED void bench_measured(const struct bench *bench, void *state, uint64_t count);
void bench_measured(const struct bench *bench, void *state, uint64_t count)
{
    bench->run(state, count);
    bench_keep(state);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_batch(const struct bench *bench, void *state, uint64_t count)
{
    double start = now_ns();
    bench_measured(bench, state, count);
    return now_ns() - start;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(const struct bench *bench)
{
    double ns[BATCHES];
    uint64_t count = 1;
    void *state = bench->open(bench);
    while (time_batch(bench, state, count) < BATCH_NS)
        count *= 2;
    for (int i = 0; i < BATCHES; i++)
        ns[i] = time_batch(bench, state, count) / (double)count;
    bench->close(state);
    qsort(ns, BATCHES, sizeof(ns[0]), compare);
    printf("%-44s %9.1f ns %9.1f ns %12llu\n", bench->name, ns[0], ns[BATCHES / 2],
           (unsigned long long)count * BATCHES);
    fflush(stdout);
}

static bool is_wanted(const char *name, int prefixes, char **prefix)
{
    for (int i = 0; i < prefixes; i++) {
        if (strncmp(name, prefix[i], strlen(prefix[i])) == 0)
            return true;
    }
    return prefixes == 0;
}

static int measure_all(int prefixes, char **prefix)
{
    int wanted = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        for (const struct bench *b = groups[g]; b->name; b++) {
            if (!is_wanted(b->name, prefixes, prefix))
                continue;
            if (wanted++ == 0)
                printf("%-44s %12s %12s %12s\n", "Benchmark", "Least", "Median", "Calls");
            measure(b);
        }
    }
    if (wanted == 0)
        bench_die("no benchmark's name begins so; --list has them");
    return 0;
}

static int list(void)
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (const struct bench *b = groups[g]; b->name; b++)
            puts(b->name);
    }
    return 0;
}

/* Once before, so that what is made at first use is there. */
static int run_counted(uint64_t count, const char *name)
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (const struct bench *b = groups[g]; b->name; b++) {
            if (strcmp(b->name, name) != 0)
                continue;
            void *state = b->open(b);
            b->run(state, count);
            bench_measured(b, state, count);
            b->close(state);
            return 0;
        }
    }
    bench_die("no such benchmark");
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "stream") == 0)
        return stream_play(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list();
    if (argc == 4 && strcmp(argv[1], "--count") == 0)
        return run_counted(strtoull(argv[2], NULL, 10), argv[3]);
    return measure_all(argc - 1, argv + 1);
}
