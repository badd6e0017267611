/* The keeper of live changes, shared by the live*.c files. */
#ifndef SHUNT_CONTROL_LIVE_PARTS_H
#define SHUNT_CONTROL_LIVE_PARTS_H

#include "control/live_make.h"
#include "control/live_state.h"

struct live {
    struct live_init init;
    char *path; /* of the state file; NULL = memory only */
    struct live_addresses lab;
    struct live_state state; /* what is in force */
    bool configured;         /* live_configure was called: publishing has begun */
    bool unsaved;            /* the file lacks something: live_tick tries again */
    unsigned long resets;    /* how often live_reset dropped all */
    uint64_t saved_at;       /* `now` of the last writing */
    uint64_t now, wall_now;  /* of the last call */
};

/* To be called first by each function that is told the time. */
void live_clock(struct live *live, uint64_t now, uint64_t wall_now);

/* A change in the making: a copy of all that is in force. */
enum err live_begin(const struct live *live, struct live_state *next);
/* Brings it into the file and into force, `steps` revisions on. Takes over `next`, also when it
 * fails. `must`: a file that cannot be written does not keep it from coming into force. */
enum err live_commit(struct live *live, struct live_state *next, uint64_t steps, bool must);

/* Whether a change speaks of the SRV records of a domain (NULL: of any) and service, as far as it
 * is not used up. */
bool live_change_speaks_of(const struct live_change *change, const struct dns_name *domain,
                           int service);

/* Writes the file. ERR_SYSTEM with errno (logged), ERR_NOMEM. */
enum err live_save(struct live *live, const struct live_state *state);

#endif
