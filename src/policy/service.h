/* The owner names of the XMPP services: `_service._tcp.` before a domain (RFC 6120 §3.2.1,
 * XEP-0368). For src/policy, and for the pipeline, which says what was asked for. */
#ifndef SHUNT_POLICY_SERVICE_H
#define SHUNT_POLICY_SERVICE_H

#include "base/err.h"
#include "dns/name.h"
#include "policy/model.h"

#define POLICY_SERVICE_LABELS 2 /* that stand before the domain */

/* The service that a lower-cased name is of: enum policy_service, or -1. */
int policy_service_of(const struct dns_name *name);

/* What stands before the domain, closed by the root's zero. */
const struct dns_name *policy_service_prefix(enum policy_service service);
/* out = the SRV owner of a domain's service; ERR_RANGE when it is too long. */
enum err policy_service_owner(struct dns_name *out, enum policy_service service,
                              const struct dns_name *domain);

#endif
