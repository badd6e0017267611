/* The description against the server: each path and method that it names exists, no other does,
 * and replies have the shape that it promises. */
#include "unit/control/control_fixture.h"

#include <ctype.h>

static struct fixture f;
static json_t *api; /* what /v1/openapi.json says */

static int setup(void **state)
{
    struct response r;
    (void)state;
    fixture_init(&f);
    client_once(&f, client_unix(&f), "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    api = json_incref(r.json);
    response_deinit(&r);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(api);
    fixture_deinit(&f);
    return 0;
}

/* What a reference leads to; NULL when it leads nowhere. */
static const json_t *follow(const json_t *schema)
{
    static const char prefix[] = "#/components/schemas/";
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (!ref)
        return schema;
    assert_memory_equal(ref, prefix, sizeof(prefix) - 1);
    const json_t *all = json_object_get(json_object_get(api, "components"), "schemas");
    return json_object_get(all, ref + sizeof(prefix) - 1);
}

/* Every reference anywhere leads somewhere. */
static void check_references(const json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_object_get(json, "$ref") && !follow(json))
        fail_msg("%s leads nowhere", json_string_value(json_object_get(json, "$ref")));
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        (void)key;
        check_references(value);
    }
    json_array_foreach(json, i, value)
    {
        check_references(value);
    }
}

/* Whether a value fits a JSON Schema of the few words that we use; *where says where not. */
static bool fits(const json_t *schema, const json_t *value, char where[64])
{
    const json_t *any, *properties, *item;
    const char *key;
    size_t i;
    schema = follow(schema);
    assert_non_null(schema);
    if ((any = json_object_get(schema, "anyOf")))
        return fits(json_array_get(any, 0), value, where) ||
               fits(json_array_get(any, 1), value, where);
    const char *type = json_string_value(json_object_get(schema, "type"));
    if (!type)
        return true;
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "null") == 0)
        return json_is_null(value);
    if (strcmp(type, "array") == 0) {
        json_array_foreach(value, i, item)
        {
            if (!fits(json_object_get(schema, "items"), item, where))
                return false;
        }
        return json_is_array(value);
    }
    assert_string_equal(type, "object");
    properties = json_object_get(schema, "properties");
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
    {
        const json_t *property = json_object_get(properties, key);
        bool more = !json_is_false(json_object_get(schema, "additionalProperties"));
        if (property ? fits(property, item, where) : more)
            continue;
        if (where[0] == '\0')
            snprintf(where, 64, "%s", key);
        return false;
    }
    return json_is_object(value);
}

static const json_t *schema_of(const json_t *operation, const char *status)
{
    const json_t *response = json_object_get(json_object_get(operation, "responses"), status);
    const json_t *content = json_object_get(response, "content");
    return json_object_get(json_object_get(content, "application/json"), "schema");
}

/* A path of the description with words for its open parts. */
static void fill_path(char out[API_PATH_MAX], const char *path)
{
    size_t len = 0;
    for (; *path; path++) {
        if (*path == '{') {
            len += (size_t)snprintf(out + len, API_PATH_MAX - len, "nothing");
            path = strchr(path, '}');
        } else {
            out[len++] = *path;
        }
    }
    out[len] = '\0';
}

static void ask(const char *method, const char *path, struct response *r)
{
    char request[1024], full[API_PATH_MAX];
    fill_path(full, path);
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
             method, full);
    client_once(&f, client_unix(&f), request, r);
}

static void upper(char out[16], const char *text)
{
    size_t len = 0;
    for (; text[len] && len < 15; len++)
        out[len] = (char)toupper((unsigned char)text[len]);
    out[len] = '\0';
}

/* GET without parameters has the shape of 200, or says in the shape of an error what it lacks. */
static void check_get(const char *path, const json_t *operation)
{
    struct response r;
    char where[64] = "";
    if (strcmp(path, "/v1/wait") == 0)
        return; /* does not answer before something happens */
    ask("GET", path, &r);
    const json_t *schema = schema_of(operation, r.status == 200 ? "200" : "default");
    if (schema && !fits(schema, r.json, where))
        fail_msg("GET %s: %s of %s", path, where, r.body);
    response_deinit(&r);
}

static void test_operations_exist(void **state)
{
    const char *path, *method;
    json_t *operations, *operation;
    (void)state;
    json_object_foreach(json_object_get(api, "paths"), path, operations)
    {
        json_object_foreach(operations, method, operation)
        {
            struct response r;
            char verb[16], full[API_PATH_MAX], where[64] = "";
            upper(verb, method);
            print_message("%s %s\n", verb, path);
            if (strcmp(verb, "GET") == 0) {
                check_get(path, operation);
                continue;
            }
            fill_path(full, path);
            ask(verb, path, &r);
            assert_int_not_equal(r.status, 405);
            /* No such route and no such thing are told apart by the words. */
            const char *error = response_error(&r);
            assert_null(strstr(error, "lists what there is"));
            const json_t *schema = schema_of(operation, r.status < 300 ? "200" : "default");
            if (schema && !fits(schema, r.json, where))
                fail_msg("%s %s: %s of %s", verb, path, where, r.body);
            response_deinit(&r);
        }
    }
}

static void test_no_other_method(void **state)
{
    static const char *const verbs[] = {"GET", "POST", "PATCH", "DELETE", "PUT"};
    const char *path;
    json_t *operations;
    (void)state;
    json_object_foreach(json_object_get(api, "paths"), path, operations)
    {
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
            struct response r;
            char lower[16] = "", where[64] = "";
            for (size_t c = 0; verbs[i][c]; c++)
                lower[c] = (char)tolower((unsigned char)verbs[i][c]);
            if (json_object_get(operations, lower))
                continue;
            ask(verbs[i], path, &r);
            assert_int_equal(r.status, 405);
            const json_t *error = json_pack("{s:s}", "$ref", "#/components/schemas/Error");
            assert_true(fits(error, r.json, where));
            json_decref((json_t *)(uintptr_t)error);
            response_deinit(&r);
        }
    }
}

static void test_references(void **state)
{
    (void)state;
    check_references(api);
    assert_non_null(json_object_get(json_object_get(api, "paths"), "/v1/status"));
}

/* Each open part of a path is a parameter, and each change says that it needs the token. */
static void test_parameters_and_security(void **state)
{
    size_t count;
    const struct api_route *routes = control_routes(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        static const char *const methods[] = {"get", "post", "patch", "delete"};
        const json_t *path = json_object_get(json_object_get(api, "paths"), routes[i].path);
        const json_t *operation = json_object_get(path, methods[routes[i].method]);
        size_t open = 0, named = 0, n;
        json_t *parameter;
        assert_non_null(operation);
        assert_int_equal(json_object_get(operation, "security") != NULL, routes[i].changes);
        assert_int_equal(routes[i].changes, routes[i].method != API_GET);
        for (const char *at = routes[i].path; (at = strchr(at, '{')); at++)
            open++;
        json_array_foreach(json_object_get(operation, "parameters"), n, parameter)
        {
            const char *place = json_string_value(json_object_get(parameter, "in"));
            named += strcmp(place, "path") == 0;
        }
        assert_int_equal(open, named);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_operations_exist, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_other_method, setup, teardown),
        cmocka_unit_test_setup_teardown(test_references, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parameters_and_security, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
