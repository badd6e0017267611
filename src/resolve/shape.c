#include "resolve/shape.h"

#include "policy/soa.h"

#define EMPTY_TTL 5 /* seconds, of the NODATA that is left when every record is removed */

const struct dns_answer *shape_address(struct resolver *r, const struct overlay *overlay,
                                       const struct dns_name *name, uint64_t hash, uint16_t type,
                                       uint32_t *change_id)
{
    struct dns_builder b;
    if (!overlay || (type != DNS_TYPE_A && type != DNS_TYPE_AAAA && type != DNS_TYPE_ANY))
        return NULL;
    dns_builder_init(&b, r->overlaid.bytes, sizeof(r->overlaid.bytes), name);
    int flags = overlay_address_answer(overlay, name, hash, type, &b, change_id);
    return flags < 0 ? NULL : dns_builder_finish(&b, (uint16_t)flags);
}

/* What is changed has no signature any more, and is not authentic. */
static uint16_t flags_of_changed(const struct dns_answer *answer)
{
    return answer->flags & (uint16_t)~DNS_FLAG_AD;
}

const struct dns_answer *shape_targets(struct resolver *r, const struct overlay *overlay,
                                       const struct dns_answer *answer, const struct dns_name *name,
                                       uint32_t *age, uint32_t *change_id)
{
    struct dns_builder b;
    dns_builder_init(&b, r->overlaid.bytes, sizeof(r->overlaid.bytes), name);
    if (!overlay_edit_answer(overlay, answer, name, *age, &b, change_id))
        return answer;
    struct dns_answer *changed = dns_builder_finish(&b, flags_of_changed(answer));
    if (!changed)
        return answer;
    changed->ede = answer->ede;
    *age = 0;
    return changed;
}

const struct dns_answer *shape_edits(struct resolver *r, const struct policy_match *match,
                                     uint32_t serial, const struct dns_answer *answer,
                                     const struct dns_name *name, uint32_t *age)
{
    struct dns_builder b;
    dns_builder_init(&b, r->amended.bytes, sizeof(r->amended.bytes), name);
    if (!policy_edit_apply(match->edits, match->edit_count, answer, name, *age, &b))
        return answer;
    struct dns_answer *changed = dns_builder_finish(&b, flags_of_changed(answer));
    if (!changed)
        return answer;
    if (changed->counts[DNS_ANSWER] == 0) {
        dns_builder_init(&b, r->amended.bytes, sizeof(r->amended.bytes), name);
        policy_soa_add(&b, name, serial, EMPTY_TTL);
        changed = dns_builder_finish(&b, flags_of_changed(answer));
    }
    *age = 0;
    return changed;
}
