#include "listen/framing.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void framing_deinit(struct framing *f)
{
    free(f->rest);
    *f = (struct framing){0};
}

size_t framing_begin(const struct framing *f, uint8_t *buffer)
{
    if (f->len > 0)
        memcpy(buffer, f->rest, f->len);
    return f->len;
}

enum framing_step framing_next(const uint8_t *data, size_t len, size_t *at, const uint8_t **message,
                               size_t *message_len)
{
    size_t left = len - *at;
    if (left < FRAMING_HEAD)
        return FRAMING_MORE;
    size_t wanted = bytes_get16(data + *at);
    if (wanted == 0)
        return FRAMING_BROKEN;
    if (left - FRAMING_HEAD < wanted)
        return FRAMING_MORE;
    *message = data + *at + FRAMING_HEAD;
    *message_len = wanted;
    *at += FRAMING_HEAD + wanted;
    return FRAMING_MESSAGE;
}

enum err framing_keep(struct framing *f, const uint8_t *bytes, size_t len)
{
    if (len == 0) {
        framing_deinit(f);
        return ERR_OK;
    }
    size_t capacity = (len + FRAMING_ROUNDED - 1) / FRAMING_ROUNDED * FRAMING_ROUNDED;
    if (capacity != f->capacity) {
        uint8_t *rest = realloc(f->rest, capacity);
        if (!rest)
            return ERR_NOMEM;
        f->rest = rest;
        f->capacity = (uint32_t)capacity;
    }
    memcpy(f->rest, bytes, len);
    f->len = (uint32_t)len;
    return ERR_OK;
}
