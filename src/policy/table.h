/* The root of a compiled policy, its two tables of names, and which names exist. Private to
 * src/policy. */
#ifndef SHUNT_POLICY_TABLE_H
#define SHUNT_POLICY_TABLE_H

#include "policy/names.h"
#include "policy/node.h"
#include "policy/policy.h"

#define POLICY_DEPTHS (DNS_NAME_MAX / 2 + 1) /* how many labels a name can have, and 0 */

struct policy {
    struct names names;                         /* owners, and the names above them that exist */
    struct policy_arena arena;                  /* of all nodes */
    struct names wildcards;                     /* by the name below the "*" */
    uint64_t depths[(POLICY_DEPTHS + 63) / 64]; /* bit n: some wildcard's name below the "*" has n
                                                   labels */
    struct hash_key key;
    char **files; /* that rules point to */
    size_t file_count;
    uint32_t generation;
    struct policy_counts counts;
};

/* A policy without owners, for about so many names. NULL without memory. */
struct policy *policy_new(const struct hash_key *key, size_t names, size_t wildcards);

/* Names that exist because of a node, and are still to be looked up: each is anywhere in the table,
 * and is fetched while others are worked on. All zero is an empty one. */
#define POLICY_MARKS 64
struct policy_marks {
    struct policy_mark {
        uint64_t hash;
        uint32_t node;
        uint8_t skip; /* the name is the node's without so many bytes */
    } items[POLICY_MARKS];
    unsigned first, count;
};

/* Puts a node of the policy's arena into its table, where none of its name is, and notes what
 * exists because of it: a name with data exists, and so do the names above it (RFC 8020). All of
 * that is in the table after policy_marks_finish. While the policy is compiled only. ERR_NOMEM. */
enum err policy_put(struct policy *policy, struct policy_marks *marks, uint32_t ref, uint64_t hash);
enum err policy_marks_finish(struct policy *policy, struct policy_marks *marks);

#endif
