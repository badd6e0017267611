/* "A cached answer never contradicts the policy in force": upstream's answers are kept as they
 * came, and compared with the policy, and with the targets that were made to fail, when they are
 * used. A cache entry remembers the settings it was compared with, so that this costs a walk once a
 * change and not once a query. */
#include "resolve/resolver.h"

/* Whether a record is for us to say, and not for upstream. A synthesised service counts only where
 * upstream has nothing. */
static bool is_ours(const struct ours *ours, const struct dns_name *owner, uint16_t type,
                    bool negative)
{
    struct policy_match match;
    struct dns_name lower = *owner;
    dns_name_lower(&lower);
    uint64_t hash = resolver_hash(ours->r, &lower);
    if (ours->overlay && overlay_address_fails(ours->overlay, &lower, hash, type))
        return true;
    policy_find(ours->policy, &lower, hash, type, &match);
    switch (match.verdict) {
    case POLICY_OVERRIDE:
    case POLICY_ALIAS:
        return true;
    case POLICY_SYNTHESIZE:
        return negative;
    default:
        return false;
    }
}

/* The type that a signature covers (RFC 4034 §3.1.1) goes with the record that it signs. */
static uint16_t covered_type(const struct dns_rr *rr)
{
    if (rr->type == DNS_TYPE_RRSIG && rr->rdlen >= 2)
        return bytes_get16(rr->rdata);
    return rr->type;
}

static bool rr_target(const struct dns_rr *rr, struct dns_name *target)
{
    struct reader reader;
    if (rr->section != DNS_ANSWER || rr->type != DNS_TYPE_CNAME)
        return false;
    reader_init(&reader, rr->rdata, rr->rdlen);
    if (dns_name_read(target, &reader) != ERR_OK)
        return false;
    dns_name_lower(target);
    return true;
}

/* Addresses beside SRV records are replaced with the records (policy/overlay.h). */
static bool is_ours_beside(const struct ours *ours, const struct dns_rr *rr)
{
    struct ours beside = *ours;
    if (rr->section != DNS_ADDITIONAL)
        return false;
    if (ours->type == DNS_TYPE_SRV)
        beside.overlay = NULL;
    return is_ours(&beside, &rr->owner, covered_type(rr), false);
}

enum conflict conflict_find(const struct ours *ours, const struct dns_answer *answer,
                            const struct dns_name *name, struct dns_name *target)
{
    uint16_t type = ours->type;
    struct dns_answer_walk walk;
    struct dns_rr rr;
    enum conflict found = CONFLICT_NONE;
    if (policy_is_empty(ours->policy) && !ours->overlay)
        return CONFLICT_NONE;
    bool follows = type != DNS_TYPE_CNAME && type != DNS_TYPE_ANY;
    bool negative = dns_answer_is_negative(answer, type);
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        if (follows && rr_target(&rr, target) && is_ours(ours, target, type, negative))
            return CONFLICT_CHAIN;
        if (is_ours_beside(ours, &rr))
            found = CONFLICT_ADDITIONAL;
    }
    return found;
}

/* Of a CNAME of this owner. */
static bool is_signature_of(const struct dns_rr *rr, const struct dns_name *owner)
{
    if (rr->section != DNS_ANSWER || rr->type != DNS_TYPE_RRSIG)
        return false;
    return covered_type(rr) == DNS_TYPE_CNAME && dns_name_equal(&rr->owner, owner);
}

void conflict_copy(const struct ours *ours, const struct dns_answer *answer,
                   const struct dns_name *name, uint32_t age, const struct dns_name *until,
                   struct dns_builder *builder)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct dns_name target, last;
    bool cut = false; /* behind the last CNAME, whose owner is `last`: only its signatures */
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        if (cut && !is_signature_of(&rr, &last))
            continue;
        if (is_ours_beside(ours, &rr))
            continue;
        rr.ttl = rr.ttl > age ? rr.ttl - age : 0;
        dns_builder_add(builder, &rr);
        if (until && !cut && rr_target(&rr, &target) && dns_name_equal(&target, until)) {
            cut = true;
            last = rr.owner;
        }
    }
}
