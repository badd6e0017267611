#include "policy/node.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

static_assert(alignof(struct policy_edit) <= POLICY_ARENA_UNIT, "edits stand in nodes");
static_assert(alignof(struct policy_node) <= POLICY_ARENA_UNIT, "nodes stand in arenas");

/* From the draft's count to bytes from the start of the node. */
static void place_rrset(struct policy_rrset *rrset, size_t edits_at, size_t answers_at)
{
    if (rrset->verdict == POLICY_AMEND)
        rrset->answer = (uint32_t)(edits_at + rrset->answer * sizeof(struct policy_edit));
    else
        rrset->answer += (uint32_t)answers_at;
}

uint32_t policy_node_new(struct policy_arena *arena, const struct policy_node_draft *draft)
{
    struct policy_node *node;
    size_t rrsets_len = draft->rrset_count * sizeof(struct policy_rrset);
    size_t edits_len = draft->edit_count * sizeof(struct policy_edit);
    size_t edits_at = sizeof(*node) + rrsets_len + draft->name_len;
    size_t alignment = edits_len > 0 ? alignof(struct policy_edit) : 2;
    edits_at = (edits_at + alignment - 1) / alignment * alignment;
    size_t answers_at = edits_at + edits_len;

    if (draft->rrset_count > UINT16_MAX)
        return 0;
    if (draft->answers_len > UINT32_MAX - answers_at)
        return 0;
    uint32_t ref = policy_arena_take(arena, answers_at + draft->answers_len);
    if (ref == 0)
        return 0;
    node = policy_arena_at(arena, ref);
    *node = (struct policy_node){.rrset_count = (uint16_t)draft->rrset_count,
                                 .name_len = (uint8_t)draft->name_len,
                                 .flags = draft->flags};
    uint8_t *bytes = (uint8_t *)node;
    if (rrsets_len > 0)
        memcpy(node->rrsets, draft->rrsets, rrsets_len);
    for (size_t i = 0; i < draft->rrset_count; i++)
        place_rrset(&node->rrsets[i], edits_at, answers_at);
    memcpy(bytes + sizeof(*node) + rrsets_len, draft->name, draft->name_len);
    if (edits_len > 0)
        memcpy(bytes + edits_at, draft->edits, edits_len);
    if (draft->answers_len > 0)
        memcpy(bytes + answers_at, draft->answers, draft->answers_len);
    return ref;
}
