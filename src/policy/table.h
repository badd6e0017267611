/* The root of a compiled policy, its two tables of nodes, and the counting of names that exist.
 * Private to src/policy. */
#ifndef SHUNT_POLICY_TABLE_H
#define SHUNT_POLICY_TABLE_H

#include "policy/node.h"
#include "policy/policy.h"

struct policy {
    struct cds_lfht *names;     /* owners, and the names above them that exist */
    struct policy_arena arena;  /* of all nodes */
    struct cds_lfht *wildcards; /* by the name below the "*"; NULL when there are none */
    struct hash_key key;
    uint32_t generation;
    struct policy_counts counts;
    char **files; /* that rules point to */
    size_t file_count;
};

/* A policy without owners. The tables have no thread that resizes them: they are made for so many
 * nodes, and more only make lookups slower. NULL without memory. */
struct policy *policy_new(const struct hash_key *key, size_t names, size_t wildcards);

/* The node of a lower-cased name in wire form, `hash` its hash_bytes; NULL if there is none. Within
 * an RCU read side, or by the only writer. */
struct policy_node *policy_table_get(struct cds_lfht *table, const uint8_t *name, size_t len,
                                     uint64_t hash);

/* Puts a node of the policy's arena into its table in place of one of the same name, and counts
 * what exists because of it: a name with data exists, and so do the names above it (RFC 8020).
 * While the policy is compiled only. ERR_NOMEM. */
enum err policy_put(struct policy *policy, struct policy_node *node, uint64_t hash);

#endif
