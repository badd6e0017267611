/* A query event in as few bytes as it takes: the form in which rings and the store keep it. Private
 * to events*.c and event_*.c. */
#ifndef SHUNT_CONTROL_EVENT_RECORD_H
#define SHUNT_CONTROL_EVENT_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "control/events.h"
#include "resolve/event.h"

#define EVENT_FILE_MAX 255 /* of a rule file's name; of a longer one the end is kept */

/* What every record starts with. The parts with a length follow, in the order of their lengths. */
struct event_head {
    uint64_t now; /* ms, of the worker's clock */
    uint32_t duration_ms, rule_line, change_id;
    uint16_t size; /* of the whole record */
    uint16_t type, rcode, view, reply_len;
    uint16_t kept; /* bytes of the reply */
    uint8_t client_len, name_len, fault_len, file_len;
    uint8_t source, flags;
    int8_t service;
};

#define EVENT_RECORD_MAX                                                                           \
    (sizeof(struct event_head) + 16 + DNS_NAME_MAX + RESOLVE_EVENT_FAULT_MAX + EVENT_FILE_MAX +    \
     RESOLVE_EVENT_REPLY_MAX)

/* A record taken apart; the pointers lead into the record. */
struct event_view {
    struct event_head head;
    struct addr client;
    struct dns_name name;
    const char *fault, *file; /* not terminated: head has the lengths */
    const uint8_t *reply;
};

/* The record's size; `out` has EVENT_RECORD_MAX bytes. Lengths in the event that are over their
 * limits are cut. */
size_t event_record_write(const struct resolve_event *event, uint8_t *out);
void event_record_read(struct event_view *out, const uint8_t *record);

/* Ring: how a consumer looks at the oldest record (false: there is none), and takes it. `out` has
 * EVENT_RECORD_MAX bytes; take is only for a ring that is not empty, and returns the size. */
bool event_ring_peek(const struct event_ring *ring, uint64_t *now);
size_t event_ring_take(struct event_ring *ring, uint8_t *out);
/* Any thread. */
uint64_t event_ring_dropped(const struct event_ring *ring);

struct text;

/* The reply in short: the data of its answer records with "; " between, as far as the kept bytes
 * go ("…" at the end when they do not reach), or "" when there is none. ERR_NOMEM. */
enum err event_answer(const struct event_view *view, struct text *out);

/* As events.h describes it; `wall` in ms, `view_name` NULL = none. New reference, or NULL without
 * memory. */
json_t *event_json(const struct event_view *view, uint64_t number, uint64_t wall,
                   const char *view_name);

bool event_filter_match(const struct event_filter *filter, const struct event_view *view,
                        uint64_t wall);

#endif
