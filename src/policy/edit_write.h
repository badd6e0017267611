/* Copies an answer while its SRV records, and the addresses in its additional section, change: what
 * policy_edit_apply and overlay_edit_answer share. Private to src/policy. */
#ifndef SHUNT_POLICY_EDIT_WRITE_H
#define SHUNT_POLICY_EDIT_WRITE_H

#include "base/addr.h"
#include "base/hash.h"
#include "policy/edit.h"

/* What is to become of one SRV record: `fields` says which of the others are set. */
struct edit_outcome {
    unsigned fields; /* POLICY_EDIT_* */
    uint16_t priority, weight, port;
    uint32_t ttl;                   /* seconds */
    const struct dns_name *replace; /* outlives the writing */
    uint32_t negative_ttl; /* of the NODATA that is left when every record is gone, seconds; at
                              first the record's own */
};

/* What `edit` adds to `outcome`: fields that it doesn't have yet. Nothing is added to a record that
 * leaves, or to a set that becomes ".". */
unsigned edit_outcome_gain(const struct edit_outcome *outcome, const struct policy_edit *edit);
/* Takes over these fields of `edit`. */
void edit_outcome_take(struct edit_outcome *outcome, const struct policy_edit *edit,
                       unsigned fields);

/* An SRV record, as it is shown to the rules. */
struct edit_srv {
    const struct dns_name *owner; /* in the case it came in */
    struct dns_name target;       /* lower-cased */
    uint64_t hash;                /* of the target, with the rules' key */
    uint16_t port;
};

/* The addresses that a host has instead of its own. */
struct edit_host {
    const struct addr *addresses;
    size_t count; /* 0 = none */
    uint32_t ttl; /* seconds */
};

/* Who decides. Both are asked more than once about the same record and must not change their mind
 * within one answer. */
struct edit_rules {
    void *ctx;
    const struct hash_key *key;
    void (*on_srv)(void *ctx, const struct edit_srv *srv, struct edit_outcome *outcome);
    /* Whether a host's addresses change; the name is lower-cased. NULL = none does. */
    bool (*on_host)(void *ctx, const struct dns_name *name, uint64_t hash, struct edit_host *out);
};

enum edit_result {
    EDIT_NOTHING, /* no rule spoke of it: the builder holds nothing of use */
    EDIT_CHANGED,
    EDIT_ROOT,    /* the set is a lone "." now */
    EDIT_EMPTIED, /* no SRV record is left: only the chain before them, if any, was written */
};

/* Where the set was and which TTL everything got: for the SOA of an emptied one. */
struct edit_summary {
    struct dns_name owner; /* lower-cased */
    uint32_t ttl;          /* seconds */
};

enum edit_result edit_write(const struct edit_rules *rules, const struct dns_answer *answer,
                            const struct dns_name *question, uint32_t age,
                            struct dns_builder *builder, struct edit_summary *summary);

#endif
