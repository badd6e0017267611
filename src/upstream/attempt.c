/* One query message: sent, waited for, let go. */
#include "upstream/exchange.h"
#include "upstream/stream.h"
#include "upstream/udp.h"
#include "upstream/worker.h"

/* Over a stream the way is longer (a handshake or two), and packets that get lost are sent again
 * without our help. */
#define STREAM_PATIENCE 4

_Static_assert(EXCHANGE_ATTEMPTS == 8, "each has its bit");

static uint8_t bit_of(const struct attempt *a)
{
    return (uint8_t)(1u << (a - a->owner->attempts));
}

void attempt_release(struct upstream *u, struct attempt *a)
{
    if (a->socket)
        udp_release(u, a);
    if (a->stream)
        stream_release(a);
    if (a->owner->current == a)
        a->owner->current = NULL;
    a->owner->open &= (uint8_t)~bit_of(a);
}

void attempt_release_all(struct upstream *u, struct exchange *x)
{
    while (x->open)
        attempt_release(u, &x->attempts[__builtin_ctz(x->open)]);
}

void attempt_blame(struct upstream *u, const struct attempt *a, uint64_t now)
{
    char where[ENDPOINT_TEXT_MAX];
    if (!health_on_failure(&a->server->health, a->sent_at, now, &u->settings))
        return;
    log_info(u->log, "upstream %s does not answer: set aside",
             endpoint_format(&a->server->endpoint, where));
}

/* A free place, made by letting the oldest attempt go if need be. */
static struct attempt *attempt_take(struct upstream *u, struct exchange *x)
{
    struct attempt *oldest = &x->attempts[0];
    if (x->open != UINT8_MAX)
        return &x->attempts[__builtin_ctz(~(unsigned)x->open)];
    for (unsigned i = 1; i < EXCHANGE_ATTEMPTS; i++)
        if (x->attempts[i].sent_at < oldest->sent_at)
            oldest = &x->attempts[i];
    attempt_release(u, oldest);
    return oldest;
}

/* The attempt that waits on the server's connection already: it would be no use to ask twice. */
static struct attempt *attempt_on_stream(struct exchange *x, const struct server *server)
{
    if (!server->stream)
        return NULL;
    for (unsigned i = 0; i < EXCHANGE_ATTEMPTS; i++)
        if ((x->open & 1u << i) && x->attempts[i].stream == server->stream)
            return &x->attempts[i];
    return NULL;
}

static void attempt_start_timeout(struct upstream *u, struct exchange *x, struct attempt *a,
                                  uint64_t now)
{
    uint32_t rto = health_rto(&a->server->health, &u->settings);
    uint32_t left = x->deadline > now ? (uint32_t)(x->deadline - now) : 0;
    if (x->probe)
        rto = u->settings.probe_wait_ms;
    else if (a->stream)
        rto *= STREAM_PATIENCE;
    x->current = a;
    exchange_queue_step(u, x, schedule_timeout(&x->schedule, rto, left), now);
}

static void attempt_count(struct upstream *u, struct exchange *x, const struct attempt *a)
{
    a->server->health.queries++;
    if (x->asked && !x->probe)
        u->stats.retries++;
    x->asked = true;
}

bool attempt_send(struct upstream *u, struct exchange *x, struct schedule_step *step, uint64_t now)
{
    struct server *server = x->route->servers[step->server];
    bool stream = step->stream || server->endpoint.transport != ENDPOINT_UDP;
    x->last = server;
    if (stream && server->stream)
        stream_check(u, server->stream, now);
    x->resend = NULL; /* this is it */
    if (step->out)
        return false;
    struct attempt *a = stream ? attempt_on_stream(x, server) : NULL;
    if (a) {
        attempt_start_timeout(u, x, a, now);
        return true;
    }
    a = attempt_take(u, x);
    *a = (struct attempt){.owner = x, .step = step, .server = server, .sent_at = now};
    a->edns = !step->plain && now >= server->plain_until;
    enum err e = stream ? stream_send(u, a, &x->question, now) : udp_send(u, a, &x->question, now);
    if (e != ERR_OK) {
        u->stats.errors++;
        step->out = true;
        if (e == ERR_SYSTEM)
            attempt_blame(u, a, now);
        return false;
    }
    x->open |= bit_of(a);
    attempt_count(u, x, a);
    attempt_start_timeout(u, x, a, now);
    return true;
}
