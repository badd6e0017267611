/* The API of targets and faults over a configuration of the test's, without sockets. */
#ifndef SHUNT_TESTS_CONTROL_TARGETS_HELP_H
#define SHUNT_TESTS_CONTROL_TARGETS_HELP_H

#include "unit/control/live_help.h"

#include "control/routes.h"
#include "control/schema.h"
#include "control/state.h"
#include "control/targets.h"

struct desk {
    struct lab lab;
    struct config config;
    struct control control;
    struct api_reply reply;
};

static inline const struct config *desk_config(void *ctx)
{
    return &((struct desk *)ctx)->config;
}

static inline void desk_init(struct desk *desk, const char *yaml)
{
    struct diag_list diags = {0};
    struct text said = {0};
    *desk = (struct desk){0};
    lab_open(&desk->lab, NULL);
    enum err e = config_parse(&desk->config, "lab.yaml", yaml, strlen(yaml), NULL, &diags);
    diag_list_print(&diags, &said);
    if (e != ERR_OK)
        fail_msg("%s", said.data);
    text_deinit(&said);
    diag_list_deinit(&diags);
    lab_configure(&desk->lab, desk->config.faults, desk->config.fault_count);
    desk->control.live = desk->lab.live;
    desk->control.init.host.ctx = desk;
    desk->control.init.host.config = desk_config;
    desk->control.init.log = &desk->lab.log;
}

static inline void desk_deinit(struct desk *desk)
{
    api_reply_deinit(&desk->reply);
    targets_free(desk->control.targets);
    lab_deinit(&desk->lab);
    config_deinit(&desk->config);
}

/* Dispatches as HTTP would, and holds a good reply against its schema. `body` NULL = none; single
 * quotes in it stand for double ones. */
static inline int desk_ask(struct desk *desk, enum api_method method, const char *path,
                           const char *domain, const char *body, int64_t if_match)
{
    char copy[1024];
    json_error_t error;
    snprintf(copy, sizeof(copy), "%s", body ? body : "null");
    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    struct api_request request = {.method = method,
                                  .path = path,
                                  .query = domain ? json_pack("{s:s}", "domain", domain) : NULL,
                                  .body = body ? json_loads(copy, 0, &error) : NULL,
                                  .actor = "test",
                                  .if_match = if_match};
    assert_true(!body || request.body);
    api_reply_deinit(&desk->reply);
    desk->control.now = desk->lab.now;
    desk->control.wall_now = lab_wall(&desk->lab);
    api_dispatch(&desk->control, &request, &desk->reply);
    json_decref(request.query);
    json_decref(request.body);
    assert_non_null(desk->reply.json);
    const struct api_route *route = api_route_find(method, path);
    if (desk->reply.status == 200 && route) {
        const char *wrong = schema_mismatch(route->reply, desk->reply.json);
        if (wrong)
            fail_msg("%s has a field \"%s\" that is not in its schema", route->reply, wrong);
        assert_int_equal(desk->reply.revision, live_revision(desk->lab.live));
    }
    return desk->reply.status;
}

static inline const char *desk_error(const struct desk *desk)
{
    const char *text = json_string_value(json_object_get(desk->reply.json, "error"));
    return text ? text : "";
}

static inline const char *desk_field(const struct desk *desk)
{
    const char *text = json_string_value(json_object_get(desk->reply.json, "field"));
    return text ? text : "";
}

static inline int desk_patch(struct desk *desk, const char *target, const char *body)
{
    char path[512];
    snprintf(path, sizeof(path), "/v1/targets/%s", target);
    return desk_ask(desk, API_PATCH, path, NULL, body, -1);
}

/* One member of the reply as text, keys sorted; to be freed. */
static inline char *desk_text(const struct desk *desk, const char *key)
{
    const json_t *value = json_object_get(desk->reply.json, key);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)
                       : strdup("absent");
    assert_non_null(text);
    for (char *at = text; *at; at++)
        *at = *at == '"' ? '\'' : *at;
    return text;
}

static inline void desk_expect(const struct desk *desk, const char *key, const char *expected)
{
    char *text = desk_text(desk, key);
    if (strcmp(text, expected) != 0)
        fail_msg("%s\n is   %s\n not  %s", key, text, expected);
    free(text);
}

#endif
