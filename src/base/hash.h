/* SipHash-1-3: a keyed hash, so that clients, who choose the names, cannot choose collisions
 * (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). */
#ifndef SHUNT_BASE_HASH_H
#define SHUNT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

/* A fresh random key. */
void hash_key_init(struct hash_key *key);

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

/* Folds a number into a hash: for keys made of a name and a few fields. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    uint64_t x = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return x ^ (x >> 32);
}

#endif
