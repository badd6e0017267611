#include "cache/shard.h"

#include <string.h>

#define INDEX_SHARE   8  /* one part in this many of the memory is index */
#define SMALL_SHARE   10 /* one part in this many of the rest is the small log */
#define LARGEST_SHARE 4  /* no entry takes more than one part in this many of the main log */

#define LINE_UNITS 8 /* both logs start with a line of the CPU's caches */

/* Entries that are kept for another round while one put makes room: the bound on its time. */
#define KEEP_MAX 32

/* Units that stay free in the main log: an entry that is not larger can be kept for another round
 * without overwriting itself, and so without being missed by a reader. */
#define MAIN_SLACK 64

void cache_layout_init(struct cache_layout *layout, size_t bytes, unsigned hash_skip)
{
    *layout = (struct cache_layout){.hash_skip = hash_skip};
    layout->bucket_count = (uint32_t)(bytes / INDEX_SHARE / sizeof(struct cache_bucket));
    size_t index = layout->bucket_count * sizeof(struct cache_bucket);
    uint64_t units = (bytes - index) / CACHE_UNIT;
    uint64_t small = units / SMALL_SHARE / LINE_UNITS * LINE_UNITS;
    layout->units[CACHE_SMALL] = small;
    layout->units[CACHE_MAIN] = units - small;
    layout->logs[CACHE_SMALL] = index;
    layout->logs[CACHE_MAIN] = index + small * CACHE_UNIT;
    for (int i = 0; i < 2; i++)
        layout->masks[i] = (UINT64_C(1) << cache_ring_bits(layout->units[i])) - 1;
}

void cache_shard_init(struct cache_shard *s, void *memory, const struct cache_layout *layout,
                      uint64_t stale_ms)
{
    *s = (struct cache_shard){.buckets = memory, .layout = layout, .stale_ms = stale_ms};
    for (int i = 0; i < 2; i++)
        cache_ring_init(&s->logs[i], (uint8_t *)memory + layout->logs[i], layout->units[i]);
    s->largest = layout->units[CACHE_MAIN] / LARGEST_SHARE;
    if (s->largest > UINT16_MAX)
        s->largest = UINT16_MAX;
    pthread_mutex_init(&s->lock, NULL);
}

static _Atomic uint64_t *bucket_slots(struct cache_shard *s, uint64_t hash)
{
    return s->buckets[cache_bucket_index(s->layout, hash)].slots;
}

static struct cache_entry *slot_entry(const struct cache_shard *s, uint64_t slot)
{
    return cache_ring_at(&s->logs[cache_slot_log(slot)], slot & CACHE_POSITION);
}

static uint64_t entry_hash(const struct cache_entry *e)
{
    return cache_hash(e->name_hash, e->type, e->class, e->flags);
}

static bool entry_is(const struct cache_entry *e, const struct cache_key *key)
{
    return e->type == key->type && e->class == key->class && e->flags == key->flags &&
           e->name_len == key->name->len && memcmp(e->data, key->name->wire, e->name_len) == 0;
}

static _Atomic uint64_t *find_slot(struct cache_shard *s, const struct cache_key *key,
                                   uint64_t hash)
{
    _Atomic uint64_t *slots = bucket_slots(s, hash);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        uint64_t slot = cache_slot_get(&slots[i]);
        if (cache_slot_matches(slot, hash) && entry_is(slot_entry(s, slot), key))
            return &slots[i];
    }
    return NULL;
}

/* The slot that still is as `wanted`, asked for or not. */
static _Atomic uint64_t *same_slot(struct cache_shard *s, uint64_t hash, uint64_t wanted)
{
    _Atomic uint64_t *slots = bucket_slots(s, hash);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        if (cache_slot_same(cache_slot_get(&slots[i]), wanted))
            return &slots[i];
    }
    return NULL;
}

/* The slot that leads to an entry, or NULL when it was replaced or removed. */
static _Atomic uint64_t *slot_of(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    uint64_t hash = entry_hash(cache_ring_at(&s->logs[log], position));
    return same_slot(s, hash, cache_slot_make(hash, log, position));
}

void cache_shard_mark(struct cache_shard *s, uint64_t hash, uint64_t place, uint32_t generation)
{
    if (cache_slot_alive(place) && same_slot(s, hash, place))
        cache_entry_mark(slot_entry(s, place), generation);
}

/* The books of an entry that leaves the index. */
static void forget(struct cache_shard *s, const struct cache_entry *e)
{
    s->used -= e->units;
    s->entries--;
}

