/* TTLs of an answer that came from upstream. For the .c files of this folder. */
#ifndef SHUNT_DNS_RRSET_TTL_H
#define SHUNT_DNS_RRSET_TTL_H

#include "dns/answer.h"

/* Gives each RRset the lowest TTL of its records (RFC 2181 §5.2). */
void dns_rrset_ttl_lower(struct dns_answer *a);

/* Applies the limits, and to the SOA of a negative answer RFC 2308 §5 too. Returns the lowest TTL
 * of all; UINT32_MAX without records. */
uint32_t dns_rrset_ttl_limit(struct dns_answer *a, uint16_t question_type,
                             const struct dns_ttl_limits *limits);

#endif
