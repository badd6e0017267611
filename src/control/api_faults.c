/* GET and POST /v1/faults, DELETE /v1/faults/{name}. */
#include <errno.h>
#include <string.h>

#include "control/fault_json.h"
#include "control/routes.h"
#include "control/state.h"

#define OFFERED_MAX 1000 /* names that are compared */

void api_faults_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply)
{
    (void)request;
    reply->revision = (int64_t)live_revision(control->live);
    reply->json = json_pack("{s:I, s:o}", "revision", (json_int_t)reply->revision, "faults",
                            live_faults_json(control->live, control->now));
    if (!reply->json)
        api_fail(reply, 500, NULL, "out of memory");
}

static json_t *find_fault(json_t *faults, const char *name)
{
    size_t i;
    json_t *fault;
    json_array_foreach(faults, i, fault)
    {
        if (strcmp(json_string_value(json_object_get(fault, "name")), name) == 0 &&
            strcmp(json_string_value(json_object_get(fault, "status")), "on") == 0)
            return fault;
    }
    return NULL;
}

/* A stale edit is told from a name that is taken. */
static bool is_stale(const struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    uint64_t present = live_revision(control->live);
    if (request->if_match < 0 || (uint64_t)request->if_match == present)
        return false;
    api_fail(reply, 409, "If-Match", "revision %lld is not the present one, which is %llu",
             (long long)request->if_match, (unsigned long long)present);
    return true;
}

static void fail_change(enum err e, const char *name, struct api_reply *reply)
{
    int error = errno;
    if (e == ERR_EXISTS)
        api_fail(reply, 409, "name", "there is a fault \"%.63s\" already: remove it first", name);
    else if (e == ERR_LIMIT)
        api_fail(reply, 409, NULL, "there are too many faults: remove some, or reset");
    else if (e == ERR_SYSTEM)
        api_fail(reply, 500, NULL, "nothing is changed, since the state file cannot be written: %s",
                 strerror(error));
    else
        api_fail(reply, 500, NULL, "nothing is changed: %s", err_text(e));
}

/* The view of a match has to be one of the configuration's. */
static bool check_view(const struct control *control, const struct fault_spec *spec,
                       struct api_reply *reply)
{
    const struct config *config = control->init.host.config(control->init.host.ctx);
    const char *names[64];
    size_t count = 0;
    if (spec->match.view[0] == '\0')
        return true;
    for (size_t i = 0; i < config->view_count; i++) {
        if (strcmp(config->views[i].name, spec->match.view) == 0)
            return true;
        if (count < sizeof(names) / sizeof(names[0]))
            names[count++] = config->views[i].name;
    }
    const char *near = text_nearest(spec->match.view, names, count);
    api_fail(reply, 404, "view", "there is no view \"%s\"%s%s%s", spec->match.view,
             near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

static void reply_fault(const struct control *control, const char *name, struct api_reply *reply)
{
    json_t *faults = live_faults_json(control->live, control->now);
    json_t *fault = find_fault(faults, name);
    reply->revision = (int64_t)live_revision(control->live);
    reply->json = json_pack("{s:I, s:O?}", "revision", (json_int_t)reply->revision, "fault", fault);
    json_decref(faults);
}

void api_faults_post(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    struct fault_spec spec;
    struct fault_json_problem problem;
    if (!json_is_object(request->body)) {
        api_fail(reply, 400, NULL,
                 "the body is to be a JSON object, such as {\"name\": "
                 "\"slow\", \"match\": {\"type\": \"SRV\"}, \"delay\": \"3s\"}");
        return;
    }
    enum err e = fault_json_read(&spec, request->body, &problem);
    if (e == ERR_INVALID) {
        api_fail(reply, 400, problem.field[0] ? problem.field : NULL, "%s", problem.text.data);
        text_deinit(&problem.text);
        return;
    }
    if (e == ERR_OK && is_stale(control, request, reply))
        return;
    if (e == ERR_OK && !check_view(control, &spec, reply))
        return;
    if (e == ERR_OK)
        e = live_fault_add(control->live, &spec, request->if_match, control->now,
                           control->wall_now);
    if (e != ERR_OK) {
        fail_change(e, spec.name, reply);
        return;
    }
    log_info(control->init.log, "%s added fault %s, revision %llu", request->actor, spec.name,
             (unsigned long long)live_revision(control->live));
    reply_fault(control, spec.name, reply);
}

static void refuse_name(const struct control *control, const char *name, struct api_reply *reply)
{
    const char *names[OFFERED_MAX];
    size_t count = 0, i;
    json_t *faults = live_faults_json(control->live, control->now), *fault;
    json_array_foreach(faults, i, fault)
    {
        if (count < OFFERED_MAX &&
            strcmp(json_string_value(json_object_get(fault, "status")), "on") == 0)
            names[count++] = json_string_value(json_object_get(fault, "name"));
    }
    const char *near = text_nearest(name, names, count);
    api_fail(reply, 404, "name", "there is no fault \"%.63s\" in force%s%s%s", name,
             near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    json_decref(faults);
}

void api_fault_delete(struct control *control, const struct api_request *request,
                      struct api_reply *reply)
{
    const char *name = request->arguments[0];
    if (is_stale(control, request, reply))
        return;
    enum err e =
        live_fault_remove(control->live, name, request->if_match, control->now, control->wall_now);
    if (e == ERR_NOTFOUND) {
        refuse_name(control, name, reply);
        return;
    }
    if (e != ERR_OK) {
        fail_change(e, name, reply);
        return;
    }
    log_info(control->init.log, "%s removed fault %s, revision %llu", request->actor, name,
             (unsigned long long)live_revision(control->live));
    reply->revision = (int64_t)live_revision(control->live);
    reply->json = json_pack("{s:I, s:s}", "revision", (json_int_t)reply->revision, "removed", name);
}
