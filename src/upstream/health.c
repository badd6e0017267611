#include "upstream/health.h"

/* Upper ends of the bands of smoothed round-trip times, ms. */
static const uint32_t bands[] = {40, 120, 360, 1000};
#define BANDS     (sizeof(bands) / sizeof(bands[0]))
#define RANK_DOWN (BANDS + 1)

void health_on_reply(struct health *h, uint32_t rtt_ms, uint64_t now)
{
    h->replies++;
    h->failures = 0;
    h->down = false;
    h->heard_at = now;
    h->probe_at = 0;
    h->probe_wait = 0;
    if (rtt_ms == HEALTH_NO_SAMPLE)
        return;
    if (!h->measured) { /* RFC 6298 §2.2: SRTT = R, RTTVAR = R / 2 */
        h->measured = true;
        h->srtt8 = rtt_ms * 8;
        h->rttvar4 = rtt_ms * 2;
        return;
    }
    /* RFC 6298 §2.3: first RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|, then SRTT = 7/8 SRTT + 1/8 R */
    uint32_t srtt = h->srtt8 / 8;
    uint32_t apart = srtt > rtt_ms ? srtt - rtt_ms : rtt_ms - srtt;
    h->rttvar4 = h->rttvar4 - h->rttvar4 / 4 + apart;
    h->srtt8 = h->srtt8 - h->srtt8 / 8 + rtt_ms;
}

bool health_on_failure(struct health *h, uint64_t sent_at, uint64_t now,
                       const struct upstream_settings *settings)
{
    if (h->heard_at > sent_at)
        return false;
    h->failures++;
    if (h->down)
        return false;
    if (h->failures < settings->failures_down)
        return false;
    h->down = true;
    h->probe_wait = settings->probe_first_ms;
    h->probe_at = now + h->probe_wait;
    return true;
}

uint32_t health_rto(const struct health *h, const struct upstream_settings *settings)
{
    if (!h->measured)
        return settings->rto_first_ms;
    uint32_t rto = h->srtt8 / 8 + h->rttvar4; /* RFC 6298 §2.3: SRTT + 4 × RTTVAR */
    if (rto < settings->rto_min_ms)
        return settings->rto_min_ms;
    return rto > settings->rto_max_ms ? settings->rto_max_ms : rto;
}

unsigned health_rank(const struct health *h)
{
    if (h->down)
        return RANK_DOWN;
    if (!h->measured) /* worth finding out */
        return 0;
    unsigned band = 0;
    while (band < BANDS && h->srtt8 / 8 > bands[band])
        band++;
    return band;
}

bool health_probe_due(const struct health *h, uint64_t now,
                      const struct upstream_settings *settings)
{
    if (h->down)
        return now >= h->probe_at;
    return now >= h->probe_at && now >= h->heard_at + settings->probe_max_ms;
}

void health_on_probe(struct health *h, uint64_t now, const struct upstream_settings *settings)
{
    if (!h->down || h->probe_wait > settings->probe_max_ms / 2)
        h->probe_wait = settings->probe_max_ms;
    else
        h->probe_wait *= 2;
    h->probe_at = now + h->probe_wait;
}
