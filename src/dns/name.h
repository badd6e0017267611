/* Domain names in wire form (RFC 1035 §3.1): labels, each with its length byte, and the root's zero
 * at the end. Kept whole, on the stack, never compressed. */
#ifndef SHUNT_DNS_NAME_H
#define SHUNT_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define DNS_NAME_MAX      255 /* bytes on the wire, root's zero included (RFC 1035 §2.3.4) */
#define DNS_LABEL_MAX     63
#define DNS_NAME_TEXT_MAX 1024 /* every byte as \DDD, dots, and the NUL */

struct dns_name {
    uint8_t len; /* bytes in use, 1 to 255; the last is the root's zero */
    uint8_t wire[DNS_NAME_MAX];
};

/* Reads an uncompressed name; a compression pointer or an unknown label type is ERR_INVALID, as is
 * a name that is too long or cut off. The case is kept. The cursor stands behind the name. */
enum err dns_name_read(struct dns_name *out, struct reader *r);

/* Reads a name that may be compressed (RFC 1035 §4.1.4) out of the message r->start…r->end.
 * Pointers must point backwards, so there are no loops. */
enum err dns_name_read_compressed(struct dns_name *out, struct reader *r);
/* The same for a name that is not needed. */
enum err dns_name_skip_compressed(struct reader *r);

/* Reads presentation form (RFC 1035 §5.1: \DDD and \X escapes), with or without the last dot;
 * always taken as absolute. "." is the root. ERR_INVALID, or ERR_RANGE when too long. ASCII only:
 * U-labels are the business of policy's parser. */
enum err dns_name_from_text(struct dns_name *out, const char *text);

/* Presentation form with the last dot, odd bytes escaped; returns `out`. */
const char *dns_name_to_text(const struct dns_name *name, char out[DNS_NAME_TEXT_MAX]);

/* ASCII letters to lower case (RFC 4343), in place; label lengths are under 64 and so untouched. */
void dns_name_lower(struct dns_name *name);

/* Without the bytes behind the name, which an assignment copies too. */
static inline void dns_name_copy(struct dns_name *out, const struct dns_name *name)
{
    memcpy(out, name, 1u + name->len);
}

/* Equal without regard to ASCII case. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
/* `name` is `ancestor` or below it; without regard to ASCII case. */
bool dns_name_is_within(const struct dns_name *name, const struct dns_name *ancestor);

/* Labels, the root not counted. */
unsigned dns_name_labels(const struct dns_name *name);

/* The name without its first `labels` labels, as wire bytes inside `name`; *len its length. The
 * root when there are no more labels. */
const uint8_t *dns_name_suffix(const struct dns_name *name, unsigned labels, size_t *len);

/* out = name without its first label; false for the root. out may be name. */
bool dns_name_parent(struct dns_name *out, const struct dns_name *name);

/* out = prefix (its root's zero dropped) and then suffix. ERR_RANGE when too long. */
enum err dns_name_join(struct dns_name *out, const struct dns_name *prefix,
                       const struct dns_name *suffix);

#endif
