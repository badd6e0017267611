/* The query core in a world of its own: configuration, cache and resolver are real; upstream,
 * clients and the clock are the test's. */
#ifndef TESTS_QUERY_WORLD_H
#define TESTS_QUERY_WORLD_H

#include "control/live.h"
#include "daemon/setup.h"
#include "resolve/resolve.h"

#define WORLD_QUEUE 64

/* A question that the core asked upstream and that is not answered yet. */
struct world_question {
    struct dns_question question;
    upstream_done_fn done;
    void *arg;
};

struct world_reply {
    uint8_t *bytes; /* NULL: dropped late */
    size_t len;
};

/* A reply that a fault holds back. */
struct world_held {
    struct resolve_client client;
    uint8_t *bytes;
    size_t len;
    uint64_t due;
};

struct world {
    struct hash_key key;
    struct random random;
    struct log log;
    struct cache *cache;
    struct setup setup;
    struct resolve_settings *settings;
    struct resolve_settings *spare; /* takes its place with the next live change */
    struct live *live;
    struct resolver *resolver;
    uint32_t numbers;
    uint64_t now;
    struct world_question questions[WORLD_QUEUE];
    size_t question_count;
    struct world_reply replies[WORLD_QUEUE];
    size_t reply_count;
    struct world_held held[WORLD_QUEUE];
    size_t held_count;
    int broken; /* enum resolve_failure of the last client that was failed; -1 = none */
    enum resolve_verdict verdict; /* of the last query */
    struct endpoint server;       /* that upstream results name */
};

/* Starts with `yaml` as configuration; exits with the findings when it is wrong. */
struct world *world_new(const char *yaml);
void world_free(struct world *w);
/* Another configuration in force; the cache stays. */
void world_configure(struct world *w, const char *yaml);
/* Sends a query; a reply goes to the queue. */
void world_ask(struct world *w, const uint8_t *packet, size_t len, const char *client, bool tcp);
/* Milliseconds pass: held replies that are due go to the queue, changes that end do. */
void world_wait(struct world *w, uint64_t ms);
/* Ends the oldest question. */
void world_finish(struct world *w, enum upstream_status status, const uint8_t *message, size_t len);

#endif