bool cache_shard_leads_to(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    return slot_of(s, log, position) != NULL;
}

void cache_shard_remove(struct cache_shard *s, enum cache_log log, uint64_t position)
{
    _Atomic uint64_t *slot = slot_of(s, log, position);
    if (!slot)
        return;
    forget(s, cache_ring_at(&s->logs[log], position));
    cache_slot_set(slot, 0);
}

void cache_shard_clear(struct cache_shard *s)
{
    for (uint32_t b = 0; b < s->layout->bucket_count; b++) {
        for (int i = 0; i < CACHE_SLOTS; i++)
            cache_slot_set(&s->buckets[b].slots[i], 0);
    }
    cache_ring_clear(&s->logs[CACHE_SMALL]);
    cache_ring_clear(&s->logs[CACHE_MAIN]);
    s->used = 0;
    s->entries = 0;
}

static bool is_useful(const struct cache_shard *s, const struct cache_entry *e, uint64_t now)
{
    return cache_entry_elapsed(e, now) < (uint64_t)e->lifetime * 1000 + s->stale_ms;
}

/* An entry that was asked for and can still be of use earns another round. */
static bool worth_keeping(const struct cache_shard *s, uint64_t slot, const struct cache_entry *e,
                          uint64_t now)
{
    return (slot & CACHE_SLOT_VISITED) && is_useful(s, e, now);
}

/* Nobody has to go for an entry that moves there. */
static bool main_has_room(const struct cache_shard *s, uint64_t units)
{
    return cache_ring_has_room(&s->logs[CACHE_MAIN], units + MAIN_SLACK);
}

/* Copies an entry to the head of the main log, which has room, and lets its slot lead there, with
 * CACHE_SLOT_VISITED or 0 as its mark. Where the two places overlap, the new one is the lower. */
static void move_to_main(struct cache_shard *s, _Atomic uint64_t *slot, const struct cache_entry *e,
                         uint64_t mark)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    uint16_t units = e->units;
    uint64_t hash = entry_hash(e);
    uint64_t position = cache_ring_append(log, units);
    const cache_word *from = (const cache_word *)e;
    cache_word *to = (cache_word *)cache_ring_at(log, position);
    for (uint16_t i = 0; i < units; i++)
        cache_word_store(&to[i], cache_word_load(&from[i]));
    cache_slot_set(slot, cache_slot_make(hash, CACHE_MAIN, position) | mark);
}

/* Keeps the oldest entry of the main log for another round. That always fits: once its own space is
 * given up, what lies before it at the head was free already. */
static void main_keep(struct cache_shard *s, _Atomic uint64_t *slot, const struct cache_entry *e)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    if (!cache_ring_has_room(log, e->units))
        cache_slot_set(slot, 0); /* it will overwrite itself, while no reader may look */
    cache_ring_drop(log);
    move_to_main(s, slot, e, 0);
}

/* Gives up the oldest entry of the main log, or keeps it. */
static void main_reclaim(struct cache_shard *s, uint64_t now, unsigned *keep)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    const struct cache_entry *e = cache_ring_at(log, log->tail);
    _Atomic uint64_t *slot = slot_of(s, CACHE_MAIN, log->tail);
    if (slot && *keep > 0 && worth_keeping(s, cache_slot_get(slot), e, now)) {
        --*keep;
        main_keep(s, slot, e);
        return;
    }
    if (slot) {
        cache_slot_set(slot, 0);
        forget(s, e);
        s->evictions++;
    }
    cache_ring_drop(log);
}

static void main_make_room(struct cache_shard *s, uint64_t units, uint64_t now)
{
    struct cache_ring *log = &s->logs[CACHE_MAIN];
    unsigned keep = KEEP_MAX;
    while (!main_has_room(s, units)) {
        if (log->tail == log->head)
            cache_ring_clear(log);
        else
            main_reclaim(s, now, &keep);
    }
}

/* Gives up the oldest entry of the small log, and leaves a ghost, or moves it to the main log: also
 * one that nobody has asked for, as long as that takes no one else's place. */
