/* What goes through the whole cache: flushing and listing. One shard after the other, so that
 * writers wait for one of them at most; readers wait for none. */
#include <string.h>

#include "cache/shards.h"

static void entry_name(const struct cache_entry *e, struct dns_name *out)
{
    out->len = e->name_len;
    memcpy(out->wire, e->data, e->name_len);
}

struct flush {
    const struct dns_name *name; /* NULL = every name */
    bool below;
    uint16_t type; /* 0 = every type */
};

static bool flush_matches(const struct flush *f, const struct cache_entry *e)
{
    if (f->type != 0 && e->type != f->type && e->type != CACHE_TYPE_NXDOMAIN)
        return false;
    if (!f->name)
        return true;
    struct dns_name name;
    entry_name(e, &name);
    return f->below ? dns_name_is_within(&name, f->name) : dns_name_equal(&name, f->name);
}

static void flush_log(struct cache_shard *s, enum cache_log log, const struct flush *f)
{
    const struct cache_ring *ring = &s->logs[log];
    for (uint64_t at = ring->tail; at != ring->head; at = cache_ring_next(ring, at)) {
        if (flush_matches(f, cache_ring_at(ring, at)))
            cache_shard_remove(s, log, at);
    }
}

static size_t flush_shard(struct cache_shard *s, const struct flush *f)
{
    pthread_mutex_lock(&s->lock);
    uint64_t before = s->entries;
    if (!f->name && f->type == 0) {
        cache_shard_clear(s);
    } else {
        flush_log(s, CACHE_SMALL, f);
        flush_log(s, CACHE_MAIN, f);
    }
    size_t removed = (size_t)(before - s->entries);
    pthread_mutex_unlock(&s->lock);
    return removed;
}

size_t cache_flush(struct cache *c, const struct dns_name *name, bool below, uint16_t type)
{
    struct flush f = {.name = name, .below = below, .type = type};
    size_t removed = 0;
    for (size_t i = 0; i < cache_shard_count(c); i++)
        removed += flush_shard(&c->shards[i], &f);
    return removed;
}

/* A copy of an entry, for visitors: they may take their time, and may use the cache. */
struct sight {
    struct cache_key key;
    struct dns_name name;
    uint32_t age, left;
    union {
        struct dns_answer answer;
        uint8_t bytes[DNS_ANSWER_MAX];
    };
};

static void sight_take(struct sight *sight, const struct cache_entry *e, uint64_t now)
{
    const struct dns_answer *answer = cache_entry_answer(e);
    memcpy(sight->bytes, answer, dns_answer_size(answer));
    entry_name(e, &sight->name);
    sight->age = (uint32_t)(cache_entry_elapsed(e, now) / 1000);
    sight->left = e->lifetime - sight->age;
    sight->key = (struct cache_key){
        .name = &sight->name,
        .name_hash = e->name_hash,
        .type = e->type,
        .class = e->class,
        .flags = e->flags,
    };
}

/* Moves *at to behind the next entry that is alive, up to `end`, and copies that entry. */
static bool walk_next(struct cache_shard *s, enum cache_log log, uint64_t *at, uint64_t end,
                      uint64_t now, struct sight *sight)
{
    const struct cache_ring *ring = &s->logs[log];
    if (*at < ring->tail)
        *at = ring->tail; /* given up since the last step */
    while (*at < end && *at < ring->head) {
        uint64_t position = *at;
        const struct cache_entry *e = cache_ring_at(ring, position);
        *at = cache_ring_next(ring, position);
        if (cache_entry_elapsed(e, now) >= (uint64_t)e->lifetime * 1000)
            continue;
        if (!cache_shard_leads_to(s, log, position))
            continue;
        sight_take(sight, e, now);
        return true;
    }
    return false;
}

/* False when the visitor wants no more. */
static bool walk_log(struct cache_shard *s, enum cache_log log, uint64_t now, cache_visit_fn visit,
                     void *arg)
{
    struct sight sight;
    pthread_mutex_lock(&s->lock);
    uint64_t at = s->logs[log].tail;
    uint64_t end = s->logs[log].head;
    bool found = walk_next(s, log, &at, end, now, &sight);
    pthread_mutex_unlock(&s->lock);

    while (found) {
        if (!visit(arg, &sight.key, &sight.answer, sight.age, sight.left))
            return false;
        pthread_mutex_lock(&s->lock);
        found = walk_next(s, log, &at, end, now, &sight);
        pthread_mutex_unlock(&s->lock);
    }
    return true;
}

void cache_walk(struct cache *c, uint64_t now, cache_visit_fn visit, void *arg)
{
    for (size_t i = 0; i < cache_shard_count(c); i++) {
        if (!walk_log(&c->shards[i], CACHE_MAIN, now, visit, arg))
            return;
        if (!walk_log(&c->shards[i], CACHE_SMALL, now, visit, arg))
            return;
    }
}
