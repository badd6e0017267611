#include "policy/zone_scan.h"

#include <stdlib.h>
#include <string.h>

/* After so many unclosed parentheses the rest of a piece is given up, so that a file full of them
 * is not read over and over. */
#define ZONE_RESTARTS_MAX 8

void zone_entry_deinit(struct zone_entry *entry)
{
    free(entry->tokens);
    *entry = (struct zone_entry){0};
}

void zone_scan_init(struct zone_scan *s, unsigned line, unsigned column)
{
    *s = (struct zone_scan){.line = line, .column = column, .first_column = column};
}

static void scan_advance(struct zone_scan *s)
{
    unsigned char c = (unsigned char)*s->at++;
    if (c == '\n') {
        s->line++;
        s->column = s->first_column;
    } else if ((c & 0xc0) != 0x80) { /* not a continuation byte of UTF-8 */
        s->column++;
    }
}

/* Bytes of the blank at the cursor, 0 when there is none. Text that is copied from a web page may
 * bring no-break spaces (U+00A0). */
static size_t scan_blank(const struct zone_scan *s)
{
    switch (*s->at) {
    case ' ':
    case '\t':
    case '\r':
    case '\f':
    case '\v':
        return 1;
    case '\xc2':
        return s->end - s->at > 1 && s->at[1] == '\xa0' ? 2 : 0;
    default:
        return 0;
    }
}

static enum zone_step scan_flaw(struct zone_scan *s, const struct zone_flaw *flaw)
{
    s->flaw = *flaw;
    s->skip = ZONE_SKIP_LINE;
    return ZONE_STEP_FLAW;
}

static enum zone_step scan_flaw_nul(struct zone_scan *s)
{
    return scan_flaw(s, &(struct zone_flaw){"zone-nul", "a NUL byte in the text",
                                            "zone files are plain text: ASCII or UTF-8", s->line,
                                            s->column});
}

static enum zone_step scan_flaw_long(struct zone_scan *s, const struct zone_entry *e)
{
    unsigned line = e->count ? e->tokens[0].line : s->line;
    unsigned column = e->count ? e->tokens[0].column : 0;
    return scan_flaw(s,
                     &(struct zone_flaw){"zone-too-long", "a record of over 160 KiB of text",
                                         "a record has at most 65535 bytes of data", line, column});
}

/* Leaves the rest of the line behind; false at a NUL byte in a comment. */
static bool scan_skip(struct zone_scan *s)
{
    size_t left = (size_t)(s->end - s->at);
    const char *line_end = memchr(s->at, '\n', left);
    size_t rest = line_end ? (size_t)(line_end - s->at) : left;
    bool clean = s->skip == ZONE_SKIP_LINE || !memchr(s->at, '\0', rest);
    s->at += rest;
    if (!clean) {
        s->skip = ZONE_SKIP_LINE;
        return false;
    }
    if (line_end) {
        scan_advance(s);
        s->skip = ZONE_SKIP_NONE;
    }
    return true;
}

static bool entry_add(struct zone_entry *e, const struct zone_token *token)
{
    if (e->count == e->capacity) {
        size_t capacity = e->capacity ? e->capacity * 2 : 16;
        struct zone_token *tokens = realloc(e->tokens, capacity * sizeof(*tokens));
        if (!tokens)
            return false;
        e->tokens = tokens;
        e->capacity = capacity;
    }
    e->tokens[e->count++] = *token;
    return true;
}

/* True where an unquoted token ends. */
static bool scan_at_delimiter(const struct zone_scan *s)
{
    switch (*s->at) {
    case '\n':
    case ';':
    case '(':
    case ')':
    case '\0':
        return true;
    default:
        return scan_blank(s) > 0;
    }
}

/* Steps over `\X`; a `\DDD` is stepped over as `\D` and two ordinary bytes. */
static bool scan_escape(struct zone_scan *s, const char *limit)
{
    scan_advance(s);
    if (s->at == limit || *s->at == '\n' || *s->at == '\0')
        return false;
    scan_advance(s);
    return true;
}

/* One token from the cursor on: a quoted string, or a word that may have quotes inside, as in
 * alpn="h2" (RFC 9460 §2.1). */
