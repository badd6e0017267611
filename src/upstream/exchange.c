/* The life of a question: started, moved on by the clock, ended. */
#include "upstream/exchange.h"

#include <stdlib.h>

#include "base/clock.h"
#include "upstream/worker.h"

static void queue_leave(struct upstream *u, struct exchange *x)
{
    if (x->queue == QUEUE_STEP)
        TAILQ_REMOVE(&u->by_step[x->class], x, by_step);
    if (x->queue == QUEUE_SOON) {
        TAILQ_REMOVE(&u->soon, x, by_step);
        u->soon_count--;
    }
    x->queue = QUEUE_NONE;
}

void exchange_queue_step(struct upstream *u, struct exchange *x, unsigned class, uint64_t now)
{
    queue_leave(u, x);
    x->queue = QUEUE_STEP;
    x->class = (uint8_t) class;
    x->step_due = now + schedule_classes[class];
    TAILQ_INSERT_TAIL(&u->by_step[class], x, by_step);
    timer_set(u, x->step_due, now);
}

void exchange_queue_soon(struct upstream *u, struct exchange *x, uint64_t now)
{
    queue_leave(u, x);
    x->queue = QUEUE_SOON;
    TAILQ_INSERT_TAIL(&u->soon, x, by_step);
    u->soon_count++;
    timer_set(u, now, now);
}

static void exchange_finish(struct upstream *u, struct exchange *x,
                            const struct upstream_result *result)
{
    queue_leave(u, x);
    attempt_release_all(u, x);
    TAILQ_REMOVE(&u->by_deadline, x, by_deadline);
    if (!x->probe) {
        u->stats.in_flight--;
        if (result->status != UPSTREAM_REPLY)
            u->stats.failed++;
        x->done(x->arg, result);
    }
    free(x->kept);
    routes_unref(x->routes);
    TAILQ_INSERT_HEAD(&u->unused, x, by_deadline);
}

static const struct endpoint *endpoint_of(const struct server *server)
{
    return server ? &server->endpoint : NULL;
}

void exchange_reply(struct upstream *u, struct exchange *x, const struct server *from,
                    const uint8_t *message, size_t len, uint64_t now)
{
    exchange_finish(u, x,
                    &(struct upstream_result){.status = UPSTREAM_REPLY,
                                              .message = message,
                                              .len = len,
                                              .server = endpoint_of(from),
                                              .now = now});
}

static void exchange_fail(struct upstream *u, struct exchange *x, enum upstream_status status,
                          uint64_t now)
{
    exchange_finish(
        u, x,
        &(struct upstream_result){.status = status, .server = endpoint_of(x->last), .now = now});
}

void exchange_conclude(struct upstream *u, struct exchange *x, uint64_t now)
{
    if (x->kept)
        exchange_reply(u, x, x->kept_from, x->kept, x->kept_len, now);
    else
        exchange_fail(u, x, x->silence ? UPSTREAM_TIMEOUT : UPSTREAM_UNREACHABLE, now);
}

static bool schedule_is_over(const struct schedule *s)
{
    for (unsigned i = 0; i < s->count; i++)
        if (!s->steps[i].out)
            return false;
    return true;
}

/* Whether a reply may still come to what was sent, though nothing more is to be sent. */
static bool exchange_may_wait(const struct exchange *x)
{
    if (x->kept)
        return false;
    if (x->probe)
        return false;
    if (schedule_is_over(&x->schedule))
        return false;
    return x->open != 0;
}

/* Sends to the next server that can be sent to; false when the question has come to its end. */
static bool exchange_advance(struct upstream *u, struct exchange *x, uint64_t now)
{
    struct schedule_step *step;
    while ((step = x->resend ? x->resend : schedule_next(&x->schedule)))
        if (attempt_send(u, x, step, now))
            return true;
    queue_leave(u, x);
    return exchange_may_wait(x);
}

void exchange_go_on(struct upstream *u, struct exchange *x, uint64_t now)
{
    if (!exchange_advance(u, x, now))
        exchange_conclude(u, x, now);
}

/* A place in the table; NULL when all are taken. */
static struct exchange *table_take(struct upstream *u)
{
    struct exchange *x = TAILQ_FIRST(&u->unused);
    if (x)
        TAILQ_REMOVE(&u->unused, x, by_deadline);
    else if (u->touched < u->settings.exchanges)
        x = &u->table[u->touched++];
    return x;
}

/* All but the attempts, of which none is open, the schedule, and the name's unused bytes: nearly
 * all of its memory, which need not be touched. */
static void exchange_init(struct exchange *x)
{
    x->queue = QUEUE_NONE;
    x->open = 0;
    x->probe = x->asked = x->reconnected = x->silence = x->kept_truncated = false;
    x->step_due = 0;
    x->done = NULL;
    x->arg = NULL;
    x->resend = NULL;
    x->last = NULL;
    x->current = NULL;
    x->kept = NULL;
    x->kept_len = 0;
    x->kept_from = NULL;
}

