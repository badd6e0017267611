/* The parts of the zone-text reader, one file each; private to src/policy. Functions that return
 * bool have put a finding in place when they return false, or set `err` when memory ran out. */
#ifndef SHUNT_POLICY_ZONE_PARTS_H
#define SHUNT_POLICY_ZONE_PARTS_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/diag.h"
#include "dns/name.h"
#include "policy/model.h"
#include "policy/zone_scan.h"

#define ZONE_TTL_MAX INT32_MAX /* RFC 2181 §8 */

/* One read, with all the files that it includes. */
struct zone_reader {
    struct policy_model *model;
    struct diag_list *diags;
    unsigned files; /* opened by $INCLUDE so far: includes of includes multiply */
    enum err err;   /* ERR_NOMEM, sticky */
    char *scratch;  /* ZONE_SCRATCH_MAX bytes: a record's text as ldns gets it */
    uint8_t *rdata; /* ZONE_RDATA_MAX bytes: the record's data as it is made */
    ldns_buffer *wire;
};
#define ZONE_SCRATCH_MAX (ZONE_ENTRY_MAX + 64)
#define ZONE_RDATA_MAX   65535

enum zone_owner { ZONE_OWNER_NONE, ZONE_OWNER_KNOWN, ZONE_OWNER_BAD };

/* One text or file. Origin, owner and TTL of an included file do not come back to the one that
 * includes it (RFC 1035 §5.1 says so of the origin). */
struct zone_source {
    struct zone_reader *reader;
    const struct zone_source *parent; /* the one that includes this; NULL at the top */
    const char *file;                 /* lives as long as the model */
    bool on_disk;                     /* device and inode are known */
    dev_t device;
    ino_t inode;
    bool lineless; /* the place had no line: the command line */
    struct dns_name origin;
    enum zone_owner owner_state;
    struct dns_name owner; /* of the record before */
    uint32_t ttl;          /* of records without one */
    struct zone_scan scan;
    struct zone_entry entry;
};

/* What stands before the data of a record. */
struct zone_head {
    uint32_t ttl;
    uint16_t type;
    size_t type_index; /* of the token of the type; the data follows */
};

/* zone.c: the next entry of the text at hand; false when memory ran out. */
bool zone_source_step(struct zone_source *source, enum zone_step *step);
/* A byte order mark says nothing in UTF-8, but editors write it. */
void zone_source_skip_mark(struct zone_source *source);

/* zone_file.c: reads a file into a source that has everything but its file. Findings about the file
 * itself go to `place`. */
void zone_source_read_file(struct zone_source *source, const char *path, const struct place *place);
/* Reads a file that $INCLUDE names at `token`, with `origin`. */
void zone_include(struct zone_source *source, const struct zone_token *token, const char *path,
                  const struct dns_name *origin);

/* zone_directive.c: the entry begins with a `$`. */
void zone_directive(struct zone_source *source);

/* zone_head.c: owner, TTL, class and type; source->owner is the record's afterwards. */
bool zone_head_read(struct zone_source *source, struct zone_head *head);

/* zone_rdata.c: the data of the record to source->reader->rdata, its length to *len. */
bool zone_rdata_read(struct zone_source *source, const struct zone_head *head, size_t *len);

/* zone_ldns.c: the same by way of ldns, for types that zone_rdata.c has no table for. */
bool zone_ldns_read(struct zone_source *source, const struct zone_head *head, size_t *len);

/* zone_value.c: single tokens. */
#define ZONE_QUOTE_MAX 64
/* The token as a message quotes it: cut when long; returns `out`. */
const char *zone_quote(const struct zone_token *token, char out[ZONE_QUOTE_MAX]);
bool zone_token_is(const struct zone_token *token, const char *word); /* but for case */
/* Digits with optional units, as in 1h30m. ERR_INVALID, or ERR_RANGE over `max`. */
enum err zone_period(uint32_t *out, const struct zone_token *token, uint32_t max);
/* Decimal digits alone. The same errors. */
enum err zone_number(uint32_t *out, const struct zone_token *token, uint32_t max);
/* A name: relative to the origin without a last dot, U-labels welcome, `@` the origin. */
bool zone_name(struct zone_source *source, const struct zone_token *token, struct dns_name *out);
/* Takes quotes and escapes away; ERR_RANGE over `max` bytes, ERR_INVALID for a bad escape. */
enum err zone_unquote(uint8_t *out, size_t *len, const struct zone_token *token, size_t max);

/* zone_fault.c: findings. `at` may be NULL: the line as a whole. */
void zone_fault(struct zone_source *source, const struct zone_token *at, const char *code,
                const char *hint, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void zone_fault_at(struct zone_source *source, unsigned line, unsigned column, const char *code,
                   const char *hint, const char *message);
/* The place of a token in this source. */
struct place zone_place(const struct zone_source *source, const struct zone_token *token);

#endif
