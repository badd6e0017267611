/* A client's query as a view over its packet, checked; and the writing of our own queries. */
#ifndef SHUNT_DNS_QUERY_H
#define SHUNT_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/name.h"

enum dns_query_verdict {
    DNS_QUERY_OK,
    DNS_QUERY_DROP,    /* no query, or too short to answer: silence */
    DNS_QUERY_FORMERR, /* to be answered with this RCODE; likewise below */
    DNS_QUERY_NOTIMP,
    DNS_QUERY_BADVERS,
};

struct dns_query {
    const uint8_t *question; /* name, type, class in the packet, in the client's own case */
    uint16_t question_len;   /* 0 when the packet has no readable question to echo */
    uint16_t id;
    uint16_t flags; /* the whole word as it came */
    uint16_t type, class;
    uint16_t payload; /* the most a UDP reply may have: 512 to 1232 */
    bool edns;        /* it sent an OPT record, so it gets one */
    bool dnssec_ok;
    struct dns_name name; /* lower-cased */
};

/* Checks a packet, one rule after the other (RFC 1035 §4.1, RFC 6891 §6.1, RFC 9619: one question).
 * Every field of *out is set to something sane whatever the verdict, so that an error reply can be
 * written from it. `out` points into `packet`, which must outlive it. */
enum dns_query_verdict dns_query_parse(struct dns_query *out, const uint8_t *packet, size_t len);

/* What is asked of an upstream server. */
struct dns_question {
    uint16_t type, class;
    bool recursion;       /* RD */
    bool checking_off;    /* CD */
    bool dnssec_ok;       /* DO; only with EDNS */
    struct dns_name name; /* lower-cased */
};

/* Without the bytes behind the names, which assignments copy too. */
static inline void dns_query_copy(struct dns_query *out, const struct dns_query *q)
{
    memcpy(out, q, offsetof(struct dns_query, name) + 1u + q->name.len);
}

static inline void dns_question_copy(struct dns_question *out, const struct dns_question *q)
{
    memcpy(out, q, offsetof(struct dns_question, name) + 1u + q->name.len);
}

/* Writes a query: header, question, and an OPT record with payload 1232 when `edns`. AD is set,
 * which asks for the AD bit in the reply (RFC 6840 §5.7). Returns its length, 0 when `capacity` is
 * too small (DNS_QUERY_MAX is always enough). */
size_t dns_query_write(const struct dns_question *q, uint16_t id, bool edns, uint8_t *out,
                       size_t capacity);
#define DNS_QUERY_MAX (DNS_HEADER_LEN + DNS_NAME_MAX + 4 + DNS_EDNS_LEN)

#endif
