/* GET /v1/openapi.json, made from the tables of routes and schemas. */
#include <string.h>

#include "control/routes.h"
#include "control/schema.h"

static json_t *parameter_json(const char *name, size_t len, const char *place, bool required)
{
    return json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", name, len, "in", place, "required",
                     required, "schema", "type", "string");
}

/* The open parts of a path, and the query. */
static json_t *parameters_json(const struct api_route *route)
{
    json_t *list = json_array();
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at, '{')) {
        size_t len = strcspn(++at, "}");
        json_array_append_new(list, parameter_json(at, len, "path", true));
    }
    for (size_t i = 0; route->query && route->query[i]; i++)
        json_array_append_new(
            list, parameter_json(route->query[i], strlen(route->query[i]), "query", false));
    return list;
}

static json_t *content_json(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *response_json(const char *text, const char *schema)
{
    json_t *content = schema ? content_json("application/json", schema_type_json(schema))
                             : content_json("text/plain", schema_type_json("string"));
    return json_pack("{s:s, s:o}", "description", text, "content", content);
}

static json_t *operation_json(const struct api_route *route)
{
    json_t *responses =
        json_pack("{s:o, s:o}", "200", response_json(route->summary, route->reply), "default",
                  response_json("What is wrong, and what would be right", "Error"));
    json_t *json = json_pack("{s:s, s:o, s:o}", "summary", route->summary, "parameters",
                             parameters_json(route), "responses", responses);
    if (route->body)
        json_object_set_new(
            json, "requestBody",
            json_pack("{s:b, s:o}", "required", route->body_needed, "content",
                      content_json("application/json", schema_type_json(route->body))));
    if (route->changes)
        json_object_set_new(json, "security", json_pack("[{s:[]}]", "token"));
    return json;
}

static json_t *paths_json(void)
{
    static const char *const methods[] = {"get", "post", "patch", "delete"};
    size_t count;
    const struct api_route *routes = control_routes(&count);
    json_t *paths = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *path = json_object_get(paths, routes[i].path);
        if (!path) {
            path = json_object();
            json_object_set_new(paths, routes[i].path, path);
        }
        json_object_set_new(path, methods[routes[i].method], operation_json(&routes[i]));
    }
    return paths;
}

static json_t *schemas_json(void)
{
    size_t count;
    const struct schema *all = schema_all(&count);
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(json, all[i].name, schema_json(&all[i]));
    return json;
}

void api_openapi_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    (void)control;
    (void)request;
    reply->json = json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o, s:{s:{s:s, s:s, s:s}}}}", "openapi", "3.1.0", "info",
        "title", "shunt", "version", SHUNT_VERSION, "description",
        "The running daemon: what it is told to answer, and what it does. Requests that change "
        "something need the token over TCP, and none over the Unix socket.",
        "paths", paths_json(), "components", "schemas", schemas_json(), "securitySchemes", "token",
        "type", "http", "scheme", "bearer", "description", "control.token of the configuration");
}
