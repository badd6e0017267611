/* From a group of parts to the node of its owner. Private to src/policy. */
#ifndef SHUNT_POLICY_BUILD_H
#define SHUNT_POLICY_BUILD_H

#include "policy/node.h"
#include "policy/rrset.h"

/* What is being put together, kept from one node to the next. */
struct node_builder {
    struct rrset_maker maker;
    const struct part_list *parts;
    struct policy_arena *arena; /* of the nodes */
    uint8_t flags;              /* POLICY_NODE_* of the node at hand */
    struct diag_list *diags;
    struct policy_rrset *rrsets;
    size_t rrset_count, rrset_capacity;
    uint8_t *answers;
    size_t answers_len, answers_capacity;
    struct policy_edit *edits;
    size_t edit_count, edit_capacity;
};

/* `serial` is that of the SOA in negative answers; the nodes are made in `arena`. */
enum err node_builder_init(struct node_builder *b, struct part_list *parts, uint32_t serial,
                           struct policy_arena *arena, struct diag_list *diags);
void node_builder_deinit(struct node_builder *b);

/* Makes the node of the group first … end-1, which has no contradictions: *out is its reference. A
 * set that is too large is an error in `diags`, and left out. ERR_NOMEM. */
enum err node_build(struct node_builder *b, size_t first, size_t end, uint32_t *out);

#endif
