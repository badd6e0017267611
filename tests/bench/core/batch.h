/* A batch of queries through the core, as a listener sends it. */
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include "resolve/resolve.h"

#define BATCH_MAX 32

struct batch_query {
    const uint8_t *packet;
    size_t len;
};

struct batch_tally {
    uint64_t replies, pending, dropped;
    uint64_t bytes; /* of the replies; their sum changes with whatever is answered */
};

/* At most BATCH_MAX queries at `now`. */
void batch_run(struct resolver *r, const struct resolve_client *client,
               const struct batch_query *queries, unsigned count, uint64_t now,
               struct batch_tally *tally);

#endif
