/* The API as functions: a request in, a reply out, whoever brings it: HTTP, a scenario's step, a
 * test. Runs in the control thread only. The paths are those of interface.md, HTTP. */
#ifndef SHUNT_CONTROL_API_H
#define SHUNT_CONTROL_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control;
struct http_stream;

/* API_OTHER: any method that no route has. */
enum api_method { API_GET, API_POST, API_PATCH, API_DELETE, API_OTHER };

#define API_PATH_MAX      512 /* bytes of a path, the NUL included */
#define API_ARGUMENTS_MAX 4   /* parts that a route may leave open */

struct api_request {
    enum api_method method;
    const char *path;  /* decoded, without query: "/v1/targets/xmpp1.lab.example" */
    json_t *query;     /* object of strings: what stood after "?"; NULL = nothing */
    json_t *body;      /* NULL = none */
    const char *actor; /* who asks, for the log: "socket", "192.0.2.7", "scenario primary-down" */
    int64_t if_match;  /* revision that the caller saw (If-Match), or -1 */
    bool wants_stream; /* the caller asks for server-sent events, and can take them */
    bool can_wait;     /* the caller can take a reply that comes later: every one over HTTP */
    uint64_t last_event_id; /* Last-Event-ID: a stream goes on behind it; 0 = none */
    const char *const
        *arguments; /* the parts of the path that the route left open; set by dispatch */
};

/* Takes the stream that the handler of a request asked for; see stream.h. `stream` is NULL when it
 * could not be made: then `arg` is only to be freed. */
typedef void (*api_stream_fn)(void *arg, struct http_stream *stream);

/* A reply: JSON, or text of a type of its own (metrics, the dashboard). */
struct api_reply {
    int status; /* 200, 400, 401, 404, 405, 409, 413 … */
    json_t *json;
    char *text; /* when not NULL, instead of `json`; malloc'd */
    const char *content_type;
    char allow[64];   /* with 405: the methods that the path has */
    int64_t revision; /* sent as ETag; -1 = none */
    /* When not NULL, instead of both: the reply is a stream of events. Only to a request that
     * `wants_stream`; whoever brought it calls this exactly once. */
    api_stream_fn stream;
    void *stream_arg;
    /* With `stream`: no stream of events, but one reply that comes later, by http_stream_reply (a
     * long poll). Only to a request that `can_wait`. */
    bool later;
};

/* Finds the route and runs its handler. The query may have the parameters that the route names and
 * no others, the body the fields of its schema. The caller gives the reply to api_reply_deinit. */
void api_dispatch(struct control *control, struct api_request *request, struct api_reply *reply);
void api_reply_deinit(struct api_reply *reply);

/* {"error": …, "field": …} with a status; field may be NULL. Bytes of the message that are not
 * UTF-8, and control characters, become \xNN. */
void api_fail(struct api_reply *reply, int status, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

typedef void (*api_handler)(struct control *control, const struct api_request *request,
                            struct api_reply *reply);

/* One line of the table of routes. A part of the path in braces stands for any one part. */
struct api_route {
    enum api_method method;
    const char *path; /* "/v1/faults/{name}" */
    api_handler run;
    bool changes;             /* needs a token over TCP */
    const char *summary;      /* for /v1/openapi.json */
    const char *const *query; /* parameters, NULL at the end; NULL = none */
    const char *body;         /* schema of the body; NULL = none is looked at */
    bool body_needed;
    const char *reply; /* schema of the reply; NULL = text */
};

/* The route of a request, or NULL. */
const struct api_route *api_route_find(enum api_method method, const char *path);

/* A parameter of the query, or NULL. */
const char *api_query_text(const struct api_request *request, const char *name);

#endif
