/* A TCP stream gives the same messages whether it comes at once or in pieces. The first half of the
 * input says how long the pieces are, the second half is the stream. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "listen/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it must hold in release builds too. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* What came out of a stream. */
struct outcome {
    uint64_t messages;
    uint64_t hash; /* of all messages, in order */
    size_t rest;
    bool broken;
};

static const struct hash_key key = {1, 2};

static void feed(struct framing *f, struct outcome *o, const uint8_t *bytes, size_t len)
{
    /* Exactly as large as needed, so that a sanitizer sees one byte too far. */
    uint8_t *buffer = malloc(f->len + len + 1);
    CHECK(buffer);
    size_t have = framing_begin(f, buffer), at = 0, message_len;
    if (len > 0)
        memcpy(buffer + have, bytes, len);
    have += len;
    buffer = realloc(buffer, have ? have : 1);
    CHECK(buffer);
    const uint8_t *message;
    enum framing_step step;
    while ((step = framing_next(buffer, have, &at, &message, &message_len)) == FRAMING_MESSAGE) {
        CHECK(message_len > 0 && message_len <= 65535);
        o->messages++;
        o->hash = hash_mix(o->hash, hash_bytes(&key, message, message_len));
    }
    o->broken = step == FRAMING_BROKEN;
    CHECK(at <= have);
    CHECK(o->broken || have - at < FRAMING_MAX);
    enum err e = framing_keep(f, buffer + at, have - at);
    CHECK(e == ERR_OK);
    o->rest = have - at;
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *pieces = data, *stream = data + size / 2;
    size_t piece_count = size / 2, len = size - size / 2;
    struct framing at_once = {0}, in_pieces = {0};
    struct outcome expected = {0}, got = {0};
    size_t at = 0;

    feed(&at_once, &expected, stream, len);
    for (size_t i = 0; at < len && !got.broken; i++) {
        size_t piece = i < piece_count ? pieces[i] : len - at;
        if (piece > len - at)
            piece = len - at;
        feed(&in_pieces, &got, stream + at, piece);
        at += piece;
    }
    CHECK(got.messages == expected.messages);
    CHECK(got.hash == expected.hash);
    CHECK(got.broken == expected.broken);
    /* A broken stream is given up before its last pieces come. */
    CHECK(got.broken || got.rest == expected.rest);
    framing_deinit(&at_once);
    framing_deinit(&in_pieces);
    return 0;
}
