/* The prepared answer: the one form in which policy and cache keep what a client is told.
 *
 * It holds the records of a response in wire form, and nothing that differs from client to client:
 * no ID, no question, no OPT. The body is what follows the question section in a message whose
 * question has the name this answer was made for. A name in it is either written out or points into
 * that question (an offset from 12 on); RDATA is never compressed (RFC 2782, RFC 3597 §4). So
 * replying is: header, the client's own question bytes, body, TTLs aged, OPT.
 *
 * An answer is one block of memory, may be copied with memcpy, and needs 2-byte alignment. */
#ifndef SHUNT_DNS_ANSWER_H
#define SHUNT_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/query.h"

struct dns_answer {
    uint16_t flags;                /* AA, AD, TC and RCODE bits of the reply; host order */
    uint16_t counts[DNS_SECTIONS]; /* records in each section */
    uint16_t ede;                  /* extended error to send along, or DNS_EDE_NONE */
    uint16_t body_len;
    uint8_t data[]; /* the body; a pad byte if its length is odd; then, for each record in order,
                       the offset of its TTL field in the body, a uint16_t in host order */
};

/* The most bytes an answer can have: a 64 KiB body of the smallest records (12 bytes each). */
#define DNS_ANSWER_MAX (sizeof(struct dns_answer) + 65536 + 2 * (65536 / 11))

static inline unsigned dns_answer_records(const struct dns_answer *a)
{
    return (unsigned)a->counts[DNS_ANSWER] + a->counts[DNS_AUTHORITY] + a->counts[DNS_ADDITIONAL];
}

static inline const uint16_t *dns_answer_offsets(const struct dns_answer *a)
{
    return (const uint16_t *)(const void *)(a->data + a->body_len + (a->body_len & 1));
}

static inline size_t dns_answer_size(const struct dns_answer *a)
{
    return sizeof(*a) + a->body_len + (a->body_len & 1) + 2 * (size_t)dns_answer_records(a);
}

static inline uint16_t dns_answer_rcode(const struct dns_answer *a)
{
    return a->flags & DNS_RCODE_MASK;
}

/* No data for the question's type at the end of the chain: NXDOMAIN, or NOERROR without a record of
 * `type` (any record, for ANY) in the answer section. Other RCODEs are failures, not negative. */
bool dns_answer_is_negative(const struct dns_answer *a, uint16_t type);

/* A walk over the records; owners are written out. The RDATA points into the answer. */
struct dns_answer_walk {
    const struct dns_answer *answer;
    const struct dns_name *question;
    unsigned index;
    size_t start; /* of the next record, in the body */
};
void dns_answer_walk_init(struct dns_answer_walk *walk, const struct dns_answer *answer,
                          const struct dns_name *question);
bool dns_answer_walk_next(struct dns_answer_walk *walk, struct dns_rr *rr);

/* Makes an answer record by record, in a buffer of the caller's (2-byte aligned; DNS_ANSWER_MAX
 * bytes hold any). Records must come section by section. An answer that is finished fits a message
 * of 64 KiB together with its question and an OPT record, so over TCP it goes out whole. */
struct dns_builder {
    struct dns_answer *answer;
    const struct dns_name *question; /* must outlive the builder */
    size_t capacity;                 /* bytes of the whole buffer */
    enum dns_section section;
    bool wildcard; /* see dns_builder_set_wildcard */
    bool failed;   /* it did not fit, or sections came out of order */
};
void dns_builder_init(struct dns_builder *b, void *buffer, size_t capacity,
                      const struct dns_name *question);
/* Adds a record. rr->rdata must hold no compressed name; owners that are the question's name or an
 * ancestor of it become pointers, others share their longest common ending with it. */
void dns_builder_add(struct dns_builder *b, const struct dns_rr *rr);
/* The same, but the owner is the question's own name whatever its length, and no other name points
 * into the question: for answers to wildcards, whose question is not known beforehand. */
void dns_builder_set_wildcard(struct dns_builder *b);
/* Closes the answer; NULL when anything failed. `flags` as in struct dns_answer, others are
 * dropped. No extended error yet: the caller may set ->ede. */
struct dns_answer *dns_builder_finish(struct dns_builder *b, uint16_t flags);

/* What dns_answer_from_message found besides the records. */
struct dns_message_info {
    uint16_t rcode;   /* 12 bits, the OPT record's part included; over 15 it is SERVFAIL in the
                         answer, whose flags have no place for it */
    bool truncated;   /* TC was set */
    bool edns;        /* it had an OPT record */
    bool has_soa;     /* in the authority section */
    uint32_t min_ttl; /* lowest TTL of all records, after clamps; UINT32_MAX without records */
};

/* Limits that are applied to TTLs as a message comes in, in seconds. */
struct dns_ttl_limits {
    uint32_t min, max;
    uint32_t max_negative; /* of the SOA of a negative answer */
};

/* Turns an upstream's reply into an answer: names in RDATA expanded, every RRset given its lowest
 * TTL (RFC 2181 §5.2; a TTL with its top bit set counts as 0, §8), the SOA of a negative answer
 * min(its TTL, MINIMUM) (RFC 2308 §5), limits applied (max, then min, then max_negative), OPT and
 * TSIG left out. Of the flags AD and the RCODE are kept; an extended error goes to answer->ede. QR,
 * the ID and the question are not checked again (dns_reply_matches did), but there must be one
 * question. Bytes behind the last record are passed over. When the expanded form does not fit a
 * message (or the buffer) the additional and then the authority section is left out, and *info
 * tells of what is left. `buffer` as for dns_builder_init. ERR_INVALID when the message is broken,
 * ERR_RANGE when even the answer section is too large. */
enum err dns_answer_from_message(struct dns_answer **out, struct dns_message_info *info,
                                 const uint8_t *message, size_t len,
                                 const struct dns_ttl_limits *limits, void *buffer,
                                 size_t capacity);

/* Whether a message from upstream belongs to a query of ours: QR set, the ID, opcode QUERY, and the
 * same question (names compared without regard to case). The source is the socket's business. A
 * reply with FORMERR or NOTIMP, and no question at all, belongs too: old servers send it. */
bool dns_reply_matches(const uint8_t *message, size_t len, uint16_t id,
                       const struct dns_question *question);

#endif
