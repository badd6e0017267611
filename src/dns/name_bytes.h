/* ASCII case over the bytes of names. Length bytes are under 64, where no letters are, so whole
 * names go through without looking at labels. For the .c files of this folder. */
#ifndef SHUNT_DNS_NAME_BYTES_H
#define SHUNT_DNS_NAME_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t name_lower_byte(uint8_t c)
{
    return (uint8_t)(c | ((uint8_t)(c - 'A') < 26 ? 0x20 : 0));
}

/* Eight bytes at once; each stays within its own byte of the word. */
static inline uint64_t name_lower_word(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low7 = x & (ones * 0x7f);
    uint64_t from_a = low7 + ones * (0x80 - 'A');  /* top bit: 'A' or above */
    uint64_t above_z = low7 + ones * (0x7f - 'Z'); /* top bit: above 'Z' */
    uint64_t letters = from_a & ~above_z & ~x & (ones * 0x80);
    return x | (letters >> 2); /* 0x80 >> 2 is the case bit */
}

static inline void name_lower_eight(uint8_t *out, const uint8_t *in)
{
    uint64_t word;
    memcpy(&word, in, 8);
    word = name_lower_word(word);
    memcpy(out, &word, 8);
}

/* `out` may be `in`. */
static inline void name_lower_copy(uint8_t *out, const uint8_t *in, size_t len)
{
    if (len < 8) {
        for (size_t i = 0; i < len; i++)
            out[i] = name_lower_byte(in[i]);
        return;
    }
    for (size_t i = 0; i + 8 < len; i += 8)
        name_lower_eight(out + i, in + i);
    name_lower_eight(out + len - 8, in + len - 8); /* some may be done twice, which is no harm */
}

static inline bool name_eight_equal(const uint8_t *a, const uint8_t *b)
{
    uint64_t x, y;
    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    return x == y || name_lower_word(x) == name_lower_word(y);
}

static inline bool name_bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len >= 8) {
        for (size_t i = 0; i + 8 < len; i += 8)
            if (!name_eight_equal(a + i, b + i))
                return false;
        return name_eight_equal(a + len - 8, b + len - 8);
    }
    for (size_t i = 0; i < len; i++)
        if (name_lower_byte(a[i]) != name_lower_byte(b[i]))
            return false;
    return true;
}

/* Bytes of the uncompressed name that starts `at` and must end before `end`; 0 when it is too long,
 * cut off, or holds anything but plain labels. */
static inline size_t name_wire_length(const uint8_t *at, const uint8_t *end)
{
    size_t left = (size_t)(end - at);
    if (left > 255)
        left = 255;
    for (size_t pos = 0; pos < left; pos += 1u + at[pos]) {
        if (at[pos] == 0)
            return pos + 1;
        if (at[pos] > 63)
            return 0;
    }
    return 0;
}

#endif
