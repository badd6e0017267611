/* DNS messages as text and back, through ldns: for tests only. */
#ifndef TESTS_QUERY_MESSAGE_H
#define TESTS_QUERY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a test says of a message besides its records. */
struct message_options {
    uint16_t id;
    uint16_t flags; /* QR, AA and so on, and the RCODE */
    bool edns, dnssec_ok;
    uint16_t payload;
    int edns_version;
};

/* A message with one question and records in zone-file lines; a line ";authority" or ";additional"
 * begins that section. Exits with a message when the text is wrong. */
size_t message_write(const struct message_options *o, const char *name, const char *type,
                     const char *class, const char *records, uint8_t *out, size_t capacity);

/* "RCODE flag…" on the first line, then the records, one a line, fields parted by one space, with
 * ";authority" and ";additional" before those sections. The OPT record shows as "ede=N" and "edns"
 * among the flags. To be freed. */
char *message_text(const uint8_t *message, size_t len);

#endif
