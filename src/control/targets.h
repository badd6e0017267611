/* Where the policy of the files names a target: every set of SRV records, by domain and service,
 * and an index by name, so that a change to a target costs the same whatever the size of the
 * policy. */
#ifndef SHUNT_CONTROL_TARGETS_H
#define SHUNT_CONTROL_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/model.h"

/* One set of SRV records: a domain's service, its component's, or that of an owner in `records`. */
struct target_set {
    uint32_t item;      /* domain, or the first record of the owner */
    uint32_t component; /* 0 = the domain itself, n = components[n - 1] */
    int8_t service;     /* of a domain; -1: `item` is a record */
};

/* One SRV record as the policy has it, or one entry of `mode: amend`. */
struct target_row {
    struct dns_name target;       /* lower-cased */
    bool any_target;              /* '*' in an amendment, and `target` says nothing */
    struct dns_name domain;       /* what stands behind `_service._tcp` */
    bool wildcard;                /* all names below `domain` */
    int service;                  /* enum policy_service; -1: `owner` tells */
    const struct dns_name *owner; /* of a record; NULL: of a domain */
    const char *view;             /* NULL = everyone */
    bool amends;
    unsigned fields; /* POLICY_EDIT_*: which of these are known; all but in an amendment */
    uint16_t priority, weight, port;
    uint32_t ttl; /* seconds */
};

/* Each visit returns false to stop. */
typedef bool (*target_row_fn)(void *arg, const struct target_row *row);
typedef bool (*target_set_fn)(void *arg, const struct target_set *set);
typedef bool (*target_address_fn)(void *arg, const char *view, const struct addr *addr,
                                  uint32_t ttl);

/* All rows of a model, in the order of the files. */
void targets_walk(const struct policy_model *model, target_row_fn visit, void *arg);

struct targets;
/* Points into the model. NULL without memory. */
struct targets *targets_new(const struct policy_model *model);
void targets_free(struct targets *targets);

/* How many records lead to a target, and the largest TTL of their sets; false when none does. */
bool targets_known(const struct targets *targets, const struct dns_name *target, size_t *count,
                   uint32_t *ttl);
/* Sets with a record that leads to it, or an amendment that names it; one may come twice. */
void targets_of(const struct targets *targets, const struct dns_name *target, target_set_fn visit,
                void *arg);
/* The sets of a domain or component; those of the longest wildcard above it when it has none.
 * False when the policy does not know the domain. */
bool targets_of_domain(const struct targets *targets, const struct dns_name *domain,
                       target_set_fn visit, void *arg);
void targets_rows(const struct targets *targets, const struct target_set *set, target_row_fn visit,
                  void *arg);
/* A and AAAA that the policy has for a host; a NULL address for a host without any. */
void targets_addresses(const struct targets *targets, const struct dns_name *host,
                       target_address_fn visit, void *arg);

/* Names like `word` among targets, or among domains, up to `max` of them: how many there are in
 * `out`. Looks at the first 10,000 only. */
size_t targets_near(const struct policy_model *model, bool domains, const char *word,
                    char (*out)[DNS_NAME_TEXT_MAX], size_t max);

#endif
