/* A reply that is put together of several answers: a CNAME of the policy and what it leads to. */
#ifndef SHUNT_RESOLVE_CHAIN_H
#define SHUNT_RESOLVE_CHAIN_H

#include "resolve/resolver.h"

/* A chain of answers that becomes one (chain.c). */
struct chain {
    struct dns_builder builder; /* into r->composed, once there is a link */
    unsigned links;
    bool ours;        /* all of it is the policy's */
    uint32_t ttl_cap; /* of all records, for stale ones among them */
};
void chain_init(struct chain *chain);
/* Begins another link. The question's name must outlive the chain. */
void chain_open(struct resolver *r, struct chain *chain, const struct dns_name *question);
/* Adds the records of an answer for `name`, `age` seconds taken off their TTLs. */
void chain_add(struct chain *chain, const struct dns_answer *answer, const struct dns_name *name,
               uint32_t age);
/* The whole with its TTLs made equal; NULL when it is too large. AA is set for what is all ours. */
struct dns_answer *chain_close(struct chain *chain, uint16_t flags, uint16_t ede);

/* Ends a chain that has to wait for what `name` is, and keeps it if fetched records are in it: what
 * was fetched once may not be in the cache when the rest comes, as a TTL of 0 is not. NULL when
 * nothing is to be kept, or no memory: then the run starts from the beginning. */
struct chain_part *chain_save(struct chain *chain, const struct dns_name *name, uint32_t mark,
                              uint64_t now);
/* Goes on with what was kept, at *name. False when there is nothing, or other settings are in force
 * since then. */
bool chain_resume(struct resolver *r, struct chain *chain, const struct dns_name *question,
                  const struct chain_part *part, uint32_t mark, uint64_t now,
                  struct dns_name *name);
void chain_part_free(struct chain_part *part);

#endif
