#include "batch.h"

#include "resolve/batch.h"

_Static_assert(BATCH_MAX <= RESOLVE_BATCH, "a batch must fit the core's");

/* Only core_slow has it: the gate's own test (tests/bench/gate.py). */
static void extra_loop(const uint8_t *packet, size_t len)
{
#ifdef BENCH_EXTRA_LOOP
    volatile uint32_t sum = 0;
    for (size_t i = 0; i < BENCH_EXTRA_LOOP && i < len; i++)
        sum = sum * 31 + packet[i];
#else
    (void)packet;
    (void)len;
#endif
}

void batch_run(struct resolver *r, const struct resolve_client *client,
               const struct batch_query *queries, unsigned count, uint64_t now,
               struct batch_tally *tally)
{
    uint8_t tx[DNS_UDP_PAYLOAD];
    struct resolve_batch batch;
    resolver_enter(r);
    resolve_batch_init(r, &batch);
    for (unsigned i = 0; i < count; i++) {
        extra_loop(queries[i].packet, queries[i].len);
        resolve_batch_add(r, &batch, client, queries[i].packet, queries[i].len);
    }
    resolve_batch_look_up(r, &batch);
    for (unsigned i = 0; i < count; i++) {
        size_t len = 0;
        enum resolve_verdict verdict = resolve_batch_answer(r, &batch, i, tx, &len, now);
        tally->replies += verdict == RESOLVE_REPLY;
        tally->pending += verdict == RESOLVE_PENDING;
        tally->dropped += verdict == RESOLVE_DROP;
        tally->bytes += verdict == RESOLVE_REPLY ? len : 0;
    }
    resolver_leave(r);
}
