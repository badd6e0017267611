/* Replies over UDP that had to wait: gathered while the events of one wake-up of the worker are
 * seen to, and sent together at its end, since a call of the system for each costs as much as
 * finding the reply. None is held back beyond that: what is gathered leaves before the worker looks
 * for events again. */
#ifndef SHUNT_LISTEN_LATE_H
#define SHUNT_LISTEN_LATE_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"
#include "listen/datagrams.h"
#include "listen/pktinfo.h"
#include "resolve/resolve.h"

#define LATE_BATCH 32 /* replies gathered at most; more gain nothing */
#define LATE_BYTES DNS_UDP_PAYLOAD

struct late {
    struct event leave; /* made active by the first reply: runs behind the events that are due */
    uint64_t *send_failed;
    unsigned count;
    int fds[LATE_BATCH];
    struct mmsghdr messages[LATE_BATCH];
    struct iovec parts[LATE_BATCH];
    struct addr peers[LATE_BATCH];
    union pktinfo infos[LATE_BATCH];
    uint8_t bytes[LATE_BATCH][LATE_BYTES];
};

/* `send_failed` counts what the kernel did not take; both outlive `l`. */
void late_init(struct late *l, struct event_base *base, uint64_t *send_failed);
/* Sends what is there. */
void late_deinit(struct late *l);

/* Takes a copy of a reply that is to leave from `fd`, and from the address that the client asked if
 * `wildcard`. */
void late_add(struct late *l, int fd, bool wildcard, const struct resolve_client *client,
              const uint8_t *message, size_t len);

#endif
