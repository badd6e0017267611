/* The RDATA of one record set while it is compiled: gathered from parts, without duplicates, in the
 * order in which it was written. Private to src/policy. */
#ifndef SHUNT_POLICY_ITEMS_H
#define SHUNT_POLICY_ITEMS_H

#include "policy/part.h"

struct item {
    const uint8_t *rdata; /* in the model, or in item_list.made */
    uint32_t rdlen;
    uint32_t sequence;
};

struct item_list {
    struct item *items;
    size_t count, capacity;
    uint8_t *made; /* RDATA that the model doesn't have in wire form: SRV of targets */
    size_t made_capacity;
    uint32_t ttl; /* lowest of the parts, in seconds; UINT32_MAX without parts */
};

void item_list_deinit(struct item_list *list);

/* Fills the list anew with what the parts first … end-1, of one record set, have as data; none for
 * a domain's set that has no records, or for a host without addresses of the family. ERR_NOMEM. */
enum err item_list_gather(struct item_list *list, const struct part_list *parts, size_t first,
                          size_t end);

#endif
