/* What a resolver counts. */
#ifndef SHUNT_RESOLVE_COUNTERS_H
#define SHUNT_RESOLVE_COUNTERS_H

#include <stdint.h>

#include "policy/model.h"

/* Where a reply came from. */
enum resolve_source {
    RESOLVE_FROM_POLICY,
    RESOLVE_FROM_CACHE,
    RESOLVE_FROM_UPSTREAM,
    RESOLVE_FROM_STALE,   /* an expired entry, since upstream failed (RFC 8767) */
    RESOLVE_FROM_REFUSED, /* refused or malformed: an error of ours */
    RESOLVE_FROM_FAULT,   /* an answer from elsewhere that a fault befell */
    RESOLVE_SOURCES,
};

#define RESOLVE_RCODES 24

/* Replies are counted by the time that they took: at most so many ms each, and one count more for
 * longer ones. */
#define RESOLVE_DURATIONS 12
extern const uint32_t resolve_duration_limits[RESOLVE_DURATIONS - 1];

struct resolve_counters {
    uint64_t queries_udp, queries_tcp, queries_ipv6;
    uint64_t queries_tcp_ipv6;          /* those that count as both */
    uint64_t sources[RESOLVE_SOURCES];  /* replies */
    uint64_t rcodes[RESOLVE_RCODES];    /* replies by RCODE; the last holds all from there on */
    uint64_t services[POLICY_SERVICES]; /* queries for XMPP services */
    uint64_t replies[RESOLVE_SOURCES][RESOLVE_RCODES];
    uint64_t service_sources[POLICY_SERVICES][RESOLVE_SOURCES];
    uint64_t durations[RESOLVE_DURATIONS]; /* replies by the time that they took */
    uint64_t duration_ms;                  /* of all replies together */
    uint64_t dropped_malformed, dropped_limit, dropped_fault, coalesced, loops;
};

#endif
