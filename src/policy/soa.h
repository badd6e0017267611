/* The SOA record of negative answers of ours: without one nobody may cache them (RFC 2308 §5). */
#ifndef SHUNT_POLICY_SOA_H
#define SHUNT_POLICY_SOA_H

#include <stdint.h>

#include "dns/answer.h"

/* Adds it to the authority section. `apex`: the name that the negative answer is about, or one
 * above it. `ttl` in seconds is the record's and its MINIMUM, since the lower of the two counts. */
void policy_soa_add(struct dns_builder *b, const struct dns_name *apex, uint32_t serial,
                    uint32_t ttl);

#endif
