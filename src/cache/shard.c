#include "cache/shard.h"

#include <string.h>

#define SLOT_TAG_SHIFT 48
#define SLOT_MAIN      (UINT64_C(1) << 47)
#define SLOT_POSITION  (SLOT_MAIN - 1)

#define INDEX_SHARE   8  /* one part in this many of the memory is index */
#define SMALL_SHARE   10 /* one part in this many of the rest is the small log */
#define LARGEST_SHARE 4  /* no entry takes more than one part in this many of the main log */

/* Entries that are kept for another round while one put makes room: the bound on its time. */
#define KEEP_MAX 32

static uint64_t slot_make(uint64_t hash, enum cache_log log, uint64_t position)
{
    return (hash & 0xffff) << SLOT_TAG_SHIFT | (log == CACHE_MAIN ? SLOT_MAIN : 0) | position;
}

static enum cache_log slot_log(uint64_t slot)
{
    return slot & SLOT_MAIN ? CACHE_MAIN : CACHE_SMALL;
}

static bool slot_tagged(uint64_t slot, uint64_t hash)
{
    return slot != 0 && slot >> SLOT_TAG_SHIFT == (hash & 0xffff);
}

/* False for empty slots and for ghosts. */
static bool slot_alive(const struct cache_shard *s, uint64_t slot)
{
    return slot != 0 && cache_ring_holds(&s->logs[slot_log(slot)], slot & SLOT_POSITION);
}

static struct cache_entry *slot_entry(const struct cache_shard *s, uint64_t slot)
{
    return cache_ring_at(&s->logs[slot_log(slot)], slot & SLOT_POSITION);
}

static uint64_t *bucket_slots(struct cache_shard *s, uint64_t hash)
{
    uint32_t upper = (uint32_t)((hash << s->hash_skip) >> 32);
    return s->buckets[(uint64_t)upper * s->bucket_count >> 32].slots;
}

static uint64_t entry_hash(const struct cache_entry *e)
{
    return cache_hash(e->name_hash, e->type, e->class, e->marks & ~CACHE_MARK_VISITED);
}

void cache_shard_init(struct cache_shard *s, void *memory, size_t bytes, unsigned hash_skip,
                      uint64_t stale_ms)
{
    *s = (struct cache_shard){.buckets = memory, .hash_skip = hash_skip, .stale_ms = stale_ms};
    s->bucket_count = (uint32_t)(bytes / INDEX_SHARE / sizeof(struct cache_bucket));

    uint8_t *log = (uint8_t *)memory + s->bucket_count * sizeof(struct cache_bucket);
    uint64_t units = (bytes - s->bucket_count * sizeof(struct cache_bucket)) / CACHE_UNIT;
    uint64_t small = units / SMALL_SHARE;
    cache_ring_init(&s->logs[CACHE_SMALL], log, small);
    cache_ring_init(&s->logs[CACHE_MAIN], log + small * CACHE_UNIT, units - small);
    s->largest = (units - small) / LARGEST_SHARE;
    if (s->largest > UINT16_MAX)
        s->largest = UINT16_MAX;
    pthread_mutex_init(&s->lock, NULL);
}

static bool entry_is(const struct cache_entry *e, const struct cache_key *key)
{
    return e->type == key->type && e->class == key->class &&
           (e->marks & ~CACHE_MARK_VISITED) == key->flags && e->name_len == key->name->len &&
           memcmp(e->data, key->name->wire, e->name_len) == 0;
}

static uint64_t *find_slot(struct cache_shard *s, const struct cache_key *key, uint64_t hash)
{
    uint64_t *slots = bucket_slots(s, hash);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        if (slot_tagged(slots[i], hash) && slot_alive(s, slots[i]) &&
            entry_is(slot_entry(s, slots[i]), key))
            return &slots[i];
    }
    return NULL;
}

struct cache_entry *cache_shard_find(struct cache_shard *s, const struct cache_key *key,
                                     uint64_t hash)
{
    uint64_t *slot = find_slot(s, key, hash);
    return slot ? slot_entry(s, *slot) : NULL;
}

