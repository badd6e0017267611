#include "listen/tcp_table.h"

#include <stdlib.h>

/* With libevent's part of it, an idle client is to cost less than a KiB. */
_Static_assert(sizeof(struct tcp_conn) <= 384, "a connection is small");

enum err tcp_table_init(struct tcp_table *table, uint32_t capacity)
{
    uint32_t buckets = 1;
    while (buckets < capacity && buckets < UINT32_C(1) << 31)
        buckets *= 2;
    *table = (struct tcp_table){.capacity = capacity, .bucket_mask = buckets - 1};
    table->conns = calloc(capacity ? capacity : 1, sizeof(*table->conns));
    table->buckets = calloc(buckets, sizeof(*table->buckets));
    if (!table->conns || !table->buckets) {
        tcp_table_deinit(table);
        return ERR_NOMEM;
    }
    hash_key_init(&table->key);
    return ERR_OK;
}

void tcp_table_deinit(struct tcp_table *table)
{
    free(table->conns);
    free(table->buckets);
    *table = (struct tcp_table){0};
}

static struct tcp_conn **bucket_of(const struct tcp_table *table, const struct addr *peer)
{
    size_t len;
    const uint8_t *bytes = addr_bytes(peer, &len);
    return &table->buckets[hash_bytes(&table->key, bytes, len) & table->bucket_mask];
}

static void link_newest(struct tcp_table *table, struct tcp_conn *c)
{
    c->older = table->newest;
    c->newer = NULL;
    if (table->newest)
        table->newest->newer = c;
    else
        table->oldest = c;
    table->newest = c;
}

static void unlink_age(struct tcp_table *table, struct tcp_conn *c)
{
    if (c->older)
        c->older->newer = c->newer;
    else
        table->oldest = c->newer;
    if (c->newer)
        c->newer->older = c->older;
    else
        table->newest = c->older;
}

bool tcp_table_is_full(const struct tcp_table *table)
{
    return !table->free && table->touched == table->capacity;
}

/* A place of the table; NULL when all are taken. */
static struct tcp_conn *place_take(struct tcp_table *table)
{
    struct tcp_conn *c = table->free;
    if (c)
        table->free = c->newer;
    else if (table->touched < table->capacity)
        c = &table->conns[table->touched++];
    return c;
}

struct tcp_conn *tcp_table_take(struct tcp_table *table, const struct addr *peer, uint64_t now)
{
    struct tcp_conn *c = place_take(table);
    if (!c)
        return NULL;
    struct tcp_conn **bucket = bucket_of(table, peer);
    *c = (struct tcp_conn){
        .client = {.peer = *peer, .tcp = true},
        .generation = c->generation,
        .fd = -1,
        .active = now,
        .next = *bucket,
    };
    c->client.handle = (uint64_t)(c - table->conns) << 32 | c->generation;
    *bucket = c;
    link_newest(table, c);
    return c;
}

void tcp_table_release(struct tcp_table *table, struct tcp_conn *c)
{
    struct tcp_conn **link = bucket_of(table, &c->client.peer);
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    unlink_age(table, c);
    c->fd = -1;
    c->generation++;
    c->newer = table->free;
    table->free = c;
}

struct tcp_conn *tcp_table_find(const struct tcp_table *table, uint64_t handle)
{
    uint64_t index = handle >> 32;
    if (index >= table->touched)
        return NULL;
    struct tcp_conn *c = &table->conns[index];
    return c->generation == (uint32_t)handle && c->fd >= 0 ? c : NULL;
}

unsigned tcp_table_count(const struct tcp_table *table, const struct addr *peer)
{
    unsigned count = 0;
    for (const struct tcp_conn *c = *bucket_of(table, peer); c; c = c->next)
        count += addr_same_host(&c->client.peer, peer);
    return count;
}

void tcp_table_touch(struct tcp_table *table, struct tcp_conn *c, uint64_t now)
{
    c->active = now;
    if (table->newest == c)
        return;
    unlink_age(table, c);
    link_newest(table, c);
}
