/* Answers and replies for the tests of replies. */
#ifndef TEST_DNS_REPLIES_H
#define TEST_DNS_REPLIES_H

#include "wire.h"

/* Too large for the stack; each test program has its own. */
static struct packet p;
static uint16_t buffer[(DNS_ANSWER_MAX + 1) / 2];
static struct dns_rr out[400];
static const struct dns_reply_options plain = {.limit = 65535, .ede = DNS_EDE_NONE};

static uint8_t tx[65535];

#define NAME "_xmpp-client._tcp.lab.example"

static inline void add_rr(struct dns_builder *b, enum dns_section section, const char *owner,
                          unsigned type, uint32_t ttl, const void *rdata, size_t rdlen)
{
    struct dns_rr rr = {.owner = name_of(owner),
                        .type = (uint16_t)type,
                        .class = DNS_CLASS_IN,
                        .ttl = ttl,
                        .rdata = rdata,
                        .rdlen = (uint16_t)rdlen,
                        .section = section};
    dns_builder_add(b, &rr);
    assert_false(b->failed);
}

/* An SRV record with the root as its target: 19 bytes where the owner is a pointer. */
static inline void add_srv(struct dns_builder *b, const char *owner, unsigned priority,
                           unsigned port)
{
    uint8_t rdata[7] = {(uint8_t)(priority >> 8), (uint8_t)priority, 0, 0,
                        (uint8_t)(port >> 8),     (uint8_t)port,     0};
    add_rr(b, DNS_ANSWER, owner, DNS_TYPE_SRV, 60, rdata, sizeof(rdata));
}

static inline struct dns_answer *simple_answer(uint16_t flags)
{
    static struct dns_name question;
    struct dns_builder b;
    question = name_of(NAME);
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add_srv(&b, NAME, 1, 5222);
    add_rr(&b, DNS_AUTHORITY, "lab.example", DNS_TYPE_NS, 30, "\1n\0", 3);
    add_rr(&b, DNS_ADDITIONAL, "x.lab.example", DNS_TYPE_A, 10, "\1\2\3\4", 4);
    return dns_builder_finish(&b, flags);
}

/* Written to memory of exactly the limit's size. */
static inline size_t reply(const struct dns_query *q, const struct dns_answer *a,
                           const struct dns_reply_options *options, uint8_t *to)
{
    uint8_t *exact = malloc(options->limit);
    assert_non_null(exact);
    size_t len = dns_reply_write(q, a, options, exact);
    assert_true(len <= options->limit);
    memcpy(to, exact, len);
    free(exact);
    return len;
}

/* A chain of one link, n SRV records whose ports tell them apart, one address. */
static inline struct dns_answer *chain_answer(unsigned n, const unsigned *priorities)
{
    static struct dns_name question;
    struct dns_builder b;
    question = name_of(NAME);
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add_rr(&b, DNS_ANSWER, NAME, DNS_TYPE_CNAME, 60, "\1c\0", 3); /* 15 bytes */
    for (unsigned i = 0; i < n; i++)
        add_srv(&b, "c", priorities ? priorities[i] : 0, i); /* 20 bytes */
    add_rr(&b, DNS_ADDITIONAL, "lab.example", DNS_TYPE_A, 60, "\1\2\3\4", 4);
    return dns_builder_finish(&b, 0);
}

static inline unsigned port_of(const struct dns_rr *rr)
{
    assert_int_equal(rr->type, DNS_TYPE_SRV);
    return bytes_get16(rr->rdata + 4);
}

#endif
