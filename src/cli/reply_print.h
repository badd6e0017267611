/* Messages as people and programs read them: as dig prints them, values only, or JSON. */
#ifndef SHUNT_CLI_REPLY_PRINT_H
#define SHUNT_CLI_REPLY_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"

struct reply_origin {
    struct addr server;
    bool tcp;
    uint64_t time_ms;
    time_t when;
};

/* Each adds to `out` and changes nothing there on an error: ERR_INVALID when the message is broken,
 * ERR_NOMEM. Bytes of the message never reach the terminal as control characters, a tab in a string
 * excepted. */

/* Header, OPT, sections, and where it came from. */
enum err reply_print(const uint8_t *message, size_t len, const struct reply_origin *origin,
                     struct text *out);
/* The values of the answer section, one a line. */
enum err reply_print_short(const uint8_t *message, size_t len, struct text *out);
/* One object on one line. */
enum err reply_print_json(const uint8_t *message, size_t len, const struct reply_origin *origin,
                          struct text *out);

#endif
