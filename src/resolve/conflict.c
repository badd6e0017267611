/* "A cached answer never contradicts the policy in force": upstream's answers are kept as they
 * came, and compared with the policy when they are used. A cache entry remembers the policy
 * generation it was compared with, so that this costs a walk once a change and not once a query. */
#include "resolve/resolver.h"

/* What the policy says about a record of upstream's. A synthesised service counts only where
 * upstream has nothing. */
static bool policy_owns(const struct resolver *r, const struct policy *policy,
                        const struct dns_name *owner, uint16_t type, bool negative)
{
    struct policy_match match;
    struct dns_name lower = *owner;
    dns_name_lower(&lower);
    policy_find(policy, &lower, resolver_hash(r, &lower), type, &match);
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

enum conflict conflict_find(const struct resolver *r, const struct policy *policy,
                            const struct dns_answer *answer, const struct dns_name *name,
                            uint16_t type, struct dns_name *target)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    enum conflict found = CONFLICT_NONE;
    if (policy_is_empty(policy))
        return CONFLICT_NONE;
    bool follows = type != DNS_TYPE_CNAME && type != DNS_TYPE_ANY;
    bool negative = dns_answer_is_negative(answer, type);
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        if (follows && rr_target(&rr, target) && policy_owns(r, policy, target, type, negative))
            return CONFLICT_CHAIN;
        if (rr.section == DNS_ADDITIONAL &&
            policy_owns(r, policy, &rr.owner, covered_type(&rr), false))
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

void conflict_copy(const struct resolver *r, const struct policy *policy,
                   const struct dns_answer *answer, const struct dns_name *name, uint32_t age,
                   const struct dns_name *until, struct dns_builder *builder)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct dns_name target, last;
    bool cut = false; /* behind the last CNAME, whose owner is `last`: only its signatures */
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        if (cut && !is_signature_of(&rr, &last))
            continue;
        if (rr.section == DNS_ADDITIONAL &&
            policy_owns(r, policy, &rr.owner, covered_type(&rr), false))
            continue;
        rr.ttl = rr.ttl > age ? rr.ttl - age : 0;
        dns_builder_add(builder, &rr);
        if (until && !cut && rr_target(&rr, &target) && dns_name_equal(&target, until)) {
            cut = true;
            last = rr.owner;
        }
    }
}
