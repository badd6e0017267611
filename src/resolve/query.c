/* Queries from the packet to the verdict: check, access, pipeline. */
#include "resolve/batch.h"
#include "resolve/resolver.h"
#include "resolve/root.h"

static void count_query(struct resolver *r, const struct resolve_client *client)
{
    if (client->tcp)
        r->counters.queries_tcp++;
    else
        r->counters.queries_udp++;
    if (client->peer.sa.sa_family != AF_INET6)
        return;
    r->counters.queries_ipv6++;
    if (client->tcp)
        r->counters.queries_tcp_ipv6++;
}

static bool client_is_allowed(const struct resolve_settings *settings, const struct addr *peer)
{
    for (size_t i = 0; i < settings->allow_count; i++) {
        if (subnet_contains(&settings->allow[i], peer))
            return true;
    }
    return false;
}

/* An error reply of ours; counted. */
static size_t refuse(struct resolver *r, const struct dns_query *query, enum dns_rcode rcode,
                     uint16_t ede, uint8_t *tx)
{
    resolver_count(r, RESOLVE_FROM_REFUSED, rcode, 0);
    return dns_reply_error(query, rcode, ede, NULL, tx);
}

static size_t refuse_malformed(struct resolver *r, const struct dns_query *query,
                               enum dns_query_verdict verdict, uint8_t *tx)
{
    switch (verdict) {
    case DNS_QUERY_NOTIMP:
        return refuse(r, query, DNS_RCODE_NOTIMP, DNS_EDE_NONE, tx);
    case DNS_QUERY_BADVERS:
        return refuse(r, query, DNS_RCODE_BADVERS, DNS_EDE_NONE, tx);
    default:
        return refuse(r, query, DNS_RCODE_FORMERR, DNS_EDE_NONE, tx);
    }
}

/* The query cannot be asked at all. */
static void no_upstream(struct resolver *r, struct outcome *out)
{
    struct dns_answer *answer = (struct dns_answer *)(void *)r->composed.bytes;
    *answer = (struct dns_answer){.flags = DNS_RCODE_SERVFAIL, .ede = DNS_EDE_NONE};
    out->answer = answer;
    out->source = RESOLVE_FROM_UPSTREAM;
    out->options = (struct dns_reply_options){.ede = DNS_EDE_NO_REACHABLE_AUTHORITY,
                                              .ede_text = "no upstream server for this name"};
}

static enum resolve_verdict answer_query(struct resolver *r, const struct asked *asked, uint8_t *tx,
                                         size_t *tx_len, uint64_t now)
{
    struct outcome outcome;
    pipeline_run(r, asked, NULL, NULL, now, &outcome);
    if (!outcome.fetch)
        return deliver(r, asked, &outcome, tx, tx_len, now);
    enum err e = waiting_add(r, &outcome, asked, now);
    if (e == ERR_OK)
        return RESOLVE_PENDING;
    if (e == ERR_LIMIT) { /* the newest work goes, what waits already is kept */
        r->counters.dropped_limit++;
        return RESOLVE_DROP;
    }
    no_upstream(r, &outcome);
    return deliver(r, asked, &outcome, tx, tx_len, now);
}

void resolve_batch_init(struct resolver *r, struct resolve_batch *batch)
{
    batch->settings = root_read(r->init.settings);
    batch->count = 0;
}

/* The first of two steps: the places in the tables of policy and cache. */
static void look_up(struct resolver *r, const struct resolve_settings *settings,
                    struct resolve_item *item)
{
    const struct dns_query *q = &item->query;
    uint8_t flags = resolver_key_flags(q->dnssec_ok, q->flags & DNS_FLAG_CD);
    item->view = view_find(settings, item->client);
    item->name_hash = resolver_hash(r, &q->name);
    item->key_hash = cache_hash(item->name_hash, q->type, q->class, flags);
    policy_prefetch(view_policy(settings, item->view), item->name_hash);
    cache_prefetch(r->init.cache, item->key_hash);
}

