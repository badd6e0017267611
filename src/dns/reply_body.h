/* The records of a reply, taken from a prepared answer. For the .c files of this folder. */
#ifndef SHUNT_DNS_REPLY_BODY_H
#define SHUNT_DNS_REPLY_BODY_H

#include "dns/arrangement.h"

/* How TTLs change on their way out. */
struct ttl_rule {
    uint32_t age, stale_ttl; /* as in struct dns_reply_options */
};

static inline void ttl_apply(const struct ttl_rule *rule, uint8_t *at)
{
    uint32_t ttl = bytes_get32(at);
    ttl = ttl > rule->age ? ttl - rule->age : 0;
    bytes_put32(at, rule->stale_ttl ? rule->stale_ttl : ttl);
}

/* Copies one record; nothing (and w->failed) when there is no room for all of it. */
void dns_reply_body_record(struct writer *w, const struct dns_answer *a, unsigned index,
                           const struct ttl_rule *rule);

/* Writes the records of the first `sections` sections; they must fit. */
void dns_reply_body_write(struct writer *w, const struct dns_answer *a, unsigned sections,
                          const struct dns_arrangement *arrangement, const struct ttl_rule *rule);

/* Writes as many records of the answer section as fit, SRV records of the lowest priority first;
 * returns how many. The others keep their places. w->failed says that some did not fit. */
unsigned dns_reply_body_truncate(struct writer *w, const struct dns_answer *a,
                                 const struct dns_arrangement *arrangement,
                                 const struct ttl_rule *rule);

#endif
