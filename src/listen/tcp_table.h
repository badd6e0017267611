/* The TCP connections of a worker: found by the handle of a late reply, by the address of a client,
 * and by how long they have been idle. All addresses for them are taken at the start, and memory as
 * there are more of them than ever before. */
#ifndef SHUNT_LISTEN_TCP_TABLE_H
#define SHUNT_LISTEN_TCP_TABLE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "listen/framing.h"
#include "listen/output.h"
#include "resolve/resolve.h"

/* One connection. It is closed when it is broken, when it is idle, or when the client has ended its
 * side and has all its answers. */
struct tcp_conn {
    struct resolve_client client; /* its handle: index << 32 | generation */
    struct event *readable;
    struct event *writable; /* NULL until the client first refuses bytes */
    struct framing in;
    struct output out;
    uint64_t active;  /* ms: last whole query, or last bytes that the client took */
    uint32_t pending; /* queries that wait for a late reply */
    uint32_t generation;
    int fd;       /* -1 = this place in the table is free */
    bool ended;   /* no more queries will come */
    bool paused;  /* whole queries may wait in `in` until answers have left */
    bool busy;    /* its queries are being worked on, further up the stack */
    bool broken;  /* to be closed */
    bool reading; /* the event is added; likewise below */
    bool writing;
    struct tcp_conn *older, *newer; /* by `active`; the free places hang together by `newer` */
    struct tcp_conn *next;          /* in its hash bucket */
};

struct tcp_table {
    struct tcp_conn *conns;
    uint32_t capacity;
    uint32_t touched;      /* those beyond were never used, nor their memory */
    struct tcp_conn *free; /* used before, free now */
    struct tcp_conn *oldest, *newest;
    struct tcp_conn **buckets; /* by client address */
    uint32_t bucket_mask;
    struct hash_key key;
};

enum err tcp_table_init(struct tcp_table *table, uint32_t capacity);
/* Every connection must have been released. */
void tcp_table_deinit(struct tcp_table *table);

bool tcp_table_is_full(const struct tcp_table *table);
/* A place for a connection from `peer`, zeroed but for its handle, generation and links, as the
 * newest; NULL when the table is full. */
struct tcp_conn *tcp_table_take(struct tcp_table *table, const struct addr *peer, uint64_t now);
/* Handles of it are void from now on. */
void tcp_table_release(struct tcp_table *table, struct tcp_conn *c);

/* NULL when that connection is gone. */
struct tcp_conn *tcp_table_find(const struct tcp_table *table, uint64_t handle);
/* Connections from the same host. */
unsigned tcp_table_count(const struct tcp_table *table, const struct addr *peer);
/* Makes it the newest. */
void tcp_table_touch(struct tcp_table *table, struct tcp_conn *c, uint64_t now);

#endif
