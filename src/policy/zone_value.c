#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/zone_parts.h"

const char *zone_quote(const struct zone_token *token, char out[ZONE_QUOTE_MAX])
{
    static const char more[] = "...";
    size_t room = ZONE_QUOTE_MAX - sizeof(more);
    bool cut = token->len > room;
    size_t len = cut ? room : token->len;
    while (cut && len > 0 && ((unsigned char)token->at[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a character */
    memcpy(out, token->at, len);
    memcpy(out + len, cut ? more : "", cut ? sizeof(more) : 1);
    return out;
}

bool zone_token_is(const struct zone_token *token, const char *word)
{
    return strlen(word) == token->len && strncasecmp(token->at, word, token->len) == 0;
}

enum err zone_number(uint32_t *out, const struct zone_token *token, uint32_t max)
{
    uint64_t value = 0;
    for (size_t i = 0; i < token->len; i++) {
        if (!isdigit((unsigned char)token->at[i]))
            return ERR_INVALID;
        if (value <= max)
            value = value * 10 + (uint64_t)(token->at[i] - '0');
    }
    if (value > max)
        return ERR_RANGE;
    *out = (uint32_t)value;
    return token->len ? ERR_OK : ERR_INVALID;
}

static uint32_t period_unit(char c)
{
    switch (tolower((unsigned char)c)) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

enum err zone_period(uint32_t *out, const struct zone_token *token, uint32_t max)
{
    uint64_t total = 0;
    size_t i = 0;
    bool too_much = false;
    while (i < token->len) {
        size_t start = i;
        uint64_t value = 0;
        for (; i < token->len && isdigit((unsigned char)token->at[i]); i++)
            if (value <= max)
                value = value * 10 + (uint64_t)(token->at[i] - '0');
        uint32_t unit = i < token->len ? period_unit(token->at[i++]) : 1;
        if (start == i || !isdigit((unsigned char)token->at[start]) || unit == 0)
            return ERR_INVALID;
        total += value * unit;
        if (total > max) {
            too_much = true;
            total = 0;
        }
    }
    *out = (uint32_t)total;
    if (token->len == 0)
        return ERR_INVALID;
    return too_much ? ERR_RANGE : ERR_OK;
}

static bool value_is_ascii(const struct zone_token *token)
{
    for (size_t i = 0; i < token->len; i++)
        if ((unsigned char)token->at[i] >= 0x80)
            return false;
    return true;
}

/* A last dot that is not escaped. */
static bool value_is_absolute(const char *text, size_t len)
{
    size_t backslashes = 0;
    if (len == 0 || text[len - 1] != '.')
        return false;
    while (backslashes + 1 < len && text[len - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

static bool value_fault_name(struct zone_source *source, const struct zone_token *token,
                             enum err err)
{
    char quote[ZONE_QUOTE_MAX];
    if (err == ERR_NOMEM)
        source->reader->err = err;
    else if (err == ERR_RANGE)
        zone_fault(source, token, "record-name",
                   "a label has at most 63 bytes, a name 255 with its dots",
                   "'%s' is too long for a name", zone_quote(token, quote));
    else
        zone_fault(source, token, "record-name",
                   "a name is labels with one dot between them, such as xmpp1.lab.example.",
                   "'%s' is not a domain name", zone_quote(token, quote));
    return false;
}

bool zone_name(struct zone_source *source, const struct zone_token *token, struct dns_name *out)
{
    char text[DNS_NAME_TEXT_MAX];
    if (zone_token_is(token, "@")) {
        *out = source->origin;
        return true;
    }
    if (token->len >= sizeof(text))
        return value_fault_name(source, token, ERR_RANGE);
    if (token->at[0] == '"')
        return value_fault_name(source, token, ERR_INVALID);
    memcpy(text, token->at, token->len);
    text[token->len] = '\0';
    enum err err =
        value_is_ascii(token) ? dns_name_from_text(out, text) : policy_name_from_user(out, text);
    if (!err && source->origin.len > 1 && !value_is_absolute(text, token->len)) {
        struct dns_name relative = *out;
        err = dns_name_join(out, &relative, &source->origin);
    }
    return err ? value_fault_name(source, token, err) : true;
}

/* The byte that `\DDD` or `\X` stands for; *at is behind the backslash, and then behind it all. */
static bool value_escape(uint8_t *out, const char **at, const char *end)
{
    unsigned value = 0;
    if (*at == end)
        return false;
    if (!isdigit((unsigned char)**at)) {
        *out = (uint8_t) * (*at)++;
        return true;
    }
    for (int i = 0; i < 3; i++) {
        if (*at == end || !isdigit((unsigned char)**at))
            return false;
        value = value * 10 + (unsigned)(*(*at)++ - '0');
    }
    *out = (uint8_t)value;
    return value <= 255;
}

enum err zone_unquote(uint8_t *out, size_t *len, const struct zone_token *token, size_t max)
{
    const char *at = token->at;
    const char *end = at + token->len;
    if (token->len >= 2 && *at == '"') {
        at++;
        end--;
    }
    for (*len = 0; at < end; (*len)++) {
        uint8_t byte = (uint8_t)*at++;
        if (byte == '\\' && !value_escape(&byte, &at, end))
            return ERR_INVALID;
        if (*len == max)
            return ERR_RANGE;
        out[*len] = byte;
    }
    return ERR_OK;
}
