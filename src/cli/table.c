#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2 /* blanks between columns */

void table_init(struct table *table, const char *const *heads)
{
    *table = (struct table){.heads = heads};
    while (heads[table->columns])
        table->columns++;
}

void table_deinit(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

static bool make_room(struct table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    char **cells = realloc(table->cells, capacity * sizeof(*cells));
    if (!cells)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

void table_add(struct table *table, const char *cell)
{
    struct text plain = {0};
    text_add_plain(&plain, cell ? cell : "");
    if (plain.failed || !make_room(table)) {
        text_deinit(&plain);
        table->failed = true;
        return;
    }
    table->cells[table->count++] = plain.data;
}

void table_addf(struct table *table, const char *fmt, ...)
{
    char *cell;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&cell, fmt, args);
    va_end(args);
    if (len < 0) {
        table->failed = true;
        return;
    }
    table_add(table, cell);
    free(cell);
}

/* Characters, not bytes: continuation bytes of UTF-8 don't count. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static bool is_number(const char *text)
{
    return strspn(text, "0123456789.-%") == strlen(text);
}

struct layout {
    size_t width[TABLE_COLUMNS_MAX]; /* 0 = left out */
    bool right[TABLE_COLUMNS_MAX];
    bool has_heads;
};

static void measure(const struct table *table, struct layout *layout)
{
    for (size_t c = 0; c < table->columns; c++) {
        size_t width = 0;
        bool right = true;
        for (size_t i = c; i < table->count; i += table->columns) {
            size_t w = width_of(table->cells[i]);
            width = w > width ? w : width;
            right = right && is_number(table->cells[i]);
        }
        size_t head = width_of(table->heads[c]);
        layout->has_heads = layout->has_heads || head > 0;
        layout->right[c] = right;
        layout->width[c] = width > 0 && head > width ? head : width;
    }
}

static void pad(struct text *line, size_t blanks)
{
    text_addf(line, "%*s", (int)blanks, "");
}

static void print_row(const struct layout *layout, const char *const *cells, size_t columns,
                      size_t indent, struct text *out)
{
    struct text line = {0};
    pad(&line, indent);
    for (size_t c = 0, gap = 0; c < columns; c++) {
        if (layout->width[c] == 0)
            continue;
        size_t blanks = layout->width[c] - width_of(cells[c]);
        pad(&line, gap + (layout->right[c] ? blanks : 0));
        text_add(&line, cells[c]);
        pad(&line, layout->right[c] ? 0 : blanks);
        gap = GAP;
    }
    if (line.failed)
        out->failed = true;
    while (line.len > 0 && line.data[line.len - 1] == ' ')
        line.data[--line.len] = '\0';
    text_add(out, line.data ? line.data : "");
    text_add(out, "\n");
    text_deinit(&line);
}

void table_print(const struct table *table, size_t indent, struct text *out)
{
    struct layout layout = {0};
    if (table->failed) {
        out->failed = true;
        return;
    }
    measure(table, &layout);
    if (layout.has_heads)
        print_row(&layout, table->heads, table->columns, indent, out);
    for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
        print_row(&layout, (const char *const *)table->cells + i, table->columns, indent, out);
}
