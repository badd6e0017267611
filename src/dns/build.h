/* The builder's inside, for RDATA that is written in place. For the .c files of this folder. */
#ifndef SHUNT_DNS_BUILD_H
#define SHUNT_DNS_BUILD_H

#include "dns/answer.h"

/* Writes owner, type, class and TTL of a record, and gives the rest of the body's room as *w, which
 * then stands where the RDATA goes. Returns that place's offset in the body. The builder does not
 * change: a record that is not closed was never there. */
size_t dns_builder_open(const struct dns_builder *b, const struct dns_rr *rr, struct writer *w);

/* Ends the record whose RDATA begins at `rdata_at` and ends at w->at; false when it did not fit. */
bool dns_builder_close(struct dns_builder *b, const struct dns_rr *rr, const struct writer *w,
                       size_t rdata_at);

/* Takes back the records of a section; no later section may have any. */
void dns_builder_drop(struct dns_builder *b, enum dns_section section);

#endif
