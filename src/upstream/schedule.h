/* Which server is asked next, and how long it is given: the plan of one question. Pure arithmetic
 * over the health of the servers; no sockets, no clock. */
#ifndef SHUNT_UPSTREAM_SCHEDULE_H
#define SHUNT_UPSTREAM_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upstream/health.h"

#define SCHEDULE_SERVERS_MAX 16 /* servers that one question may try: the best of the route */
#define SCHEDULE_SENDS_MAX   14 /* tries of one question in all */
#define SCHEDULE_CLASSES     17

/* The time-outs that a try may have, ms. A few fixed ones, so that each can have its own list of
 * questions, which is in order by itself. */
extern const uint32_t schedule_classes[SCHEDULE_CLASSES];

struct schedule_step {
    uint8_t server; /* index in the route */
    uint8_t sends;
    bool down;   /* was set aside when the question began */
    bool out;    /* not to be tried again */
    bool stream; /* over TCP from now on: a UDP reply was truncated */
    bool plain;  /* without EDNS from now on: it does not know it */
};

struct schedule {
    struct schedule_step steps[SCHEDULE_SERVERS_MAX]; /* best first */
    uint8_t count;
    uint8_t at;    /* the step after the one tried last */
    uint8_t round; /* passes over the steps that are complete */
    uint8_t sends;
    bool last_pass; /* a poor reply is there already: see schedule_settle */
};

/* Orders the servers: those that are down last, else by rank, else as they are in the route. */
void schedule_init(struct schedule *s, const struct health *const *servers, size_t count);

/* The next step, whose tries it counts; NULL when there is none left. */
struct schedule_step *schedule_next(struct schedule *s);

/* A reply that will do if no better one comes was had: servers are from now on tried twice at
 * most, and once if they were down. */
void schedule_settle(struct schedule *s);

/* Whether a server other than `step` may still be tried. */
bool schedule_has_other(const struct schedule *s, const struct schedule_step *step);

/* The time-out of a try, as an index into schedule_classes: `rto_ms` rounded up and doubled with
 * each round, but short enough that every server not tried yet gets its turn in `left_ms`. */
unsigned schedule_timeout(const struct schedule *s, uint32_t rto_ms, uint32_t left_ms);

#endif
