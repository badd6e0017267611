/* What the printers have in common: a message that was read once to its end, its OPT record taken
 * apart, and its questions and records as text. Private to reply_print*.c. */
#ifndef SHUNT_CLI_REPLY_VIEW_H
#define SHUNT_CLI_REPLY_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/text.h"
#include "dns/message.h"

#define REPLY_WORD_MAX 16

/* Points into the message; there is nothing to be freed. */
struct reply_view {
    const uint8_t *message;
    size_t len;
    uint16_t flags; /* the second word of the header */
    uint16_t rcode; /* 12 bits with EDNS */
    bool edns, edns_do;
    uint8_t edns_version;
    uint16_t edns_udp;     /* bytes */
    struct reader options; /* of EDNS; empty without */
};

/* ERR_INVALID for a message that is broken or cut off. */
enum err reply_view_init(struct reply_view *v, const uint8_t *message, size_t len);

/* "qr rd ra": calls `add` for each flag that is set, in dig's order. */
void reply_view_flags(const struct reply_view *v, void (*add)(void *arg, const char *flag),
                      void *arg);
/* "QUERY", or "OPCODE7" in `out`. */
const char *reply_view_opcode(const struct reply_view *v, char out[REPLY_WORD_MAX]);

/* A question, or a record. */
struct reply_record {
    char name[DNS_NAME_TEXT_MAX];
    char type[REPLY_WORD_MAX], class[REPLY_WORD_MAX];
    uint32_t ttl;     /* seconds */
    struct text data; /* of a record: as in a zone file, on one line */
};

/* Calls `add` for each question; for each record of a section, OPT records excepted. What it is
 * given is gone when it returns. ERR_NOMEM. */
typedef void (*reply_record_fn)(void *arg, const struct reply_record *record);
enum err reply_view_questions(const struct reply_view *v, reply_record_fn add, void *arg);
enum err reply_view_records(const struct reply_view *v, enum dns_section section,
                            reply_record_fn add, void *arg);

/* The next EDNS option; false at the end, and where an option is cut off. */
struct reply_option {
    uint16_t code;
    const uint8_t *data;
    uint16_t len;
};
bool reply_option_next(struct reader *r, struct reply_option *out);

/* The name of an extended error (RFC 8914 §4), "" for one that is not known. */
const char *reply_ede_name(uint16_t code);

/* Bytes as printable ASCII, others as \DDD. */
void reply_add_printable(struct text *out, const uint8_t *bytes, size_t len);

#endif
