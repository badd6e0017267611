/* What some commands did to live changes, so that just that can be taken back, whatever others did
 * meanwhile. */
#ifndef SHUNT_CONTROL_LIVE_UNDO_H
#define SHUNT_CONTROL_LIVE_UNDO_H

#include "control/live.h"

struct live_undo;

/* NULL without memory. `live` outlives it. */
struct live_undo *live_undo_new(struct live *live);
void live_undo_free(struct live_undo *undo);

/* To be called before and after each command whose work is to be taken back. A live_reset, by
 * whomever, is never taken back: what was noted before it is forgotten. ERR_NOMEM: what this
 * command does will stay. */
enum err live_undo_before(struct live_undo *undo);
enum err live_undo_after(struct live_undo *undo);

/* Ends the changes and faults that the commands made, and puts back those that they took away, if
 * they have not come to their end. One change, in force even when the state file cannot be written.
 * *count: how many. ERR_NOMEM. */
enum err live_undo_run(struct live_undo *undo, uint64_t now, uint64_t wall_now, size_t *count);

/* The seed of the faults' draws from now on; faults of the file begin to count again, so that a run
 * can be repeated. ERR_NOMEM. */
enum err live_seed(struct live *live, uint64_t seed, uint64_t now, uint64_t wall_now);

#endif
