/* Rows of cells with aligned columns, for people. */
#ifndef SHUNT_CLI_TABLE_H
#define SHUNT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define TABLE_COLUMNS_MAX 12

struct table {
    const char *const *heads; /* one a column, NULL at the end */
    size_t columns;
    char **cells; /* row after row */
    size_t count, capacity;
    bool failed; /* no memory: nothing is printed */
};

/* `heads` must outlive the table, and has at most TABLE_COLUMNS_MAX entries; "" all over: no head
 * is printed. */
void table_init(struct table *table, const char *const *heads);
void table_deinit(struct table *table);

/* The next cell, made fit for a terminal; NULL is an empty one. */
void table_add(struct table *table, const char *cell);
void table_addf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Each line begins with `indent` blanks. A column without any cell is left out; one that has
 * numbers only is right-aligned; no line ends with blanks. */
void table_print(const struct table *table, size_t indent, struct text *out);

#endif
