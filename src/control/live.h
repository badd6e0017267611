/* The changes that were made while running: to targets, and faults. The one place that holds them;
 * it makes the overlay and the fault set that workers read, ends changes that have an end, and
 * writes the state file. Control thread only. */
#ifndef SHUNT_CONTROL_LIVE_H
#define SHUNT_CONTROL_LIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/log.h"
#include "policy/fault.h"
#include "policy/overlay.h"

struct live;

/* Puts an overlay and a fault set (each NULL = none) in force for every worker, and returns when no
 * worker reads the old ones; owns them from then on. */
typedef void (*live_publish_fn)(void *ctx, struct overlay *overlay, struct fault_set *faults,
                                uint64_t revision);

struct live_init {
    const struct hash_key *key;
    const struct log *log;
    const char *state_path; /* NULL = memory only */
    uint64_t seed;          /* of the faults' draws */
    live_publish_fn publish;
    void *ctx;
};

/* What the lab's configuration says of `refuse` and `blackhole`, and the default TTL. */
struct live_lab {
    const struct addr *refuse;
    size_t refuse_count;
    const struct addr *blackhole;
    size_t blackhole_count;
    uint32_t ttl; /* seconds */
};

struct live *live_new(const struct live_init *init);
/* To be called when no worker reads what was published any more. */
void live_free(struct live *live);

/* `now` and `wall_now` everywhere: ms, as clock_now and clock_wall give them. */

/* Reads the state file, before the first live_configure, which puts it in force: ERR_OK (nothing
 * there is fine), ERR_INVALID when it is damaged: it is then kept aside as PATH.bad, and nothing of
 * it is taken. ERR_SYSTEM when it cannot be read, or its folder takes no file: each change will
 * then be refused. The reason is logged. */
enum err live_restore(struct live *live, uint64_t now, uint64_t wall_now);

/* After start and each reload: the file's faults replace the file's faults; live changes stay. A
 * fault that is as it was before keeps its counts. What `lab` points to is copied. */
enum err live_configure(struct live *live, const struct live_lab *lab,
                        const struct fault_spec *faults, size_t count, uint64_t now,
                        uint64_t wall_now);

/* What `shunt target set` and `fail` ask for. */
struct live_target {
    struct dns_name target;
    uint16_t match_port;    /* 0 = any */
    struct dns_name domain; /* len 0 = all */
    int service;            /* -1 = all */
    const char *how; /* NULL: set the fields; else remove, demote, none, no-address, nxdomain,
                        refuse, blackhole */
    unsigned fields; /* POLICY_EDIT_PRIORITY | WEIGHT | PORT | TTL */
    uint16_t priority, weight, port;
    uint32_t ttl;
    uint64_t for_ms; /* 0 = until restored */
    uint64_t uses;   /* --count; 0 = without end */
};

/* The words for `how`. */
const char *const *live_hows(size_t *count);
/* Whether it is about the target's A and AAAA, whoever leads to it, and not about SRV records. */
bool live_how_is_address(const char *word);

/* Each change is atomic, in force for all workers when it returns, and in the state file. A change
 * that says all that an earlier one of the same target, port, domain and service says takes its
 * place. `if_match`: the revision the caller saw, ERR_EXISTS when it is not the present one; -1 =
 * any. *id is the change's number. ERR_INVALID for a `how` that is none, ERR_LIMIT for too many
 * changes, ERR_NOMEM, ERR_SYSTEM (state file not written, errno says why: nothing is changed). */
enum err live_target_set(struct live *live, const struct live_target *spec, int64_t if_match,
                         uint64_t now, uint64_t wall_now, uint32_t *id);
/* Takes back every change to a target (within domain, service and match_port when given).
 * ERR_NOTFOUND. */
enum err live_target_restore(struct live *live, const struct live_target *which, int64_t if_match,
                             uint64_t now, uint64_t wall_now, size_t *count);
/* ERR_EXISTS too when there is a fault of this name. The latest goes before all others. */
enum err live_fault_add(struct live *live, const struct fault_spec *spec, int64_t if_match,
                        uint64_t now, uint64_t wall_now);
/* A fault of the file stays away until live_reset. */
enum err live_fault_remove(struct live *live, const char *name, int64_t if_match, uint64_t now,
                           uint64_t wall_now);
/* Drops every live change; a fault of the file that was removed, or had come to its end, is back.
 * *count: the changes and faults that were dropped. */
enum err live_reset(struct live *live, uint64_t now, uint64_t wall_now, size_t *count);

/* Ends what has come to its end; the next `now` at which to call again, UINT64_MAX = never. To be
 * called about once a second too, for changes that end by their number of uses. */
uint64_t live_tick(struct live *live, uint64_t now, uint64_t wall_now);

/* What the changes in force make of an SRV record of a domain (NULL: of any) and service. */
struct live_outcome {
    unsigned fields; /* POLICY_EDIT_*; with REMOVE or NONE the others mean little */
    uint16_t priority, weight, port;
    uint32_t ttl;
};
void live_outcome(const struct live *live, const struct dns_name *domain, int service,
                  const struct dns_name *target, uint16_t port, struct live_outcome *out);
/* The `how` that the addresses of a target have failed by, and their TTL (addresses: those of
 * `refuse` or `blackhole`); NULL when they are as ever. */
const char *live_address(const struct live *live, const struct dns_name *target, uint32_t *ttl,
                         const struct addr **addresses, size_t *count);

uint64_t live_revision(const struct live *live);
uint64_t live_changed_at(const struct live *live); /* wall ms of the last change; start at first */

/* For people: arrays of objects, with the time that is left. New references, NULL without memory.
 */
json_t *live_targets_json(const struct live *live, uint64_t now);
/* Of the changes to targets, those that speak of one record, or of its target's addresses; as in
 * live_outcome. */
json_t *live_changes_json(const struct live *live, const struct dns_name *domain, int service,
                          const struct dns_name *target, uint16_t port, uint64_t now);
json_t *live_faults_json(const struct live *live, uint64_t now);

#endif
