#include <string.h>

#include "base/bytes.h"
#include "policy/service.h"
#include "policy/table.h"

#define ANSWER_LINES 3 /* cache lines of a node with a usual answer */

static void give(const struct policy *policy, const struct policy_node *node,
                 const struct policy_rrset *rrset, struct policy_match *out)
{
    out->verdict = (enum policy_verdict)rrset->verdict;
    if (rrset->verdict == POLICY_AMEND) {
        out->edits = policy_node_edits(node, rrset);
        out->edit_count = rrset->edit_count;
    } else {
        out->answer = policy_node_answer(node, rrset);
    }
    out->order = (enum dns_order)rrset->order;
    out->rule_file = policy->files[rrset->file];
    out->rule_line = rrset->line;
}

/* The set of a type; `service` -1 but in wildcard domains. */
static const struct policy_rrset *find_rrset(const struct policy_node *node, int service,
                                             uint16_t type)
{
    for (unsigned i = 0; i < node->rrset_count; i++) {
        if (node->rrsets[i].type == type && node->rrsets[i].service == service)
            return &node->rrsets[i];
    }
    return NULL;
}

/* What goes before what as the answer to type ANY; not 0. */
static unsigned any_rank(const struct policy_rrset *rrset)
{
    if (rrset->verdict == POLICY_AMEND)
        return 1;
    return 2 + (rrset->verdict == POLICY_OVERRIDE ? 1 : 0) + (rrset->data ? 2 : 0);
}

/* For type ANY one set is enough (RFC 8482 §4.1): what is sure to be the answer goes before what
 * upstream is asked for first, and data before its absence. */
static const struct policy_rrset *find_any(const struct policy_node *node, int service)
{
    const struct policy_rrset *best = NULL;
    unsigned best_rank = 0;
    for (unsigned i = 0; i < node->rrset_count; i++) {
        const struct policy_rrset *rrset = &node->rrsets[i];
        unsigned rank = any_rank(rrset);
        if (rrset->service != service || rank <= best_rank)
            continue;
        best = rrset;
        best_rank = rank;
    }
    return best;
}

/* What a node says; `service` as in find_rrset. */
static void match(const struct policy *policy, const struct policy_node *node, int service,
                  uint16_t type, struct policy_match *out)
{
    const struct policy_rrset *rrset =
        type == DNS_TYPE_ANY ? find_any(node, service) : find_rrset(node, service, type);
    if (rrset) {
        give(policy, node, rrset, out);
        return;
    }
    if (!(node->flags & POLICY_NODE_ALIAS) || service >= 0 || type == DNS_TYPE_ANY)
        return;
    rrset = find_rrset(node, service, DNS_TYPE_CNAME);
    give(policy, node, rrset, out);
    out->verdict = POLICY_ALIAS;
}

/* The CNAME is the answer's only record, and names in RDATA are written out: it begins behind its
 * TTL and length, and was looked at when the policy was compiled. */
void policy_match_alias(const struct policy_match *match, struct dns_name *out)
{
    const uint8_t *ttl = match->answer->data + dns_answer_offsets(match->answer)[0];
    out->len = (uint8_t)bytes_get16(ttl + 4);
    memcpy(out->wire, ttl + 6, out->len);
    dns_name_lower(out);
}

/* The wildcard with this name below its "*"; NULL when there is none. Most names have none of the
 * lengths that wildcards have, and so need no hash. */
static const struct policy_node *wildcard_get(const struct policy *policy, const uint8_t *name,
                                              size_t len, unsigned labels)
{
    if (!(policy->depths[labels / 64] >> labels % 64 & 1))
        return NULL;
    return names_get(&policy->wildcards, &policy->arena, name, len,
                     hash_bytes(&policy->key, name, len));
}

/* The service that `name` is of when the "*" of a wildcard domain stands for its first `cut`
 * labels: that is at least one between the service's two and the rest. Else -1. */
static int wildcard_service(const struct policy_node *node, const struct dns_name *name,
                            unsigned cut)
{
    if (cut <= POLICY_SERVICE_LABELS || !(node->flags & POLICY_NODE_DOMAIN))
        return -1;
    return policy_service_of(name);
}

/* The longest wildcard whose "*" stands for the beginning of the name decides, also when it has
 * nothing for the type: as an owner does that is written out. */
static void find_wildcard(const struct policy *policy, const struct dns_name *name, uint16_t type,
                          struct policy_match *out)
{
    unsigned labels = dns_name_labels(name);
    const uint8_t *at = name->wire;
    size_t len = name->len;
    for (unsigned cut = 1; cut <= labels; cut++) {
        len -= 1u + *at;
        at += 1u + *at;
        const struct policy_node *node = wildcard_get(policy, at, len, labels - cut);
        if (!node)
            continue;
        int service = wildcard_service(node, name, cut);
        if (service >= 0 || (node->flags & POLICY_NODE_RECORDS)) {
            match(policy, node, service, type, out);
            return;
        }
    }
}

void policy_find(const struct policy *policy, const struct dns_name *name, uint64_t hash,
                 uint16_t type, struct policy_match *out)
{
    *out = (struct policy_match){.verdict = POLICY_NOT_OURS};
    const struct policy_node *node =
        names_get(&policy->names, &policy->arena, name->wire, name->len, hash);
    if (node)
        match(policy, node, -1, type, out);
    else if (policy->wildcards.used > 0)
        find_wildcard(policy, name, type, out);
}

void policy_prefetch(const struct policy *policy, uint64_t hash)
{
    if (policy->names.used > 0)
        __builtin_prefetch(names_home(&policy->names, hash));
}

bool policy_prefetch_answer(const struct policy *policy, uint64_t hash)
{
    if (policy->names.used == 0)
        return false;
    const struct names_bucket *bucket = names_home(&policy->names, hash);
    unsigned matches = names_matches(bucket, names_tag(hash));
    uint32_t ref = matches != 0 ? bucket->refs[__builtin_ctz(matches)] : 0;
    if (ref == 0 || (ref & NAMES_ABOVE))
        return false;
    const uint8_t *node = policy_arena_at(&policy->arena, ref);
    for (unsigned line = 0; line < ANSWER_LINES; line++)
        __builtin_prefetch(node + 64 * (size_t)line);
    return true;
}

/* Below a wildcard with data every name exists. */
static bool is_below_wildcard(const struct policy *policy, const struct dns_name *name)
{
    unsigned labels = dns_name_labels(name);
    const uint8_t *at = name->wire;
    size_t len = name->len;
    for (unsigned cut = 1; cut <= labels; cut++) {
        len -= 1u + *at;
        at += 1u + *at;
        const struct policy_node *node = wildcard_get(policy, at, len, labels - cut);
        if (node && (node->flags & POLICY_NODE_EXISTS))
            return true;
    }
    return false;
}

bool policy_name_exists(const struct policy *policy, const struct dns_name *name, uint64_t hash)
{
    const uint32_t *slot = names_find(&policy->names, &policy->arena, name->wire, name->len, hash);
    if (slot && (*slot & NAMES_ABOVE))
        return true;
    if (slot) {
        const struct policy_node *node = policy_arena_at(&policy->arena, *slot);
        if (node->flags & POLICY_NODE_EXISTS)
            return true;
    }
    return policy->wildcards.used > 0 && is_below_wildcard(policy, name);
}
