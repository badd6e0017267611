/* What the tests of the cache share: names by number, and answers that show whose they are. */
#ifndef SHUNT_TESTS_UNIT_CACHE_SUPPORT_H
#define SHUNT_TESTS_UNIT_CACHE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "cache/cache.h"

#define FIRST_MS 1000000 /* the clock of a test starts here */

/* Room for any answer, with the alignment that answers need. */
union buffer {
    struct dns_answer answer;
    uint8_t bytes[DNS_ANSWER_MAX];
};

/* Text such as "a.example" to wire form; no escapes. */
static inline struct dns_name name_of(const char *text)
{
    struct dns_name name = {0};
    while (*text != '\0') {
        size_t label = strcspn(text, ".");
        name.wire[name.len++] = (uint8_t)label;
        memcpy(name.wire + name.len, text, label);
        name.len = (uint8_t)(name.len + label);
        text += label + (text[label] == '.');
    }
    name.wire[name.len++] = 0;
    return name;
}

/* "_xmpp-client._tcp.nNNNNNNN.example": 36 bytes on the wire. */
static inline struct dns_name name_number(unsigned number)
{
    char text[64];
    snprintf(text, sizeof(text), "_xmpp-client._tcp.n%07u.example", number);
    return name_of(text);
}

static inline struct cache_key key_of(const struct dns_name *name, uint16_t type)
{
    static const struct hash_key seed = {.k0 = 1, .k1 = 2};
    return (struct cache_key){.name = name,
                              .name_hash = hash_bytes(&seed, name->wire, name->len),
                              .type = type,
                              .class = DNS_CLASS_IN};
}

/* An answer of one record and `body_len` bytes of body (12 or more), all different for different
 * `mark`s. */
static inline const struct dns_answer *answer_fill(union buffer *b, size_t body_len, uint32_t mark)
{
    struct dns_answer *a = &b->answer;
    *a = (struct dns_answer){.flags = 0, .counts = {1, 0, 0}, .ede = DNS_EDE_NONE};
    a->body_len = (uint16_t)body_len;
    uint8_t *data = b->bytes + offsetof(struct dns_answer, data);
    for (size_t i = 0; i < body_len; i++)
        data[i] = (uint8_t)((mark >> (8 * (i & 3))) + i / 4);
    if (body_len & 1)
        data[body_len++] = 0;
    memcpy(data + body_len, &(uint16_t){6}, 2);
    return a;
}

static inline bool answer_shows(const struct dns_answer *a, size_t body_len, uint32_t mark)
{
    union buffer wanted;
    answer_fill(&wanted, body_len, mark);
    return memcmp(a, &wanted, dns_answer_size(&wanted.answer)) == 0;
}

/* Puts an answer of 38 bytes of body, which with its question and header makes 89 bytes. */
static inline enum err put_number(struct cache *c, unsigned number, uint64_t now, uint32_t lifetime)
{
    struct dns_name name = name_number(number);
    struct cache_key key = key_of(&name, DNS_TYPE_SRV);
    union buffer b;
    return cache_put(c, &key, answer_fill(&b, 38, number), now, lifetime);
}

/* A lookup by a reader of its own, for tests of one thread. */
static inline bool get_once(struct cache *c, const struct cache_key *key, uint64_t now,
                            struct dns_answer *out, size_t capacity, struct cache_hit *hit)
{
    struct cache_reader *r = cache_reader_new(c);
    bool found = cache_get(r, key, now, out, capacity, hit);
    cache_reader_free(r);
    return found;
}

/* True when the number's own answer is there; a foreign answer fails the test. */
static inline bool get_number(struct cache *c, unsigned number, uint64_t now)
{
    struct dns_name name = name_number(number);
    struct cache_key key = key_of(&name, DNS_TYPE_SRV);
    union buffer b;
    struct cache_hit hit;
    if (!get_once(c, &key, now, &b.answer, sizeof(b), &hit))
        return false;
    assert_true(answer_shows(&b.answer, 38, number));
    return true;
}

/* xorshift64*: numbers that are the same in every run. */
static inline uint32_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

#endif
