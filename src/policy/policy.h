/* The compiled policy: for each owner name that is ours, prepared answers by type. A policy does
 * not change once compiled; a reload compiles another and swaps the pointer to it. Workers read it
 * under RCU (liburcu, QSBR) without a lock. */
#ifndef SHUNT_POLICY_POLICY_H
#define SHUNT_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "base/text.h"
#include "dns/answer.h"
#include "dns/name.h"
#include "dns/reply.h"
#include "policy/model.h"

struct policy;

/* Compiles the model as the clients of `view` see it; NULL: as those of no view do, which is the
 * policy that names no view.
 *
 * What a view says of an owner and type, or of a service, takes the place of what the policy for
 * all says of it; a CNAME of the policy for all goes where a view says anything of its name. All
 * else that the policy for all says holds in the view too, and exact names still win over
 * wildcards, whoever wrote them.
 *
 * NULL without memory, or with errors in `diags`: "contradiction" (a CNAME beside other data, the
 * same owner and type or service from two places; at the place of the second, naming the first),
 * "name-too-long" (a domain without room for its service labels) and "too-large" (a record set over
 * 64 KiB). A record of a class other than IN is left out with the warning "class". For a view only
 * findings in its own part are added, so that none is said twice: compile for NULL too.
 *
 * `key` is the hash key that callers of policy_find use. `generation` is any number that no policy
 * before it had, and not 0. The model may be freed afterwards. */
struct policy *policy_compile(const struct policy_model *model, const struct hash_key *key,
                              uint32_t generation, const char *view, struct diag_list *diags);
void policy_free(struct policy *policy);

uint32_t policy_generation(const struct policy *policy);

enum policy_verdict {
    POLICY_NOT_OURS,   /* goes upstream */
    POLICY_OVERRIDE,   /* `answer` is the reply */
    POLICY_SYNTHESIZE, /* upstream is asked; `answer` where it has no such record */
    POLICY_ALIAS,      /* the name is a CNAME, and `answer` holds it: see policy_match_alias */
    POLICY_AMEND,      /* upstream's answer (or the cache's) with `edits` made to it; no `answer` */
};

struct policy_match {
    enum policy_verdict verdict;
    const struct dns_answer *answer; /* valid until the reader's next quiescent state */
    const struct policy_edit *edits; /* POLICY_AMEND; valid as long as `answer` */
    size_t edit_count;
    enum dns_order order;
    const char *rule_file; /* where the policy says so, "lab.yaml"; never NULL when ours */
    unsigned rule_line;    /* from 1; 0 = not known, as on the command line */
};

/* What the policy says to a question. `name` is lower-cased, `hash` is hash_bytes over its wire
 * bytes with the policy's key. For type ANY one RRset of the name answers (RFC 8482 §4.1), after
 * upstream if its domain is synthesised; a name that is only amended has its edits made to
 * upstream's answer. Only class IN is ever ours, and the class is the caller's
 * to check. Exact names win over wildcards, and longer wildcards over shorter. No allocation, no
 * lock; to be called within an RCU read side. */
void policy_find(const struct policy *policy, const struct dns_name *name, uint64_t hash,
                 uint16_t type, struct policy_match *out);

/* What policy_find will look at, fetched into the processor's cache while other work is done: first
 * the place in the table, then, if a name with this hash is ours, its answer: true. Both may be
 * left out, and change nothing. */
void policy_prefetch(const struct policy *policy, uint64_t hash);
bool policy_prefetch_answer(const struct policy *policy, uint64_t hash);

/* Where the CNAME of a POLICY_ALIAS leads, lower-cased. */
void policy_match_alias(const struct policy_match *match, struct dns_name *out);

/* Whether a name exists because the policy has data at it or below it: then an NXDOMAIN of
 * upstream's is to be NODATA (RFC 8020; xmpp-dns rule 8). Wildcards make the names that they match,
 * and those between, exist. */
bool policy_name_exists(const struct policy *policy, const struct dns_name *name, uint64_t hash);

/* True when the policy owns nothing at all: callers may skip comparisons. */
bool policy_is_empty(const struct policy *policy);

struct policy_counts {
    size_t domains, hosts, records; /* as written, for everyone or for its view */
    size_t services;                /* of domains, that do not go upstream */
    size_t owners;                  /* names with something of ours, wildcards included */
};
void policy_counts(const struct policy *policy, struct policy_counts *out);

/* Writes what is in force as zone-file lines, each followed by a comment with its rule, sorted by
 * owner. Wildcards are shown as "*.name"; what is amended is a comment. */
enum err policy_dump(const struct policy *policy, struct text *out);

/* Finds what is legal but almost surely a mistake, as warnings (interface.md, "What is ours", last
 * paragraph; xmpp-dns.md). Codes: srv-target-address, srv-target-cname, srv-target-localhost,
 * srv-target-no-address, srv-target-root-among-others, tls-and-starttls-same-port, labels-swapped,
 * xmppconnect-txt, special-use-domain (rule 3), jabber-legacy, ttl-zero, ttl-differs. Each says
 * what to do. */
void policy_check(const struct policy_model *model, struct diag_list *diags);

#endif
