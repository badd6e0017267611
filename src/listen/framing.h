/* Messages in a TCP stream: two bytes of length before each (RFC 1035 §4.2.2). No sockets and no
 * resolver in here, so that it can be fuzzed alone.
 *
 * Bytes are read into a buffer that all connections of a worker share; what a connection owns is
 * only the rest that its last read left unused, and nothing when there was none. A read goes:
 *     have = framing_begin(f, buffer);          the old rest, then new bytes behind it
 *     while (framing_next(...) == FRAMING_MESSAGE) …
 *     framing_keep(f, buffer + at, have - at);  the new rest */
#ifndef SHUNT_LISTEN_FRAMING_H
#define SHUNT_LISTEN_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FRAMING_HEAD    2                      /* bytes of the length */
#define FRAMING_MAX     (FRAMING_HEAD + 65535) /* the longest message with its length */
#define FRAMING_ROUNDED 64                     /* the rest's memory grows in these steps */

/* What a connection keeps between two reads; all zeros at first. */
struct framing {
    uint8_t *rest;
    uint32_t len;
    uint32_t capacity;
};

void framing_deinit(struct framing *f);

/* Copies the rest to the start of `buffer`, which must hold it and what the caller wants to add;
 * returns its length. The rest stays as it is until framing_keep. */
size_t framing_begin(const struct framing *f, uint8_t *buffer);

enum framing_step {
    FRAMING_MESSAGE, /* one whole message */
    FRAMING_MORE,    /* more bytes are needed */
    FRAMING_BROKEN,  /* a message of zero length: nobody means that */
};

/* The message at *at of `len` bytes; then *at stands behind it. Otherwise *at does not move. */
enum framing_step framing_next(const uint8_t *data, size_t len, size_t *at, const uint8_t **message,
                               size_t *message_len);

/* Keeps `len` bytes for the next read; `bytes` must not be the rest itself. ERR_NOMEM, and then the
 * stream is lost. */
enum err framing_keep(struct framing *f, const uint8_t *bytes, size_t len);

#endif
