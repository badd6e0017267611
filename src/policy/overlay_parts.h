/* The inside of an overlay, for the .c files that answer from it. Private to src/policy. */
#ifndef SHUNT_POLICY_OVERLAY_PARTS_H
#define SHUNT_POLICY_OVERLAY_PARTS_H

#include "policy/overlay.h"

#define OVERLAY_END UINT32_MAX /* of a chain */

struct overlay_entry {
    struct overlay_change change;
    uint64_t hash; /* of the target */
    uint32_t next; /* in its chain: an earlier change */
};

struct overlay {
    struct hash_key key;
    struct overlay_entry *entries; /* in the order in which they were made */
    uint32_t *heads; /* a chain for each slot, by the target's hash, the latest change first */
    size_t mask;     /* slots - 1 */
    uint32_t any;    /* chain of the changes to every target */
};

/* The changes to a target, by its hash, the latest first; with those to every target if wanted.
 * Names with the same hash are to be told apart by the caller. */
struct overlay_cursor {
    const struct overlay *overlay;
    uint64_t hash;
    uint32_t own, any;
};
void overlay_cursor_init(struct overlay_cursor *cursor, const struct overlay *overlay,
                         uint64_t hash, bool with_any);
const struct overlay_change *overlay_cursor_next(struct overlay_cursor *cursor);

/* Whether a change is not used up yet. */
bool overlay_change_is_usable(const struct overlay_change *change);
/* Takes one use; false when there was none left. */
bool overlay_change_use(const struct overlay_change *change);

#endif