static void small_reclaim(struct cache_shard *s, uint64_t now)
{
    struct cache_ring *log = &s->logs[CACHE_SMALL];
    const struct cache_entry *e = cache_ring_at(log, log->tail);
    _Atomic uint64_t *slot = slot_of(s, CACHE_SMALL, log->tail);
    bool room = slot && is_useful(s, e, now) && main_has_room(s, e->units);
    if (slot && (room || worth_keeping(s, cache_slot_get(slot), e, now))) {
        main_make_room(s, e->units, now);
        /* Still marked if it was asked for, since others here may never have been. */
        move_to_main(s, slot, e, cache_slot_get(slot) & CACHE_SLOT_VISITED);
    } else if (slot) {
        cache_slot_set(slot, cache_slot_get(slot) & ~CACHE_SLOT_ALIVE);
        forget(s, e);
        s->evictions++;
    }
    cache_ring_drop(log);
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

/* What a slot is worth, for comparison: nothing, a ghost, an entry in the small log, one in the
 * main log, and the same if they were asked for; among equals the older is worth less. */
static uint64_t slot_rank(uint64_t slot)
{
    bool asked = cache_slot_alive(slot) && (slot & CACHE_SLOT_VISITED);
    return (slot & (CACHE_SLOT_ALIVE | CACHE_SLOT_MAIN | CACHE_POSITION)) | (uint64_t)asked
                                                                                << CACHE_TAG_SHIFT;
}

/* The slot of the key's older answer, or one that may be its ghost, or NULL. */
static _Atomic uint64_t *own_slot(struct cache_shard *s, const struct cache_key *key, uint64_t hash)
{
    _Atomic uint64_t *slots = bucket_slots(s, hash);
    _Atomic uint64_t *own = find_slot(s, key, hash);
    for (int i = 0; i < CACHE_SLOTS && !own; i++) {
        if (cache_slot_haunts(cache_slot_get(&slots[i]), hash))
            own = &slots[i];
    }
    return own;
}

/* A slot for a new entry: the key's own, or the one that is worth least in its bucket. */
static _Atomic uint64_t *take_slot(struct cache_shard *s, const struct cache_key *key,
                                   uint64_t hash)
{
    _Atomic uint64_t *slots = bucket_slots(s, hash);
    _Atomic uint64_t *own = own_slot(s, key, hash);
    _Atomic uint64_t *taken = own ? own : &slots[0];
    for (int i = 1; i < CACHE_SLOTS && !own; i++) {
        if (slot_rank(cache_slot_get(&slots[i])) < slot_rank(cache_slot_get(taken)))
            taken = &slots[i];
    }
    uint64_t old = cache_slot_get(taken);
    if (cache_slot_alive(old)) {
        forget(s, slot_entry(s, old));
        s->evictions += !own;
    }
    return taken;
}

static void entry_write(struct cache_entry *e, uint64_t units, const struct cache_key *key,
                        const struct dns_answer *answer, uint64_t now, uint32_t lifetime)
{
    const struct cache_entry head = {
        .units = (uint16_t)units,
        .type = key->type,
        .class = key->class,
        .name_len = key->name->len,
        .flags = key->flags,
        .name_hash = key->name_hash,
        .put = now,
        .lifetime = lifetime,
    };
    cache_word *at = cache_words_store((cache_word *)e, &head, sizeof(head));
    at = cache_words_store(at, key->name->wire, key->name->len);
    cache_words_store(at, answer, dns_answer_size(answer));
}

/* Long before positions outgrow their bits everything is given up, and they start again. */
static void renew_positions(struct cache_shard *s)
{
    for (int i = 0; i < 2; i++) {
        struct cache_ring *log = &s->logs[i];
        if (log->head <= CACHE_POSITION - (UINT64_C(8) << log->bits))
            continue;
        cache_shard_clear(s);
        cache_ring_init(log, log->memory, log->units);
    }
}

enum err cache_shard_put(struct cache_shard *s, const struct cache_key *key, uint64_t hash,
                         const struct dns_answer *answer, uint64_t now, uint32_t lifetime)
{
    uint64_t units =
        CACHE_ENTRY_WORDS + cache_units(key->name->len) + cache_units(dns_answer_size(answer));
    if (units > s->largest)
        return ERR_RANGE;

    renew_positions(s);
    enum cache_log log = CACHE_SMALL;
    if (units > s->logs[CACHE_SMALL].units || own_slot(s, key, hash))
        log = CACHE_MAIN;
    if (log == CACHE_MAIN)
        main_make_room(s, units, now);
    else
        small_make_room(s, units, now);

    /* An older answer is there until this one takes its slot. */
    uint64_t position = cache_ring_append(&s->logs[log], units);
    entry_write(cache_ring_at(&s->logs[log], position), units, key, answer, now, lifetime);
    cache_slot_set(take_slot(s, key, hash), cache_slot_make(hash, log, position));
    s->used += units;
    s->entries++;
    s->insertions++;
    return ERR_OK;
}
