/* Messages put together by hand, byte by byte, for the tests of this folder. */
#ifndef TEST_DNS_WIRE_H
#define TEST_DNS_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dns/answer.h"
#include "dns/reply.h"

struct packet {
    uint8_t bytes[70000];
    struct writer w;
};

static inline struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    return name;
}

static inline void packet_init(struct packet *p, uint16_t id, unsigned flags, unsigned questions)
{
    writer_init(&p->w, p->bytes, sizeof(p->bytes));
    writer_u16(&p->w, id);
    writer_u16(&p->w, (uint16_t)flags);
    writer_u16(&p->w, (uint16_t)questions);
    writer_u16(&p->w, 0);
    writer_u32(&p->w, 0);
}

static inline size_t packet_len(const struct packet *p)
{
    assert_false(p->w.failed);
    return writer_len(&p->w);
}

/* Counts of records, as the header shall say. */
static inline void packet_counts(struct packet *p, unsigned an, unsigned ns, unsigned ar)
{
    bytes_put16(p->bytes + 6, (uint16_t)an);
    bytes_put16(p->bytes + 8, (uint16_t)ns);
    bytes_put16(p->bytes + 10, (uint16_t)ar);
}

static inline void packet_name(struct packet *p, const char *text)
{
    struct dns_name name = name_of(text);
    writer_bytes(&p->w, name.wire, name.len);
}

static inline void packet_pointer(struct packet *p, size_t offset)
{
    writer_u16(&p->w, (uint16_t)(0xc000 | offset));
}

/* Labels of `text`, and then a pointer. */
static inline void packet_name_to(struct packet *p, const char *text, size_t offset)
{
    struct dns_name name = name_of(text);
    writer_bytes(&p->w, name.wire, name.len - 1u);
    packet_pointer(p, offset);
}

static inline void packet_question(struct packet *p, const char *name, unsigned type)
{
    packet_name(p, name);
    writer_u16(&p->w, (uint16_t)type);
    writer_u16(&p->w, DNS_CLASS_IN);
}

static inline void packet_fixed(struct packet *p, unsigned type, uint32_t ttl, size_t rdlen)
{
    writer_u16(&p->w, (uint16_t)type);
    writer_u16(&p->w, DNS_CLASS_IN);
    writer_u32(&p->w, ttl);
    writer_u16(&p->w, (uint16_t)rdlen);
}

/* A record with an uncompressed owner and ready RDATA; `section` is counted in the header. */
static inline void packet_record(struct packet *p, enum dns_section section, const char *owner,
                                 unsigned type, uint32_t ttl, const void *rdata, size_t rdlen)
{
    uint8_t *count = p->bytes + 6 + 2 * section;
    bytes_put16(count, (uint16_t)(bytes_get16(count) + 1));
    packet_name(p, owner);
    packet_fixed(p, type, ttl, rdlen);
    writer_bytes(&p->w, rdata, rdlen);
}

static inline void packet_a(struct packet *p, enum dns_section section, const char *owner,
                            uint32_t ttl, uint8_t last)
{
    const uint8_t address[4] = {192, 0, 2, last};
    packet_record(p, section, owner, DNS_TYPE_A, ttl, address, 4);
}

static inline void packet_soa(struct packet *p, const char *owner, uint32_t ttl, uint32_t minimum)
{
    uint8_t rdata[22] = {0};
    bytes_put32(rdata + 18, minimum);
    packet_record(p, DNS_AUTHORITY, owner, DNS_TYPE_SOA, ttl, rdata, sizeof(rdata));
}

static inline void packet_opt(struct packet *p, unsigned payload, uint32_t ttl, const void *options,
                              size_t len)
{
    uint8_t *count = p->bytes + 10;
    bytes_put16(count, (uint16_t)(bytes_get16(count) + 1));
    writer_u8(&p->w, 0);
    writer_u16(&p->w, DNS_TYPE_OPT);
    writer_u16(&p->w, (uint16_t)payload);
    writer_u32(&p->w, ttl);
    writer_u16(&p->w, (uint16_t)len);
    writer_bytes(&p->w, options, len);
}

/* A copy in memory of exactly its size, so that a sanitizer sees one byte too far. */
static inline uint8_t *exact_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* The records of a message, all of them; fails the test when it is broken. */
static inline unsigned walk_all(const uint8_t *message, size_t len, struct dns_rr *out,
                                unsigned max)
{
    struct dns_walk walk;
    unsigned n = 0;
    int more;
    struct dns_rr rr;
    assert_int_equal(dns_walk_init(&walk, message, len), ERR_OK);
    while ((more = dns_walk_next(&walk, &rr)) == 1) {
        if (n < max)
            out[n] = rr;
        n++;
    }
    assert_int_equal(more, 0);
    assert_ptr_equal(walk.r.at, walk.r.end);
    return n;
}

static inline void assert_name(const struct dns_name *name, const char *text)
{
    char out[DNS_NAME_TEXT_MAX];
    assert_string_equal(dns_name_to_text(name, out), text);
}

/* A parsed query, made from flags and a question; `edns_payload` 0 = no OPT. */
static inline void make_query(struct packet *p, struct dns_query *q, unsigned flags,
                              const char *name, unsigned type, unsigned edns_payload, bool dnssec)
{
    packet_init(p, 0xbeef, flags, 1);
    packet_question(p, name, type);
    if (edns_payload > 0)
        packet_opt(p, edns_payload, dnssec ? DNS_EDNS_DO : 0, NULL, 0);
    assert_int_equal(dns_query_parse(q, p->bytes, packet_len(p)), DNS_QUERY_OK);
}

#endif
