/* An answer that is put together from several: the links of a CNAME chain, in r->composed. */
#include <stdlib.h>
#include <string.h>

#include "resolve/chain.h"

/* What there is of a chain, kept while its next link is asked for. */
struct chain_part {
    struct dns_name name; /* where the chain goes on */
    uint64_t at;          /* ms: when its TTLs were right */
    uint32_t mark;        /* of the settings whose links are in it */
    unsigned links;
    uint32_t ttl_cap;
    _Alignas(8) uint8_t answer[];
};

void chain_init(struct chain *chain)
{
    chain->links = 0;
    chain->ours = true;
    chain->ttl_cap = UINT32_MAX;
}

void chain_open(struct resolver *r, struct chain *chain, const struct dns_name *question)
{
    if (chain->links++ == 0)
        dns_builder_init(&chain->builder, r->composed.bytes, sizeof(r->composed.bytes), question);
}

void chain_add(struct chain *chain, const struct dns_answer *answer, const struct dns_name *name,
               uint32_t age)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        rr.ttl = rr.ttl > age ? rr.ttl - age : 0;
        dns_builder_add(&chain->builder, &rr);
    }
}

/* All TTLs of an answer that we put together are equal: the lowest, since some clients keep the
 * message for its lowest and others for that of its first record. */
static void level_ttls(struct dns_answer *answer, uint32_t cap)
{
    const uint16_t *offsets = dns_answer_offsets(answer);
    unsigned count = dns_answer_records(answer);
    uint32_t lowest = cap;
    for (unsigned i = 0; i < count; i++) {
        uint32_t ttl = bytes_get32(answer->data + offsets[i]);
        if (ttl < lowest)
            lowest = ttl;
    }
    for (unsigned i = 0; i < count; i++)
        bytes_put32(answer->data + offsets[i], lowest);
}

struct dns_answer *chain_close(struct chain *chain, uint16_t flags, uint16_t ede)
{
    struct dns_answer *whole =
        dns_builder_finish(&chain->builder, flags | (chain->ours ? DNS_FLAG_AA : 0));
    if (!whole)
        return NULL;
    level_ttls(whole, chain->ttl_cap);
    whole->ede = ede;
    return whole;
}

struct chain_part *chain_save(struct chain *chain, const struct dns_name *name, uint32_t mark,
                              uint64_t now)
{
    if (chain->links == 0 || chain->ours)
        return NULL;
    const struct dns_answer *answer = dns_builder_finish(&chain->builder, 0);
    size_t size = answer ? dns_answer_size(answer) : 0;
    struct chain_part *part = answer ? malloc(sizeof(*part) + size) : NULL;
    if (!part)
        return NULL;
    part->name = *name;
    part->at = now;
    part->mark = mark;
    part->links = chain->links;
    part->ttl_cap = chain->ttl_cap;
    memcpy(part->answer, answer, size);
    return part;
}

bool chain_resume(struct resolver *r, struct chain *chain, const struct dns_name *question,
                  const struct chain_part *part, uint32_t mark, uint64_t now, struct dns_name *name)
{
    if (!part || part->mark != mark)
        return false;
    uint64_t age = now > part->at ? (now - part->at) / 1000 : 0;
    chain_open(r, chain, question);
    chain_add(chain, (const struct dns_answer *)(const void *)part->answer, question,
              (uint32_t)age);
    chain->links = part->links;
    chain->ours = false;
    chain->ttl_cap = part->ttl_cap;
    *name = part->name;
    return true;
}

void chain_part_free(struct chain_part *part)
{
    free(part);
}
