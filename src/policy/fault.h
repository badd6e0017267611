/* DNS faults on purpose: which replies they befall, and what happens to them. A set of faults is
 * immutable but for its counters, and swapped as a whole under RCU; NULL stands for none. */
#ifndef SHUNT_POLICY_FAULT_H
#define SHUNT_POLICY_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/diag.h"
#include "dns/name.h"
#include "policy/model.h"

enum fault_transport { FAULT_ANY_TRANSPORT, FAULT_UDP, FAULT_TCP };
enum fault_source { FAULT_ANY_SOURCE, FAULT_POLICY, FAULT_CACHE, FAULT_UPSTREAM };

/* Which replies; what is not set matches all. */
struct fault_match {
    struct dns_name name;   /* exactly this; len 0 = not set */
    struct dns_name domain; /* this and all below; len 0 = not set */
    int service;            /* enum policy_service, or -1 */
    uint16_t type;          /* 0 = not set */
    bool has_client;
    struct subnet client;
    char view[64]; /* "" = not set */
    enum fault_transport transport;
    enum fault_source source;
};

enum fault_tcp { FAULT_TCP_NOTHING, FAULT_TCP_RESET, FAULT_TCP_HALF_LENGTH, FAULT_TCP_REFUSE };

enum fault_mangle {
    FAULT_MANGLE_NOTHING,
    FAULT_MANGLE_COMPRESSED_SRV, /* SRV targets compressed, against RFC 2782 */
    FAULT_MANGLE_RA_CLEAR,
    FAULT_MANGLE_WRONG_ID,
    FAULT_MANGLE_WRONG_QUESTION,
    FAULT_MANGLE_GARBAGE,           /* random bytes after the ID */
    FAULT_MANGLE_CASE,              /* the question in another case than it came */
    FAULT_MANGLE_WRONG_SOURCE,      /* UDP: from another port */
    FAULT_MANGLE_ADDITIONAL_POISON, /* 192.0.2.66 / 2001:db8::66 as the targets' addresses */
    /* A server that knows no EDNS: FORMERR without OPT to those who sent one; with FAULT_DO_DROP
     * silence to them. */
    FAULT_MANGLE_NO_EDNS,
    FAULT_MANGLES,
};

enum fault_action {
    FAULT_DO_RCODE = 1,
    FAULT_DO_DROP = 2,
    FAULT_DO_DELAY = 4,
    FAULT_DO_TRUNCATE = 8, /* TC, no records (UDP only) */
    FAULT_DO_TCP = 16,
    FAULT_DO_TTL = 32,
    FAULT_DO_MANGLE = 64,
};

struct fault_spec {
    char name[64];
    struct fault_match match;
    unsigned actions; /* FAULT_DO_* */
    uint16_t rcode;
    uint32_t delay_ms, jitter_ms; /* delay ± up to jitter, drawn evenly */
    enum fault_tcp tcp;
    uint32_t ttl; /* seconds, of every record */
    enum fault_mangle mangle;
    uint16_t share;     /* of those that match, in 1/100 %; 10000 = all */
    uint64_t first;     /* only the first so many that match; 0 = not set */
    uint64_t every;     /* only each so-manieth; 0 or 1 = each */
    uint64_t for_ms;    /* ends itself after that; 0 = never */
    uint64_t uses_max;  /* --count: ends itself after so many uses; 0 = never */
    struct place place; /* where the file says so; file NULL for live ones */
};

/* One key and its value, as in the file (under `match` too) and on the command line: type= name=
 * domain= service= client= view= transport= source= rcode= drop= delay= jitter= truncate= tcp= ttl=
 * mangle= share= first= every= for=. ERR_NOTFOUND for an unknown key, ERR_INVALID or ERR_RANGE for
 * a bad value, ERR_NOMEM; then *expected says what would be right (static text; a single word when
 * one is near enough to be meant), and the fault is as it was. */
enum err fault_set(struct fault_spec *spec, const char *key, const char *value,
                   const char **expected);
/* All keys, NULL at the end: for "did you mean". */
const char *const *fault_keys(void);
/* A fault that matches all and does nothing. A name of more than 63 bytes is left out, which
 * fault_problem then speaks of. */
void fault_init(struct fault_spec *spec, const char *name);
/* What is missing or contradicts itself, as a static text; NULL when it is complete (a name that
 * fits a path, at least one action). */
const char *fault_problem(const struct fault_spec *spec);
/* "match: type=AAAA domain=lab.example.; delay=3s share=30%" added to out. Each KEY=VALUE is one
 * that fault_set takes; name, uses_max and place are not in it. */
void fault_text(const struct fault_spec *spec, struct text *out);

/* Counters of one fault, kept from set to set; owned by whoever keeps the faults, freed after a
 * grace period. */
struct fault_uses {
    atomic_ulong matched; /* replies that its match fits */
    atomic_ulong used;    /* those that it befell */
};

struct fault_set;

/* Copies the specs (place.file by pointer); uses[i] belongs to specs[i]. `seed` decides the draws
 * of `share`: the n-th match of a fault draws the same in every run. NULL without memory. */
struct fault_set *fault_set_new(const struct fault_spec *specs, struct fault_uses *const *uses,
                                size_t count, uint64_t seed);
void fault_set_free(struct fault_set *set);

/* A reply as faults see it. */
struct fault_reply {
    const struct dns_name *name; /* lower-cased */
    uint16_t type;
    int service;
    const struct addr *client;
    const char *view; /* "" = none */
    bool tcp, edns;
    enum fault_source source;
};

/* The first fault of the set that befalls this reply, or NULL; counts. *draw is a number for jitter
 * and garbage. A fault none of whose actions can be done to this reply (truncate over TCP, tcp over
 * UDP, no-edns and its drop without EDNS) is passed over and does not count it. With `every` and
 * `share` a match is counted that the fault does not befall; `first` goes by that count. */
const struct fault_spec *fault_find(const struct fault_set *set, const struct fault_reply *reply,
                                    uint64_t *draw);

#endif
