#include "policy/node.h"

#include <stdlib.h>
#include <string.h>

struct policy_node *policy_node_new(const struct policy_node_draft *draft)
{
    struct policy_node *node;
    size_t rrsets_len = draft->rrset_count * sizeof(struct policy_rrset);
    size_t alias_at = sizeof(*node) + rrsets_len + draft->name_len;
    size_t answers_at = alias_at + (draft->alias ? sizeof(struct dns_name) : 0);

    answers_at += answers_at & 1;
    if (draft->rrset_count > UINT16_MAX)
        return NULL;
    if (draft->answers_len > UINT32_MAX - answers_at)
        return NULL;
    node = malloc(answers_at + draft->answers_len);
    if (!node)
        return NULL;
    *node = (struct policy_node){.rrset_count = (uint16_t)draft->rrset_count,
                                 .name_len = (uint8_t)draft->name_len,
                                 .flags = draft->flags,
                                 .alias = draft->alias ? (uint32_t)alias_at : 0};
    cds_lfht_node_init(&node->link);
    uint8_t *bytes = (uint8_t *)node;
    if (rrsets_len > 0)
        memcpy(node->rrsets, draft->rrsets, rrsets_len);
    for (size_t i = 0; i < draft->rrset_count; i++)
        node->rrsets[i].answer += (uint32_t)answers_at;
    memcpy(bytes + sizeof(*node) + rrsets_len, draft->name, draft->name_len);
    if (draft->alias)
        memcpy(bytes + alias_at, draft->alias, sizeof(struct dns_name));
    if (draft->answers_len > 0)
        memcpy(bytes + answers_at, draft->answers, draft->answers_len);
    return node;
}
