/* Replies that a fault holds back: kept with a timer each, and sent when it is over. Used in its
 * worker's thread only. */
#ifndef SHUNT_DAEMON_DELAY_H
#define SHUNT_DAEMON_DELAY_H

#include <event2/event.h>

#include "resolve/resolve.h"

struct delay;

struct delay *delay_new(struct event_base *base);
/* Sends what is still held back at once. */
void delay_free(struct delay *d);
/* How many replies are held back. */
unsigned delay_count(const struct delay *d);

/* A resolve_defer_fn: copies the reply and calls client->send after `ms`. ERR_LIMIT with too many
 * of them, ERR_NOMEM: nothing is sent then. */
enum err delay_reply(void *delay, const struct resolve_client *client, const uint8_t *message,
                     size_t len, uint32_t ms);

#endif
