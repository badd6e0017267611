/* Zone-file text (RFC 1035 §5) into records of the model: the lines of `records`, of `zones` files
 * and of --record, as dig prints them. */
#ifndef SHUNT_POLICY_ZONE_H
#define SHUNT_POLICY_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "policy/model.h"

/* Reads `len` bytes of text that began at `place` (a block of YAML begins in the middle of a file).
 * A place->column over 1 is where every line begins; a place without a line (the command line)
 * stays without one. Without a TTL of its own or a $TTL a record gets `default_ttl` seconds;
 * without an $ORIGIN all names are absolute, dot or no dot. U-labels are welcome in owners, and in
 * the names of the types that are read field by field (zone_rdata.c).
 *
 * $ORIGIN, $TTL, $INCLUDE (relative to the including file, at most 8 deep and 1000 in all, never
 * the same file within itself), parentheses, comments, the heading of Prosody's tables, every type
 * that ldns knows and TYPE65280 \# 4 0a000001. Class IN only; the meta types have no records.
 *
 * Findings go to `diags`, with the line of each and a column where it is known; good lines around a
 * bad one are still read. Codes: zone-nul, zone-quote, zone-escape, zone-parenthesis,
 * zone-too-long, zone-directive, zone-include, zone-file, record-owner, record-name, record-ttl,
 * record-class, record-type, record-fields, record-value. ERR_OK unless memory ran out. */
enum err policy_zone_read(struct policy_model *model, const char *text, size_t len,
                          const struct place *place, uint32_t default_ttl, struct diag_list *diags);

/* The same for a file; one that cannot be read is a finding at `place`. */
enum err policy_zone_read_file(struct policy_model *model, const char *path,
                               const struct place *place, uint32_t default_ttl,
                               struct diag_list *diags);

#endif
