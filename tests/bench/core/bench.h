/* Benchmarks of the parts, in one process and one thread. A benchmark does the same thing `count`
 * times; main.c says how long that takes, or a simulator how many instructions. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "dns/name.h"
#include "dns/query.h"

struct bench {
    const char *name;
    void *(*open)(const struct bench *bench); /* what run needs; exits when it cannot */
    void (*run)(void *state, uint64_t count);
    void (*close)(void *state);
    unsigned size; /* names, records …: what `open` makes of it */
    const void *data;
};

/* A file's benchmarks; the one without a name ends them. */
extern const struct bench wire_benches[];
extern const struct bench policy_benches[];
extern const struct bench cache_benches[];
extern const struct bench query_benches[];
extern const struct bench many_benches[];

/* Plays the queries of `file` (stream.c); the exit status. */
int stream_play(const char *file);

_Noreturn void bench_die(const char *what);
void *bench_alloc(size_t count, size_t size); /* zeroed; never NULL */
struct dns_name bench_name(const char *text); /* lower-cased */
/* Always the same key: where an entry lies, and what finding it costs, does not change. */
extern const struct hash_key bench_key;
/* A query with RD for `name`; returns its length. `out` holds DNS_QUERY_MAX bytes. */
size_t bench_query(const char *name, uint16_t type, bool edns, uint8_t *out);

/* Many names in a random order: packed, so that walking over them costs little. */
struct bench_names {
    uint32_t count, next;
    uint8_t (*wire)[48]; /* length, then the name */
};
/* `form` has a '#' in place of the number of the name. */
void bench_names_init(struct bench_names *names, const char *form, uint32_t count);
void bench_names_deinit(struct bench_names *names);
/* The next name, from the start again behind the last. */
void bench_names_next(struct bench_names *names, struct dns_name *out);

/* For functions that a simulator counts by their names: no clones, and never inlined. */
#ifdef __clang__
#define BENCH_COUNTED __attribute__((noinline))
#else
#define BENCH_COUNTED __attribute__((noipa))
#endif

/* Keeps the compiler from leaving out what nobody reads. */
static inline void bench_keep(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

#endif
