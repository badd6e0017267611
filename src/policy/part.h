/* The model cut into parts, one for each owner and type (or wildcard service) that a domain, a host
 * or a record says something about. Sorted, the parts of one owner stand together: a group.
 * Private to src/policy; lives while a policy is compiled. */
#ifndef SHUNT_POLICY_PART_H
#define SHUNT_POLICY_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "policy/model.h"
#include "policy/order.h"

enum part_source { PART_DOMAIN, PART_HOST, PART_RECORD };

/* Whose policy a part is of, seen from the view that is compiled. */
enum part_scope {
    PART_ELSEWHERE, /* another view's: it does not come into the list */
    PART_GENERAL,   /* of the policy for all, while a view is compiled */
    PART_OWN,       /* of what is compiled: the view, or the policy for all */
};
enum part_scope part_view(const char *of, const char *compiled);

struct part {
    uint64_t key;       /* part_key of the owner; for wildcards of the name below the "*" */
    uint32_t index;     /* in the model's list of its source */
    uint32_t component; /* of a domain: 0 = the domain itself, n = components[n - 1] */
    uint32_t file;      /* index in part_list.files */
    uint32_t mark;      /* of the first part of a group: the last rrset that visited it */
    uint32_t sequence;  /* counts them in the order in which the model has them */
    uint16_t type;
    int8_t service;     /* of a domain: enum policy_service; else -1 */
    uint8_t source : 2; /* enum part_source */
    uint8_t scope : 2;  /* enum part_scope */
    bool wildcard : 1;
    bool implied : 1;  /* an `upstream` that nobody wrote */
    bool upstream : 1; /* a service that the domain leaves to upstream: it only keeps wildcards away
                        */
};

#define PART_NOWHERE UINT32_MAX

struct part_list {
    const struct policy_model *model;
    const struct hash_key *key;
    const char *view; /* that is compiled; NULL = the policy for all */
    struct part *items;
    size_t count, capacity;
    struct order order; /* where keys begin in `items` */
    uint32_t *places;   /* by sequence: the index in `items`, or PART_NOWHERE */
    size_t place_count;
    uint64_t *addresses; /* of part_list_map */
    unsigned address_shift;
    size_t names;       /* how many names there will be about, those above owners included */
    const char **files; /* as places have them; by pointer, so that a name may be there twice */
    size_t file_count, file_capacity;
};

/* By which parts are sorted: wildcards last, and else by hash. */
static inline uint64_t part_key(uint64_t hash, bool wildcard)
{
    return hash >> 1 | (uint64_t)wildcard << 63;
}
/* The hash again, but for its lowest bit. */
static inline uint64_t part_hash(const struct part *part)
{
    return part->key << 1;
}

/* Collects the parts of a model that hold in a view and sorts them; of an owner and type that both
 * the view and the policy for all speak of, only the view's stay. Domains without room for a
 * service label are errors in `diags`. The model, the key and the view's name must outlive the
 * list. ERR_NOMEM. */
enum err part_list_init(struct part_list *list, const struct policy_model *model,
                        const struct hash_key *key, const char *view, struct diag_list *diags);
void part_list_deinit(struct part_list *list);
enum err part_list_sort(struct part_list *list);   /* a step of it */
void part_list_mask(struct part_list *list);       /* another, for a view */
enum err part_list_places(struct part_list *list); /* and another */
enum err part_list_map(struct part_list *list);    /* its last step */

/* A name as a view; `scratch` is where it is put when it has to be made. */
struct part_name {
    const uint8_t *wire;
    size_t len;
};
struct part_name part_owner(const struct part_list *list, const struct part *part,
                            struct dns_name *scratch);

/* Where it was written. */
struct place part_place(const struct part_list *list, const struct part *part);
/* What a domain says to a service: its set, or what holds for the others. */
enum policy_set_kind part_kind(const struct policy_domain *domain, enum policy_service service);

/* Whether a group begins at `at`, an index; and where the one that does ends. */
bool part_group_begins(const struct part_list *list, size_t at);
size_t part_group_end(const struct part_list *list, size_t first);
/* The end of the rrset that begins at `first`, within a group that ends at `end`. */
size_t part_rrset_end(const struct part_list *list, size_t first, size_t end);
/* The group of a lower-cased name that is no wildcard and may have addresses; list->count when
 * there is none. */
size_t part_address_find(const struct part_list *list, const struct dns_name *name);

#endif
