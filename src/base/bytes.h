/* Big-endian numbers in byte arrays, and two cursors with a sticky error: do all reads or writes
 * first, then check `failed` once. A cursor that failed returns zeros (NULL for bytes), writes
 * nothing, and never touches memory outside its buffer. Nothing here allocates. */
#ifndef SHUNT_BASE_BYTES_H
#define SHUNT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_get16(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static inline uint32_t bytes_get32(const uint8_t *at)
{
    return ((uint32_t)at[0] << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | at[3];
}

static inline uint64_t bytes_get64(const uint8_t *at)
{
    return (uint64_t)bytes_get32(at) << 32 | bytes_get32(at + 4);
}

static inline void bytes_put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void bytes_put32(uint8_t *at, uint32_t value)
{
    bytes_put16(at, (uint16_t)(value >> 16));
    bytes_put16(at + 2, (uint16_t)value);
}

/* A view over bytes that somebody else owns. */
struct reader {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/* `data` may be NULL when `len` is 0; C does not let us add even 0 to it. */
static inline void reader_init(struct reader *r, const uint8_t *data, size_t len)
{
    *r = (struct reader){.start = data, .at = data, .end = len ? data + len : data};
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

/* The next n bytes, or NULL (and failed) when fewer are left. */
static inline const uint8_t *reader_bytes(struct reader *r, size_t n)
{
    if (r->failed || reader_left(r) < n) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *bytes = r->at;
    if (n > 0)
        r->at += n;
    return bytes;
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *b = reader_bytes(r, 1);
    return b ? *b : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
    const uint8_t *b = reader_bytes(r, 2);
    return b ? bytes_get16(b) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
    const uint8_t *b = reader_bytes(r, 4);
    return b ? bytes_get32(b) : 0;
}

/* A buffer that somebody else owns, filled from its start. */
struct writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

/* `data` may be NULL when `capacity` is 0. */
static inline void writer_init(struct writer *w, uint8_t *data, size_t capacity)
{
    *w = (struct writer){.start = data, .at = data, .end = capacity ? data + capacity : data};
}

static inline size_t writer_len(const struct writer *w)
{
    return (size_t)(w->at - w->start);
}

/* Room for n bytes that the caller fills, or NULL (and failed) when there is less. */
static inline uint8_t *writer_reserve(struct writer *w, size_t n)
{
    if (w->failed || (size_t)(w->end - w->at) < n) {
        w->failed = true;
        return NULL;
    }
    uint8_t *room = w->at;
    if (n > 0)
        w->at += n;
    return room;
}

static inline void writer_bytes(struct writer *w, const void *bytes, size_t n)
{
    uint8_t *room = writer_reserve(w, n);
    if (room && n > 0)
        memcpy(room, bytes, n);
}

static inline void writer_u8(struct writer *w, uint8_t value)
{
    writer_bytes(w, &value, 1);
}

static inline void writer_u16(struct writer *w, uint16_t value)
{
    uint8_t *room = writer_reserve(w, 2);
    if (room)
        bytes_put16(room, value);
}

static inline void writer_u32(struct writer *w, uint32_t value)
{
    uint8_t *room = writer_reserve(w, 4);
    if (room)
        bytes_put32(room, value);
}

#endif
