/* Live changes to targets, laid over whatever would be answered: over the policy, and over what
 * upstream says. An overlay is small (a handful of changes), immutable once made, and swapped as a
 * whole, so that a change costs the same whatever the size of the policy. Workers read it under
 * RCU; NULL stands for none, and costs a branch. */
#ifndef SHUNT_POLICY_OVERLAY_H
#define SHUNT_POLICY_OVERLAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "dns/answer.h"
#include "policy/edit.h"
#include "policy/model.h"

#define OVERLAY_ADDRESSES_MAX 8

/* What the A and AAAA of a target become. */
enum overlay_address {
    OVERLAY_ADDRESS_KEEP,
    OVERLAY_ADDRESS_NODATA,
    OVERLAY_ADDRESS_NXDOMAIN,
    OVERLAY_ADDRESS_REPLACE, /* `addresses`: refuse, blackhole */
};

/* How often a change may still be used: shared by overlays that hold the same change, owned by
 * whoever keeps the changes, who frees it after a grace period. */
struct overlay_uses {
    atomic_long left; /* may go below 0 when workers race for the last; <= 0 = used up */
};

/* One change. What it says of SRV records goes by `edit`, `domain` and `service`; what it says of
 * addresses goes by edit.target alone, since a question for them doesn't tell for which domain they
 * are wanted, and to edit.any_target they mean nothing. */
struct overlay_change {
    struct policy_edit edit; /* fields 0: SRV records stay */
    struct dns_name domain;  /* only SRV owners `_service._tcp.DOMAIN`; len 0 = every domain */
    int service;             /* enum policy_service, or -1: every one */
    enum overlay_address address;
    struct addr addresses[OVERLAY_ADDRESSES_MAX];
    size_t address_count;
    uint32_t ttl;              /* of addresses and negative answers, seconds */
    struct overlay_uses *uses; /* NULL: no limit */
    uint32_t id;               /* named in EDE text and events as "change ID" */
};

struct overlay;

/* Copies the changes, names lower-cased; later ones go before earlier ones, field by field. All are
 * held against the records as they were, not as other changes make them. NULL without memory. */
struct overlay *overlay_new(const struct overlay_change *changes, size_t count,
                            const struct hash_key *key);
void overlay_free(struct overlay *overlay);

/* A or AAAA of a failed target: writes the answer with `builder` (question set by the caller) and
 * returns its flags (AA, RCODE) and *change_id; -1 when no change speaks of it. Counts a use. ANY
 * is answered with the addresses of both families. `name` is lower-cased, `hash` its hash_bytes
 * with the overlay's key. */
int overlay_address_answer(const struct overlay *overlay, const struct dns_name *name,
                           uint64_t hash, uint16_t type, struct dns_builder *builder,
                           uint32_t *change_id);

/* Whether overlay_address_answer would answer now, with the same arguments; counts no use. */
bool overlay_address_fails(const struct overlay *overlay, const struct dns_name *name,
                           uint64_t hash, uint16_t type);

/* SRV answers: applies every change that speaks of this owner and its targets, and of addresses in
 * the additional section (replaced where the answer had some, never added to one without). 0 when
 * none does (throw the builder away), 1 when the answer was changed, 2 when it was changed and its
 * set became empty (NODATA, or ".": the builder holds it all, SOA included). Counts a use of each
 * change that was applied to an SRV record; addresses beside one cost no use. An alias in the
 * answer counts by its own name and by the name that it leads to. TTLs as in policy_edit_apply; the
 * caller clears AD. `question` is lower-cased. */
int overlay_edit_answer(const struct overlay *overlay, const struct dns_answer *answer,
                        const struct dns_name *question, uint32_t age, struct dns_builder *builder,
                        uint32_t *change_id);

/* Whether any change could speak of answers to this type at all: SRV, A, AAAA, ANY. */
static inline bool overlay_concerns(const struct overlay *overlay, uint16_t type)
{
    if (!overlay)
        return false;
    if (type == DNS_TYPE_SRV || type == DNS_TYPE_ANY)
        return true;
    return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
}

#endif
