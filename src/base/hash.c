#include "base/hash.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t hash_rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void hash_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = hash_rotate(s->v1, 13) ^ s->v0;
    s->v3 = hash_rotate(s->v3, 16) ^ s->v2;
    s->v0 = hash_rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = hash_rotate(s->v1, 17) ^ s->v2;
    s->v3 = hash_rotate(s->v3, 21) ^ s->v0;
    s->v2 = hash_rotate(s->v2, 32);
}

static inline void hash_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    hash_round(s);
    s->v0 ^= word;
}

void hash_key_init(struct hash_key *key)
{
    struct random r;
    random_init(&r);
    random_bytes(&r, key, sizeof(*key));
    explicit_bzero(&r, sizeof(r));
}

/* The `left` last bytes, fewer than 8, as a number. Where there are others before them they are
 * read together with those. */
static inline uint64_t hash_rest(const uint8_t *at, size_t left, bool others)
{
    uint64_t word = 0;
    if (left > 0 && others) {
        memcpy(&word, at + left - 8, 8);
        return le64toh(word) >> (8 * (8 - left));
    }
    for (size_t i = 0; i < left; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
    /* The four constants are the paper's: "somepseudorandomlygeneratedbytes". */
    struct sip s = {
        .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
    };
    const uint8_t *at = data;
    uint64_t word;
    for (size_t left = len; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash_word(&s, le64toh(word));
    }
    hash_word(&s, hash_rest(at, len % 8, len >= 8) | (uint64_t)len << 56);

    s.v2 ^= 0xff;
    hash_round(&s);
    hash_round(&s);
    hash_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
