/* Splits zone-file text into entries of tokens (RFC 1035 §5.1): comments dropped, parentheses and
 * the line ends in them resolved, quotes and escapes left as written. Private to src/policy.
 *
 * The text may come in pieces. Until `last` is set, a call needs at least ZONE_ENTRY_MAX + 1 bytes
 * from `at` on, so that no entry is ever cut by the end of a piece. */
#ifndef SHUNT_POLICY_ZONE_SCAN_H
#define SHUNT_POLICY_ZONE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The most text of one entry. RDATA has at most 65535 bytes; twice that leaves room for hex. */
#define ZONE_ENTRY_MAX (160 * 1024)

/* A view into the text: a word, or a quoted string with its quotes. Valid until the piece moves. */
struct zone_token {
    const char *at;
    size_t len;
    unsigned line, column; /* from 1; columns count characters, not bytes */
};

struct zone_entry {
    struct zone_token *tokens; /* owned; reused from entry to entry */
    size_t count, capacity;
    bool indented; /* began with a blank: the owner may be the one before (RFC 1035 §5.1) */
};
void zone_entry_deinit(struct zone_entry *entry);

/* What the splitter could not make sense of. */
struct zone_flaw {
    const char *code, *message, *hint; /* static */
    unsigned line, column;
};

enum zone_skip {
    ZONE_SKIP_NONE,
    ZONE_SKIP_COMMENT, /* the rest of the line is a comment */
    ZONE_SKIP_LINE,    /* the rest of the line was given up */
};

struct zone_scan {
    const char *at, *end;
    bool last; /* nothing follows `end` */
    unsigned line, column;
    unsigned first_column; /* of each line: more than 1 in an indented block */
    enum zone_skip skip;
    unsigned restarts; /* unclosed parentheses after which the next line was tried */
    struct zone_flaw flaw;
};

/* `line` and `column` are those of the first byte. */
void zone_scan_init(struct zone_scan *s, unsigned line, unsigned column);

enum zone_step {
    ZONE_STEP_ENTRY, /* `entry` holds at least one token */
    ZONE_STEP_BLANK, /* nothing, but there may be more: ask again */
    ZONE_STEP_FLAW,  /* see `flaw`; ask again for what follows */
    ZONE_STEP_NOMEM,
    ZONE_STEP_END,
};
enum zone_step zone_scan_next(struct zone_scan *s, struct zone_entry *entry);

#endif
