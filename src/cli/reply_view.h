/* What the printers have in common: a message that ldns has read, and its OPT record taken apart.
 * Private to reply_print*.c. */
#ifndef SHUNT_CLI_REPLY_VIEW_H
#define SHUNT_CLI_REPLY_VIEW_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/text.h"

struct reply_view {
    const uint8_t *message;
    size_t len;
    ldns_pkt *pkt;
    uint16_t flags; /* the second word of the header */
    uint16_t rcode; /* 12 bits with EDNS */
};

/* ERR_INVALID for a message that ldns cannot read. */
enum err reply_view_init(struct reply_view *v, const uint8_t *message, size_t len);
void reply_view_deinit(struct reply_view *v);

/* "qr rd ra": calls `add` for each flag that is set, in dig's order. */
void reply_view_flags(const struct reply_view *v, void (*add)(void *arg, const char *flag),
                      void *arg);

/* One record as text, without line end and comments: OWNER, TTL, CLASS, TYPE and data with a tab
 * between each. NULL without memory; to be freed. */
char *reply_view_record(const ldns_rr *rr);
/* The data in such a text; points into it. */
const char *reply_view_data(const char *record);

/* The next EDNS option; false at the end, and where an option is cut off. */
struct reply_option {
    uint16_t code;
    const uint8_t *data;
    uint16_t len;
};
void reply_view_options(const struct reply_view *v, struct reader *r);
bool reply_option_next(struct reader *r, struct reply_option *out);

/* The name of an extended error (RFC 8914 §4), "" for one that is not known. */
const char *reply_ede_name(uint16_t code);

/* Bytes as printable ASCII, others as \DDD. */
void reply_add_printable(struct text *out, const uint8_t *bytes, size_t len);

#endif
