/* Where a view and the policy for all speak of the same. */
#include "dns/message.h"
#include "policy/part.h"

/* Whether a part is something that the view says outright. */
static bool is_said(const struct part *part)
{
    return part->scope == PART_OWN && !part->implied;
}

/* As part_rrset_end, but with what goes upstream among the rest. */
static size_t set_end(const struct part_list *list, size_t first, size_t end)
{
    const struct part *start = &list->items[first];
    size_t at = first + 1;
    for (; at < end; at++) {
        if (list->items[at].type != start->type)
            break;
        if (start->wildcard && list->items[at].service != start->service)
            break;
    }
    return at;
}

static bool says_anything(const struct part_list *list, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (is_said(&list->items[i]))
            return true;
    }
    return false;
}

/* Moves what stays of one set down to `kept`, and returns the new end. What the view leaves to
 * upstream without a word may stand beside what the policy for all says, which then holds. */
static size_t mask_set(struct part_list *list, size_t first, size_t end, size_t kept)
{
    bool said = says_anything(list, first, end);
    for (size_t i = first; i < end; i++) {
        struct part part = list->items[i];
        if (!said || part.scope == PART_OWN)
            list->items[kept++] = part;
    }
    return kept;
}

void part_list_mask(struct part_list *list)
{
    size_t kept = 0;
    for (size_t end, first = 0; first < list->count; first = end) {
        end = part_group_end(list, first);
        /* Only the policy for all can have CNAMEs: one would hide all that the view says. */
        bool said = says_anything(list, first, end);
        for (size_t next, at = first; at < end; at = next) {
            next = set_end(list, at, end);
            if (!said || list->items[at].type != DNS_TYPE_CNAME)
                kept = mask_set(list, at, next, kept);
        }
    }
    list->count = kept;
}
