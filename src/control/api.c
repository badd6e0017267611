#include "control/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/routes.h"
#include "control/schema.h"

/* A path cut at its slashes. */
struct path_parts {
    char text[API_PATH_MAX];
    const char *arguments[API_ARGUMENTS_MAX + 1];
};

static size_t part_length(const char *at)
{
    return strcspn(at, "/");
}

/* Whether a path fits a route's; *open counts its open parts. Both begin with a slash. */
static bool path_matches(const char *pattern, const char *path)
{
    while (*pattern == '/' && *path == '/') {
        size_t want = part_length(++pattern), have = part_length(++path);
        bool open = *pattern == '{';
        if (open && have == 0)
            return false;
        if (!open && (want != have || memcmp(pattern, path, want) != 0))
            return false;
        pattern += want;
        path += have;
    }
    return *pattern == '\0' && *path == '\0';
}

/* Puts the parts that `pattern` leaves open into `parts`; the path fits it. */
static void path_cut(struct path_parts *parts, const char *pattern, const char *path)
{
    size_t count = 0;
    char *at = parts->text;
    snprintf(parts->text, sizeof(parts->text), "%s", path);
    while (*pattern == '/' && *at == '/') {
        *at++ = '\0';
        if (*++pattern == '{' && count < API_ARGUMENTS_MAX)
            parts->arguments[count++] = at;
        pattern += part_length(pattern);
        at += part_length(at);
    }
    parts->arguments[count] = NULL;
}

const struct api_route *api_route_find(enum api_method method, const char *path)
{
    size_t count;
    const struct api_route *routes = control_routes(&count);
    for (size_t i = 0; i < count; i++) {
        if (routes[i].method == method && path_matches(routes[i].path, path))
            return &routes[i];
    }
    return NULL;
}

static const char *method_name(enum api_method method)
{
    static const char *const names[] = {"GET", "POST", "PATCH", "DELETE"};
    return method < API_OTHER ? names[method] : "this method";
}

/* No route: another method may have one. */
static void reply_no_route(const struct api_request *request, struct api_reply *reply)
{
    char allow[sizeof(reply->allow)];
    size_t len = 0;
    for (int m = API_GET; m < API_OTHER; m++) {
        if (api_route_find((enum api_method)m, request->path))
            len += (size_t)snprintf(allow + len, sizeof(allow) - len, "%s%s%s", len ? ", " : "",
                                    method_name((enum api_method)m), m == API_GET ? ", HEAD" : "");
    }
    if (len == 0) {
        api_fail(reply, 404, NULL, "there is no %.200s (GET /v1/openapi.json lists what there is)",
                 request->path);
        return;
    }
    api_fail(reply, 405, NULL, "%.200s does not take %s: it takes %s", request->path,
             method_name(request->method), allow);
    snprintf(reply->allow, sizeof(reply->allow), "%s", allow);
}

static size_t words_count(const char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

static bool words_have(const char *const *words, const char *word)
{
    for (size_t i = 0; words && words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

static bool query_check(const struct api_route *route, const struct api_request *request,
                        struct api_reply *reply)
{
    const char *name;
    json_t *value;
    json_object_foreach(request->query, name, value)
    {
        if (words_have(route->query, name))
            continue;
        const char *near = text_nearest(name, route->query, words_count(route->query));
        api_fail(reply, 400, name, "there is no parameter \"%.80s\" here%s%s%s", name,
                 near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        return false;
    }
    return true;
}

static bool body_check(const struct api_route *route, const struct api_request *request,
                       struct api_reply *reply)
{
    if (!route->body)
        return true;
    if (request->body)
        return schema_check(route->body, request->body, reply);
    if (route->body_needed)
        api_fail(reply, 400, NULL, "the request has no body: a JSON object is needed");
    return !route->body_needed;
}

void api_dispatch(struct control *control, struct api_request *request, struct api_reply *reply)
{
    struct path_parts parts;
    *reply = (struct api_reply){.status = 200, .revision = -1};
    if (strlen(request->path) >= sizeof(parts.text)) {
        api_fail(reply, 404, NULL, "the path is longer than any that there is");
        return;
    }
    const struct api_route *route = api_route_find(request->method, request->path);
    if (!route) {
        reply_no_route(request, reply);
        return;
    }
    if (!query_check(route, request, reply))
        return;
    if (!body_check(route, request, reply))
        return;
    path_cut(&parts, route->path, request->path);
    request->arguments = parts.arguments;
    route->run(control, request, reply);
    if (!reply->json && !reply->text && !reply->stream)
        api_fail(reply, 503, NULL, "no memory for the reply");
    request->arguments = NULL;
}

void api_reply_deinit(struct api_reply *reply)
{
    json_decref(reply->json);
    free(reply->text);
    reply->json = NULL;
    reply->text = NULL;
}

void api_fail(struct api_reply *reply, int status, const char *field, const char *fmt, ...)
{
    char message[1024];
    struct text plain = {0};
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    text_add_plain(&plain, message);
    api_reply_deinit(reply);
    reply->status = status;
    reply->json = json_pack("{s:s}", "error", plain.data ? plain.data : "no memory");
    text_deinit(&plain);
    if (!field)
        return;
    text_add_plain(&plain, field);
    json_object_set_new(reply->json, "field", json_string(plain.data ? plain.data : ""));
    text_deinit(&plain);
}

const char *api_query_text(const struct api_request *request, const char *name)
{
    return json_string_value(json_object_get(request->query, name));
}
