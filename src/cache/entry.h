/* What an entry looks like in a log, and how it is written there and read while others write.
 *
 * Readers hold no lock. They load the words of an entry, whatever these may be by then, into memory
 * of their own; bound every length before they use it; and believe none of it until they have seen
 * that the slot of the index that led them there still does. Whoever writes into a log, with the
 * lock of the shard held, has first changed every slot that leads to those words. With a fence
 * between the two on either side, a reader that saw a word of the new entry also sees the slot
 * changed. So each word is loaded and stored as one, and a torn entry is never taken for a whole.
 */
#ifndef SHUNT_CACHE_ENTRY_H
#define SHUNT_CACHE_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cache/cache.h"

#define CACHE_UNIT 8 /* bytes; entries are made of whole units */

/* A unit in memory that is shared. */
typedef uint64_t __attribute__((may_alias)) cache_word;

/* In a log it may be changed by others at any time, unless the shard's lock is held. */
struct cache_entry {
    uint16_t units; /* of the whole entry; 0 = padding up to the end of the memory */
    uint16_t type, class;
    uint8_t name_len;
    uint8_t flags;       /* CACHE_KEY_* */
    uint64_t name_hash;  /* as in the key */
    uint64_t put;        /* ms */
    uint32_t lifetime;   /* seconds from then */
    uint32_t generation; /* the one field that changes in place; shares its word with `lifetime` */
    uint8_t data[];      /* the name, the answer; each padded with zeros to whole units */
};

#define CACHE_ENTRY_WORDS (sizeof(struct cache_entry) / CACHE_UNIT)
_Static_assert(sizeof(struct cache_entry) == 32, "entries start with whole words");
_Static_assert(offsetof(struct cache_entry, generation) == 28, "in the fourth word");

static inline size_t cache_units(size_t bytes)
{
    return (bytes + CACHE_UNIT - 1) / CACHE_UNIT;
}

static inline uint64_t cache_word_load(const cache_word *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void cache_word_store(cache_word *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Copies words of a log to private memory, `bytes` of them. */
static inline void cache_words_load(void *to, const cache_word *from, size_t bytes)
{
    uint8_t *at = to;
    uint64_t word, next;
    for (; bytes >= 2 * CACHE_UNIT; bytes -= 2 * CACHE_UNIT, at += 2 * CACHE_UNIT) {
        word = cache_word_load(from++);
        next = cache_word_load(from++);
        memcpy(at, &word, CACHE_UNIT);
        memcpy(at + CACHE_UNIT, &next, CACHE_UNIT);
    }
    for (; bytes >= CACHE_UNIT; bytes -= CACHE_UNIT, at += CACHE_UNIT) {
        word = cache_word_load(from++);
        memcpy(at, &word, CACHE_UNIT);
    }
    if (bytes == 0)
        return;
    word = cache_word_load(from);
    memcpy(at, &word, bytes);
}

/* Copies an entry's first words, without its name and answer. */
static inline void cache_entry_load(struct cache_entry *to, const cache_word *from)
{
    const uint64_t words[CACHE_ENTRY_WORDS] = {cache_word_load(from), cache_word_load(from + 1),
                                               cache_word_load(from + 2),
                                               cache_word_load(from + 3)};
    memcpy(to, words, sizeof(words));
}

/* Copies private memory to a log, and fills the last word with zeros. Returns the word behind. */
static inline cache_word *cache_words_store(cache_word *to, const void *from, size_t bytes)
{
    const uint8_t *at = from;
    for (; bytes > 0; at += CACHE_UNIT) {
        size_t some = bytes < CACHE_UNIT ? bytes : CACHE_UNIT;
        uint64_t word = 0;
        memcpy(&word, at, some);
        cache_word_store(to++, word);
        bytes -= some;
    }
    return to;
}

/* Milliseconds since an entry was put; 0 when the clock is behind it. */
static inline uint64_t cache_entry_elapsed(const struct cache_entry *e, uint64_t now)
{
    return now > e->put ? now - e->put : 0;
}

/* With the lock held. */
static inline void cache_entry_mark(struct cache_entry *e, uint32_t generation)
{
    struct cache_entry head = *e;
    uint64_t word;
    head.generation = generation;
    memcpy(&word, &head.lifetime, sizeof(word));
    cache_word_store((cache_word *)e + CACHE_ENTRY_WORDS - 1, word);
}

/* With the lock held. */
static inline const struct dns_answer *cache_entry_answer(const struct cache_entry *e)
{
    return (const struct dns_answer *)(const void *)(e->data +
                                                     cache_units(e->name_len) * CACHE_UNIT);
}

#endif
