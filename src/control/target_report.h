/* What a change to a target does to the policy of the files: which sets of records it concerns, and
 * what they were and became. Private to api_target*.c. */
#ifndef SHUNT_CONTROL_TARGET_REPORT_H
#define SHUNT_CONTROL_TARGET_REPORT_H

#include "control/live.h"
#include "control/targets.h"

#define TARGET_REPORT_SETS    100   /* shown */
#define TARGET_REPORT_VISITED 10000 /* looked at, when a change speaks of one service only */

/* The records of one set at one time, as zone-file lines. */
struct target_lines {
    json_t *list;
    uint32_t ttl; /* that it is given out with, seconds */
    bool emptied; /* all records have left */
    bool unknown; /* upstream's answer, amended: the files do not say what it is */
};

struct target_report {
    const struct targets *targets;
    const struct live *live;
    const struct live_target *spec;
    struct target_set sets[TARGET_REPORT_SETS];
    struct target_lines old[TARGET_REPORT_SETS];
    size_t count;
    size_t visited;
    size_t more;         /* records beyond the sets above that the change concerns too */
    uint32_t more_ttl;   /* the largest TTL of these */
    bool known;          /* a record of the files leads to the target */
    bool domain_known;   /* the files have the domain of the change; true without one */
    json_t *old_address; /* lines of its A and AAAA; NULL: the files have none */
    uint32_t address_ttl;
    const char *old_how; /* by which its addresses had failed before */
    bool failed;         /* out of memory */
};

/* Before the change: finds the sets, and keeps what they are. */
void target_report_before(struct target_report *report, const struct targets *targets,
                          const struct live *live, const struct live_target *spec);
void target_report_deinit(struct target_report *report);

/* After it: adds "sets", "more", "addresses", "old_for" and "old_until" to the reply, and warnings
 * to `warnings`. False without memory. */
bool target_report_after(struct target_report *report, uint64_t wall_now, json_t *reply,
                         json_t *warnings);

#endif
