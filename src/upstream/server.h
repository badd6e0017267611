/* One server: its health, and the sockets and the connection that lead to it. Shared by all routes
 * that name the same endpoint, so that it has one health. */
#ifndef SHUNT_UPSTREAM_SERVER_H
#define SHUNT_UPSTREAM_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/endpoint.h"
#include "upstream/health.h"

#define SERVER_POOL 4 /* UDP sockets that take queries at the same time, one picked at random */

struct udp_socket;
struct stream;
struct upstream;

struct server {
    TAILQ_ENTRY(server) in_worker;
    struct upstream *upstream;
    unsigned refs; /* route sets, and callbacks that are running */
    struct endpoint endpoint;
    struct health health;
    uint64_t plain_until;                 /* no EDNS before this; 0 = EDNS works */
    struct udp_socket *pool[SERVER_POOL]; /* NULL = to be opened */
    uint32_t turn;                        /* of the outbox, in which `place` was picked */
    unsigned place;                       /* of the pool */
    struct stream *stream;                /* NULL = none */
};

TAILQ_HEAD(server_list, server);

/* The worker's server for an endpoint, made if there is none; the caller owns one reference. NULL
 * without memory. */
struct server *server_get(struct upstream *u, const struct endpoint *endpoint);

void server_ref(struct server *s);
/* The last reference closes its sockets; no question may wait on them then. */
void server_unref(struct server *s);

#endif
