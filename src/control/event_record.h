/* A query event in as few bytes as it takes: the form in which rings and the store keep it, and in
 * which the probe hands one over. */
#ifndef SHUNT_CONTROL_EVENT_RECORD_H
#define SHUNT_CONTROL_EVENT_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "control/events.h"
#include "resolve/event.h"

#define EVENT_FILE_MAX  255 /* of a rule file's name; of a longer one the end is kept */
#define EVENT_FAULT_MAX 63  /* of a fault's name */
#define EVENT_REPLY_MAX 600 /* bytes of the reply that are kept */

/* What every record starts with, and what a pointer to a record points to. The parts with a length
 * follow, in the order of their lengths. */
struct event_head {
    uint64_t now; /* ms, of the worker's clock */
    uint32_t duration_ms, rule_line, change_id;
    uint16_t size; /* of the whole record */
    uint16_t type, rcode, view;
    uint16_t kept; /* bytes of the reply */
    uint8_t client_len, name_len, fault_len, file_len;
    uint8_t source, flags;
    int8_t service;
};

/* The longest record, and what writing it may touch. */
#define EVENT_RECORD_MAX                                                                           \
    (sizeof(struct event_head) + 16 + DNS_NAME_MAX + EVENT_FAULT_MAX + EVENT_FILE_MAX +            \
     EVENT_REPLY_MAX)

/* Memory for any record. */
union event_record {
    struct event_head head;
    uint8_t bytes[EVENT_RECORD_MAX];
};

/* A record taken apart; the pointers lead into the record. */
struct event_view {
    struct event_head head;
    struct addr client;
    struct dns_name name;
    const char *fault, *file; /* not terminated: head has the lengths */
    const uint8_t *reply;
};

/* Writes a record, at most EVENT_RECORD_MAX bytes; what is over its limit is cut. */
void event_record_write(const struct resolve_event *event, struct event_head *out);
void event_record_read(struct event_view *out, const struct event_head *record);

/* Ring, for its consumer: the oldest record, or NULL. It stays until it is passed, which is only
 * for a ring that is not empty. */
const struct event_head *event_ring_oldest(struct event_ring *ring);
void event_ring_pass(struct event_ring *ring);
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
