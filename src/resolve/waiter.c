/* Questions that are in flight, and who waits for each: the same question is asked once, and all
 * who asked get the answer. Storage is fixed at start; when it is used up the newest query is
 * dropped. */
#include <stdlib.h>
#include <string.h>

#include "resolve/chain.h"
#include "resolve/root.h"

#define LOOP_LOG_INTERVAL 10000 /* ms */

/* A client's query, kept until its answer comes. */
struct waiter {
    struct waiter *next;
    struct resolve_client client;
    struct dns_query query; /* `question` points to the bytes below */
    uint8_t question[DNS_NAME_MAX + 4];
    uint64_t name_hash;
    uint64_t since;          /* when the query came */
    unsigned rounds;         /* lookups that it has waited for, this one included */
    struct chain_part *part; /* what there is of its answer already, or NULL */
};

struct lookup {
    struct lookup *next; /* in its bucket, or in the free list */
    struct resolver *resolver;
    struct dns_question question;
    uint64_t name_hash;   /* of its name */
    struct waiter *first; /* in the order in which they came */
    struct waiter **last;
};

enum err waiting_init(struct waiting *w, unsigned max_pending)
{
    size_t buckets = 1;
    while (buckets < max_pending)
        buckets *= 2;
    *w = (struct waiting){.bucket_mask = buckets - 1};
    /* One more than can be waited for: that which is just being answered. */
    w->lookups = calloc((size_t)max_pending + 1, sizeof(*w->lookups));
    w->waiters = calloc(max_pending, sizeof(*w->waiters));
    w->buckets = calloc(buckets, sizeof(struct lookup *));
    if (!w->lookups || !w->waiters || !w->buckets) {
        waiting_deinit(w);
        return ERR_NOMEM;
    }
    for (unsigned i = max_pending + 1; i-- > 0;) {
        w->lookups[i].next = w->free_lookups;
        w->free_lookups = &w->lookups[i];
    }
    for (unsigned i = max_pending; i-- > 0;) {
        w->waiters[i].next = w->free_waiters;
        w->free_waiters = &w->waiters[i];
    }
    return ERR_OK;
}

void waiting_deinit(struct waiting *w)
{
    free(w->lookups);
    free(w->waiters);
    free(w->buckets);
    *w = (struct waiting){0};
}

static bool question_equal(const struct dns_question *a, const struct dns_question *b)
{
    return a->type == b->type && a->class == b->class && a->recursion == b->recursion &&
           a->checking_off == b->checking_off && a->dnssec_ok == b->dnssec_ok &&
           dns_name_equal(&a->name, &b->name);
}

static struct lookup **lookup_bucket(struct resolver *r, uint64_t name_hash, uint16_t type)
{
    return &r->waiting.buckets[hash_mix(name_hash, type) & r->waiting.bucket_mask];
}

static struct lookup *bucket_find(struct lookup *first, const struct dns_question *q)
{
    struct lookup *l = first;
    while (l && !question_equal(&l->question, q))
        l = l->next;
    return l;
}

static void lookup_unlink(struct resolver *r, struct lookup *lookup)
{
    struct lookup **at = lookup_bucket(r, lookup->name_hash, lookup->question.type);
    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
}

static void lookup_release(struct resolver *r, struct lookup *lookup)
{
    lookup->next = r->waiting.free_lookups;
    r->waiting.free_lookups = lookup;
}

static void waiter_release(struct resolver *r, struct waiter *waiter)
{
    chain_part_free(waiter->part);
    waiter->part = NULL;
    waiter->next = r->waiting.free_waiters;
    r->waiting.free_waiters = waiter;
    r->waiting.pending--;
}

static void on_upstream_done(void *arg, const struct upstream_result *result);

/* Sends a question that nobody asked yet. */
static enum err lookup_start(struct resolver *r, const struct dns_question *q, uint64_t name_hash,
                             struct lookup **bucket, uint64_t now)
{
    struct lookup *lookup = r->waiting.free_lookups;
    if (!lookup)
        return ERR_LIMIT;
    r->waiting.free_lookups = lookup->next;
    lookup->resolver = r;
    lookup->name_hash = name_hash;
    lookup->first = NULL;
    lookup->last = &lookup->first;
    dns_question_copy(&lookup->question, q);
    enum err e = r->init.ask(r->init.upstream, q, on_upstream_done, lookup, now);
    if (e != ERR_OK) {
        lookup_release(r, lookup);
        return e;
    }
    lookup->next = *bucket;
    *bucket = lookup;
    return ERR_OK;
}

/* Makes a waiter wait for the answer to the outcome's question. */
static enum err waiter_join(struct resolver *r, struct waiter *waiter,
                            const struct outcome *outcome, uint64_t now)
{
    const struct dns_question *q = &outcome->question;
    struct lookup **bucket = lookup_bucket(r, outcome->name_hash, q->type);
    struct lookup *lookup = bucket_find(*bucket, q);
    if (lookup) {
        r->counters.coalesced++;
    } else {
        enum err e = lookup_start(r, q, outcome->name_hash, bucket, now);
        if (e != ERR_OK)
            return e;
        lookup = *bucket;
    }
    waiter->next = NULL;
    waiter->rounds++;
    *lookup->last = waiter;
    lookup->last = &waiter->next;
    return ERR_OK;
}