void resolve_batch_add(struct resolver *r, struct resolve_batch *batch,
                       const struct resolve_client *client, const uint8_t *rx, size_t rx_len)
{
    struct resolve_item *item = &batch->items[batch->count++];
    item->client = client;
    item->verdict = dns_query_parse(&item->query, rx, rx_len);
    if (item->verdict == DNS_QUERY_OK)
        look_up(r, batch->settings, item);
}

/* Of the entry that says that the name does not exist. */
static uint64_t nxdomain_hash(const struct resolve_item *item)
{
    const struct dns_query *q = &item->query;
    uint8_t flags = resolver_key_flags(q->dnssec_ok, q->flags & DNS_FLAG_CD);
    return cache_hash(item->name_hash, CACHE_TYPE_NXDOMAIN, q->class, flags);
}

/* What neither has an entry nor is ours may be a name that does not exist: that is another entry,
 * and so the two steps again. */
void resolve_batch_look_up(struct resolver *r, const struct resolve_batch *batch)
{
    uint64_t others[RESOLVE_BATCH];
    unsigned count = 0;
    for (unsigned i = 0; i < batch->count; i++) {
        const struct resolve_item *item = &batch->items[i];
        if (item->verdict != DNS_QUERY_OK)
            continue;
        const struct policy *policy = view_policy(batch->settings, item->view);
        bool ours = policy_prefetch_answer(policy, item->name_hash);
        if (cache_prefetch_entry(r->init.cache, item->key_hash) || ours)
            continue;
        others[count] = nxdomain_hash(item);
        cache_prefetch(r->init.cache, others[count++]);
    }
    for (unsigned i = 0; i < count; i++)
        cache_prefetch_entry(r->init.cache, others[i]);
}

/* A query that no pipeline is needed for; false when it is an ordinary one. */
static bool answer_plainly(struct resolver *r, const struct resolve_settings *settings,
                           const struct resolve_item *item, uint8_t *tx, size_t *tx_len)
{
    const struct dns_query *query = &item->query;
    const struct resolve_client *client = item->client;
    if (!client_is_allowed(settings, &client->peer))
        *tx_len = refuse(r, query, DNS_RCODE_REFUSED, DNS_EDE_PROHIBITED, tx);
    else if (item->verdict != DNS_QUERY_OK)
        *tx_len = refuse_malformed(r, query, item->verdict, tx);
    else
        *tx_len = special_reply(r, query, client->tcp ? DNS_MESSAGE_MAX : query->payload, tx);
    return *tx_len > 0;
}

enum resolve_verdict resolve_batch_answer(struct resolver *r, const struct resolve_batch *batch,
                                          unsigned i, uint8_t *tx, size_t *tx_len, uint64_t now)
{
    const struct resolve_item *item = &batch->items[i];
    count_query(r, item->client);
    if (item->verdict == DNS_QUERY_DROP) {
        r->counters.dropped_malformed++;
        return RESOLVE_DROP;
    }
    if (answer_plainly(r, batch->settings, item, tx, tx_len))
        return RESOLVE_REPLY;
    const struct asked asked = {.query = &item->query,
                                .name_hash = item->name_hash,
                                .client = item->client,
                                .settings = batch->settings,
                                .view = item->view,
                                .since = now};
    return answer_query(r, &asked, tx, tx_len, now);
}

enum resolve_verdict resolve_query(struct resolver *r, const struct resolve_client *client,
                                   const uint8_t *rx, size_t rx_len, uint8_t *tx, size_t *tx_len,
                                   uint64_t now)
{
    struct resolve_batch batch;
    resolve_batch_init(r, &batch);
    resolve_batch_add(r, &batch, client, rx, rx_len);
    return resolve_batch_answer(r, &batch, 0, tx, tx_len, now);
}
