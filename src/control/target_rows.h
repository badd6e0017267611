/* The rows of a domain's sets and of SRV records. Private to targets*.c and target_*.c. */
#ifndef SHUNT_CONTROL_TARGET_ROWS_H
#define SHUNT_CONTROL_TARGET_ROWS_H

#include "control/targets.h"

#define TARGET_ROWS_SRV_FIXED 6 /* priority, weight and port: two bytes each (RFC 2782) */

bool target_rows_is_srv(const struct policy_record *record);
/* Each is false when `visit` was, and so it ends. */
bool target_rows_of_set(const struct policy_domain *domain, uint32_t component, int service,
                        target_row_fn visit, void *arg);
bool target_rows_of_record(const struct policy_record *record, target_row_fn visit, void *arg);

/* `_service._tcp.DOMAIN`; false when it is too long. */
bool target_rows_owner(struct dns_name *out, enum policy_service service,
                       const struct dns_name *domain);

#endif