/* The slot that leads to an entry, or NULL when it was replaced or removed. */
static uint64_t *slot_of(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    uint64_t hash = entry_hash(cache_ring_at(&s->logs[log], position));
    uint64_t wanted = slot_make(hash, log, position);
    uint64_t *slots = bucket_slots(s, hash);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        if (slots[i] == wanted)
            return &slots[i];
    }
    return NULL;
}

/* The books of an entry that leaves the index. */
static void forget(struct cache_shard *s, const struct cache_entry *e)
{
    s->used -= e->units;
    s->counters.entries--;
}

bool cache_shard_leads_to(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    return slot_of(s, log, position) != NULL;
}

void cache_shard_remove(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    uint64_t *slot = slot_of(s, log, position);
    if (!slot)
        return;
    forget(s, cache_ring_at(&s->logs[log], position));
    *slot = 0;
}

void cache_shard_clear(struct cache_shard *s)
{
    memset(s->buckets, 0, s->bucket_count * sizeof(struct cache_bucket));
    cache_ring_clear(&s->logs[CACHE_SMALL]);
    cache_ring_clear(&s->logs[CACHE_MAIN]);
    s->used = 0;
    s->counters.entries = 0;
}

/* An entry that was asked for and can still be of use earns another round. */
static bool worth_keeping(const struct cache_shard *s, const struct cache_entry *e, uint64_t now)
{
    uint64_t useful = (uint64_t)e->lifetime * 1000 + s->stale_ms;
    return (e->marks & CACHE_MARK_VISITED) && cache_entry_elapsed(e, now) < useful;
}

/* Puts `e`, whose own place was given up already, at the head of the main log, which has room. The
 * two places may overlap. */
static void move_to_main(struct cache_shard *s, uint64_t *slot, const struct cache_entry *e)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    uint16_t units = e->units;
    uint64_t hash = entry_hash(e);
    uint64_t position = cache_ring_append(log, units);
    struct cache_entry *to = cache_ring_at(log, position);
    memmove(to, e, (size_t)units * CACHE_UNIT);
    to->marks &= (uint8_t)~CACHE_MARK_VISITED;
    *slot = slot_make(hash, CACHE_MAIN, position);
}

/* Gives up the oldest entry of the main log, or keeps it for another round. That always fits: its
 * own space is free now, and what lies before it at the head was free already. */
static void main_reclaim(struct cache_shard *s, uint64_t now, unsigned *keep)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    struct cache_entry *e = cache_ring_at(log, log->tail);
    uint64_t *slot = slot_of(s, CACHE_MAIN, log->tail);
    cache_ring_drop(log);
    if (!slot)
        return;
    if (*keep > 0 && worth_keeping(s, e, now)) {
        --*keep;
        move_to_main(s, slot, e);
        return;
    }
    forget(s, e);
    *slot = 0;
    s->counters.evictions++;
}

static void main_make_room(struct cache_shard *s, uint64_t units, uint64_t now)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    unsigned keep = KEEP_MAX;
    while (!cache_ring_has_room(log, units)) {
        if (log->tail == log->head)
            cache_ring_clear(log);
        else
            main_reclaim(s, now, &keep);
    }
}

/* Gives up the oldest entry of the small log, or moves it to the main log. A slot that stays behind
 * is a ghost from here on. */
static void small_reclaim(struct cache_shard *s, uint64_t now)
{
    struct cache_ring *log = &s->logs[CACHE_SMALL];
    const struct cache_entry *e = cache_ring_at(log, log->tail);
    uint64_t *slot = slot_of(s, CACHE_SMALL, log->tail);
    cache_ring_drop(log);
    if (!slot)
        return;
    if (worth_keeping(s, e, now)) {
        main_make_room(s, e->units, now);
        move_to_main(s, slot, e);
        return;
    }
    forget(s, e);
    s->counters.evictions++;
}

