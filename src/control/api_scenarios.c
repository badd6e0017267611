/* /v1/scenarios: what there is, what runs, and what is done to it. "current" stands for the one
 * that runs. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "control/routes.h"
#include "control/scenario.h"
#include "control/scenarios.h"
#include "control/state.h"

#define CURRENT "current"

static const struct config *config_of(const struct control *control)
{
    const struct control_host *host = &control->init.host;
    return host->config(host->ctx);
}

static const struct config_scenario *find(const struct control *control, const char *name)
{
    const struct config *config = config_of(control);
    for (size_t i = 0; i < config->scenario_count; i++) {
        if (strcmp(config->scenarios[i].name, name) == 0)
            return &config->scenarios[i];
    }
    return NULL;
}

static void fail_unknown(const struct control *control, const char *name, struct api_reply *reply)
{
    const struct config *config = config_of(control);
    const char *near = NULL;
    size_t best = 0;
    for (size_t i = 0; !near && i < config->scenario_count; i++) {
        const char *word = config->scenarios[i].name;
        near = text_nearest(name, &word, 1);
        best = i;
    }
    if (near)
        api_fail(reply, 404, "name", "there is no scenario \"%.80s\": did you mean \"%s\"?", name,
                 config->scenarios[best].name);
    else if (config->scenario_count == 0)
        api_fail(reply, 404, "name",
                 "there is no scenario \"%.80s\": the configuration has none (scenarios)", name);
    else
        api_fail(reply, 404, "name",
                 "there is no scenario \"%.80s\" (GET /v1/scenarios lists them)", name);
}

static json_t *summary_json(const struct control *control, const struct config_scenario *config)
{
    const char *running = scenarios_running(control->scenarios);
    bool on_next = false;
    uint64_t length = 0;
    for (size_t i = 0; i < config->step_count; i++) {
        on_next = on_next || config->steps[i].on_next;
        if (!config->steps[i].on_next)
            length = config->steps[i].at_ms;
    }
    return json_pack("{s:s, s:I, s:I, s:b, s:b}", "name", config->name, "steps",
                     (json_int_t)config->step_count, "length_ms", (json_int_t)length, "on_next",
                     on_next, "running", running && strcmp(running, config->name) == 0);
}

void api_scenarios_get(struct control *control, const struct api_request *request,
                       struct api_reply *reply)
{
    const struct config *config = config_of(control);
    json_t *list = json_array(), *current = scenarios_report(control->scenarios, NULL);
    (void)request;
    for (size_t i = 0; i < config->scenario_count; i++)
        json_array_append_new(list, summary_json(control, &config->scenarios[i]));
    reply->json =
        json_pack("{s:o, s:o}", "scenarios", list, "current", current ? current : json_null());
}

void api_scenario_get(struct control *control, const struct api_request *request,
                      struct api_reply *reply)
{
    const char *name = request->arguments[0];
    bool current = strcmp(name, CURRENT) == 0;
    const struct config_scenario *config = find(control, name);
    reply->json = scenarios_report(control->scenarios, current ? NULL : name);
    if (reply->json)
        return;
    if (current)
        api_fail(reply, 404, "name", "no scenario has run");
    else if (config)
        reply->json = scenario_outline(config);
    else
        fail_unknown(control, name, reply);
}

static bool refuse_busy(const struct control *control, struct api_reply *reply)
{
    if (!scenarios_busy(control->scenarios))
        return false;
    api_fail(reply, 409, NULL, "a scenario's steps do nothing to scenarios");
    return true;
}

static void reply_report(const struct control *control, struct api_reply *reply)
{
    reply->json = scenarios_report(control->scenarios, NULL);
    reply->revision = control_revision(control);
}

void api_scenario_run(struct control *control, const struct api_request *request,
                      struct api_reply *reply)
{
    const char *name = request->arguments[0];
    const json_t *seed_json = json_object_get(request->body, "seed");
    uint64_t seed = (uint64_t)json_integer_value(seed_json);
    if (refuse_busy(control, reply))
        return;
    if (seed_json && json_integer_value(seed_json) < 0) {
        api_fail(reply, 400, "seed", "the seed takes a number from 0");
        return;
    }
    enum err e = scenarios_run(control->scenarios, name, request->actor, seed_json ? &seed : NULL);
    if (e == ERR_NOTFOUND)
        fail_unknown(control, name, reply);
    else if (e == ERR_EXISTS)
        api_fail(reply, 409, "name", "the scenario \"%s\" runs: one at a time",
                 scenarios_running(control->scenarios));
    else if (e != ERR_OK)
        api_fail(reply, 503, NULL, "the scenario cannot be run: %s", err_text(e));
    else if (request->wants_stream)
        *reply = (struct api_reply){.status = 200,
                                    .revision = -1,
                                    .stream = scenarios_attach,
                                    .stream_arg = control->scenarios};
    else
        reply_report(control, reply);
}

/* Whether the one that is meant runs. */
static bool check_running(const struct control *control, const struct api_request *request,
                          struct api_reply *reply)
{
    const char *name = request->arguments[0];
    const char *running = scenarios_running(control->scenarios);
    if (refuse_busy(control, reply))
        return false;
    if (running && (strcmp(name, CURRENT) == 0 || strcmp(name, running) == 0))
        return true;
    if (strcmp(name, CURRENT) != 0 && !find(control, name))
        fail_unknown(control, name, reply);
    else if (!running)
        api_fail(reply, 409, "name", "no scenario runs");
    else
        api_fail(reply, 409, "name", "\"%.80s\" does not run: \"%s\" does", name, running);
    return false;
}

static void reply_done(const struct control *control, enum err e, const char *why,
                       struct api_reply *reply)
{
    if (e == ERR_OK)
        reply_report(control, reply);
    else
        api_fail(reply, 409, NULL, "the scenario \"%s\": %s", scenarios_running(control->scenarios),
                 why);
}

void api_scenario_next(struct control *control, const struct api_request *request,
                       struct api_reply *reply)
{
    const char *why = "";
    if (check_running(control, request, reply))
        reply_done(control, scenarios_next(control->scenarios, &why), why, reply);
}

void api_scenario_pause(struct control *control, const struct api_request *request,
                        struct api_reply *reply)
{
    const char *why = "";
    if (check_running(control, request, reply))
        reply_done(control, scenarios_pause(control->scenarios, &why), why, reply);
}

void api_scenario_resume(struct control *control, const struct api_request *request,
                         struct api_reply *reply)
{
    const char *why = "";
    if (check_running(control, request, reply))
        reply_done(control, scenarios_resume(control->scenarios, &why), why, reply);
}

void api_scenario_stop(struct control *control, const struct api_request *request,
                       struct api_reply *reply)
{
    char reason[128];
    if (!check_running(control, request, reply))
        return;
    snprintf(reason, sizeof(reason), "told to by %s", request->actor);
    reply_done(control, scenarios_stop(control->scenarios, reason), "", reply);
}
