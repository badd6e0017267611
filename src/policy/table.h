/* The root of a compiled policy, its two tables of nodes, and the counting of names that exist.
 * Private to src/policy. */
#ifndef SHUNT_POLICY_TABLE_H
#define SHUNT_POLICY_TABLE_H

#include "policy/node.h"
#include "policy/policy.h"

struct policy {
    struct cds_lfht *names;     /* owners, and the names above them that exist */
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

/* Adds a node whose name is not there yet; the table frees it then. */
void policy_table_add(struct cds_lfht *table, struct policy_node *node, uint64_t hash);

/* Notes that all nodes with data exist, and so do the names above them (RFC 8020): once, after the
 * last node was added. */
enum err policy_mark_alive(struct policy *policy);

#endif
