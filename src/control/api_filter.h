/* The parameters that /v1/queries and /v1/wait share. Private to api_queries.c and api_wait.c. */
#ifndef SHUNT_CONTROL_API_FILTER_H
#define SHUNT_CONTROL_API_FILTER_H

#include "control/api.h"
#include "control/events.h"

/* Which events, and from which number on. */
struct api_filter {
    struct event_filter events;
    uint64_t from;
};

/* Reads client, name, domain, service, rcode, answer and since. `since` may be: now, 10s, a time,
 * change (the last one made while running), revision:17 (that one); `since_default` when it is not
 * there, NULL = all. False after api_fail. */
bool api_filter_read(struct api_filter *out, const struct control *control,
                     const struct api_request *request, const char *since_default,
                     struct api_reply *reply);
/* A whole number from `min` to `max`, `missing` when it is not there. False after api_fail. */
bool api_filter_number(uint64_t *out, const struct api_request *request, const char *key,
                       uint64_t missing, uint64_t min, uint64_t max, struct api_reply *reply);

#endif
