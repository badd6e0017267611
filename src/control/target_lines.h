/* Sets of records as zone-file lines, as live changes make them. Private to target_*.c. */
#ifndef SHUNT_CONTROL_TARGET_LINES_H
#define SHUNT_CONTROL_TARGET_LINES_H

#include "base/text.h"
#include "control/target_report.h"

/* `domain`: where a wildcard is meant, the name below it that the change speaks of; or NULL. The
 * list is NULL without memory. */
void target_lines_make(struct target_lines *out, const struct targets *targets,
                       const struct live *live, const struct target_set *set,
                       const struct dns_name *domain);

/* The A and AAAA of a target: NULL when the files have none and no change gives it any; *ttl is the
 * largest. */
json_t *target_lines_address(const struct targets *targets, const struct live *live,
                             const struct dns_name *target, uint32_t *ttl, bool *failed);

/* The owner of a row, "_xmpp-client._tcp.lab.example."; `domain` as above. */
void target_lines_owner(const struct target_row *row, const struct dns_name *domain,
                        struct text *out);

#endif
