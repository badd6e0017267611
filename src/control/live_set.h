/* All live changes and faults as one value: a change of them is made to a copy, which takes the
 * place of the old one when everything that can fail is done. Private to live*.c. */
#ifndef SHUNT_CONTROL_LIVE_SET_H
#define SHUNT_CONTROL_LIVE_SET_H

#include <stdbool.h>

#include "control/live.h"

#define LIVE_CHANGES_MAX 1000 /* of targets; and as many faults, and removed faults */
#define LIVE_NEVER       UINT64_MAX

/* Counters that workers write: shared by the copies of a change, gone with the last of them. */
struct live_uses {
    unsigned refs;
    struct overlay_uses overlay;
    struct fault_uses fault;
};

struct live_change {
    struct live_target spec; /* `how` is one of our own words */
    uint32_t id;
    uint64_t made;          /* wall ms */
    uint64_t ends;          /* `now`, or LIVE_NEVER */
    struct live_uses *uses; /* NULL: no limit */
};

struct live_fault {
    struct fault_spec spec; /* place.file is NULL: see `place` */
    bool from_file;
    bool removed;        /* of the file, and taken away: not in force */
    bool ended;          /* of the file, and has come to its end */
    char place[256];     /* "lab.yaml:12"; "" for live ones */
    uint64_t ends;       /* `now`, or LIVE_NEVER */
    uint64_t uses_saved; /* as the state file has them */
    struct live_uses *uses;
};

struct live_set {
    struct live_change *changes; /* the oldest first */
    size_t change_count;
    struct live_fault *faults; /* the newest live one first; then the file's, in its order */
    size_t fault_count;
    char (*removed)[64]; /* faults of the file that were taken away */
    size_t removed_count;
};

/* A copy with room for one more of each kind. ERR_NOMEM. */
enum err live_set_copy(struct live_set *out, const struct live_set *set);
void live_set_deinit(struct live_set *set);

struct live_uses *live_uses_new(void);
void live_uses_free(struct live_uses *uses);

/* Each takes over `change` or `fault` with its uses; there is room. */
void live_set_add_change(struct live_set *set, const struct live_change *change);
void live_set_add_fault(struct live_set *set, const struct live_fault *fault);
void live_set_remove_change(struct live_set *set, size_t index);
void live_set_remove_fault(struct live_set *set, size_t index);
/* The fault of this name that is in force, or NULL. */
struct live_fault *live_set_fault(const struct live_set *set, const char *name);
bool live_set_is_removed(const struct live_set *set, const char *name);

bool live_fault_is_on(const struct live_fault *fault);
/* Whether something limited in time or number has come to its end. */
bool live_change_is_over(const struct live_change *change, uint64_t now);
bool live_fault_is_over(const struct live_fault *fault, uint64_t now);

/* Whether `later` says all that `earlier` says, of the same records. */
bool live_change_covers(const struct live_change *later, const struct live_change *earlier);
/* Whether `later` takes from the change at `index` all effect. */
bool live_set_is_shadowed(const struct live_set *set, size_t index);

#endif
