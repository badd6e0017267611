/* UDP sockets: connected, on random ports, each good for a few queries only. What a spoofer has to
 * guess is the port and the ID of a query, and both are gone after it.
 *
 * That is 16 bits of ID, drawn for each query, and the port, which the kernel draws from some
 * 28,000 (14.8 bits): 30 bits (RFC 5452 §9.2). Several sockets are in use at once; the queries of
 * one wake-up of the worker leave from one socket of the pool, so that they leave and are answered
 * with one call of the system. That takes nothing away: a forged reply must still have the question
 * of one query, of which only one is in flight (RFC 5452 §5), that query's own ID, and the port.
 * Who found out a port learns those of 31 other queries at most, whose IDs and questions it does
 * not tell. */
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
#include "upstream/outbox.h"

#define UDP_SLOTS    32   /* the most queries one socket may carry in its life */
#define UDP_BATCH    32   /* datagrams a read */
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
    unsigned waiting;    /* attempts, and those who hold it */
    bool retired;        /* takes no more queries; closed once nothing waits */
    uint16_t ids[UDP_SLOTS];
    struct attempt *slots[UDP_SLOTS]; /* NULL = answered or given up */
};

TAILQ_HEAD(udp_list, udp_socket);

struct udp {
    struct udp_socket *table; /* settings.sockets */
    struct udp_list unused;
    struct udp_list by_age; /* all that are in a pool, oldest first */
    uint8_t *buffers;       /* UDP_BATCH of UDP_DATAGRAM bytes, some way apart */
    struct iovec iov[UDP_BATCH];
    struct mmsghdr messages[UDP_BATCH];
    struct outbox outbox;
};

enum err udp_init(struct upstream *u);
void udp_deinit(struct upstream *u);

/* Has the query of `attempt` sent to its server at the end of this wake-up, and waits for replies.
 * ERR_LIMIT: no socket to be had here; ERR_SYSTEM: the network says no. */
enum err udp_send(struct upstream *u, struct attempt *attempt, const struct dns_question *question,
                  uint64_t now);
/* No longer waits; a reply that comes later is ignored. */
void udp_release(struct upstream *u, struct attempt *attempt);

/* Keeps a socket and its server from going, each call until udp_let_go. */
void udp_hold(struct udp_socket *s);
void udp_let_go(struct upstream *u, struct udp_socket *s);
/* The network refused a socket (mostly by ICMP: nobody listens there): the failure of all who wait
 * on it, and its end. To be called by who holds it. */
void udp_fail(struct upstream *u, struct udp_socket *s, uint64_t now);

/* Retires the sockets whose age says so; returns when the next one will be due, or TIMER_NEVER. */
uint64_t udp_retire_old(struct upstream *u, uint64_t now);
void udp_close_pool(struct server *s);

#endif
