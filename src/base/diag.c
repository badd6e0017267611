#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void diag_deinit(struct diag *d)
{
    free(d->file);
    free(d->message);
    free(d->hint);
}

void diag_list_deinit(struct diag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        diag_deinit(&list->items[i]);
    free(list->items);
    *list = (struct diag_list){0};
}

/* Room for one more; false when there is none, and the finding is counted only. */
static bool diag_list_grow(struct diag_list *list)
{
    if (list->count >= DIAG_MAX)
        return false;
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    struct diag *items = realloc(list->items, capacity * sizeof(*items));
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

void diag_add(struct diag_list *list, enum diag_level level, const char *code,
              const struct place *place, const char *hint, const char *fmt, ...)
{
    struct diag d = {.level = level, .code = code};
    if (level == DIAG_ERROR)
        list->errors++;
    else
        list->warnings++;
    if (!diag_list_grow(list))
        return;
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&d.message, fmt, args) < 0)
        d.message = NULL;
    va_end(args);
    if (place) {
        d.file = place->file ? strdup(place->file) : NULL;
        d.line = place->line;
        d.column = place->column;
    }
    d.hint = hint ? strdup(hint) : NULL;
    if (!d.message)
        diag_deinit(&d);
    else
        list->items[list->count++] = d;
}

static const char *diag_level_text(enum diag_level level)
{
    return level == DIAG_ERROR ? "error" : "warning";
}

static void diag_print(const struct diag *d, struct text *out)
{
    if (d->file) {
        text_add_plain(out, d->file);
        if (d->line)
            text_addf(out, ":%u", d->line);
        if (d->line && d->column)
            text_addf(out, ":%u", d->column);
        text_add(out, ": ");
    }
    text_addf(out, "%s: ", diag_level_text(d->level));
    text_add_plain(out, d->message);
    if (d->hint) {
        text_add(out, " (");
        text_add_plain(out, d->hint);
        text_add(out, ")");
    }
    text_add(out, "\n");
}

void diag_list_print(const struct diag_list *list, struct text *out)
{
    for (size_t i = 0; i < list->count; i++)
        diag_print(&list->items[i], out);
    size_t hidden = list->errors + list->warnings - list->count;
    if (hidden)
        text_addf(out, "and %zu more\n", hidden);
}

static void diag_json_string(struct text *out, const char *key, const char *value)
{
    text_addf(out, "\"%s\":", key);
    if (value)
        text_add_json(out, value);
    else
        text_add(out, "null");
}

static void diag_print_json(const struct diag *d, struct text *out)
{
    text_add(out, "{");
    diag_json_string(out, "level", diag_level_text(d->level));
    text_add(out, ",");
    diag_json_string(out, "code", d->code);
    text_add(out, ",");
    diag_json_string(out, "file", d->file);
    text_addf(out, ",\"line\":%u,\"column\":%u,", d->line, d->column);
    diag_json_string(out, "message", d->message);
    text_add(out, ",");
    diag_json_string(out, "hint", d->hint);
    text_add(out, "}");
}

void diag_list_print_json(const struct diag_list *list, struct text *out)
{
    text_add(out, "[");
    for (size_t i = 0; i < list->count; i++) {
        text_add(out, i ? ",\n " : "");
        diag_print_json(&list->items[i], out);
    }
    text_add(out, "]\n");
}
