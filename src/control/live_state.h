/* Live changes as the state file has them. Private to live*.c. */
#ifndef SHUNT_CONTROL_LIVE_STATE_H
#define SHUNT_CONTROL_LIVE_STATE_H

#include "control/live_set.h"

/* All that the file holds. */
struct live_state {
    struct live_set set; /* faults of the file are not written, but which were removed */
    uint64_t revision;
    uint32_t next_id;
    uint64_t changed_at; /* wall ms */
};

/* Ends are written as wall time, and read back as `now`. NULL without memory. */
json_t *live_state_write(const struct live_state *state, uint64_t now, uint64_t wall_now);
/* ERR_INVALID, with what is wrong in *why (static), or ERR_NOMEM; then nothing is to be freed. */
enum err live_state_read(struct live_state *out, const json_t *json, uint64_t now,
                         uint64_t wall_now, const char **why);

#endif
