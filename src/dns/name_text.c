#include <stdio.h>

#include "dns/name.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads one byte of a label, an escape included; returns the characters used, 0 when wrong. */
static size_t read_byte(uint8_t *out, const char *text)
{
    if (text[0] != '\\') {
        *out = (uint8_t)text[0];
        return *out > 0x20 && *out < 0x7f; /* others must be escaped */
    }
    if (!is_digit(text[1])) {
        *out = (uint8_t)text[1];
        return *out >= 0x20 && *out < 0x7f ? 2 : 0;
    }
    if (!is_digit(text[2]) || !is_digit(text[3]))
        return 0;
    int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    *out = (uint8_t)value;
    return value <= 255 ? 4 : 0;
}

/* Reads one label into wire[0…63], its length first; *text then stands on a dot or the end. */
static enum err read_label(uint8_t *wire, size_t room, const char **text)
{
    size_t len = 0;
    while (**text != '\0' && **text != '.') {
        uint8_t byte;
        size_t used = read_byte(&byte, *text);
        if (used == 0)
            return ERR_INVALID;
        if (len == DNS_LABEL_MAX || len + 1 >= room)
            return ERR_RANGE;
        wire[++len] = byte;
        *text += used;
    }
    if (len == 0)
        return ERR_INVALID;
    wire[0] = (uint8_t)len;
    return ERR_OK;
}

enum err dns_name_from_text(struct dns_name *out, const char *text)
{
    size_t pos = 0;

    out->len = 1;
    out->wire[0] = 0;
    if (text[0] == '.' && text[1] == '\0')
        return ERR_OK;
    if (text[0] == '\0')
        return ERR_INVALID;
    while (*text != '\0') {
        enum err err = read_label(out->wire + pos, DNS_NAME_MAX - 1 - pos, &text);
        if (err) {
            out->len = 1;
            out->wire[0] = 0;
            return err;
        }
        pos += 1u + out->wire[pos];
        if (*text == '.')
            text++;
    }
    out->wire[pos] = 0;
    out->len = (uint8_t)(pos + 1);
    return ERR_OK;
}

static char *write_byte(char *at, uint8_t byte)
{
    if (byte <= 0x20 || byte >= 0x7f)
        return at + sprintf(at, "\\%03u", byte);
    /* Characters that mean something in a zone file (RFC 1035 §5.1). */
    if (strchr(".\\\";()@$", byte))
        *at++ = '\\';
    *at++ = (char)byte;
    return at;
}

const char *dns_name_to_text(const struct dns_name *name, char out[DNS_NAME_TEXT_MAX])
{
    char *at = out;
    const uint8_t *label = name->wire;
    if (*label == 0)
        *at++ = '.';
    for (; *label != 0; label += 1u + *label) {
        for (size_t i = 1; i <= *label; i++)
            at = write_byte(at, label[i]);
        *at++ = '.';
    }
    *at = '\0';
    return out;
}
