/* Query events: from each worker through a bounded ring, without waiting, to the control thread,
 * which keeps the latest and hands them to those who follow. When a ring is full its events are
 * dropped and counted. */
#ifndef SHUNT_CONTROL_EVENTS_H
#define SHUNT_CONTROL_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "resolve/event.h"

/* One producer (a worker), one consumer (the control thread); no lock. */
struct event_ring;
struct event_ring *event_ring_new(size_t bytes);
void event_ring_free(struct event_ring *ring);
/* A resolve_record_fn, with the ring as ctx. Copies the event, rule file included, in as few bytes
 * as it takes. */
void event_ring_push(void *ring, const struct resolve_event *event);

struct events;
/* `keep`: how many of the latest stay for `wait` and `log`. The rings outlive it. NULL without
 * memory. */
struct events *events_new(struct event_ring *const *rings, size_t ring_count, size_t keep);
void events_free(struct events *events);
/* Names of views by index, copied; to be called again after a reload. */
void events_set_views(struct events *events, const char *const *names, size_t count);

/* Takes what the rings hold and tells the followers. Called by a timer of the control thread; true
 * when there is more. `wall_offset`: wall time minus the clock of `now`, ms. */
bool events_drain(struct events *events, int64_t wall_offset);

/* A change is about to be in force, with this revision: queries that were answered before are told
 * from those after it. To be called just before it is put in force. */
void events_mark(struct events *events, uint64_t revision, int64_t wall_offset);
/* The number of the first event after the change with this revision. ERR_NOTFOUND for a revision
 * without a mark; the last hundred are known. */
enum err events_since_revision(const struct events *events, uint64_t revision, uint64_t *number);

/* Which events somebody wants; all that is set must fit. */
struct event_filter {
    bool has_client;
    struct subnet client;
    struct dns_name name;   /* exactly this; len 0 = not set */
    struct dns_name domain; /* this and all below; len 0 = not set */
    int service;            /* enum policy_service, or -1 = not set */
    int rcode;              /* -1 = not set */
    char answer[256];       /* a text that must occur in the answer, any case; "" = not set */
    uint64_t since;         /* wall ms; 0 = not set */
};
/* All events. */
void event_filter_init(struct event_filter *filter);
/* From strings: client (an address or a network), name, domain, service, rcode, answer, since (RFC
 * 3339; `10s`, so long before `wall_now`; now). ERR_NOTFOUND for another key, ERR_INVALID for a bad
 * value, with what would be right in *expected (static). */
enum err event_filter_set(struct event_filter *filter, const char *key, const char *value,
                          uint64_t wall_now, const char **expected);

/* Each event has a number, from 1. As JSON: number, time (RFC 3339), client, view, transport, name,
 * type, service, rcode, source, rule ("FILE:LINE"), change, fault, answer (short), ttl, ms, dropped
 * (no reply was sent). What an event does not have is null. False ends the visit. */
typedef bool (*event_visit_fn)(void *arg, uint64_t number, const json_t *event);
/* Visits kept events that fit, from number `from` on, oldest first; ends when `visit` returns
 * false. */
void events_walk(struct events *events, const struct event_filter *filter, uint64_t from,
                 event_visit_fn visit, void *arg);
/* Where to begin such a walk so that it visits the last `limit` of them; at least `from`. */
uint64_t events_latest(const struct events *events, const struct event_filter *filter,
                       uint64_t from, size_t limit);
/* The number that the next event will have. */
uint64_t events_next(const struct events *events);

/* Calls `visit` for each new event that fits, until events_unfollow or `visit` returns false, which
 * ends the follower too. Either may be called within `visit`. NULL without memory. */
struct event_follower;
struct event_follower *events_follow(struct events *events, const struct event_filter *filter,
                                     event_visit_fn visit, void *arg);
void events_unfollow(struct event_follower *follower);

struct events_stats {
    uint64_t recorded, dropped;
};
void events_stats(const struct events *events, struct events_stats *out);

#endif
