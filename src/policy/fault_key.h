/* The keys of a fault, as the file and the command line have them. Private to src/policy. */
#ifndef SHUNT_POLICY_FAULT_KEY_H
#define SHUNT_POLICY_FAULT_KEY_H

#include "policy/fault.h"

#define FAULT_SHARE_ALL 10000   /* 1/100 % */
#define FAULT_DELAY_MAX 3600000 /* ms */

/* In the order in which fault_text writes them: those of the match first. */
enum fault_key {
    FAULT_KEY_TYPE,
    FAULT_KEY_NAME,
    FAULT_KEY_DOMAIN,
    FAULT_KEY_SERVICE,
    FAULT_KEY_CLIENT,
    FAULT_KEY_VIEW,
    FAULT_KEY_TRANSPORT,
    FAULT_KEY_SOURCE,
    FAULT_KEY_RCODE,
    FAULT_KEY_DROP,
    FAULT_KEY_DELAY,
    FAULT_KEY_JITTER,
    FAULT_KEY_TRUNCATE,
    FAULT_KEY_TCP,
    FAULT_KEY_TTL,
    FAULT_KEY_MANGLE,
    FAULT_KEY_SHARE,
    FAULT_KEY_FIRST,
    FAULT_KEY_EVERY,
    FAULT_KEY_FOR,
    FAULT_KEYS,
};
#define FAULT_KEY_MATCH_END FAULT_KEY_RCODE /* from here on: actions, and from SHARE on limits */
extern const char *const fault_key_names[FAULT_KEYS + 1];

/* One of some words: its index in `words`. `all` names them for people. */
struct fault_words {
    const char *const *words;
    size_t count;
    const char *all;
};
/* An index is a value of the enumeration of that name. */
extern const struct fault_words fault_service_words, fault_transport_words, fault_source_words,
    fault_tcp_words, fault_mangle_words;

/* Readers of values; they set *expected with every error. */
enum err fault_read_name(struct dns_name *out, const char *value, const char **expected);
enum err fault_read_type(uint16_t *out, const char *value, const char **expected);
enum err fault_read_client(struct fault_match *out, const char *value, const char **expected);
enum err fault_read_rcode(uint16_t *out, const char *value, const char **expected);
enum err fault_read_share(uint16_t *out, const char *value, const char **expected);
enum err fault_read_ttl(uint32_t *out, const char *value, const char **expected);
enum err fault_read_bool(bool *out, const char *value, const char **expected);
/* A duration of at most FAULT_DELAY_MAX. */
enum err fault_read_delay(uint32_t *out, const char *value, const char **expected);
/* A duration of more than 0. */
enum err fault_read_period(uint64_t *out, const char *value, const char **expected);
/* A number from 1 on. */
enum err fault_read_count(uint64_t *out, const char *value, const char **expected);

/* The index of one of some words, in any case. */
enum err fault_read_word(int *out, const char *value, const struct fault_words *words,
                         const char **expected);

/* Writers, in a form that the readers take. */
void fault_write_duration(struct text *out, uint64_t ms);
void fault_write_share(struct text *out, uint16_t share);
void fault_write_client(struct text *out, const struct subnet *client);

#endif
