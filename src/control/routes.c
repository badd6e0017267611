#include "control/routes.h"

#include "control/api_queries.h"

#define QUERY(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct api_route routes[] = {
    {.method = API_GET,
     .path = "/v1/status",
     .run = api_status_get,
     .summary = "Up since when, policy in force, counters, upstream health",
     .reply = "Status"},
    {.method = API_POST,
     .path = "/v1/reload",
     .run = api_reload_post,
     .changes = true,
     .summary = "Read the files again; answered when they are in force",
     .body = "ReloadRequest",
     .reply = "Reloaded"},
    {.method = API_POST,
     .path = "/v1/reset",
     .run = api_reset_post,
     .changes = true,
     .summary = "Drop every live change; files are not read again",
     .reply = "ResetDone"},
    {.method = API_GET,
     .path = "/v1/cache",
     .run = api_cache_get,
     .summary = "Counts of the cache; with a name, what is kept for it",
     .query = QUERY("name", "type", "below"),
     .reply = "CacheReport"},
    {.method = API_DELETE,
     .path = "/v1/cache",
     .run = api_cache_delete,
     .changes = true,
     .summary = "Empty the cache, or remove a name, a type of it, or all below it",
     .query = QUERY("name", "type", "below"),
     .reply = "CacheFlushed"},
    {.method = API_GET,
     .path = "/v1/queries",
     .run = api_queries_get,
     .summary = "The latest queries that fit, oldest first; with Accept: text/event-stream, or "
                "stream=1, as server-sent events that go on",
     .query = QUERY("client", "name", "domain", "service", "rcode", "answer", "since", "limit",
                    "stream"),
     .reply = "QueryEvent[]"},
    {.method = API_GET,
     .path = "/v1/wait",
     .run = api_wait_get,
     .summary = "Answered when so many queries that fit have been seen (since the last change, "
                "unless since is given); 408 when the timeout is over",
     .query = QUERY("client", "name", "domain", "service", "rcode", "answer", "since", "count",
                    "timeout"),
     .reply = "Waited"},
    {.method = API_GET,
     .path = "/v1/openapi.json",
     .run = api_openapi_get,
     .summary = "This description",
     .reply = "OpenApi"},
    {.method = API_GET,
     .path = "/health",
     .run = api_health_get,
     .summary = "Whether the process lives",
     .reply = "Health"},
    {.method = API_GET,
     .path = "/ready",
     .run = api_ready_get,
     .summary = "Whether DNS is served: 503 if not",
     .reply = "Health"},
    {.method = API_GET,
     .path = "/metrics",
     .run = api_metrics_get,
     .summary = "Counters in the text format of Prometheus"},
};

const struct api_route *control_routes(size_t *count)
{
    *count = sizeof(routes) / sizeof(routes[0]);
    return routes;
}
