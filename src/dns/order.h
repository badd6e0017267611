/* The order of the records in a reply's answer section. For the .c files of this folder. */
#ifndef SHUNT_DNS_ORDER_H
#define SHUNT_DNS_ORDER_H

#include "dns/reply.h"

#define ORDER_MAX 256 /* larger sets stay as they are */

/* The records `first` to `first + count - 1` are those that change places. */
struct order {
    unsigned first, count;
    uint8_t at[ORDER_MAX]; /* which of them stands at each place, counted from `first` */
};

/* Finds the records of the question's type in the answer section, and arranges them. They change
 * places only when they stand together. */
void order_init(struct order *order, const struct dns_answer *answer, uint16_t type,
                enum dns_order how, uint32_t seed);

/* The record that stands at `place` in the answer section. */
static inline unsigned order_at(const struct order *order, unsigned place)
{
    unsigned inside = place - order->first;
    return inside < order->count ? order->first + order->at[inside] : place;
}

#endif
