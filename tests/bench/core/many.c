/* What a query costs in the core that is one of many different ones, all of them in the cache: as
 * they are asked in a random order, each waits for memory. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bench.h"
#include "world.h"

#define PER_ENTRY 512 /* bytes: all names must fit */

struct many {
    struct world *world;
    struct cache *cache;
    struct resolver *resolver;
    struct resolve_client client;
    struct bench_names names;
    uint8_t packets[BATCH_MAX][DNS_QUERY_MAX];
    struct batch_query queries[BATCH_MAX];
};

enum kind { KIND_DATA, KIND_NXDOMAIN };
static const enum kind data = KIND_DATA, nxdomain = KIND_NXDOMAIN;

static const struct dns_answer *make_answer(enum kind kind, uint8_t *memory, size_t size)
{
    static const uint8_t address[4] = {192, 0, 2, 1};
    static const char soa[] = "\2ns\5bench\7example\0\4root\5bench\7example\0"
                              "\0\0\0\1\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80\0\0\0\x3c";
    const struct dns_name name = bench_name("bench.example.");
    struct dns_rr rr = {.owner = name, .class = DNS_CLASS_IN, .ttl = 3600};
    struct dns_builder b;
    rr.type = kind == KIND_DATA ? DNS_TYPE_A : DNS_TYPE_SOA;
    rr.section = kind == KIND_DATA ? DNS_ANSWER : DNS_AUTHORITY;
    rr.rdata = kind == KIND_DATA ? address : (const uint8_t *)soa;
    rr.rdlen = kind == KIND_DATA ? sizeof(address) : sizeof(soa) - 1;
    dns_builder_init(&b, memory, size, &name);
    dns_builder_add(&b, &rr);
    return dns_builder_finish(&b, kind == KIND_DATA ? 0 : DNS_RCODE_NXDOMAIN);
}

static void fill(struct many *m, enum kind kind)
{
    _Alignas(8) uint8_t memory[512];
    const struct dns_answer *answer = make_answer(kind, memory, sizeof(memory));
    struct dns_name name;
    for (uint32_t i = 0; i < m->names.count; i++) {
        bench_names_next(&m->names, &name);
        const struct cache_key key = {.name = &name,
                                      .name_hash = hash_bytes(&bench_key, name.wire, name.len),
                                      .type = kind == KIND_DATA ? DNS_TYPE_A : CACHE_TYPE_NXDOMAIN,
                                      .class = DNS_CLASS_IN};
        if (!answer || cache_put(m->cache, &key, answer, m->world->now, 3600) != ERR_OK)
            bench_die("the cache was not filled");
    }
}

/* The few that found no place in the cache are dropped. */
static enum err refuse(void *upstream, const struct dns_question *question, upstream_done_fn done,
                       void *arg, uint64_t now)
{
    (void)upstream;
    (void)question;
    (void)done;
    (void)arg;
    (void)now;
    return ERR_LIMIT;
}

static void many_run(void *state, uint64_t count)
{
    struct many *m = state;
    struct batch_tally tally = {0};
    struct dns_name name;
    for (uint64_t left = count; left > 0;) {
        unsigned n = left < BATCH_MAX ? (unsigned)left : BATCH_MAX;
        for (unsigned i = 0; i < n; i++) {
            uint8_t *question = m->packets[i] + DNS_HEADER_LEN;
            bench_names_next(&m->names, &name);
            memcpy(question, name.wire, name.len);
            bytes_put16(question + name.len, DNS_TYPE_A);
            bytes_put16(question + name.len + 2, DNS_CLASS_IN);
            m->queries[i] = (struct batch_query){m->packets[i], DNS_HEADER_LEN + name.len + 4u};
        }
        batch_run(m->resolver, &m->client, m->queries, n, m->world->now, &tally);
        left -= n;
    }
    if (tally.replies < count / 100 * 99)
        bench_die("the names are not in the cache");
}

static void *many_open(const struct bench *bench)
{
    struct many *m = bench_alloc(1, sizeof(*m));
    m->world = world_new("");
    m->world->key = bench_key;
    world_configure(m->world, "hosts: [{name: xmpp1.lab.example, addresses: [10.5.0.11]}]\n");
    m->cache = cache_new((size_t)bench->size * PER_ENTRY, 0);
    const struct resolver_init init = {.settings = &m->world->settings,
                                       .cache = m->cache,
                                       .hash_key = &m->world->key,
                                       .random = &m->world->random,
                                       .log = &m->world->log,
                                       .ask = refuse};
    m->resolver = m->cache ? resolver_new(&init) : NULL;
    if (!m->resolver || addr_parse(&m->client.peer, "127.0.0.1", 5353) != ERR_OK)
        bench_die("no memory");
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        bytes_put16(m->packets[i] + 2, DNS_FLAG_RD);
        bytes_put16(m->packets[i] + 4, 1); /* QDCOUNT */
    }
    bench_names_init(&m->names, "w#.bench.example.", bench->size);
    fill(m, *(const enum kind *)bench->data);
    many_run(m, bench->size);
    return m;
}

static void many_close(void *state)
{
    struct many *m = state;
    bench_names_deinit(&m->names);
    resolver_free(m->resolver);
    cache_free(m->cache);
    world_free(m->world);
    free(m);
}

const struct bench many_benches[] = {
    {"query/many/data/50000", many_open, many_run, many_close, 50000, &data},
    {"query/many/nxdomain/50000", many_open, many_run, many_close, 50000, &nxdomain},
    {"query/many/data/1000000", many_open, many_run, many_close, 1000000, &data},
    {"query/many/nxdomain/1000000", many_open, many_run, many_close, 1000000, &nxdomain},
    {0},
};
