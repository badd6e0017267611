#include <stdarg.h>
#include <stdio.h>

#include "policy/zone_parts.h"

struct place zone_place(const struct zone_source *source, const struct zone_token *token)
{
    if (source->lineless)
        return (struct place){.file = source->file};
    return (struct place){.file = source->file, .line = token->line, .column = token->column};
}

void zone_fault_at(struct zone_source *source, unsigned line, unsigned column, const char *code,
                   const char *hint, const char *message)
{
    struct zone_token token = {.line = line, .column = column};
    struct place place = zone_place(source, &token);
    diag_add(source->reader->diags, DIAG_ERROR, code, &place, hint, "%s", message);
}

void zone_fault(struct zone_source *source, const struct zone_token *at, const char *code,
                const char *hint, const char *fmt, ...)
{
    char message[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    if (!at)
        at = &source->entry.tokens[0];
    zone_fault_at(source, at->line, at->column, code, hint, message);
}
