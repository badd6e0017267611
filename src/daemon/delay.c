#include "daemon/delay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"

#define DELAY_MAX 10000 /* replies held back by one worker */

struct held {
    LIST_ENTRY(held) link;
    struct delay *owner;
    struct event *timer;
    struct resolve_client client;
    size_t len;
    uint8_t message[];
};

struct delay {
    struct event_base *base;
    unsigned count;
    LIST_HEAD(, held) all;
};

struct delay *delay_new(struct event_base *base)
{
    struct delay *d = calloc(1, sizeof(*d));
    if (d)
        d->base = base;
    return d;
}

unsigned delay_count(const struct delay *d)
{
    return d->count;
}

static void held_end(struct held *h)
{
    LIST_REMOVE(h, link);
    h->owner->count--;
    h->client.send(&h->client, h->message, h->len, clock_now());
    event_free(h->timer);
    free(h);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    held_end(arg);
}

void delay_free(struct delay *d)
{
    struct held *h;
    if (!d)
        return;
    while ((h = LIST_FIRST(&d->all)))
        held_end(h); // NOLINT(clang-analyzer-unix.Malloc): LIST_REMOVE took the last one out
    free(d);
}

enum err delay_reply(void *delay, const struct resolve_client *client, const uint8_t *message,
                     size_t len, uint32_t ms)
{
    struct delay *d = delay;
    const struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
    if (d->count >= DELAY_MAX)
        return ERR_LIMIT;
    struct held *h = malloc(sizeof(*h) + len);
    if (!h)
        return ERR_NOMEM;
    *h = (struct held){.owner = d, .client = *client, .len = len};
    memcpy(h->message, message, len);
    h->timer = evtimer_new(d->base, on_timer, h);
    if (!h->timer || evtimer_add(h->timer, &wait) != 0) {
        if (h->timer)
            event_free(h->timer);
        free(h);
        return ERR_NOMEM;
    }
    LIST_INSERT_HEAD(&d->all, h, link);
    d->count++;
    return ERR_OK;
}
