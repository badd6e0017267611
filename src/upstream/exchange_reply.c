/* What a message, or the failure of a socket, does to a question. */
#include <stdlib.h>
#include <string.h>

#include "upstream/exchange.h"
#include "upstream/reply.h"
#include "upstream/worker.h"

/* Keeps a reply that is better than none. One that is truncated, but has records, is worth more
 * than a failure; of two failures the later counts. */
static void reply_keep(struct exchange *x, const struct server *from, const uint8_t *message,
                       size_t len, bool truncated)
{
    if (x->kept_truncated)
        return;
    uint8_t *copy = malloc(len);
    if (!copy)
        return;
    memcpy(copy, message, len);
    free(x->kept);
    x->kept = copy;
    x->kept_len = len;
    x->kept_truncated = truncated;
    x->kept_from = from;
}

static void server_heard(struct upstream *u, const struct attempt *a, uint64_t now)
{
    struct health *h = &a->server->health;
    char where[ENDPOINT_TEXT_MAX];
    uint32_t rtt = a->first_trip ? HEALTH_NO_SAMPLE : (uint32_t)(now - a->sent_at);
    u->stats.replies++;
    if (h->down)
        log_info(u->log, "upstream %s answers again", endpoint_format(&a->server->endpoint, where));
    health_on_reply(h, rtt, now);
}

/* Asks the server of the step again, in another way. */
static void ask_again(struct upstream *u, struct exchange *x, struct schedule_step *step,
                      uint64_t now)
{
    x->resend = step;
    exchange_go_on(u, x, now);
}

static void on_truncated(struct upstream *u, struct attempt *a, const uint8_t *message, size_t len,
                         uint64_t now)
{
    struct exchange *x = a->owner;
    struct schedule_step *step = a->step;
    const struct server *from = a->server;
    attempt_release(u, a);
    if (step->stream) /* the same was said before, and is being seen to */
        return;
    step->stream = true;
    u->stats.tcp_fallbacks++;
    if (reply_is_readable(message, len))
        reply_keep(x, from, message, len, true);
    ask_again(u, x, step, now);
}

static void on_no_edns(struct upstream *u, struct attempt *a, uint64_t now)
{
    struct exchange *x = a->owner;
    struct schedule_step *step = a->step;
    attempt_release(u, a);
    if (step->plain)
        return;
    step->plain = true;
    u->stats.edns_fallbacks++;
    ask_again(u, x, step, now);
}

static void on_poor(struct upstream *u, struct attempt *a, const uint8_t *message, size_t len,
                    uint64_t now)
{
    struct exchange *x = a->owner;
    bool others_run = x->current && x->current != a;
    schedule_settle(&x->schedule);
    if (!others_run && !schedule_has_other(&x->schedule, a->step)) {
        if (x->kept_truncated)
            exchange_conclude(u, x, now);
        else
            exchange_reply(u, x, a->server, message, len, now);
        return;
    }
    reply_keep(x, a->server, message, len, false);
    a->step->out = true;
    attempt_release(u, a);
    if (!others_run)
        exchange_go_on(u, x, now);
}

static void on_good(struct upstream *u, struct attempt *a, const uint8_t *message, size_t len,
                    uint64_t now)
{
    /* It was the OPT record, then, that it could not take. */
    if (a->step->plain && !a->edns)
        a->server->plain_until = now + u->settings.plain_ms;
    exchange_reply(u, a->owner, a->server, message, len, now);
}

void exchange_on_message(struct upstream *u, struct attempt *a, const uint8_t *message, size_t len,
                         uint64_t now)
{
    enum reply_verdict verdict =
        reply_judge(message, len, a->id, &a->owner->question, a->edns, a->stream != NULL);
    if (verdict == REPLY_FOREIGN) {
        u->stats.ignored++;
        return;
    }
    server_heard(u, a, now);
    switch (verdict) {
    case REPLY_TRUNCATED:
        on_truncated(u, a, message, len, now);
        return;
    case REPLY_NO_EDNS:
        on_no_edns(u, a, now);
        return;
    case REPLY_POOR:
        on_poor(u, a, message, len, now);
        return;
    default:
        on_good(u, a, message, len, now);
        return;
    }
}

void exchange_on_failure(struct upstream *u, struct attempt *a, enum attempt_failure why,
                         uint64_t now)
{
    struct exchange *x = a->owner;
    struct schedule_step *step = a->step;
    bool others_run = x->current && x->current != a;
    u->stats.errors++;
    if (why != ATTEMPT_SHORTAGE)
        attempt_blame(u, a, now);
    attempt_release(u, a);
    if (why != ATTEMPT_CLOSED)
        step->out = true;
    if (others_run)
        return;
    if (why == ATTEMPT_CLOSED && !x->reconnected) {
        x->reconnected = true; /* once: then it is the next server's turn */
        x->resend = step;
    } else {
        step->out = true;
    }
    exchange_queue_soon(u, x, now);
}
