/* Changes to the SRV records of an answer: of `mode: amend`, and of live changes to targets. */
#ifndef SHUNT_POLICY_EDIT_H
#define SHUNT_POLICY_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "dns/name.h"

enum policy_edit_field {
    POLICY_EDIT_PRIORITY = 1,
    POLICY_EDIT_WEIGHT = 2,
    POLICY_EDIT_PORT = 4,
    POLICY_EDIT_TTL = 8,
    POLICY_EDIT_REPLACE = 16, /* another target in its place */
    POLICY_EDIT_REMOVE = 32,  /* the record leaves the set; an emptied set is NODATA */
    POLICY_EDIT_NONE = 64,    /* the whole set becomes a lone "." */
};

/* What happens to the SRV records that lead to a target. */
struct policy_edit {
    struct dns_name target; /* lower-cased */
    bool any_target;        /* '*': every target, and `target` is not looked at */
    uint16_t match_port;    /* only records with this port; 0 = any */
    unsigned fields;        /* POLICY_EDIT_* */
    uint16_t priority, weight, port;
    uint32_t ttl;            /* seconds */
    struct dns_name replace; /* lower-cased */
};

/* Whether an edit speaks of an SRV record with this target and port. */
bool policy_edit_matches(const struct policy_edit *edit, const struct dns_name *target,
                         uint16_t port);

/* Writes `answer`, made for `question`, to `builder` with the edits applied in order, the first
 * that matches a record winning field by field; all are held against the record as it was. Only SRV
 * records of the answer section change. `age` is taken off TTLs first. An edited RRset loses its
 * RRSIGs; addresses of targets that are gone leave the additional section. All TTLs of an edited
 * answer are made equal: the lowest that an edit gave to a record that stays, else the lowest of
 * what stays. False when nothing matched: the builder is then to be thrown away. An emptied set has
 * no SRV record: then there is the chain of aliases before it, if any, and nothing else, and the
 * caller adds a SOA of its own (policy/soa.h). The caller clears AD. */
bool policy_edit_apply(const struct policy_edit *edits, size_t count,
                       const struct dns_answer *answer, const struct dns_name *question,
                       uint32_t age, struct dns_builder *builder);

#endif
