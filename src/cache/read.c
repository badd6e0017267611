/* Lookups, without a lock: how that can be is told in entry.h. */
#include "cache/read.h"

#include <endian.h>
#include <stdlib.h>

/* Looks at a key again, because entries moved under it, before it counts as not there. */
#define TRIES 4

/* A thread counts for itself, and in a line of the CPU's caches that only it writes. */
struct cache_reader {
    _Alignas(64) struct cache *cache;
    struct cache_reader *next;
    _Atomic uint64_t hits, misses, expired;
};

static void count(_Atomic uint64_t *counter)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + 1, memory_order_relaxed);
}

struct cache_reader *cache_reader_new(struct cache *c)
{
    struct cache_reader *r = aligned_alloc(_Alignof(struct cache_reader), sizeof(*r));
    if (!r)
        return NULL;
    *r = (struct cache_reader){.cache = c};
    pthread_mutex_lock(&c->lock);
    r->next = c->readers;
    c->readers = r;
    pthread_mutex_unlock(&c->lock);
    return r;
}

static void add_counts(struct cache_counts *sum, struct cache_reader *r)
{
    sum->hits += atomic_load_explicit(&r->hits, memory_order_relaxed);
    sum->misses += atomic_load_explicit(&r->misses, memory_order_relaxed);
    sum->expired += atomic_load_explicit(&r->expired, memory_order_relaxed);
}

void cache_reader_free(struct cache_reader *r)
{
    if (!r)
        return;
    struct cache *c = r->cache;
    pthread_mutex_lock(&c->lock);
    struct cache_reader **link = &c->readers;
    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
    add_counts(&c->retired, r);
    pthread_mutex_unlock(&c->lock);
    free(r);
}

struct cache_counts cache_readers_sum(struct cache *c)
{
    pthread_mutex_lock(&c->lock);
    struct cache_counts sum = c->retired;
    for (struct cache_reader *r = c->readers; r; r = r->next)
        add_counts(&sum, r);
    pthread_mutex_unlock(&c->lock);
    return sum;
}

static uint8_t *shard_memory(const struct cache *c, uint64_t hash)
{
    return c->memory + cache_shard_index(c, hash) * c->stride;
}

static struct cache_bucket *shard_bucket(const struct cache *c, uint8_t *shard, uint64_t hash)
{
    return (struct cache_bucket *)(void *)shard + cache_bucket_index(&c->layout, hash);
}

/* Where a slot leads: the entry, and how many units there are from there to the log's end. */
struct place {
    const cache_word *words;
    uint64_t room;
};

static struct place slot_place(const struct cache *c, const uint8_t *shard, uint64_t slot)
{
    enum cache_log log = cache_slot_log(slot);
    uint64_t offset = slot & c->layout.masks[log];
    const void *words = shard + c->layout.logs[log] + offset * CACHE_UNIT;
    return (struct place){.words = words, .room = c->layout.units[log] - offset};
}

static unsigned slot_matches(const _Atomic uint64_t *slot, uint64_t hash)
{
    return cache_slot_matches(atomic_load_explicit(slot, memory_order_relaxed), hash);
}

/* The slots of a bucket that may lead to the entry of a hash, one bit for each. Without branches,
 * since which one it is can't be foreseen, and written out, since compilers leave a loop of atomic
 * loads a loop. */
static unsigned bucket_matches(const struct cache_bucket *bucket, uint64_t hash)
{
    const _Atomic uint64_t *s = bucket->slots;
    _Static_assert(CACHE_SLOTS == 8, "as many terms");
    return slot_matches(&s[0], hash) | slot_matches(&s[1], hash) << 1 |
           slot_matches(&s[2], hash) << 2 | slot_matches(&s[3], hash) << 3 |
           slot_matches(&s[4], hash) << 4 | slot_matches(&s[5], hash) << 5 |
           slot_matches(&s[6], hash) << 6 | slot_matches(&s[7], hash) << 7;
}

void cache_prefetch(const struct cache *c, uint64_t hash)
{
    __builtin_prefetch(shard_bucket(c, shard_memory(c, hash), hash));
}

/* Most entries end within 128 bytes; the length of this one is in the line that is being loaded. */
bool cache_prefetch_entry(const struct cache *c, uint64_t hash)
{
    uint8_t *shard = shard_memory(c, hash);
    const struct cache_bucket *bucket = shard_bucket(c, shard, hash);
    unsigned matches = bucket_matches(bucket, hash);
    for (unsigned left = matches; left; left &= left - 1) {
        uint64_t slot =
            atomic_load_explicit(&bucket->slots[__builtin_ctz(left)], memory_order_relaxed);
        const char *at = (const char *)slot_place(c, shard, slot).words;
        __builtin_prefetch(at);
        __builtin_prefetch(at + 64);
        __builtin_prefetch(at + 127);
    }
    return matches != 0;
}

struct lookup {
    const struct cache *cache;
    const struct cache_key *key;
    uint64_t now;
    struct dns_answer *out;
    size_t capacity;
    struct cache_hit *hit;
};

enum sight {
    SIGHT_NONE,  /* no entry for the key */
    SIGHT_GONE,  /* there is one, but it expired */
    SIGHT_LARGE, /* it does not fit */
    SIGHT_STALE, /* served */
    SIGHT_FRESH, /* served */
};

/* The last bytes of a name as a word of the log holds them, zeros behind them. */
static uint64_t name_end(const struct dns_name *name, unsigned left)
{
    uint64_t word = 0;
    if (name->len < CACHE_UNIT) {
        memcpy(&word, name->wire, left);
        return word;
    }
    memcpy(&word, name->wire + name->len - CACHE_UNIT, CACHE_UNIT);
    return htole64(le64toh(word) >> (8 * (CACHE_UNIT - left)));
}

