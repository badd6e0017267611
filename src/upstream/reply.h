/* What a message from a server means for the question it may belong to. */
#ifndef SHUNT_UPSTREAM_REPLY_H
#define SHUNT_UPSTREAM_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/query.h"

enum reply_verdict {
    REPLY_FOREIGN,   /* not ours, or garbage: as if it had not come */
    REPLY_GOOD,      /* the answer */
    REPLY_TRUNCATED, /* to be asked again over TCP */
    REPLY_NO_EDNS,   /* the server does not know EDNS: to be asked again without */
    REPLY_POOR,      /* a failure; another server may know better */
};

/* Judges a message against the ID and question of a query that was sent with or without `edns`.
 * `whole`: it came over a stream, so its TC bit is not acted on. */
enum reply_verdict reply_judge(const uint8_t *message, size_t len, uint16_t id,
                               const struct dns_question *question, bool edns, bool whole);

/* Whether every record of the message can be read. */
bool reply_is_readable(const uint8_t *message, size_t len);

#endif