/* No part of the answer takes it further: that is not the policy's wish, so it is a failure. */
static void waiter_give_up(struct resolver *r, struct outcome *out)
{
    struct dns_answer *answer = (struct dns_answer *)(void *)r->composed.bytes;
    *answer = (struct dns_answer){.flags = DNS_RCODE_SERVFAIL, .ede = DNS_EDE_OTHER};
    out->answer = answer;
    out->source = RESOLVE_FROM_UPSTREAM;
    out->options = (struct dns_reply_options){.ede = DNS_EDE_OTHER,
                                              .ede_text = "the answer takes too many lookups"};
}

/* A waiter that has its answer, or goes on to wait for another part of it. */
static void waiter_finish(struct resolver *r, const struct resolve_settings *settings,
                          struct waiter *waiter, const struct arrival *arrival, uint64_t now)
{
    const struct resolve_client client = waiter->client;
    const struct asked asked = {.query = &waiter->query,
                                .name_hash = waiter->name_hash,
                                .client = &client,
                                .settings = settings,
                                .view = view_find(settings, &client),
                                .since = waiter->since,
                                .late = true};
    struct outcome out;
    size_t len = 0;
    pipeline_run(r, &asked, waiter->part, arrival, now, &out);
    chain_part_free(waiter->part);
    waiter->part = out.part;
    if (out.fetch && waiter->rounds < RESOLVE_ROUNDS_MAX &&
        waiter_join(r, waiter, &out, now) == ERR_OK)
        return;
    if (out.fetch)
        waiter_give_up(r, &out);
    enum resolve_verdict verdict = deliver(r, &asked, &out, r->tx, &len, now);
    waiter_release(r, waiter);
    if (verdict != RESOLVE_PENDING)
        client.send(&client, verdict == RESOLVE_REPLY ? r->tx : NULL, len, now);
}

/* It did not answer in time, or said so itself: in a loop whoever began to wait later may give up
 * first. */
static bool went_unanswered(const struct upstream_result *result)
{
    if (result->status == UPSTREAM_REPLY)
        return result->len >= DNS_HEADER_LEN && (result->message[3] & 0xf) == DNS_RCODE_SERVFAIL;
    return result->status == UPSTREAM_TIMEOUT;
}

/* The server that had no answer to our question was waiting for us to answer it: it forwards to us.
 */
static void loop_notice(struct resolver *r, const struct lookup *lookup,
                        const struct upstream_result *result)
{
    char server[ENDPOINT_TEXT_MAX];
    char name[DNS_NAME_TEXT_MAX];
    uint64_t held;
    if (!went_unanswered(result) || !result->server)
        return;
    const struct waiter *w = lookup->first ? lookup->first->next : NULL;
    while (w && !addr_same_host(&w->client.peer, &result->server->addr))
        w = w->next;
    if (!w)
        return;
    r->counters.loops++;
    if (!log_limit_pass(&r->loop_limit, result->now, LOOP_LOG_INTERVAL, &held))
        return;
    log_warning(r->init.log,
                "upstream %s asked us for %s while we waited for it to answer just that: does it "
                "forward to us? (%llu more such questions)",
                endpoint_format(result->server, server),
                dns_name_to_text(&lookup->question.name, name), (unsigned long long)held);
}

static void on_upstream_done(void *arg, const struct upstream_result *result)
{
    struct lookup *lookup = arg;
    struct resolver *r = lookup->resolver;
    struct arrival arrival;
    char ede_text[DNS_EDE_TEXT_MAX];
    resolver_enter(r);
    const struct resolve_settings *settings = root_read(r->init.settings);
    loop_notice(r, lookup, result);
    arrival_take(r, settings, &lookup->question, lookup->name_hash, result, ede_text, &arrival);
    /* Before the first waiter is answered: that one may go on to ask the same again. */
    lookup_unlink(r, lookup);
    for (struct waiter *w = lookup->first, *next; w; w = next) {
        next = w->next;
        waiter_finish(r, settings, w, &arrival, result->now);
    }
    lookup_release(r, lookup);
    resolver_leave(r);
}

enum err waiting_add(struct resolver *r, struct outcome *outcome, const struct asked *asked,
                     uint64_t now)
{
    struct waiter *waiter = r->waiting.free_waiters;
    if (!waiter) {
        chain_part_free(outcome->part);
        return ERR_LIMIT;
    }
    r->waiting.free_waiters = waiter->next;
    r->waiting.pending++;
    const struct dns_query *query = asked->query;
    waiter->client = *asked->client;
    dns_query_copy(&waiter->query, query);
    waiter->name_hash = asked->name_hash;
    waiter->since = asked->since;
    waiter->rounds = 0;
    waiter->part = outcome->part;
    memcpy(waiter->question, query->question, query->question_len);
    waiter->query.question = waiter->question;
    enum err e = waiter_join(r, waiter, outcome, now);
    if (e != ERR_OK)
        waiter_release(r, waiter);
    return e;
}
