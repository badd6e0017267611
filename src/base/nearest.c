/* Near matches of words, as text.h declares them. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"

#define NEAREST_WORD_MAX 64 /* longer words are no typing mistakes of ours */

static int nearest_min(int a, int b)
{
    return a < b ? a : b;
}

static int nearest_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* How many characters are to be inserted, removed, replaced, or swapped with their neighbour to
 * make `a` into `b`; each character takes part in one such edit only. Case does not matter. */
static int nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int rows[3][NEAREST_WORD_MAX + 1]; /* this row of the table of edits and the two before */
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a_len; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_len; j++) {
            int replace = above[j - 1] + !nearest_same(a[i - 1], b[j - 1]);
            row[j] = nearest_min(replace, nearest_min(above[j], row[j - 1]) + 1);
            if (i < 2 || j < 2)
                continue;
            if (nearest_same(a[i - 1], b[j - 2]) && nearest_same(a[i - 2], b[j - 1]))
                row[j] = nearest_min(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

unsigned text_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
        return UINT_MAX;
    return (unsigned)nearest_distance(a, a_len, b, b_len);
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    int best_distance = NEAREST_WORD_MAX;
    size_t len = strlen(word);
    if (len == 0 || len > NEAREST_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]);
        if (other > NEAREST_WORD_MAX)
            continue;
        /* A third of the longer word may differ, one character at least; never a whole word. */
        int longer = (int)(len > other ? len : other), shorter = (int)(len < other ? len : other);
        int limit = longer < 6 ? 1 : longer / 3;
        int distance = nearest_distance(word, len, words[i], other);
        if (distance > limit || distance >= shorter || distance >= best_distance)
            continue;
        best = words[i];
        best_distance = distance;
    }
    return best;
}
