#ifndef BENCH_RESPONDER_H
#define BENCH_RESPONDER_H

#include <stddef.h>
#include <stdint.h>

#define RESPONDER_SLOT 1536 /* bytes for a query and its reply */

/* Turns the query in `bytes` (RESPONDER_SLOT of them) into the reply; returns its length, 0 for
 * what is not understood. */
size_t respond(_Atomic uint32_t *count, uint8_t *bytes, size_t len);

/* Answers over TCP, in the order of the questions, for ever. */
_Noreturn void respond_tcp(_Atomic uint32_t *count, int listener);

#endif
