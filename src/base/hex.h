/* Hexadecimal digits. */
#ifndef SHUNT_BASE_HEX_H
#define SHUNT_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The value of a digit, of either case; -1 when it is none. */
int hex_digit(char c);

/* "1F2e" to bytes: at most `capacity` of them, and *len is how many. ERR_INVALID when a digit is
 * none or has no partner, ERR_RANGE when there are more. */
enum err hex_read(const char *text, uint8_t *out, size_t capacity, size_t *len);

/* Bytes to lower-case digits. `out` has room for 2 * len + 1. */
void hex_write(const uint8_t *bytes, size_t len, char *out);

#endif
