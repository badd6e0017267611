/* UDP sockets: connected, on random ports, each good for a few queries only. What a spoofer has to
 * guess is the port and the ID of a query, and both are gone after it. */
#ifndef SHUNT_UPSTREAM_UDP_H
#define SHUNT_UPSTREAM_UDP_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/err.h"
#include "dns/query.h"

#define UDP_SLOTS    32   /* the most queries one socket may carry in its life */
#define UDP_BATCH    8    /* datagrams a read */
#define UDP_DATAGRAM 4096 /* we offer 1232; what is larger than this is taken as truncated */

struct attempt;
struct server;
struct upstream;

struct udp_socket {
    struct event readable;
    int fd;
    struct server *server;
    TAILQ_ENTRY(udp_socket) by_age; /* those in a pool; or in the list of unused ones */
    uint64_t opened_at;
    unsigned pool_place; /* in server->pool, until retired */
    unsigned used;       /* queries sent in its life: slots are not used again */
    unsigned waiting;    /* attempts, plus one while its callback runs */
    bool retired;        /* takes no more queries; closed once nothing waits */
    uint16_t ids[UDP_SLOTS];
    struct attempt *slots[UDP_SLOTS]; /* NULL = answered or given up */
};

TAILQ_HEAD(udp_list, udp_socket);

struct udp {
    struct udp_socket *table; /* settings.sockets */
    struct udp_list unused;
    struct udp_list by_age; /* all that are in a pool, oldest first */
    uint8_t *buffers;       /* UDP_BATCH × UDP_DATAGRAM */
    struct iovec iov[UDP_BATCH];
    struct mmsghdr messages[UDP_BATCH];
};

enum err udp_init(struct upstream *u);
void udp_deinit(struct upstream *u);

/* Sends the query of `attempt` to its server, and waits for replies. ERR_LIMIT: no socket to be had
 * here; ERR_SYSTEM: the network or the server says no. */
enum err udp_send(struct upstream *u, struct attempt *attempt, const struct dns_question *question,
                  uint64_t now);
/* No longer waits; a reply that comes later is ignored. */
void udp_release(struct upstream *u, struct attempt *attempt);

/* Retires the sockets whose age says so; returns when the next one will be due, or TIMER_NEVER. */
uint64_t udp_retire_old(struct upstream *u, uint64_t now);
void udp_close_pool(struct server *s);

#endif