static struct exchange *exchange_take(struct upstream *u, const struct route *route,
                                      const struct dns_question *question, uint64_t now)
{
    struct exchange *x = table_take(u);
    if (!x)
        return NULL;
    exchange_init(x);
    x->deadline = now + u->settings.deadline_ms;
    x->routes = u->routes;
    x->route = route;
    dns_question_copy(&x->question, question);
    routes_ref(x->routes);
    TAILQ_INSERT_TAIL(&u->by_deadline, x, by_deadline);
    return x;
}

static void exchange_plan(struct exchange *x)
{
    const struct health *servers[UINT8_MAX + 1];
    size_t count = x->route->count > UINT8_MAX ? UINT8_MAX : x->route->count;
    for (size_t i = 0; i < count; i++)
        servers[i] = &x->route->servers[i]->health;
    schedule_init(&x->schedule, servers, count);
}

/* Sends a copy of a live question to one server and waits for its reply once: nobody is kept
 * waiting to find out that a server is still dead. */
static void exchange_probe(struct upstream *u, const struct route *route, uint8_t server,
                           const struct dns_question *question, uint64_t now)
{
    struct exchange *x = exchange_take(u, route, question, now);
    if (!x)
        return;
    x->probe = true;
    x->schedule = (struct schedule){.count = 1, .steps = {{.server = server, .down = true}}};
    schedule_settle(&x->schedule);
    health_on_probe(&route->servers[server]->health, now, &u->settings);
    if (!exchange_advance(u, x, now))
        exchange_queue_soon(u, x, now);
}

/* Probes one server of the route whose time has come: one that is down, or one that the
 * configuration puts before `chosen` but that was slower when last heard of. */
static void exchange_probe_one(struct upstream *u, const struct route *route, uint8_t chosen,
                               const struct dns_question *question, uint64_t now)
{
    for (size_t i = 0; i < route->count && i <= UINT8_MAX; i++) {
        const struct health *h = &route->servers[i]->health;
        if (i == chosen)
            continue;
        if (!h->down && i > chosen)
            continue;
        if (!health_probe_due(h, now, &u->settings))
            continue;
        exchange_probe(u, route, (uint8_t)i, question, now);
        return;
    }
}

enum err exchange_start(struct upstream *u, const struct route *route,
                        const struct dns_question *question, upstream_done_fn done, void *arg,
                        uint64_t now)
{
    struct exchange *x = exchange_take(u, route, question, now);
    if (!x)
        return ERR_LIMIT;
    x->done = done;
    x->arg = arg;
    u->stats.queries++;
    u->stats.in_flight++;
    exchange_plan(x);
    uint8_t chosen = x->schedule.steps[0].server;
    if (!exchange_advance(u, x, now))
        exchange_queue_soon(u, x, now);
    timer_set(u, x->deadline, now);
    exchange_probe_one(u, route, chosen, question, now);
    return ERR_OK;
}

void exchange_cancel_all(struct upstream *u)
{
    struct exchange *x;
    while ((x = TAILQ_FIRST(&u->by_deadline)))
        exchange_fail(u, x, UPSTREAM_CANCELLED, clock_now());
}

/* The attempt whose time-out ran got no reply in time. It stays open: the reply may be late. */
static void exchange_on_silence(struct upstream *u, struct exchange *x, uint64_t now)
{
    x->silence = true;
    if (!x->current)
        return;
    u->stats.timeouts++;
    x->current->server->health.timeouts++;
    attempt_blame(u, x->current, now);
    x->current = NULL;
}

static void expire_soon(struct upstream *u, uint64_t now)
{
    /* Not those that are added meanwhile: the loop must see to other events too. */
    for (unsigned n = u->soon_count; n > 0 && !TAILQ_EMPTY(&u->soon); n--) {
        struct exchange *x = TAILQ_FIRST(&u->soon);
        queue_leave(u, x);
        exchange_go_on(u, x, now);
    }
}

static uint64_t expire_steps(struct upstream *u, struct exchange_list *list, uint64_t now)
{
    struct exchange *x;
    while ((x = TAILQ_FIRST(list))) {
        if (x->step_due > now)
            return x->step_due;
        queue_leave(u, x);
        exchange_on_silence(u, x, now);
        exchange_go_on(u, x, now);
    }
    return TIMER_NEVER;
}

static uint64_t expire_deadlines(struct upstream *u, uint64_t now)
{
    struct exchange *x;
    while ((x = TAILQ_FIRST(&u->by_deadline))) {
        if (x->deadline > now)
            return x->deadline;
        exchange_on_silence(u, x, now);
        exchange_conclude(u, x, now);
    }
    return TIMER_NEVER;
}

uint64_t exchange_expire(struct upstream *u, uint64_t now)
{
    expire_soon(u, now);
    uint64_t due = expire_deadlines(u, now);
    for (unsigned class = 0; class < SCHEDULE_CLASSES; class ++) {
        uint64_t step_due = expire_steps(u, &u->by_step[class], now);
        due = step_due < due ? step_due : due;
    }
    return TAILQ_EMPTY(&u->soon) ? due : now;
}
