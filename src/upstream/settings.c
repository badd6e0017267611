#include "upstream/settings.h"

const struct upstream_settings upstream_settings_default = {
    .deadline_ms = UPSTREAM_DEADLINE,
    .rto_first_ms = 376,
    .rto_min_ms = 50,
    .rto_max_ms = 2000,
    .failures_down = 3,
    .probe_first_ms = 1000,
    .probe_max_ms = 60000,
    .probe_wait_ms = 1500,
    .plain_ms = 600000,
    .socket_queries = 32,
    .socket_ms = 5000,
    .stream_idle_ms = 5000,
    .stream_stuck_ms = 1500,
    .exchanges = 8192,
    .sockets = 1024,
};
