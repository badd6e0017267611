/* One answered (or dropped) query, as told to the control thread. */
#ifndef SHUNT_RESOLVE_EVENT_H
#define SHUNT_RESOLVE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "dns/name.h"

#define RESOLVE_EVENT_REPLY_MAX 600 /* bytes of the reply that are kept */
#define RESOLVE_EVENT_FAULT_MAX 64  /* of a fault's name, with its NUL */

struct resolve_event {
    uint64_t now;         /* ms, as given to the pipeline */
    uint32_t duration_ms; /* from query to reply */
    struct addr client, local;
    uint8_t source; /* enum resolve_source */
    uint8_t flags;  /* RESOLVE_EVENT_* */
    int8_t service; /* enum policy_service, or -1 */
    uint16_t type, rcode;
    uint16_t view;      /* 1 + index of the view; 0 = none */
    uint32_t rule_line; /* of the policy; 0 = not by it */
    const char
        *rule_file;     /* lives as long as the policy: copy it before the next swap; NULL = none */
    uint32_t change_id; /* of the live change that shaped it; 0 = none */
    char fault[RESOLVE_EVENT_FAULT_MAX]; /* name of the fault that befell it; "" = none */
    uint16_t reply_len;                  /* whole length; the bytes below may be fewer */
    uint16_t kept;
    struct dns_name name; /* lower-cased */
    uint8_t reply[RESOLVE_EVENT_REPLY_MAX];
};

#define RESOLVE_EVENT_TCP     1
#define RESOLVE_EVENT_DROPPED 2

/* Takes an event; called in the worker's thread, must not wait. The event is the caller's. */
typedef void (*resolve_record_fn)(void *ctx, const struct resolve_event *event);

#endif
