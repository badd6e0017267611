/* Finished replies made wrong on purpose, in place. What is not a reply as dns_reply_write or
 * dns_reply_error makes it stays as it is. Nothing allocates. */
#ifndef SHUNT_RESOLVE_MANGLE_H
#define SHUNT_RESOLVE_MANGLE_H

#include <stddef.h>
#include <stdint.h>

#include "policy/fault.h"

/* Does what `kind` says to the reply of `len` bytes in `message`, which may grow to `capacity`;
 * returns its length afterwards. `draw` decides what is random. Being sent from another port is the
 * sender's business, and the reply to a query without EDNS has nothing that FAULT_MANGLE_NO_EDNS
 * could take away: those stay as they are. */
size_t mangle_reply(enum fault_mangle kind, const struct fault_reply *about, uint64_t draw,
                    uint8_t *message, size_t len, size_t capacity);

/* Sets TC and takes every record away but OPT; returns the length that is left. */
size_t truncate_reply(uint8_t *message, size_t len);

/* Gives every record but OPT this TTL, in seconds. */
void ttl_reply(uint8_t *message, size_t len, uint32_t ttl);

#endif
