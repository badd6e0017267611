/* What is asked, made from numbers: no file, and no memory that the generator would have to fetch.
 */
#ifndef BENCH_QUESTIONS_H
#define BENCH_QUESTIONS_H

#include <stddef.h>
#include <stdint.h>

#define QUESTION_MAX 128 /* bytes of a query, header included */

/* bench.py gives servers a zone, or an upstream server, that answers all of these. */
enum question_kind {
    QUESTION_CACHED, /* five names for each domain below bench.example: SRV of three services, A */
    QUESTION_POLICY, /* _xmpp-client._tcp.dN.policy.example SRV */
    QUESTION_UNIQUE, /* as many names as there are numbers: each is a miss */
};

/* Sets *kind from "cached", "policy" or "unique"; -1 for another word. */
int question_kind_parse(enum question_kind *kind, const char *word);

/* Writes query `number` with `id` to `out` (QUESTION_MAX bytes) and returns its length. */
size_t question_write(enum question_kind kind, uint64_t number, uint16_t id, uint8_t *out);

/* A number that looks random, of a state that is not 0. */
static inline uint64_t question_draw(uint64_t *state)
{
    uint64_t x = *state; /* xorshift64 (Marsaglia, 2003) */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

#endif
