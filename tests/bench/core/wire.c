/* Parsing of queries, and writing of replies. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "dns/reply.h"

struct ask {
    const char *name;
    uint16_t type;
    bool edns;
    unsigned additional; /* addresses that come along */
};

static const struct ask ask_srv = {"_xmpp-client._tcp.lab.example.", DNS_TYPE_SRV, false, 0};
static const struct ask ask_srv_edns = {"_xmpp-client._tcp.lab.example.", DNS_TYPE_SRV, true, 0};
static const struct ask ask_more = {"_xmpp-client._tcp.lab.example.", DNS_TYPE_SRV, true, 2};
static const struct ask ask_a = {"lab.example.", DNS_TYPE_A, false, 0};

struct wire {
    size_t len;
    uint8_t packet[DNS_QUERY_MAX];
    struct dns_query query;
    struct dns_answer *answer;
    uint8_t tx[DNS_UDP_PAYLOAD];
    _Alignas(8) uint8_t memory[2048];
};

static void add_record(struct dns_builder *b, const char *owner, uint16_t type, const char *rdata,
                       size_t rdlen, enum dns_section section)
{
    const struct dns_rr rr = {.owner = bench_name(owner),
                              .type = type,
                              .class = DNS_CLASS_IN,
                              .ttl = 3600,
                              .rdata = (const uint8_t *)rdata,
                              .rdlen = (uint16_t)rdlen,
                              .section = section};
    dns_builder_add(b, &rr);
}

static void make_answer(struct wire *w, const struct ask *ask)
{
    static const char srv[] = "\0\0\0\5\x14\x66\5xmpp1\3lab\7example";
    struct dns_builder b;
    dns_builder_init(&b, w->memory, sizeof(w->memory), &w->query.name);
    if (ask->type == DNS_TYPE_SRV)
        add_record(&b, ask->name, ask->type, srv, sizeof(srv), DNS_ANSWER);
    else
        add_record(&b, ask->name, ask->type, "\12\5\0\13", 4, DNS_ANSWER);
    for (unsigned i = 0; i < ask->additional; i++)
        add_record(&b, "xmpp1.lab.example.", DNS_TYPE_A, "\12\5\0\13", 4, DNS_ADDITIONAL);
    w->answer = dns_builder_finish(&b, DNS_FLAG_AA);
    if (!w->answer)
        bench_die("the answer was not built");
}

static void *wire_open(const struct bench *bench)
{
    const struct ask *ask = bench->data;
    struct wire *w = bench_alloc(1, sizeof(*w));
    w->len = bench_query(ask->name, ask->type, ask->edns, w->packet);
    if (dns_query_parse(&w->query, w->packet, w->len) != DNS_QUERY_OK)
        bench_die("the query is not understood");
    make_answer(w, ask);
    return w;
}

static void run_parse(void *state, uint64_t count)
{
    struct wire *w = state;
    for (uint64_t i = 0; i < count; i++) {
        dns_query_parse(&w->query, w->packet, w->len);
        bench_keep(&w->query);
    }
}

static void run_hash(void *state, uint64_t count)
{
    struct wire *w = state;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t hash = hash_bytes(&bench_key, w->query.name.wire, w->query.name.len);
        bench_keep(&hash);
    }
}

static void run_reply(void *state, uint64_t count)
{
    struct wire *w = state;
    for (uint64_t i = 0; i < count; i++) {
        const struct dns_reply_options options = {
            .age = 5, .limit = w->query.payload, .ede = DNS_EDE_NONE};
        dns_reply_write(&w->query, w->answer, &options, w->tx);
        bench_keep(w->tx);
    }
}

const struct bench wire_benches[] = {
    {"parse/a", wire_open, run_parse, free, 0, &ask_a},
    {"parse/srv", wire_open, run_parse, free, 0, &ask_srv},
    {"parse/srv-edns", wire_open, run_parse, free, 0, &ask_srv_edns},
    {"hash/name-of-31-bytes", wire_open, run_hash, free, 0, &ask_srv},
    {"reply/a", wire_open, run_reply, free, 0, &ask_a},
    {"reply/srv", wire_open, run_reply, free, 0, &ask_srv},
    {"reply/srv-edns", wire_open, run_reply, free, 0, &ask_srv_edns},
    {"reply/srv-edns-additional", wire_open, run_reply, free, 0, &ask_more},
    {0},
};
