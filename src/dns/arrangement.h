/* The order of the records in a reply's answer section. For the .c files of this folder. */
#ifndef SHUNT_DNS_ARRANGEMENT_H
#define SHUNT_DNS_ARRANGEMENT_H

#include "dns/reply.h"

#define ARRANGEMENT_MAX 256 /* larger sets stay as they are */

/* The records `first` to `first + count - 1` are those that change places. */
struct dns_arrangement {
    unsigned first, count;
    uint8_t at[ARRANGEMENT_MAX]; /* which of them stands at each place, counted from `first` */
};

/* Finds the records of the question's type in the answer section, and arranges them. They change
 * places only when they stand together. */
void dns_arrangement_init(struct dns_arrangement *arrangement, const struct dns_answer *answer,
                          uint16_t type, enum dns_order how, uint32_t seed);

/* The record that stands at `place` in the answer section. */
static inline unsigned dns_arrangement_at(const struct dns_arrangement *arrangement, unsigned place)
{
    unsigned inside = place - arrangement->first;
    return inside < arrangement->count ? arrangement->first + arrangement->at[inside] : place;
}

#endif
