/* Growing text, and the readers of small values: durations, sizes, numbers, near matches. */
#ifndef SHUNT_BASE_TEXT_H
#define SHUNT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Text that grows; `data` is always NUL-terminated once anything was added, and NULL before. When
 * memory runs out `failed` is set and later additions do nothing. Not for the way of a query. */
struct text {
    char *data;
    size_t len;
    size_t capacity;
    bool failed;
};

void text_deinit(struct text *t);
void text_add(struct text *t, const char *string);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds `string` for a terminal: control characters, and bytes that are not UTF-8, become \xNN. */
void text_add_plain(struct text *t, const char *string);
/* Adds `string` as a JSON string, quotes included. */
void text_add_json(struct text *t, const char *string);

/* Reads `250ms`, `30s`, `5m`, `1h`, `1d`, or `0`, into milliseconds. A unit is required but for 0.
 * ERR_INVALID, or ERR_RANGE over about 49 days × 1000. */
enum err text_duration(uint64_t *out_ms, const char *text);

/* Reads `64MiB`, `512KiB`, `1GiB`, `4096B`, `4096` into bytes. */
enum err text_size(uint64_t *out_bytes, const char *text);

/* Reads a decimal number with nothing around it, at most `max`. */
enum err text_number(uint64_t *out, const char *text, uint64_t max);

/* How many characters are to be inserted, removed, replaced, or swapped with their neighbour to
 * make one word into the other, without regard to case; UINT_MAX for words over 64 characters. */
unsigned text_distance(const char *a, const char *b);

/* The one of `count` words nearest to `word` when it is near enough to be meant (for "did you
 * mean"), else NULL. */
const char *text_nearest(const char *word, const char *const *words, size_t count);

#endif
