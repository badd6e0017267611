/* Changes to an answer on its way out: the edits of `mode: amend`, and live changes to targets. The
 * results lie in the resolver's buffers. */
#ifndef SHUNT_RESOLVE_SHAPE_H
#define SHUNT_RESOLVE_SHAPE_H

#include "resolve/resolver.h"

/* The answer that a live change gives to A, AAAA or ANY of a failed target, or NULL. */
const struct dns_answer *shape_address(struct resolver *r, const struct overlay *overlay,
                                       const struct dns_name *name, uint64_t hash, uint16_t type,
                                       uint32_t *change_id);

/* An SRV answer for `name` with live changes made; `answer` itself when none speaks of it. *age is
 * taken off TTLs, and 0 afterwards, where something changed. */
const struct dns_answer *shape_targets(struct resolver *r, const struct overlay *overlay,
                                       const struct dns_answer *answer, const struct dns_name *name,
                                       uint32_t *age, uint32_t *change_id);

/* The same with the edits of the policy, for upstream's answers. `serial` and `ttl` are those of
 * the SOA of a set that becomes empty. */
const struct dns_answer *shape_edits(struct resolver *r, const struct policy_match *match,
                                     uint32_t serial, const struct dns_answer *answer,
                                     const struct dns_name *name, uint32_t *age);

#endif
