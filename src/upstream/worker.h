/* All that one worker's upstream side holds. */
#ifndef SHUNT_UPSTREAM_WORKER_H
#define SHUNT_UPSTREAM_WORKER_H

#include <event2/event_struct.h>
#include <openssl/types.h>

#include "upstream/exchange.h"
#include "upstream/routes.h"
#include "upstream/server.h"
#include "upstream/settings.h"
#include "upstream/timer.h"
#include "upstream/udp.h"

struct upstream {
    struct event_base *base;
    struct random *random;
    const struct log *log;
    struct upstream_settings settings;
    struct upstream_stats stats;
    struct upstream_bracket bracket;

    struct server_list servers; /* of all route sets that are alive */
    struct route_set *routes;   /* in force */

    char *tls_ca; /* file, or NULL for the system's */
    SSL_CTX *tls; /* NULL until a route needs it */
    struct log_limit tls_complaints;

    struct exchange *table;      /* settings.exchanges */
    uint32_t touched;            /* of the table: those beyond were never used, nor their memory */
    struct exchange_list unused; /* used before, free now */
    struct exchange_list by_deadline; /* all that are in flight; the first is due first */
    struct exchange_list by_step[SCHEDULE_CLASSES];
    struct exchange_list soon; /* to go on at once, but not from where it was noticed */
    unsigned soon_count;
    bool closing;

    struct event timer; /* the only one: for all that is due next */
    uint64_t timer_at;  /* when it will fire; TIMER_NEVER */

    struct udp udp;
};

#endif
