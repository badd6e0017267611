/* One answered (or dropped) query, as told to the control thread. */
#ifndef SHUNT_RESOLVE_EVENT_H
#define SHUNT_RESOLVE_EVENT_H

#include <stdint.h>

#include "base/addr.h"
#include "dns/name.h"

/* A view of what the query has at hand: what it points to is good during the call only. */
struct resolve_event {
    uint64_t now;         /* ms, as given to the pipeline */
    uint32_t duration_ms; /* from query to reply */
    uint32_t rule_line;   /* of the policy; 0 = not by it */
    uint32_t change_id;   /* of the live change that shaped it; 0 = none */
    uint16_t type, rcode;
    uint16_t view;               /* 1 + index of the view; 0 = none */
    uint16_t reply_len;          /* bytes */
    uint8_t source;              /* enum resolve_source */
    uint8_t flags;               /* RESOLVE_EVENT_* */
    int8_t service;              /* enum policy_service, or -1 */
    const struct addr *client;   /* NULL = not known */
    const struct dns_name *name; /* lower-cased; NULL = not known */
    const uint8_t *reply;        /* or what would have been one, if it was dropped */
    const char *rule_file;       /* NULL = not by the policy */
    const char *fault;           /* name of the fault that befell it; NULL = none */
};

#define RESOLVE_EVENT_TCP     1
#define RESOLVE_EVENT_DROPPED 2

/* Takes an event; called in the worker's thread, must not wait. */
typedef void (*resolve_record_fn)(void *ctx, const struct resolve_event *event);

#endif