static void small_make_room(struct cache_shard *s, uint64_t units, uint64_t now)
{
    struct cache_ring *log = &s->logs[CACHE_SMALL];
    while (!cache_ring_has_room(log, units)) {
        if (log->tail == log->head)
            cache_ring_clear(log);
        else
            small_reclaim(s, now);
    }
}

/* Frees the slot of the key's older answer, or of its ghost; true when there was one. */
static bool release_own_slot(struct cache_shard *s, const struct cache_key *key, uint64_t hash)
{
    uint64_t *slot = find_slot(s, key, hash);
    if (slot) {
        forget(s, slot_entry(s, *slot));
        *slot = 0;
        return true;
    }
    uint64_t *slots = bucket_slots(s, hash);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        if (slot_tagged(slots[i], hash) && !slot_alive(s, slots[i])) {
            slots[i] = 0;
            return true;
        }
    }
    return false;
}

/* What a slot is worth, for comparison: nothing, a ghost, an entry in the small log, one in the
 * main log; among equals the older is worth less. */
static uint64_t slot_rank(const struct cache_shard *s, uint64_t slot)
{
    uint64_t order = slot & (SLOT_MAIN | SLOT_POSITION);
    return slot_alive(s, slot) ? (UINT64_C(1) << SLOT_TAG_SHIFT) + order : order;
}

/* A slot for a new entry; in a full bucket the one that is worth least goes. */
static uint64_t *take_slot(struct cache_shard *s, uint64_t hash)
{
    uint64_t *slots = bucket_slots(s, hash);
    uint64_t *least = &slots[0];
    for (int i = 1; i < CACHE_SLOTS; i++) {
        if (slot_rank(s, slots[i]) < slot_rank(s, *least))
            least = &slots[i];
    }
    if (slot_alive(s, *least)) {
        forget(s, slot_entry(s, *least));
        s->counters.evictions++;
    }
    return least;
}

static void entry_write(struct cache_entry *e, uint64_t units, const struct cache_key *key,
                        const struct dns_answer *answer, uint64_t now, uint32_t lifetime)
{
    *e = (struct cache_entry){
        .units = (uint16_t)units,
        .type = key->type,
        .class = key->class,
        .name_len = key->name->len,
        .marks = key->flags,
        .name_hash = key->name_hash,
        .put = now,
        .lifetime = lifetime,
    };
    memcpy(e->data, key->name->wire, key->name->len);
    memcpy(e->data + key->name->len + (key->name->len & 1), answer, dns_answer_size(answer));
}

/* Long before positions outgrow their 47 bits everything is given up, and they start again. */
static void renew_positions(struct cache_shard *s)
{
    for (int i = 0; i < 2; i++) {
        struct cache_ring *log = &s->logs[i];
        if (log->head <= SLOT_POSITION - (UINT64_C(8) << log->bits))
            continue;
        cache_shard_clear(s);
        cache_ring_init(log, log->memory, log->units);
    }
}

enum err cache_shard_put(struct cache_shard *s, const struct cache_key *key, uint64_t hash,
                         const struct dns_answer *answer, uint64_t now, uint32_t lifetime)
{
    size_t name_room = key->name->len + (key->name->len & 1);
    size_t bytes = sizeof(struct cache_entry) + name_room + dns_answer_size(answer);
    uint64_t units = (bytes + CACHE_UNIT - 1) / CACHE_UNIT;
    if (units > s->largest)
        return ERR_RANGE;

    renew_positions(s);
    bool known = release_own_slot(s, key, hash);
    enum cache_log log = known || units > s->logs[CACHE_SMALL].units ? CACHE_MAIN : CACHE_SMALL;
    if (log == CACHE_MAIN)
        main_make_room(s, units, now);
    else
        small_make_room(s, units, now);

    uint64_t position = cache_ring_append(&s->logs[log], units);
    entry_write(cache_ring_at(&s->logs[log], position), units, key, answer, now, lifetime);
    *take_slot(s, hash) = slot_make(hash, log, position);
    s->used += units;
    s->counters.entries++;
    s->counters.insertions++;
    return ERR_OK;
}
