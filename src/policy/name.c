#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "policy/model.h"

/* A name of 255 bytes whose labels are all written in four-byte characters is shorter. */
#define NAME_USER_MAX 2048

/* Bytes of the dot at `at`, 0 when there is none. The ideographic and wide forms separate labels
 * too (UTS #46 §4). */
static size_t name_dot(const char *at)
{
    static const char *const dots[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
    for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++)
        if (strncmp(at, dots[i], strlen(dots[i])) == 0)
            return strlen(dots[i]);
    return 0;
}

/* Bytes of the label at `at`, as written: an escaped dot does not end it. */
static size_t name_label(const char *at)
{
    size_t len = 0;
    while (at[len] && !name_dot(at + len))
        len += at[len] == '\\' && at[len + 1] ? 2 : 1;
    return len;
}

static bool name_is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static enum err name_from_idn2(int code)
{
    switch (code) {
    case IDN2_OK:
        return ERR_OK;
    case IDN2_MALLOC:
        return ERR_NOMEM;
    case IDN2_TOO_BIG_DOMAIN:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT:
        return ERR_RANGE;
    default:
        return ERR_INVALID;
    }
}

/* Adds one U-label in its ASCII form. */
static enum err name_add_ulabel(struct text *out, const char *label, size_t len)
{
    char *ascii = NULL;
    if (memchr(label, '\\', len))
        return ERR_INVALID; /* an escape is for bytes, and a U-label is characters */
    char *copy = strndup(label, len);
    if (!copy)
        return ERR_NOMEM;
    enum err err = name_from_idn2(idn2_to_ascii_8z(copy, &ascii, IDN2_NONTRANSITIONAL));
    if (!err && ascii[0] == '\0')
        err = ERR_INVALID; /* it was made of characters that mean nothing */
    if (!err)
        text_add(out, ascii);
    idn2_free(ascii);
    free(copy);
    return err;
}

/* The ASCII form of a name, label by label: IDNA knows no underscores and no asterisk. */
static enum err name_to_ascii(struct text *out, const char *text)
{
    enum err err = ERR_OK;
    while (*text && !err) {
        size_t len = name_label(text);
        if (name_is_ascii(text, len))
            text_addf(out, "%.*s", (int)len, text);
        else
            err = name_add_ulabel(out, text, len);
        text += len;
        if (*text) {
            text_add(out, ".");
            text += name_dot(text);
        }
    }
    return err ? err : out->failed ? ERR_NOMEM : ERR_OK;
}

enum err policy_name_from_user(struct dns_name *out, const char *text)
{
    struct text ascii = {0};
    size_t len = strnlen(text, NAME_USER_MAX + 1);
    if (len == 0)
        return ERR_INVALID;
    if (len > NAME_USER_MAX)
        return ERR_RANGE;
    enum err err = ERR_OK;
    if (name_is_ascii(text, len)) {
        err = dns_name_from_text(out, text);
    } else {
        err = name_to_ascii(&ascii, text);
        if (!err)
            err = dns_name_from_text(out, ascii.data);
    }
    text_deinit(&ascii);
    if (!err)
        dns_name_lower(out);
    return err;
}
