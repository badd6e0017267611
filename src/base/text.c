#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

void text_deinit(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

/* Makes room for `more` bytes and a NUL. */
static bool text_grow(struct text *t, size_t more)
{
    if (t->failed)
        return false;
    size_t need = t->len + more + 1;
    if (need <= t->capacity)
        return true;
    size_t capacity = t->capacity ? t->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(t->data, capacity);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

static void text_add_bytes(struct text *t, const char *bytes, size_t len)
{
    if (!text_grow(t, len))
        return;
    memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

void text_addf(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        t->failed = true;
        return;
    }
    if (!text_grow(t, (size_t)len))
        return;
    va_start(args, fmt);
    vsnprintf(t->data + t->len, (size_t)len + 1, fmt, args);
    va_end(args);
    t->len += (size_t)len;
}

static void text_add_escaped(struct text *t, const char *string, enum escape_style style)
{
    char form[ESCAPE_MAX];
    while (*string && !t->failed) {
        size_t len = escape_next(&string, style, form);
        text_add_bytes(t, form, len);
    }
}

void text_add_plain(struct text *t, const char *string)
{
    text_add(t, "");
    text_add_escaped(t, string, ESCAPE_TEXT);
}

void text_add_json(struct text *t, const char *string)
{
    text_add(t, "\"");
    text_add_escaped(t, string, ESCAPE_JSON);
    text_add(t, "\"");
}
