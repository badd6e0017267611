#include "cache/cache.h"

#include <sys/mman.h>

#include "cache/read.h"

#define BYTES_MIN   65536
#define SHARD_BYTES ((size_t)1 << 20) /* a shard is not smaller, unless it is the only one */
#define SHARDS_MAX  256
/* From here on huge pages: a lookup among a million entries then costs half. A smaller cache would
 * only be in memory whole when it has hardly any entries yet. */
#define HUGE_BYTES ((size_t)128 << 20)

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

    if (bytes >= HUGE_BYTES)
        (void)madvise(map, bytes, MADV_HUGEPAGE); /* without, it is only slower */
    struct cache *c = map;
    c->mapped = bytes;
    c->bits = shard_bits(bytes);
    c->stale_ms = stale_ms;
    pthread_mutex_init(&c->lock, NULL);
    size_t head = sizeof(*c) + cache_shard_count(c) * sizeof(struct cache_shard);
    c->memory = (uint8_t *)map + head;
    c->stride = (bytes - head) / cache_shard_count(c) / 64 * 64;
    cache_layout_init(&c->layout, c->stride, c->bits);
    for (size_t i = 0; i < cache_shard_count(c); i++)
        cache_shard_init(&c->shards[i], c->memory + i * c->stride, &c->layout, stale_ms);
    return c;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < cache_shard_count(c); i++)
        pthread_mutex_destroy(&c->shards[i].lock);
    pthread_mutex_destroy(&c->lock);
    munmap(c, c->mapped);
}

enum err cache_put(struct cache *c, const struct cache_key *key, const struct dns_answer *answer,
                   uint64_t now, uint32_t lifetime)
{
    if (lifetime == 0)
        return ERR_OK;
    uint64_t hash = cache_key_hash(key);
    struct cache_shard *s = &c->shards[cache_shard_index(c, hash)];
    pthread_mutex_lock(&s->lock);
    enum err e = cache_shard_put(s, key, hash, answer, now, lifetime);
    pthread_mutex_unlock(&s->lock);
    return e;
}

/* Only saves work later: not worth waiting for. */
void cache_mark(struct cache *c, const struct cache_key *key, uint64_t place, uint32_t generation)
{
    uint64_t hash = cache_key_hash(key);
    struct cache_shard *s = &c->shards[cache_shard_index(c, hash)];
    if (pthread_mutex_trylock(&s->lock) != 0)
        return;
    cache_shard_mark(s, hash, place, generation);
    pthread_mutex_unlock(&s->lock);
}

void cache_stats(struct cache *c, struct cache_stats *out)
{
    struct cache_counts counts = cache_readers_sum(c);
    *out = (struct cache_stats){
        .hits = counts.hits, .misses = counts.misses, .expired = counts.expired};
    for (size_t i = 0; i < cache_shard_count(c); i++) {
        struct cache_shard *s = &c->shards[i];
        pthread_mutex_lock(&s->lock);
        out->capacity += (s->logs[CACHE_SMALL].units + s->logs[CACHE_MAIN].units) * CACHE_UNIT;
        out->used += s->used * CACHE_UNIT;
        out->entries += s->entries;
        out->insertions += s->insertions;
        out->evictions += s->evictions;
        pthread_mutex_unlock(&s->lock);
    }
}
