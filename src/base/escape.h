/* How one character of untrusted text is shown: private to base. */
#ifndef SHUNT_BASE_ESCAPE_H
#define SHUNT_BASE_ESCAPE_H

#include <stddef.h>

#define ESCAPE_MAX 8 /* room for the longest form of one character; no NUL */

enum escape_style {
    ESCAPE_TEXT, /* for a terminal: control characters and bytes that are not UTF-8 become \xNN */
    ESCAPE_JSON, /* inside a JSON string (RFC 8259 section 7); bytes that are not UTF-8 become
                    U+FFFD */
};

/* Takes one character from *at, which must not be at the NUL, writes its form to `out` and returns
 * how many bytes that is. */
size_t escape_next(const char **at, enum escape_style style, char out[ESCAPE_MAX]);

#endif
