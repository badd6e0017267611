/* Records as zone-file text, wherever they came from: the one place that lets ldns write it. */
#ifndef SHUNT_POLICY_RDATA_TEXT_H
#define SHUNT_POLICY_RDATA_TEXT_H

#include "base/text.h"
#include "dns/message.h"

/* Adds "TYPE RDATA" of a record whose RDATA has no compressed names. What does not fit its type is
 * written as an unknown one (RFC 3597 §5), and so are types that ldns is not trusted with.
 * ERR_NOMEM. */
enum err rdata_text_add(struct text *out, const struct dns_rr *rr);

#endif
