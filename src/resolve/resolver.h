/* What the files of this folder share: the resolver's insides, and the steps of the pipeline. */
#ifndef SHUNT_RESOLVE_RESOLVER_H
#define SHUNT_RESOLVE_RESOLVER_H

#include "resolve/resolve.h"

#define RESOLVE_LINKS_MAX  16 /* of a CNAME chain that we put together */
#define RESOLVE_ROUNDS_MAX 8  /* lookups for one query, one after the other */

struct lookup;
struct waiter;
struct chain_part; /* chain.h */

/* Questions in flight, and the clients that wait for each. Fixed storage, see waiter.c. */
struct waiting {
    struct lookup *lookups;
    struct lookup *free_lookups;
    struct lookup **buckets; /* power of two, by question */
    size_t bucket_mask;
    struct waiter *waiters;
    struct waiter *free_waiters;
    unsigned pending; /* waiters in use */
};

/* A buffer for one prepared answer of any size. */
struct answer_buffer {
    _Alignas(8) uint8_t bytes[DNS_ANSWER_MAX];
};

struct resolver {
    struct resolver_init init;
    struct cache_reader *cache_reader;
    unsigned entered; /* nesting of resolver_enter */
    struct waiting waiting;
    struct resolve_counters counters;
    struct log_limit loop_limit;
    uint32_t rotation;             /* the next start of rotated answers */
    struct answer_buffer cached;   /* what the cache gave */
    struct answer_buffer stale;    /* what it gave in place of a failure, which is in `cached` */
    struct answer_buffer arrived;  /* what upstream just sent */
    struct answer_buffer trimmed;  /* without what the policy contradicts */
    struct answer_buffer amended;  /* with the edits of `mode: amend` */
    struct answer_buffer overlaid; /* with live changes */
    struct answer_buffer composed; /* a chain of several answers put together */
    uint8_t tx[DNS_MESSAGE_MAX];   /* for late replies */
};

/* An answer to `question` that has just come from upstream, and so need not be in the cache. */
struct arrival {
    const struct dns_question *question;
    uint64_t name_hash; /* of its name */
    const struct dns_answer *answer;
    const char *ede_text;
    bool failed; /* upstream could not answer: `answer` is a SERVFAIL of ours */
};

/* Where the pipeline got to with one query. */
struct outcome {
    bool fetch; /* `question` has to be asked first; else `answer` is the reply */
    struct dns_question question;
    uint64_t name_hash;      /* of its name */
    struct chain_part *part; /* then: what there is already, or NULL; the caller's to free */
    const struct dns_answer *answer;
    struct dns_reply_options options; /* without limit */
    enum resolve_source source;
    int service;           /* enum policy_service that was asked for, or -1 */
    const char *rule_file; /* the line of the policy that answered; NULL = none */
    unsigned rule_line;
    uint32_t change_id;              /* the live change that shaped it; 0 = none */
    char ede_text[DNS_EDE_TEXT_MAX]; /* options.ede_text when it had to be made */
};

/* A checked query of class IN, and what belongs to it. */
struct asked {
    const struct dns_query *query;
    uint64_t name_hash; /* of query->name */
    const struct resolve_client *client;
    const struct resolve_settings *settings; /* as read once, under RCU */
    unsigned view;                           /* 1 + its index; 0 = none */
    uint64_t since;                          /* when the query came; ms */
    bool late;                               /* it waited: what comes goes through client->send */
};

/* The view of a client. */
unsigned view_find(const struct resolve_settings *settings, const struct resolve_client *client);
const struct policy *view_policy(const struct resolve_settings *settings, unsigned view);

/* policy -> cache -> upstream. `arrival` and `part` (of an outcome before) may be NULL. */
void pipeline_run(struct resolver *r, const struct asked *asked, const struct chain_part *part,
                  const struct arrival *arrival, uint64_t now, struct outcome *out);

/* The end of every query that was understood (deliver.c): the reply is written and counted, faults
 * befall it, and it is recorded. PENDING: a fault holds it back. */
enum resolve_verdict deliver(struct resolver *r, const struct asked *asked, struct outcome *out,
                             uint8_t *tx, size_t *tx_len, uint64_t now);

/* Replies to class CH (version.bind, id.server) and refuses other classes and types that a
 * forwarder cannot serve. 0 when the query is an ordinary one. */
size_t special_reply(struct resolver *r, const struct dns_query *query, size_t limit, uint8_t *tx);

/* What may contradict a fetched answer to a question of `type`. */
struct ours {
    const struct resolver *r;
    const struct policy *policy;
    const struct overlay *overlay; /* its failed targets have addresses of ours; NULL = none */
    uint16_t type;
};

/* The first record of a fetched answer that is ours to say: a CNAME that leads to a name of ours
 * (then *target is where), or an additional record of ours. */
enum conflict { CONFLICT_NONE, CONFLICT_CHAIN, CONFLICT_ADDITIONAL };
enum conflict conflict_find(const struct ours *ours, const struct dns_answer *answer,
                            const struct dns_name *name, struct dns_name *target);

/* Adds a fetched answer to a builder without what is ours to say: all sections, or, when `until` is
 * not NULL, the chain up to the CNAME that leads to *until. `age` is taken off TTLs. */
void conflict_copy(const struct ours *ours, const struct dns_answer *answer,
                   const struct dns_name *name, uint32_t age, const struct dns_name *until,
                   struct dns_builder *builder);

/* One reply: from where, with which RCODE, and how many ms after its query. */
void resolver_count(struct resolver *r, enum resolve_source source, uint16_t rcode, uint64_t ms);

uint64_t resolver_hash(const struct resolver *r, const struct dns_name *name);

enum err waiting_init(struct waiting *w, unsigned max_pending);
void waiting_deinit(struct waiting *w);

/* Makes `client` wait for the answer to the outcome's question, which is asked unless it is in
 * flight already; takes over its part. Nothing waits after an error: ERR_LIMIT when there is no
 * room for more, else what the asking gave. */
enum err waiting_add(struct resolver *r, struct outcome *outcome, const struct asked *asked,
                     uint64_t now);

/* Turns what upstream said into an answer and a cache entry (arrival.c). `ede_text` has room for
 * DNS_EDE_TEXT_MAX bytes. */
void arrival_take(struct resolver *r, const struct resolve_settings *settings,
                  const struct dns_question *question, uint64_t name_hash,
                  const struct upstream_result *result, char *ede_text, struct arrival *out);

static inline uint8_t resolver_key_flags(bool dnssec_ok, bool checking_off)
{
    return (uint8_t)((dnssec_ok ? CACHE_KEY_DO : 0) | (checking_off ? CACHE_KEY_CD : 0));
}
/* Failures live beside data, under a flag of their own, so that they never displace what may still
 * be served stale. */
#define CACHE_KEY_FAILED 4

#endif
