/* What the daemon knows of itself, made ready for status and metrics. */
#ifndef SHUNT_CONTROL_REPORT_H
#define SHUNT_CONTROL_REPORT_H

#include "control/control.h"

#define REPORT_TIME_MAX 32

/* "2026-01-31T12:00:00.123Z" from wall ms; returns `out`. */
const char *report_time(uint64_t wall, char out[REPORT_TIME_MAX]);

/* "policy", "cache", "upstream", "stale", "refused": the label of a source. */
const char *report_source(unsigned source);
/* "NOERROR" and so on; "other" for the last counter, which holds all that have none. */
const char *report_rcode(unsigned rcode, char out[16]);

/* As JSON objects. New references. */
json_t *report_queries(const struct control_stats *stats);
json_t *report_responses(const struct control_stats *stats);
json_t *report_dropped(const struct control_stats *stats);
json_t *report_cache(struct cache *cache);

/* Upstream servers, those of all workers taken together. */
struct report_server {
    struct upstream_health sum; /* counts added up; srtt_ms the mean, up if it is for any */
    uint64_t srtt_sum;
    unsigned workers; /* that know it */
};
struct report_servers {
    struct report_server *items;
    size_t count;
    bool failed; /* no memory: some are not there */
};
void report_servers(const struct control *control, struct report_servers *out);
void report_servers_deinit(struct report_servers *servers);
json_t *report_servers_json(const struct report_servers *servers);

#endif
