/* The API as functions: a request in, a reply out, whoever brings it: HTTP, a scenario's step, a
 * test. Runs in the control thread only. The paths are those of interface.md, HTTP. */
#ifndef SHUNT_CONTROL_API_H
#define SHUNT_CONTROL_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control;

enum api_method { API_GET, API_POST, API_PATCH, API_DELETE };

struct api_request {
    enum api_method method;
    const char *path;  /* decoded, without query: "/v1/targets/xmpp1.lab.example" */
    json_t *query;     /* object of strings: what stood after "?"; NULL = nothing */
    json_t *body;      /* NULL = none */
    const char *actor; /* who asks, for the log: "socket", "192.0.2.7", "scenario primary-down" */
    int64_t if_match;  /* revision that the caller saw (If-Match), or -1 */
    const char *const
        *arguments; /* the parts of the path that the route left open; set by dispatch */
};

/* A reply: JSON, or text of a type of its own (metrics, the dashboard). */
struct api_reply {
    int status; /* 200, 400, 401, 404, 405, 409, 413 … */
    json_t *json;
    char *text; /* when not NULL, instead of `json`; malloc'd */
    const char *content_type;
    const char *allow; /* with 405: the methods that the path has */
    int64_t revision;  /* sent as ETag; -1 = none */
};

/* Finds the route and runs its handler. The caller gives the reply to api_reply_deinit. */
void api_dispatch(struct control *control, struct api_request *request, struct api_reply *reply);
void api_reply_deinit(struct api_reply *reply);

/* {"error": …, "field": …} with a status; field may be NULL. */
void api_fail(struct api_reply *reply, int status, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

typedef void (*api_handler)(struct control *control, const struct api_request *request,
                            struct api_reply *reply);

/* One line of the table of routes. `*` in the path stands for one part. */
struct api_route {
    enum api_method method;
    const char *path;
    api_handler run;
    bool changes;        /* needs a token over TCP */
    const char *summary; /* for /v1/openapi.json */
};

#endif
