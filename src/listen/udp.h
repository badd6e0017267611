/* Queries over UDP: received, resolved and answered a batch at a time, in memory that is set up
 * once. This is the way that must be fast: nothing is allocated, and a batch costs two calls of the
 * system. */
#ifndef SHUNT_LISTEN_UDP_H
#define SHUNT_LISTEN_UDP_H

#include <event2/event.h>
#include <stdint.h>

#include "listen/listen.h"

struct udp;

/* Serves the UDP halves of `sockets`. `send_failed` counts replies that the kernel did not take.
 * NULL without memory. */
struct udp *udp_new(struct event_base *base, const struct listen_sockets *sockets, size_t count,
                    struct resolver *resolver, uint64_t *send_failed);
/* Serves what has come, a few batches of each socket. For others who are at work for long between
 * two wake-ups; not while the resolver is entered. */
void udp_serve(struct udp *u);
/* Receives no more; late replies still leave. */
void udp_stop(struct udp *u);
void udp_free(struct udp *u);

#endif
