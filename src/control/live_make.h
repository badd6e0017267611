/* From live changes to what workers read. Private to live*.c. */
#ifndef SHUNT_CONTROL_LIVE_MAKE_H
#define SHUNT_CONTROL_LIVE_MAKE_H

#include "control/live_set.h"

/* A way to fail: what it does to SRV records that lead to a target, or to its addresses. */
struct live_how {
    const char *word;
    unsigned fields; /* POLICY_EDIT_* */
    enum overlay_address address;
};
/* ERR_NOTFOUND is NULL. */
const struct live_how *live_how_find(const char *word);

/* What the lab says, with room of its own. */
struct live_addresses {
    struct addr refuse[OVERLAY_ADDRESSES_MAX];
    size_t refuse_count;
    struct addr blackhole[OVERLAY_ADDRESSES_MAX];
    size_t blackhole_count;
    uint32_t ttl;
};
void live_addresses_set(struct live_addresses *out, const struct live_lab *lab);

/* The edit of a change: the fields, or what its `how` stands for. */
void live_change_edit(const struct live_change *change, struct policy_edit *out);

/* Each gives NULL for "none"; ERR_NOMEM. */
enum err live_make_overlay(const struct live_set *set, const struct live_addresses *lab,
                           const struct hash_key *key, struct overlay **out);
enum err live_make_faults(const struct live_set *set, uint64_t seed, struct fault_set **out);

#endif
