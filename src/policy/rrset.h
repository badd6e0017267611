/* From the parts of one record set to its prepared answer. Private to src/policy; lives while a
 * policy is compiled. */
#ifndef SHUNT_POLICY_RRSET_H
#define SHUNT_POLICY_RRSET_H

#include "dns/answer.h"
#include "policy/items.h"

/* What making answers needs, kept from one to the next so that little is allocated. */
struct rrset_maker {
    struct part_list *parts;
    uint32_t serial; /* of the SOA in negative answers */
    struct item_list set, extra;
    size_t *targets; /* groups whose addresses go to the additional section, each once */
    size_t target_count, target_capacity;
    uint32_t mark; /* the last that was given to a group */
    void *buffer;  /* DNS_ANSWER_MAX bytes */
};

enum err rrset_maker_init(struct rrset_maker *maker, struct part_list *parts, uint32_t serial);
void rrset_maker_deinit(struct rrset_maker *maker);

/* Makes the answer of the parts first … end-1 at `owner`, which does not matter for wildcards. It
 * is valid until the next call. ERR_NOMEM, or ERR_RANGE when the set is too large for a message. */
enum err rrset_make(struct rrset_maker *maker, size_t first, size_t end,
                    const struct dns_name *owner, const struct dns_answer **out);

#endif
