#include "cache/cache.h"

#include <string.h>
#include <sys/mman.h>

#include "cache/shards.h"

#define BYTES_MIN   65536
#define SHARD_BYTES ((size_t)1 << 20) /* a shard is not smaller, unless it is the only one */
#define SHARDS_MAX  256

static unsigned shard_bits(size_t bytes)
{
    unsigned bits = 0;
    while (bytes >> (bits + 1) >= SHARD_BYTES && (1u << (bits + 1)) <= SHARDS_MAX)
        bits++;
    return bits;
}

struct cache *cache_new(size_t bytes, uint64_t stale_ms)
{
    if (bytes < BYTES_MIN)
        return NULL;
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;

    struct cache *c = map;
    c->mapped = bytes;
    c->bits = shard_bits(bytes);
    size_t head = sizeof(*c) + cache_shard_count(c) * sizeof(struct cache_shard);
    size_t each = (bytes - head) / cache_shard_count(c) / 64 * 64;
    for (size_t i = 0; i < cache_shard_count(c); i++)
        cache_shard_init(&c->shards[i], (uint8_t *)map + head + i * each, each, c->bits, stale_ms);
    return c;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < cache_shard_count(c); i++)
        pthread_mutex_destroy(&c->shards[i].lock);
    munmap(c, c->mapped);
}

static struct cache_shard *shard_of(struct cache *c, uint64_t hash)
{
    return &c->shards[c->bits ? hash >> (64 - c->bits) : 0];
}

/* Copies an entry out, when it can still be served. */
static bool serve(struct cache_shard *s, struct cache_entry *e, uint64_t now,
                  struct dns_answer *out, size_t capacity, struct cache_hit *hit)
{
    uint64_t elapsed = cache_entry_elapsed(e, now);
    uint64_t end = (uint64_t)e->lifetime * 1000;
    bool stale = elapsed >= end;
    s->counters.expired += stale;
    if (stale && elapsed - end >= s->stale_ms)
        return false;
    const struct dns_answer *answer = cache_entry_answer(e);
    size_t size = dns_answer_size(answer);
    if (size > capacity)
        return false;

    memcpy(out, answer, size);
    uint32_t age = elapsed / 1000 < UINT32_MAX ? (uint32_t)(elapsed / 1000) : UINT32_MAX;
    *hit = (struct cache_hit){.age = age, .generation = e->generation, .stale = stale};
    if (!stale)
        hit->left = e->lifetime - age;
    e->marks |= CACHE_MARK_VISITED;
    return true;
}

bool cache_get(struct cache *c, const struct cache_key *key, uint64_t now, struct dns_answer *out,
               size_t capacity, struct cache_hit *hit)
{
    uint64_t hash = cache_hash(key->name_hash, key->type, key->class, key->flags);
    struct cache_shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    struct cache_entry *e = cache_shard_find(s, key, hash);
    bool served = e && serve(s, e, now, out, capacity, hit);
    if (served)
        s->counters.hits++;
    else
        s->counters.misses++;
    pthread_mutex_unlock(&s->lock);
    return served;
}

enum err cache_put(struct cache *c, const struct cache_key *key, const struct dns_answer *answer,
                   uint64_t now, uint32_t lifetime)
{
    if (lifetime == 0)
        return ERR_OK;
    uint64_t hash = cache_hash(key->name_hash, key->type, key->class, key->flags);
    struct cache_shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    enum err e = cache_shard_put(s, key, hash, answer, now, lifetime);
    pthread_mutex_unlock(&s->lock);
    return e;
}

void cache_mark(struct cache *c, const struct cache_key *key, uint32_t generation)
{
    uint64_t hash = cache_hash(key->name_hash, key->type, key->class, key->flags);
    struct cache_shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    struct cache_entry *e = cache_shard_find(s, key, hash);
    if (e)
        e->generation = generation;
    pthread_mutex_unlock(&s->lock);
}

void cache_stats(struct cache *c, struct cache_stats *out)
{
    *out = (struct cache_stats){0};
    for (size_t i = 0; i < cache_shard_count(c); i++) {
        struct cache_shard *s = &c->shards[i];
        pthread_mutex_lock(&s->lock);
        out->capacity += (s->logs[CACHE_SMALL].units + s->logs[CACHE_MAIN].units) * CACHE_UNIT;
        out->used += s->used * CACHE_UNIT;
        out->entries += s->counters.entries;
        out->hits += s->counters.hits;
        out->misses += s->counters.misses;
        out->insertions += s->counters.insertions;
        out->evictions += s->counters.evictions;
        out->expired += s->counters.expired;
        pthread_mutex_unlock(&s->lock);
    }
}
