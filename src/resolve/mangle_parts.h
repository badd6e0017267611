/* What the files that mangle replies share: where the parts of a message are. */
#ifndef SHUNT_RESOLVE_MANGLE_PARTS_H
#define SHUNT_RESOLVE_MANGLE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

/* Offsets in a message that was read to its end. */
struct mangle_layout {
    size_t records;    /* where the question section ends */
    size_t additional; /* where the additional section begins */
    size_t opt;        /* where the OPT record begins; 0 = it has none */
    size_t opt_len;
};

/* False when the message is broken; then nothing may be done to it. */
bool mangle_layout_read(struct mangle_layout *out, const uint8_t *message, size_t len);

/* Moves the OPT record, if there is one, to `at`, which is not behind it, ends the message there,
 * and says in the header how many records the sections have now, OPT not counted. Returns the
 * message's length. */
size_t mangle_close(const struct mangle_layout *layout, uint8_t *message, size_t at,
                    uint16_t answers, uint16_t authorities, uint16_t additionals);

/* mangle_srv.c: RDATA of SRV that a compression pointer ends, where it can. */
size_t mangle_compress_srv(uint8_t *message, size_t len);
/* mangle_srv.c: other addresses for the targets in place of the additional section. */
size_t mangle_poison(uint8_t *message, size_t len, size_t capacity);

#endif
