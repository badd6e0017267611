/* Names of a model, by hash: what leads to a target, and who owns a name. Twelve bytes a mention,
 * since a policy may have a million of them. Private to targets*.c. */
#ifndef SHUNT_CONTROL_TARGET_INDEX_H
#define SHUNT_CONTROL_TARGET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/model.h"

enum target_index_kind {
    TARGET_INDEX_TARGET, /* what SRV records and amendments name */
    TARGET_INDEX_OWNER,  /* of records; domains, components, hosts */
};

enum target_entry_kind {
    TARGET_SET,    /* item: domain; its service `service` names the target */
    TARGET_RECORD, /* item: record */
    TARGET_DOMAIN, /* item: domain; which: 0 or, of a component, its number from 1 */
    TARGET_HOST,   /* item: host */
};

struct target_entry {
    uint32_t hash;
    uint32_t item;
    uint32_t kind : 2;    /* enum target_entry_kind */
    uint32_t index : 1;   /* enum target_index_kind */
    uint32_t service : 2; /* enum policy_service */
    uint32_t which : 27;  /* of a set: of its targets, and then of its edits' two names each */
};

/* A name that very many entries mention, counted beforehand. */
struct target_crowd {
    size_t first, count; /* in the index */
    uint32_t ttl;
};

struct target_index {
    const struct policy_model *model;
    struct target_entry *entries; /* by hash, and then in the order of the files */
    size_t count;
    uint32_t *ends; /* of a large index: where the entries of each first 16 bits end; else NULL */
    struct target_crowd *crowds; /* by hash */
    size_t crowd_count;
};

/* The entries point into the model. ERR_NOMEM: then there is still something to free. */
enum err target_index_init(struct target_index *index, const struct policy_model *model);
void target_index_deinit(struct target_index *index);

/* The entries of a name in the order of the files. */
struct target_cursor {
    const struct target_index *index;
    const struct dns_name *name; /* must outlive the cursor */
    enum target_index_kind kind;
    size_t at;
    uint32_t hash;
};
void target_index_find(const struct target_index *index, const struct dns_name *name,
                       enum target_index_kind kind, struct target_cursor *out);
const struct target_entry *target_index_next(struct target_cursor *cursor); /* NULL at the end */

/* How many entries lead to a target, and the largest TTL of their sets; false when none does. */
bool target_index_count(const struct target_index *index, const struct dns_name *target,
                        size_t *count, uint32_t *ttl);

#endif
