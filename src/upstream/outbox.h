/* Queries on their way out over UDP: gathered while the events of one wake-up of the worker are
 * seen to, and sent at its end with one call of the system for each socket. None waits longer than
 * that. What the network says against them is heard then, as a failure of the attempt. */
#ifndef SHUNT_UPSTREAM_OUTBOX_H
#define SHUNT_UPSTREAM_OUTBOX_H

#include <event2/event_struct.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dns/query.h"

#define OUTBOX_MAX 32 /* queries gathered at most; more gain nothing */

struct udp_socket;
struct upstream;

struct outbox_entry {
    struct udp_socket *socket; /* held, and its server too; NULL once that was seen to */
    uint16_t slot;             /* whose attempt may have been given up meanwhile */
    uint16_t len;
};

struct outbox {
    struct event leave; /* made active by the first query: runs behind the events that are due */
    uint32_t turn;      /* goes up as the box is emptied */
    unsigned count;
    struct outbox_entry entries[OUTBOX_MAX];
    struct iovec parts[OUTBOX_MAX];
    struct mmsghdr messages[OUTBOX_MAX];
    uint16_t slots[OUTBOX_MAX]; /* of the messages */
    uint8_t bytes[OUTBOX_MAX][DNS_QUERY_MAX];
};

void outbox_init(struct upstream *u);
/* Lets go of what was not sent. */
void outbox_deinit(struct upstream *u);

/* To be called before each outbox_add, and before its socket is chosen: if the box is full it is
 * emptied, which may end sockets and attempts. */
void outbox_make_room(struct upstream *u);
/* Adds the query that waits in `slot` of a socket. */
void outbox_add(struct upstream *u, struct udp_socket *socket, uint16_t slot,
                const struct dns_question *question, uint16_t id, bool edns);

#endif
