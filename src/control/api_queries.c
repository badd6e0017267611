/* GET /v1/queries: who asked what. */
#include "control/api_queries.h"

#include <stdlib.h>
#include <string.h>

#include "control/api_filter.h"
#include "control/state.h"
#include "control/stream.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     10000
/* What a stream may tell of the past: it is sent at once, and has to fit what may wait there. */
#define LIMIT_STREAM 250
#define BYTES_STREAM (STREAM_PENDING_MAX / 2)
#define BYTES_FRAME  64 /* of an event on a stream, about its JSON */

static bool add_event(void *arg, uint64_t number, const json_t *event)
{
    (void)number;
    return json_array_append_new(arg, json_deep_copy(event)) == 0;
}

static void reply_array(struct control *control, const struct api_filter *filter, uint64_t from,
                        struct api_reply *reply)
{
    reply->json = json_array();
    if (reply->json)
        events_walk(control->events, &filter->events, from, add_event, reply->json);
}

/* One client that follows. */
struct follower {
    struct control *control;
    struct api_filter filter;
    struct event_follower *events;
    struct http_stream *stream;
};

static bool send_event(void *arg, uint64_t number, const json_t *event)
{
    struct follower *f = arg;
    char *text = json_dumps(event, JSON_COMPACT);
    bool sent = text && http_stream_send(f->stream, NULL, number, text);
    free(text);
    if (!sent)
        f->events = NULL; /* ends with this */
    return sent;
}

/* Sizes of the events that a stream is to begin with. */
struct past {
    uint64_t numbers[LIMIT_STREAM];
    size_t sizes[LIMIT_STREAM];
    size_t count;
};

static bool measure_event(void *arg, uint64_t number, const json_t *event)
{
    struct past *past = arg;
    past->numbers[past->count] = number;
    past->sizes[past->count++] = json_dumpb(event, NULL, 0, JSON_COMPACT) + BYTES_FRAME;
    return past->count < LIMIT_STREAM;
}

/* From which event on they fit: the latest are wanted most. */
static uint64_t fitting_from(const struct follower *f)
{
    struct past past = {.count = 0};
    uint64_t from = events_next(f->control->events);
    size_t bytes = 0;
    events_walk(f->control->events, &f->filter.events, f->filter.from, measure_event, &past);
    while (past.count > 0 && (bytes += past.sizes[past.count - 1]) <= BYTES_STREAM)
        from = past.numbers[--past.count];
    return from;
}

static void on_closed(void *arg)
{
    struct follower *f = arg;
    events_unfollow(f->events);
    free(f);
}

static void on_stream(void *arg, struct http_stream *stream)
{
    struct follower *f = arg;
    if (!stream) {
        free(f);
        return;
    }
    f->stream = stream;
    http_stream_on_close(stream, on_closed, f);
    events_walk(f->control->events, &f->filter.events, fitting_from(f), send_event, f);
    f->events = events_follow(f->control->events, &f->filter.events, send_event, f);
    if (!f->events)
        http_stream_close(stream);
}

static void reply_stream(struct control *control, const struct api_filter *filter, uint64_t from,
                         struct api_reply *reply)
{
    struct follower *f = malloc(sizeof(*f));
    if (!f) {
        api_fail(reply, 503, NULL, "no memory for a stream");
        return;
    }
    *f = (struct follower){.control = control, .filter = *filter};
    f->filter.from = from;
    reply->stream = on_stream;
    reply->stream_arg = f;
}

/* By the header Accept, or, for those who cannot set it, by stream=1. */
static bool wants_stream(const struct api_request *request)
{
    const char *stream = api_query_text(request, "stream");
    return request->wants_stream || (request->can_wait && stream && strcmp(stream, "1") == 0);
}

void api_queries_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    struct api_filter filter;
    uint64_t limit, after = request->last_event_id;
    bool stream = wants_stream(request);
    if (!api_filter_read(&filter, control, request, NULL, reply))
        return;
    /* Who resumes gets all that came meanwhile, or as much of it as fits. */
    if (!api_filter_number(&limit, request, "limit", after ? LIMIT_STREAM : LIMIT_DEFAULT, 0,
                           LIMIT_MAX, reply))
        return;
    if (stream && limit > LIMIT_STREAM)
        limit = LIMIT_STREAM;
    /* A number that was not given yet is of the time before a restart. */
    if (after < events_next(control->events) && after >= filter.from)
        filter.from = after + 1;
    uint64_t from = events_latest(control->events, &filter.events, filter.from, (size_t)limit);
    if (stream)
        reply_stream(control, &filter, from, reply);
    else
        reply_array(control, &filter, from, reply);
}
