/* Findings: what is wrong (or odd) in a file, where exactly, and what would be right. Collected, so
 * that a user sees all of them at once. */
#ifndef SHUNT_BASE_DIAG_H
#define SHUNT_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

/* Where something was written. `file` must outlive what refers to it (diag_add copies it);
 * line and column count from 1, 0 = not known. For the command line: file "--record 1", line 0. */
struct place {
    const char *file;
    unsigned line;
    unsigned column;
};

/* The same within a file that is known. */
struct spot {
    unsigned line, column;
};

static inline struct place spot_place(const char *file, struct spot spot)
{
    return (struct place){file, spot.line, spot.column};
}

struct diag {
    enum diag_level level;
    const char
        *code; /* a stable word for programs and tests, such as "srv-target-address"; static */
    char *file;
    unsigned line, column;
    char *message; /* quotes the bad value */
    char *hint;    /* what would be right; NULL when the message says it all */
};

#define DIAG_MAX 1000 /* findings kept; later ones are counted only */

struct diag_list {
    struct diag *items;
    size_t count;
    size_t capacity;
    size_t errors; /* all that were added, kept or not */
    size_t warnings;
};

void diag_list_deinit(struct diag_list *list);

/* Adds a finding; `hint` may be NULL. Everything is copied. */
void diag_add(struct diag_list *list, enum diag_level level, const char *code,
              const struct place *place, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* "FILE:LINE:COLUMN: error: MESSAGE (HINT)" and a line end, added to `out`; a count of those not
 * kept follows the last. */
void diag_list_print(const struct diag_list *list, struct text *out);
/* An array of objects: level, code, file, line, column, message, hint. */
void diag_list_print_json(const struct diag_list *list, struct text *out);

#endif