static enum zone_step scan_token(struct zone_scan *s, struct zone_entry *e, const char *limit)
{
    struct zone_token token = {.at = s->at, .line = s->line, .column = s->column};
    struct zone_flaw quote = {"zone-quote", "a quote that is not closed on its line",
                              "a string has a quote at either end; \\\" is a quote in a string",
                              s->line, s->column};
    bool quoted = false;
    while (s->at < limit && (quoted || !scan_at_delimiter(s))) {
        if (*s->at == '\n' || *s->at == '\0')
            return scan_flaw(s, &quote);
        if (*s->at == '\\') {
            unsigned column = s->column;
            if (!scan_escape(s, limit))
                return scan_flaw(s, &(struct zone_flaw){"zone-escape",
                                                        "a backslash with nothing behind it",
                                                        "\\\\ is a backslash; records go over "
                                                        "several lines in parentheses",
                                                        s->line, column});
            continue;
        }
        if (*s->at == '"') {
            if (!quoted)
                quote.column = s->column;
            quoted = !quoted;
            scan_advance(s);
            if (!quoted && token.at[0] == '"')
                break;
            continue;
        }
        scan_advance(s);
    }
    if (quoted)
        return s->at < s->end ? scan_flaw_long(s, e) : scan_flaw(s, &quote);
    token.len = (size_t)(s->at - token.at);
    return entry_add(e, &token) ? ZONE_STEP_ENTRY : ZONE_STEP_NOMEM;
}

/* What a parenthesis that is open needs to know. */
struct scan_group {
    unsigned depth;
    unsigned line, column; /* of the outermost one that is open */
    const char *next_line; /* start of the second line of the entry; NULL before */
    unsigned next_line_number;
};

/* The text or the entry ended in parentheses. Reading goes on in the line after the first, so that
 * what follows one forgotten parenthesis is looked at too. */
static enum zone_step scan_flaw_group(struct zone_scan *s, const struct scan_group *g)
{
    enum zone_step step = scan_flaw(
        s, &(struct zone_flaw){"zone-parenthesis", "a parenthesis that is not closed",
                               "close it with ) behind the last field", g->line, g->column});
    if (g->next_line && s->restarts < ZONE_RESTARTS_MAX) {
        s->restarts++;
        s->at = g->next_line;
        s->line = g->next_line_number;
        s->column = s->first_column;
        s->skip = ZONE_SKIP_NONE;
    }
    return step;
}

static enum zone_step scan_close(struct zone_scan *s, struct scan_group *g)
{
    if (g->depth == 0)
        return scan_flaw(s, &(struct zone_flaw){"zone-parenthesis", "a ) without a ( before it",
                                                NULL, s->line, s->column});
    g->depth--;
    scan_advance(s);
    return ZONE_STEP_ENTRY;
}

static void scan_open(struct zone_scan *s, struct scan_group *g)
{
    if (g->depth++ == 0) {
        g->line = s->line;
        g->column = s->column;
    }
    scan_advance(s);
}

static void scan_line_end(struct zone_scan *s, struct scan_group *g)
{
    scan_advance(s);
    if (!g->next_line) {
        g->next_line = s->at;
        g->next_line_number = s->line;
    }
}

static enum zone_step scan_entry(struct zone_scan *s, struct zone_entry *e, const char *limit)
{
    struct scan_group group = {0};
    while (s->at < limit) {
        enum zone_step step = ZONE_STEP_ENTRY;
        size_t blank = scan_blank(s);
        if (blank) {
            s->at += blank;
            s->column++;
            continue;
        }
        switch (*s->at) {
        case '\n':
            scan_line_end(s, &group);
            if (group.depth == 0)
                return e->count ? ZONE_STEP_ENTRY : ZONE_STEP_BLANK;
            break;
        case ';':
            s->skip = ZONE_SKIP_COMMENT;
            if (group.depth == 0)
                return e->count ? ZONE_STEP_ENTRY : ZONE_STEP_BLANK;
            while (s->at < limit && *s->at != '\n' && *s->at != '\0')
                scan_advance(s);
            s->skip = ZONE_SKIP_NONE;
            break;
        case '(':
            scan_open(s, &group);
            break;
        case ')':
            step = scan_close(s, &group);
            break;
        case '\0':
            return scan_flaw_nul(s);
        default:
            step = scan_token(s, e, limit);
        }
        if (step != ZONE_STEP_ENTRY)
            return step;
    }
    if (group.depth)
        return scan_flaw_group(s, &group);
    if (limit < s->end || !s->last)
        return scan_flaw_long(s, e);
    return e->count ? ZONE_STEP_ENTRY : ZONE_STEP_BLANK;
}

enum zone_step zone_scan_next(struct zone_scan *s, struct zone_entry *e)
{
    e->count = 0;
    if (s->at == s->end)
        return ZONE_STEP_END;
    if (s->skip)
        return scan_skip(s) ? ZONE_STEP_BLANK : scan_flaw_nul(s);
    bool whole = s->end - s->at <= ZONE_ENTRY_MAX;
    e->indented = scan_blank(s) > 0;
    return scan_entry(s, e, whole ? s->end : s->at + ZONE_ENTRY_MAX);
}
