/* Queries that came together. Each is read before any is answered, so that the waits for memory,
 * which are most of the work, overlap: a lookup among a million costs ten times less that way. */
#ifndef SHUNT_RESOLVE_BATCH_H
#define SHUNT_RESOLVE_BATCH_H

#include "dns/query.h"
#include "resolve/resolve.h"

#define RESOLVE_BATCH 32 /* more gain nothing */
struct resolve_batch {
    const struct resolve_settings *settings;
    unsigned count;
    struct resolve_item {
        const struct resolve_client *client;
        enum dns_query_verdict verdict;
        struct dns_query query;
        /* What follows is set for DNS_QUERY_OK only. */
        unsigned view;      /* of the client: 1 + its index; 0 = none */
        uint64_t name_hash; /* of query.name */
        uint64_t key_hash;  /* of the cache's key for the question */
    } items[RESOLVE_BATCH];
};

/* An empty batch; what it holds need not be set before. One resolver_enter must cover it until its
 * last query is answered. */
void resolve_batch_init(struct resolver *r, struct resolve_batch *batch);
/* Reads a packet, which like its client must stay until it is answered. There must be room. */
void resolve_batch_add(struct resolver *r, struct resolve_batch *batch,
                       const struct resolve_client *client, const uint8_t *rx, size_t rx_len);
/* To be called once all are added: begins to fetch what answering them will need. */
void resolve_batch_look_up(struct resolver *r, const struct resolve_batch *batch);
/* Answers query i, each once at most: one that is left was not asked, and may be read again later.
 * The reply goes to tx (65535 bytes for TCP, DNS_UDP_PAYLOAD for UDP), its length to *tx_len. No
 * allocation, no lock, no system call unless it has to ask upstream. */
enum resolve_verdict resolve_batch_answer(struct resolver *r, const struct resolve_batch *batch,
                                          unsigned i, uint8_t *tx, size_t *tx_len, uint64_t now);

#endif
