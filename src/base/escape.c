#include "base/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The length of the UTF-8 sequence at `s`, or 0 when there is none (RFC 3629 section 4): too long a
 * form, a surrogate, or more than U+10FFFF. Reads no further than a NUL. */
static size_t escape_utf8_len(const uint8_t *s)
{
    uint8_t low = 0x80, high = 0xbf; /* limits of the second byte */
    size_t len;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        len = 2;
    else if (s[0] >= 0xe0 && s[0] <= 0xef)
        len = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        len = 4;
    else
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0;
    if (s[0] == 0xed)
        high = 0x9f;
    if (s[0] == 0xf0)
        low = 0x90;
    if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* C0 and DEL, and C1 (U+0080 to U+009F), which some terminals obey too. */
static int escape_is_control(const uint8_t *s, size_t len)
{
    if (len == 1)
        return s[0] < 0x20 || s[0] == 0x7f;
    return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static size_t escape_hex(const char *prefix, unsigned value, int digits, char out[ESCAPE_MAX])
{
    char form[ESCAPE_MAX + 1];
    int n = snprintf(form, sizeof(form), "%s%0*x", prefix, digits, value);
    memcpy(out, form, (size_t)n);
    return (size_t)n;
}

static size_t escape_text(const uint8_t *s, size_t *taken, char out[ESCAPE_MAX])
{
    size_t len = escape_utf8_len(s);
    if (len > 0 && !escape_is_control(s, len)) {
        memcpy(out, s, len);
        *taken = len;
        return len;
    }
    *taken = 1;
    return escape_hex("\\x", s[0], 2, out);
}

static size_t escape_json(const uint8_t *s, size_t *taken, char out[ESCAPE_MAX])
{
    static const char plain[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
    size_t len = escape_utf8_len(s);
    if (len == 0) {
        *taken = 1;
        return escape_hex("\\u", 0xfffd, 4, out);
    }
    *taken = len;
    const char *found = len == 1 ? strchr(plain, s[0]) : NULL;
    if (found) {
        out[0] = '\\';
        out[1] = letters[found - plain];
        return 2;
    }
    if (escape_is_control(s, len))
        return escape_hex("\\u", s[len - 1], 4, out); /* U+0080 to U+009F end in their own value */
    memcpy(out, s, len);
    return len;
}

size_t escape_next(const char **at, enum escape_style style, char out[ESCAPE_MAX])
{
    const uint8_t *s = (const uint8_t *)*at;
    size_t taken;
    size_t len = style == ESCAPE_JSON ? escape_json(s, &taken, out) : escape_text(s, &taken, out);
    *at += taken;
    return len;
}
