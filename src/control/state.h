/* The control thread's insides, shared by the files of this folder. */
#ifndef SHUNT_CONTROL_STATE_H
#define SHUNT_CONTROL_STATE_H

#include "control/control.h"

struct http;
struct scenarios;
struct targets;

struct control {
    struct control_init init;         /* as given; what it points to outlives control */
    struct live *live;                /* never NULL once control_new is through */
    struct events *events;            /* never NULL once control_new is through */
    struct event_follower *query_log; /* of log.queries; NULL = off */
    struct targets *targets; /* where the policy in force names targets; see control_targets */
    json_t *in_policy; /* live changes to targets that the policy had before a reload; or NULL */
    json_t *gone;      /* a sentence for each of these that it took the target from; or NULL */
    struct scenarios *scenarios; /* never NULL once control_new is through */
    struct http *http;           /* no listener in it: both are off */
    uint64_t now, wall_now;      /* ms; of the request or timer that is being handled */
    uint64_t started;            /* wall ms */
    struct event *tick;          /* ends live changes that have come to their end */
    struct event *drain;         /* takes the workers' events */
};

/* Reads the clocks into now and wall_now: the first thing that each handler of an event does.
 * Handlers of the API find them set. */
void control_clock(struct control *control);

/* The index of the targets of the configuration in force; made at once when a configuration comes
 * into force, or else at need. NULL without memory. */
const struct targets *control_targets(struct control *control);

/* The present revision, for replies to changes; 0 when there is nothing live (in tests). */
int64_t control_revision(const struct control *control);

#endif
