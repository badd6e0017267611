#include "policy/edit.h"

#include "policy/edit_write.h"

/* Either of these decides on the record for good. */
#define FINAL (POLICY_EDIT_REMOVE | POLICY_EDIT_NONE)

bool policy_edit_matches(const struct policy_edit *edit, const struct dns_name *target,
                         uint16_t port)
{
    if (edit->match_port != 0 && edit->match_port != port)
        return false;
    return edit->any_target || dns_name_equal(&edit->target, target);
}

unsigned edit_outcome_gain(const struct edit_outcome *outcome, const struct policy_edit *edit)
{
    if (outcome->fields & FINAL)
        return 0;
    return edit->fields & ~outcome->fields;
}

void edit_outcome_take(struct edit_outcome *outcome, const struct policy_edit *edit,
                       unsigned fields)
{
    outcome->fields |= fields;
    if (fields & POLICY_EDIT_PRIORITY)
        outcome->priority = edit->priority;
    if (fields & POLICY_EDIT_WEIGHT)
        outcome->weight = edit->weight;
    if (fields & POLICY_EDIT_PORT)
        outcome->port = edit->port;
    if (fields & POLICY_EDIT_TTL)
        outcome->ttl = edit->ttl;
    if (fields & POLICY_EDIT_REPLACE)
        outcome->replace = &edit->replace;
}

struct edit_list {
    const struct policy_edit *edits;
    size_t count;
};

static void on_srv(void *ctx, const struct edit_srv *srv, struct edit_outcome *outcome)
{
    const struct edit_list *list = ctx;
    for (size_t i = 0; i < list->count; i++) {
        const struct policy_edit *edit = &list->edits[i];
        if (!policy_edit_matches(edit, &srv->target, srv->port))
            continue;
        edit_outcome_take(outcome, edit, edit_outcome_gain(outcome, edit));
    }
}

bool policy_edit_apply(const struct policy_edit *edits, size_t count,
                       const struct dns_answer *answer, const struct dns_name *question,
                       uint32_t age, struct dns_builder *builder)
{
    /* Known to all, and good enough: who makes two names collide only confuses the additional
     * section of an answer that was theirs to write anyway. */
    static const struct hash_key key = {0};
    struct edit_list list = {edits, count};
    const struct edit_rules rules = {.ctx = &list, .key = &key, .on_srv = on_srv};
    struct edit_summary summary;
    return edit_write(&rules, answer, question, age, builder, &summary) != EDIT_NOTHING;
}
