/* Numbers that rule how upstream asks. The defaults are what the daemon uses; tests set shorter
 * times. */
#ifndef SHUNT_UPSTREAM_SETTINGS_H
#define SHUNT_UPSTREAM_SETTINGS_H

#include <stdint.h>

#include "upstream/upstream.h"

struct upstream_settings {
    uint32_t deadline_ms; /* for a whole question */

    /* The time-out of one try, from the smoothed round-trip time. */
    uint32_t rto_first_ms; /* as long as a server was not measured */
    uint32_t rto_min_ms;
    uint32_t rto_max_ms;

    /* A server is set aside after `failures_down` failures with no reply between them, then probed
     * after probe_first_ms, twice that, and so on up to probe_max_ms. */
    uint32_t failures_down;
    uint32_t probe_first_ms;
    uint32_t probe_max_ms;
    uint32_t probe_wait_ms; /* that a probe is given for its reply */

    uint32_t plain_ms; /* how long EDNS is left out for a server that cannot do it */

    /* A UDP socket takes no more queries after this many, or at this age. */
    uint32_t socket_queries; /* at most UDP_SLOTS */
    uint32_t socket_ms;

    uint32_t stream_idle_ms;  /* a connection that is silent for this long is closed */
    uint32_t stream_stuck_ms; /* one that owes replies is given up after this, if asked again */

    uint32_t exchanges; /* questions in flight, per worker */
    uint32_t sockets;   /* UDP sockets, per worker */
};

extern const struct upstream_settings upstream_settings_default;

/* upstream_new with other numbers. */
struct upstream *upstream_new_with(const struct upstream_settings *settings,
                                   struct event_base *base, const struct upstream_route *routes,
                                   size_t route_count, struct random *random, const struct log *log,
                                   const char *tls_ca);

#endif
