/* What a TCP client has not taken yet. Bytes go straight to the socket as long as it takes them;
 * only what it refuses is copied and kept, up to a bound. */
#ifndef SHUNT_LISTEN_OUTPUT_H
#define SHUNT_LISTEN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"

#define OUTPUT_MAX   (256 * 1024) /* bytes kept for one client; more closes the connection */
#define OUTPUT_PARTS 2            /* the most parts of one output_write */

/* All zeros at first. Bytes data[at] to data[len-1] wait. */
struct output {
    uint8_t *data;
    size_t at, len, capacity;
};

void output_deinit(struct output *o);

static inline bool output_is_empty(const struct output *o)
{
    return o->at == o->len;
}

/* Sends the parts behind what waits already, in one call of the system at most. Returns how many
 * bytes the socket took, or ERR_LIMIT, ERR_NOMEM, ERR_SYSTEM: then the connection is lost. */
ssize_t output_write(struct output *o, int fd, const struct iovec *parts, size_t count);

/* Sends what waits; results as above. */
ssize_t output_flush(struct output *o, int fd);

#endif
