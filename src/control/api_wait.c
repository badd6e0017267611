/* GET /v1/wait: replies once so many events that fit have been seen. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/api_filter.h"
#include "control/api_queries.h"
#include "control/state.h"
#include "control/stream.h"

#define COUNT_MAX       1000
#define TIMEOUT_DEFAULT 30000
#define TIMEOUT_MAX     3600000

struct waiter {
    struct control *control;
    struct api_filter filter;
    uint64_t count, timeout_ms;
    json_t *seen; /* events, at most `count` */
    struct event_follower *follower;
    struct event *timer;
    struct http_stream *stream;
};

static void waiter_free(struct waiter *w)
{
    events_unfollow(w->follower);
    if (w->timer)
        event_free(w->timer);
    json_decref(w->seen);
    free(w);
}

static bool complete(const struct waiter *w)
{
    return json_array_size(w->seen) >= w->count;
}

static void reply_seen(const struct waiter *w, struct api_reply *reply)
{
    reply->status = 200;
    reply->json =
        json_pack("{s:I, s:O}", "count", (json_int_t)json_array_size(w->seen), "events", w->seen);
}

static void reply_late(const struct waiter *w, struct api_reply *reply)
{
    double seconds = (double)w->timeout_ms / 1000;
    if (w->count == 1)
        api_fail(reply, 408, "timeout", "no such lookup was seen within %g s", seconds);
    else
        api_fail(reply, 408, "timeout", "%zu of %llu lookups were seen within %g s",
                 json_array_size(w->seen), (unsigned long long)w->count, seconds);
}

static bool keep_event(void *arg, uint64_t number, const json_t *event)
{
    struct waiter *w = arg;
    (void)number;
    return json_array_append_new(w->seen, json_deep_copy(event)) == 0 && !complete(w);
}

static void send_reply(struct waiter *w, void (*fill)(const struct waiter *, struct api_reply *))
{
    struct api_reply reply = {.status = 200, .revision = -1};
    event_del(w->timer);
    fill(w, &reply);
    http_stream_reply(w->stream, &reply);
}

static bool on_event(void *arg, uint64_t number, const json_t *event)
{
    struct waiter *w = arg;
    if (keep_event(w, number, event))
        return true;
    w->follower = NULL; /* ends with this */
    send_reply(w, complete(w) ? reply_seen : reply_late);
    return false;
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct waiter *w = arg;
    (void)fd;
    (void)what;
    control_clock(w->control);
    events_unfollow(w->follower);
    w->follower = NULL;
    send_reply(w, reply_late);
}

static void on_closed(void *arg)
{
    waiter_free(arg);
}

static void on_stream(void *arg, struct http_stream *stream)
{
    struct waiter *w = arg;
    const struct timeval wait = {.tv_sec = (time_t)(w->timeout_ms / 1000),
                                 .tv_usec = (suseconds_t)(w->timeout_ms % 1000 * 1000)};
    if (!stream) {
        waiter_free(w);
        return;
    }
    w->stream = stream;
    http_stream_on_close(stream, on_closed, w);
    w->follower = events_follow(w->control->events, &w->filter.events, on_event, w);
    if (!w->follower || event_add(w->timer, &wait) != 0)
        http_stream_close(stream);
}

static bool read_timeout(uint64_t *out, const struct api_request *request, struct api_reply *reply)
{
    const char *value = api_query_text(request, "timeout");
    *out = TIMEOUT_DEFAULT;
    if (!value)
        return true;
    if (text_duration(out, value) == ERR_OK && *out <= TIMEOUT_MAX)
        return true;
    api_fail(reply, 400, "timeout", "\"%.40s\" is not a duration up to 1h: 30s would be one",
             value);
    return false;
}

static bool waiter_read(struct waiter *w, const struct api_request *request,
                        struct api_reply *reply)
{
    return api_filter_read(&w->filter, w->control, request, "change", reply) &&
           api_filter_number(&w->count, request, "count", 1, 1, COUNT_MAX, reply) &&
           read_timeout(&w->timeout_ms, request, reply);
}

static struct waiter *waiter_new(struct control *control)
{
    struct waiter *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->control = control;
    w->seen = json_array();
    w->timer = evtimer_new(control->init.base, on_timeout, w);
    if (w->seen && w->timer)
        return w;
    waiter_free(w);
    return NULL;
}

void api_wait_get(struct control *control, const struct api_request *request,
                  struct api_reply *reply)
{
    struct waiter *w = waiter_new(control);
    if (!w) {
        api_fail(reply, 503, NULL, "no memory to wait with");
        return;
    }
    if (!waiter_read(w, request, reply)) {
        waiter_free(w);
        return;
    }
    /* First what is here already: a client may have been faster than whoever waits for it. */
    events_walk(control->events, &w->filter.events, w->filter.from, keep_event, w);
    if (!complete(w) && w->timeout_ms > 0 && request->can_wait) {
        reply->stream = on_stream;
        reply->stream_arg = w;
        reply->later = true;
        return;
    }
    if (complete(w))
        reply_seen(w, reply);
    else
        reply_late(w, reply);
    waiter_free(w);
}
