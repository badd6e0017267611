#include "base/hex.h"

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum err hex_read(const char *text, uint8_t *out, size_t capacity, size_t *len)
{
    *len = 0;
    for (; *text; text += 2) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]); /* of the end: none */
        if (low < 0)
            return ERR_INVALID;
        if (*len == capacity)
            return ERR_RANGE;
        out[(*len)++] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}

void hex_write(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}
