#include "daemon/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/event_record.h"
#include "daemon/delay.h"

#define PROBE_PENDING 64 /* questions at the same time */

struct probe {
    struct probe_init init;
    struct random random;
    struct upstream *upstream;
    struct delay *delay;
    struct resolver *resolver;
    union event_record record; /* of the reply that comes next */
    struct inquiry *held;      /* its reply was just held back, and its event comes next */
    uint8_t tx[DNS_MESSAGE_MAX];
};

/* A question on its way. */
struct inquiry {
    struct probe *probe;
    control_answer_fn done;
    void *arg;
    bool held; /* then the record is here: until its reply goes out others may ask */
    union event_record record;
};

static void inquiry_end(struct inquiry *q, const uint8_t *message, size_t len)
{
    q->done(q->arg, q->held ? &q->record.head : &q->probe->record.head, message, len);
    free(q);
}

static void on_send(const struct resolve_client *client, const uint8_t *message, size_t len,
                    uint64_t now)
{
    (void)now;
    inquiry_end(client->owner, message, len);
}

/* The client's connection would break: there is no reply to show. */
static void on_fail(const struct resolve_client *client, enum resolve_failure how,
                    const uint8_t *message, size_t len, uint64_t now, bool late)
{
    (void)how;
    (void)message;
    (void)len;
    (void)now;
    if (late)
        inquiry_end(client->owner, NULL, 0);
}

static void on_record(void *ctx, const struct resolve_event *event)
{
    struct probe *p = ctx;
    event_record_write(event, &p->record.head);
    if (p->held) {
        p->held->record = p->record;
        p->held->held = true;
    }
    p->held = NULL;
}

/* The event of the reply comes next, and is kept with it. */
static enum err on_defer(void *ctx, const struct resolve_client *client, const uint8_t *message,
                         size_t len, uint32_t ms)
{
    struct probe *p = ctx;
    enum err e = delay_reply(p->delay, client, message, len, ms);
    p->held = e == ERR_OK ? client->owner : NULL;
    return e;
}

static enum err ask_upstream(void *upstream, const struct dns_question *question,
                             upstream_done_fn done, void *arg, uint64_t now)
{
    return upstream_ask(upstream, question, done, arg, now);
}

struct probe *probe_new(const struct probe_init *init)
{
    struct probe *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->init = *init;
    random_init(&p->random);
    p->upstream = upstream_new(init->base, init->routes->routes, init->routes->count, &p->random,
                               init->log, NULL);
    p->delay = delay_new(init->base);
    const struct resolver_init resolver = {.settings = init->settings,
                                           .cache = init->cache,
                                           .hash_key = init->hash_key,
                                           .random = &p->random,
                                           .log = init->log,
                                           .server_id = init->server_id,
                                           .ask = ask_upstream,
                                           .upstream = p->upstream,
                                           .defer = on_defer,
                                           .defer_ctx = p,
                                           .record = on_record,
                                           .record_ctx = p,
                                           .max_pending = PROBE_PENDING};
    p->resolver = p->upstream && p->delay ? resolver_new(&resolver) : NULL;
    if (!p->resolver) {
        probe_free(p);
        return NULL;
    }
    return p;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    upstream_free(probe->upstream);
    delay_free(probe->delay);
    resolver_free(probe->resolver);
    free(probe);
}

enum err probe_configure(struct probe *probe, const struct setup_routes *routes)
{
    return upstream_configure(probe->upstream, routes->routes, routes->count);
}

enum err probe_query(struct probe *probe, const struct control_question *question,
                     control_answer_fn done, void *arg)
{
    static const struct resolve_event unknown = {.service = -1}; /* as of what is refused */
    struct inquiry *q = malloc(sizeof(*q));
    size_t len = 0;
    if (!q)
        return ERR_NOMEM;
    q->probe = probe;
    q->done = done;
    q->arg = arg;
    q->held = false;
    const struct resolve_client client = {.peer = question->client,
                                          .local = question->local,
                                          .tcp = question->tcp,
                                          .send = on_send,
                                          .fail = on_fail,
                                          .owner = q};
    event_record_write(&unknown, &probe->record.head);
    resolver_enter(probe->resolver);
    enum resolve_verdict verdict = resolve_query(probe->resolver, &client, question->packet,
                                                 question->len, probe->tx, &len, clock_now());
    resolver_leave(probe->resolver);
    if (verdict != RESOLVE_PENDING)
        inquiry_end(q, verdict == RESOLVE_REPLY ? probe->tx : NULL, len);
    return ERR_OK;
}
