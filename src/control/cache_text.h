/* Cached answers for people. */
#ifndef SHUNT_CONTROL_CACHE_TEXT_H
#define SHUNT_CONTROL_CACHE_TEXT_H

#include <jansson.h>

#include "cache/cache.h"

/* An entry as cache_walk visits it: name, type, rcode, age, left, dnssec, records. New reference.
 */
json_t *cache_entry_json(const struct cache_key *key, const struct dns_answer *answer, uint32_t age,
                         uint32_t left);

#endif
