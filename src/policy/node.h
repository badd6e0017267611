/* One owner name of the compiled policy with all that the policy says to it. A node is a single
 * piece of the policy's arena, and does not change once the policy is compiled. Private to
 * src/policy. */
#ifndef SHUNT_POLICY_NODE_H
#define SHUNT_POLICY_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dns/answer.h"
#include "dns/name.h"
#include "policy/arena.h"
#include "policy/policy.h"

/* What is said to one type of a name. */
struct policy_rrset {
    uint16_t type;
    uint16_t edit_count; /* POLICY_AMEND */
    uint32_t answer; /* where it, or the first edit, begins, in bytes from the start of the node */
    uint32_t line;   /* of the rule, and its index in the policy's files */
    uint32_t file : 23;
    uint32_t verdict : 3; /* enum policy_verdict: POLICY_OVERRIDE, _SYNTHESIZE or _AMEND */
    uint32_t order : 2;   /* enum dns_order */
    int32_t service : 3;  /* a wildcard domain's set: enum policy_service; all else -1 */
    uint32_t data : 1;    /* the answer has a record, so that the name exists */
};
#define POLICY_RRSET_FILES_MAX (1u << 23)

enum {
    POLICY_NODE_EXISTS = 1,   /* there is data at this name or below it */
    POLICY_NODE_WILDCARD = 2, /* stands in the table of wildcards, by the name below the "*" */
    POLICY_NODE_DOMAIN = 4,   /* a wildcard domain: decides for the services of names below */
    POLICY_NODE_RECORDS = 8,  /* wildcard records: decide for names below */
    POLICY_NODE_ALIAS = 16,   /* has a CNAME, which leads to a name */
};

struct policy_node {
    uint16_t rrset_count;
    uint8_t name_len;
    uint8_t flags;
    struct policy_rrset rrsets[]; /* by type; then come the name, the edits, and
                                     the answers, each at an even offset */
};

static inline const uint8_t *policy_node_name(const struct policy_node *node)
{
    return (const uint8_t *)&node->rrsets[node->rrset_count];
}

static inline bool policy_node_is(const struct policy_node *node, const uint8_t *name, size_t len)
{
    return node->name_len == len && memcmp(policy_node_name(node), name, len) == 0;
}

static inline const struct dns_answer *policy_node_answer(const struct policy_node *node,
                                                          const struct policy_rrset *rrset)
{
    return (const struct dns_answer *)(const void *)((const uint8_t *)node + rrset->answer);
}

static inline const struct policy_edit *policy_node_edits(const struct policy_node *node,
                                                          const struct policy_rrset *rrset)
{
    return (const struct policy_edit *)(const void *)((const uint8_t *)node + rrset->answer);
}

static inline bool policy_node_has_data(const struct policy_node *node)
{
    for (unsigned i = 0; i < node->rrset_count; i++) {
        if (node->rrsets[i].data)
            return true;
    }
    return false;
}

/* What a node is made of. The answers of the rrsets stand one after the other in `answers`, and
 * `rrsets[i].answer` is counted from its start, in bytes; for an amended one it is the index of its
 * first edit in `edits`. */
struct policy_node_draft {
    const uint8_t *name; /* lower-cased wire form */
    size_t name_len;
    uint8_t flags;
    const struct policy_rrset *rrsets;
    size_t rrset_count;
    const uint8_t *answers;
    size_t answers_len;
    const struct policy_edit *edits;
    size_t edit_count;
};

/* A node in memory of the arena: its reference, or 0 without memory or when the draft is larger
 * than a node can be (4 GiB, 65535 rrsets). */
uint32_t policy_node_new(struct policy_arena *arena, const struct policy_node_draft *draft);

#endif
