/* The readers of small values that text.h declares. */
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Reads the digits at *at and moves it behind them. */
static enum err values_digits(uint64_t *out, const char **at)
{
    uint64_t value = 0;
    bool over = false;
    const char *s = *at;
    if (*s < '0' || *s > '9')
        return ERR_INVALID;
    for (; *s >= '0' && *s <= '9'; s++) {
        over |= __builtin_mul_overflow(value, 10, &value);
        over |= __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value);
    }
    *at = s;
    *out = value;
    return over ? ERR_RANGE : ERR_OK;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* A number and one of `units`, whose list ends with a NULL name. Text that is malformed is
 * ERR_INVALID even when its number is too large as well. */
static enum err values_scaled(uint64_t *out, const char *text, const struct unit *units,
                              uint64_t max)
{
    uint64_t value;
    enum err e = values_digits(&value, &text);
    if (e == ERR_INVALID)
        return e;
    const struct unit *unit = units;
    while (unit->name && strcmp(unit->name, text) != 0)
        unit++;
    if (!unit->name)
        return ERR_INVALID;
    if (unit->factor == 0 && value != 0)
        return ERR_INVALID;
    if (e == ERR_RANGE)
        return e;
    if (unit->factor != 0 && value > max / unit->factor)
        return ERR_RANGE;
    *out = value * unit->factor;
    return ERR_OK;
}

enum err text_duration(uint64_t *out_ms, const char *text)
{
    static const struct unit units[] = {
        {"ms", 1},      {"s", 1000},     {"m", 60000},
        {"h", 3600000}, {"d", 86400000}, {"", 0 /* only for 0 */},
        {NULL, 0},
    };
    return values_scaled(out_ms, text, units, (uint64_t)UINT32_MAX * 1000);
}

enum err text_size(uint64_t *out_bytes, const char *text)
{
    static const struct unit units[] = {
        {"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0},
    };
    return values_scaled(out_bytes, text, units, UINT64_MAX);
}

enum err text_number(uint64_t *out, const char *text, uint64_t max)
{
    uint64_t value;
    enum err e = values_digits(&value, &text);
    if (e == ERR_INVALID)
        return e;
    if (*text != '\0')
        return ERR_INVALID;
    if (e == ERR_RANGE)
        return e;
    if (value > max)
        return ERR_RANGE;
    *out = value;
    return ERR_OK;
}
