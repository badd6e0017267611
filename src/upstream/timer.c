#include "upstream/timer.h"

#include "base/clock.h"
#include "upstream/worker.h"

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct upstream *u = arg;
    uint64_t now = clock_now();
    (void)fd;
    (void)what;
    u->timer_at = TIMER_NEVER;
    uint64_t sockets = udp_retire_old(u, now);
    uint64_t questions = exchange_expire(u, now);
    uint64_t due = earlier(sockets, questions);
    if (due != TIMER_NEVER)
        timer_set(u, due, now);
}

void timer_init(struct upstream *u)
{
    u->timer_at = TIMER_NEVER;
    event_assign(&u->timer, u->base, -1, 0, on_timer, u);
}

void timer_deinit(struct upstream *u)
{
    event_del(&u->timer);
}

void timer_set(struct upstream *u, uint64_t due, uint64_t now)
{
    if (due >= u->timer_at)
        return;
    uint64_t wait = due > now ? due - now : 0;
    struct timeval delay = {.tv_sec = (time_t)(wait / 1000),
                            .tv_usec = (suseconds_t)(wait % 1000 * 1000)};
    if (event_add(&u->timer, &delay) == 0)
        u->timer_at = due;
}
