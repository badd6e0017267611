/* What is known of a server: how fast it is, and whether it answers at all. */
#ifndef SHUNT_UPSTREAM_HEALTH_H
#define SHUNT_UPSTREAM_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "upstream/settings.h"

#define HEALTH_NO_SAMPLE UINT32_MAX

struct health {
    bool measured;
    bool down;         /* set aside: tried only when nothing better is left, and by probes */
    uint32_t srtt8;    /* smoothed round-trip time, ms × 8 */
    uint32_t rttvar4;  /* its variation, ms × 4 */
    uint32_t failures; /* since the last reply */
    uint64_t heard_at; /* `now` of the last reply; 0 = never */
    uint64_t probe_at; /* when down: no probe before */
    uint32_t probe_wait;
    uint64_t queries, replies, timeouts; /* totals */
};

/* A reply came. `rtt_ms` is HEALTH_NO_SAMPLE when it says nothing about the way there and back. */
void health_on_reply(struct health *h, uint32_t rtt_ms, uint64_t now);

/* A try that began at `sent_at` failed. It counts only if nothing was heard since then: one lost
 * packet among others that arrive says nothing against the server. True when this set it aside. */
bool health_on_failure(struct health *h, uint64_t sent_at, uint64_t now,
                       const struct upstream_settings *settings);

/* The time-out of the next try, ms. */
uint32_t health_rto(const struct health *h, const struct upstream_settings *settings);

/* How willingly the server is asked: lower is better, equal means as good. Bands, not the exact
 * time, so that servers of about the same speed keep the order of the configuration. */
unsigned health_rank(const struct health *h);

/* Whether to ask the server a copy of a live question: it is down or too slow to be asked first,
 * and its time has come. */
bool health_probe_due(const struct health *h, uint64_t now,
                      const struct upstream_settings *settings);
void health_on_probe(struct health *h, uint64_t now, const struct upstream_settings *settings);

#endif