static bool name_is(const cache_word *words, const struct dns_name *name)
{
    const uint8_t *at = name->wire;
    const uint8_t *end = at + name->len / CACHE_UNIT * CACHE_UNIT;
    for (uint64_t word; at < end; at += CACHE_UNIT) {
        memcpy(&word, at, CACHE_UNIT);
        if (cache_word_load(words++) != word)
            return false;
    }
    unsigned left = name->len % CACHE_UNIT;
    return left == 0 || cache_word_load(words) == name_end(name, left);
}

/* `e` is the copy of the first words at `words`. */
static bool entry_is(const struct cache_entry *e, const cache_word *words,
                     const struct cache_key *key)
{
    return e->name_hash == key->name_hash && e->type == key->type && e->class == key->class &&
           e->flags == key->flags && e->name_len == key->name->len &&
           name_is(words + CACHE_ENTRY_WORDS, key->name);
}

/* Fills *hit; whether the entry is still of use. */
static enum sight entry_age(const struct lookup *l, const struct cache_entry *e)
{
    uint64_t elapsed = cache_entry_elapsed(e, l->now);
    uint64_t end = (uint64_t)e->lifetime * 1000;
    uint32_t age = elapsed / 1000 < UINT32_MAX ? (uint32_t)(elapsed / 1000) : UINT32_MAX;
    bool stale = elapsed >= end;
    *l->hit = (struct cache_hit){.age = age, .generation = e->generation, .stale = stale};
    if (!stale) {
        l->hit->left = e->lifetime - age;
        return SIGHT_FRESH;
    }
    return elapsed - end < l->cache->stale_ms ? SIGHT_STALE : SIGHT_GONE;
}

/* Copies the answer of `units` units, or what looks like one, but never more than these or than
 * there is room for. */
static bool answer_take(const struct lookup *l, const cache_word *words, uint64_t units)
{
    struct dns_answer head;
    if (units < cache_units(sizeof(head)))
        return false;
    cache_words_load(&head, words, sizeof(head));
    size_t size = dns_answer_size(&head);
    if (size > units * CACHE_UNIT || size > l->capacity)
        return false;
    /* Whole words, if there is room: cutting one into bytes costs more than they all do. */
    size_t whole = cache_units(size) * CACHE_UNIT;
    cache_words_load(l->out, words, whole > l->capacity ? size : whole);
    return true;
}

/* What is to be seen at a place; true only if the slot leads there afterwards too. */
static enum sight entry_look(const struct lookup *l, struct place place)
{
    struct cache_entry e;
    cache_entry_load(&e, place.words);
    uint64_t front = CACHE_ENTRY_WORDS + cache_units(e.name_len);
    if (e.units > place.room || front > e.units)
        return SIGHT_NONE;
    if (!entry_is(&e, place.words, l->key))
        return SIGHT_NONE;
    enum sight sight = entry_age(l, &e);
    if (sight == SIGHT_GONE)
        return sight;
    return answer_take(l, place.words + front, e.units - front) ? sight : SIGHT_LARGE;
}

/* Looks where a slot leads; false when that changed meanwhile. */
static bool slot_look(const struct lookup *l, const uint8_t *shard, _Atomic uint64_t *at,
                      enum sight *sight)
{
    uint64_t slot = cache_slot_get(at);
    if (!cache_slot_alive(slot))
        return false;
    *sight = entry_look(l, slot_place(l->cache, shard, slot));
    atomic_thread_fence(memory_order_acquire);
    if (!cache_slot_same(atomic_load_explicit(at, memory_order_relaxed), slot))
        return false;
    l->hit->place = slot;
    if (*sight >= SIGHT_STALE && !(slot & CACHE_SLOT_VISITED))
        atomic_compare_exchange_strong_explicit(at, &slot, slot | CACHE_SLOT_VISITED,
                                                memory_order_relaxed, memory_order_relaxed);
    return true;
}

/* One pass over the bucket; false when entries moved meanwhile. */
static bool bucket_look(const struct lookup *l, uint64_t hash, enum sight *sight)
{
    uint8_t *shard = shard_memory(l->cache, hash);
    struct cache_bucket *bucket = shard_bucket(l->cache, shard, hash);
    *sight = SIGHT_NONE;
    for (unsigned left = bucket_matches(bucket, hash); left && *sight == SIGHT_NONE;
         left &= left - 1) {
        if (!slot_look(l, shard, &bucket->slots[__builtin_ctz(left)], sight))
            return false;
    }
    return true;
}

bool cache_get(struct cache_reader *r, const struct cache_key *key, uint64_t now,
               struct dns_answer *out, size_t capacity, struct cache_hit *hit)
{
    const struct lookup lookup = {
        .cache = r->cache,
        .key = key,
        .now = now,
        .out = out,
        .capacity = capacity,
        .hit = hit,
    };
    uint64_t hash = cache_key_hash(key);
    enum sight sight = SIGHT_NONE;
    int tries = TRIES;
    while (!bucket_look(&lookup, hash, &sight)) {
        sight = SIGHT_NONE;
        if (--tries == 0)
            break;
    }
    if (sight == SIGHT_STALE || sight == SIGHT_GONE)
        count(&r->expired);
    count(sight >= SIGHT_STALE ? &r->hits : &r->misses);
    return sight >= SIGHT_STALE;
}
