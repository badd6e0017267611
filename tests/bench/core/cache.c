/* Finding and keeping answers: one at a time, and in batches with memory asked for ahead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cache/cache.h"

#define PER_ENTRY 512 /* bytes: all names must fit */
#define BATCH     32

struct store {
    struct cache *cache;
    struct cache_reader *reader;
    struct bench_names names;
    const struct dns_answer *answer;
    _Alignas(8) uint8_t out[2048];
    _Alignas(8) uint8_t memory[512];
};

static struct cache_key store_key(const struct dns_name *name)
{
    return (struct cache_key){.name = name,
                              .name_hash = hash_bytes(&bench_key, name->wire, name->len),
                              .type = DNS_TYPE_SRV,
                              .class = DNS_CLASS_IN};
}

static void make_answer(struct store *s)
{
    static const char srv[] = "\0\0\0\5\x14\x66\5xmpp1\3lab\7example";
    const struct dns_name name = bench_name("_xmpp-client._tcp.lab.example.");
    const struct dns_rr rr = {.owner = name,
                              .type = DNS_TYPE_SRV,
                              .class = DNS_CLASS_IN,
                              .ttl = 3600,
                              .rdata = (const uint8_t *)srv,
                              .rdlen = sizeof(srv),
                              .section = DNS_ANSWER};
    struct dns_builder b;
    dns_builder_init(&b, s->memory, sizeof(s->memory), &name);
    dns_builder_add(&b, &rr);
    s->answer = dns_builder_finish(&b, 0);
    if (!s->answer)
        bench_die("the answer was not built");
}

static void run_put(void *state, uint64_t count)
{
    struct store *s = state;
    struct dns_name name;
    for (uint64_t i = 0; i < count; i++) {
        bench_names_next(&s->names, &name);
        const struct cache_key key = store_key(&name);
        cache_put(s->cache, &key, s->answer, 1000, 3600);
    }
}

static void run_get(void *state, uint64_t count)
{
    struct store *s = state;
    struct dns_name name;
    struct cache_hit hit;
    for (uint64_t i = 0; i < count; i++) {
        bench_names_next(&s->names, &name);
        const struct cache_key key = store_key(&name);
        bool found = cache_get(s->reader, &key, 2000, (struct dns_answer *)(void *)s->out,
                               sizeof(s->out), &hit);
        bench_keep(&found);
    }
}

static void run_get_batch(void *state, uint64_t count)
{
    struct store *s = state;
    struct dns_name names[BATCH];
    struct cache_key keys[BATCH];
    struct cache_hit hit;
    for (uint64_t left = count; left > 0;) {
        unsigned n = left < BATCH ? (unsigned)left : BATCH;
        for (unsigned i = 0; i < n; i++) {
            bench_names_next(&s->names, &names[i]);
            keys[i] = store_key(&names[i]);
            cache_prefetch(s->cache, cache_key_hash(&keys[i]));
        }
        for (unsigned i = 0; i < n; i++)
            cache_prefetch_entry(s->cache, cache_key_hash(&keys[i]));
        for (unsigned i = 0; i < n; i++) {
            bool found = cache_get(s->reader, &keys[i], 2000, (struct dns_answer *)(void *)s->out,
                                   sizeof(s->out), &hit);
            bench_keep(&found);
        }
        left -= n;
    }
}

static void *store_open(const struct bench *bench)
{
    size_t bytes = (size_t)bench->size * PER_ENTRY;
    struct store *s = bench_alloc(1, sizeof(*s));
    s->cache = cache_new(bytes > 1 << 20 ? bytes : 1 << 20, 0);
    s->reader = s->cache ? cache_reader_new(s->cache) : NULL;
    if (!s->reader)
        bench_die("no memory");
    make_answer(s);
    bench_names_init(&s->names, "_xmpp-client._tcp.d#.bench.example.", bench->size);
    return s;
}

/* What was never used again goes first, so each is. */
static void fill(struct store *s, uint32_t count)
{
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count; i++) {
            uint32_t at = s->names.next;
            run_put(s, 1);
            s->names.next = at;
            run_get(s, 1);
        }
    }
}

static void *filled_open(const struct bench *bench)
{
    struct store *s = store_open(bench);
    struct cache_stats stats;
    fill(s, bench->size);
    cache_stats(s->cache, &stats);
    if (stats.entries < bench->size / 100 * 99)
        fprintf(stderr, "%s: only %llu entries are there\n", bench->name,
                (unsigned long long)stats.entries);
    return s;
}

static void store_close(void *state)
{
    struct store *s = state;
    bench_names_deinit(&s->names);
    cache_reader_free(s->reader);
    cache_free(s->cache);
    free(s);
}

const struct bench cache_benches[] = {
    {"cache/get/100", filled_open, run_get, store_close, 100, NULL},
    {"cache/get/50000", filled_open, run_get, store_close, 50000, NULL},
    {"cache/get/1000000", filled_open, run_get, store_close, 1000000, NULL},
    {"cache/get-batch/50000", filled_open, run_get_batch, store_close, 50000, NULL},
    {"cache/get-batch/1000000", filled_open, run_get_batch, store_close, 1000000, NULL},
    {"cache/not-there/50000", store_open, run_get, store_close, 50000, NULL},
    {"cache/put/50000", store_open, run_put, store_close, 50000, NULL},
    {0},
};
