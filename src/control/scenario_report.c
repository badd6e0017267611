/* A run as JSON: the one shape for its progress and its report. */
#include "control/report.h"
#include "control/scenario_parts.h"

json_t *scenario_ms(uint64_t ms)
{
    return json_integer((json_int_t)ms);
}

static const char *state_word(const struct scenario *s)
{
    switch (s->state) {
    case SCENARIO_RUNNING:
        if (s->next < s->config.step_count && s->steps[s->next].config->on_next)
            return "waiting";
        return "running";
    case SCENARIO_PAUSED:
        return "paused";
    case SCENARIO_DONE:
        return "done";
    case SCENARIO_STOPPED:
        return "stopped";
    }
    return "";
}

/* What it all comes to; null while it is open. */
static const char *result_word(const struct scenario *s)
{
    if (s->state == SCENARIO_STOPPED)
        return "stopped";
    if (s->state != SCENARIO_DONE)
        return NULL;
    return scenario_held(s) ? "held" : "failed";
}

static json_t *time_or_null(uint64_t wall)
{
    char text[REPORT_TIME_MAX];
    return wall > 0 ? json_string(report_time(wall, text)) : json_null();
}

static const char *verdict_word(enum scenario_verdict verdict)
{
    switch (verdict) {
    case SCENARIO_AHEAD:
        return "ahead";
    case SCENARIO_OPEN:
        return "open";
    case SCENARIO_HELD:
        return "held";
    case SCENARIO_FAILED:
        return "failed";
    case SCENARIO_SKIPPED:
        return "skipped";
    }
    return "";
}

json_t *scenario_expect_report(const struct scenario_step *step)
{
    bool decided = step->verdict == SCENARIO_HELD || step->verdict == SCENARIO_FAILED;
    struct text text = {0};
    if (!step->config->has_expect)
        return json_null();
    scenario_expect_text(&step->config->expect, &text);
    json_t *json = json_pack(
        "{s:s, s:s, s:I, s:s?, s:o}", "text", text.data ? text.data : "", "status",
        verdict_word(step->verdict), "seen", (json_int_t)step->seen, "why", step->why, "after_ms",
        decided ? scenario_ms(step->decided > step->since ? step->decided - step->since : 0)
                : json_null());
    text_deinit(&text);
    return json;
}

static json_t *rows_json(const json_t *rows)
{
    const char *key;
    json_t *row, *list = json_array();
    json_object_foreach((json_t *)(uintptr_t)rows, key, row) json_array_append(list, row);
    return list;
}

static json_t *place_json(const struct place *place)
{
    struct text text = {0};
    if (!place->file)
        return json_null();
    text_add_plain(&text, place->file);
    text_addf(&text, ":%u", place->line);
    json_t *json = json_string(text.data ? text.data : "");
    text_deinit(&text);
    return json;
}

/* What the file says: number, at_ms (null: on next), place, commands. */
static json_t *step_outline(const struct config_step *config, size_t number)
{
    json_t *commands = json_array();
    for (size_t i = 0; i < config->command_count; i++)
        json_array_append_new(commands, json_pack("{s:s, s:n, s:n}", "command", config->commands[i],
                                                  "status", "error"));
    return json_pack("{s:I, s:o, s:o, s:s, s:n, s:n, s:n, s:o}", "number", (json_int_t)number,
                     "at_ms", config->on_next ? json_null() : scenario_ms(config->at_ms), "place",
                     place_json(&config->place), "status", "ahead", "time", "after_ms", "revision",
                     "commands", commands);
}

static const char *step_status(const struct scenario *s, const struct scenario_step *step)
{
    if (step->done)
        return step->failed ? "failed" : "done";
    return s->state == SCENARIO_STOPPED ? "skipped" : "ahead";
}

static json_t *never_json(const struct scenario *s, const struct scenario_step *step)
{
    if (step->never)
        return json_incref(step->never);
    return scenario_is_over(s) ? scenario_never(s, step) : json_array();
}

json_t *scenario_step_report(const struct scenario *scenario, const struct scenario_step *step)
{
    size_t number = (size_t)(step - scenario->steps) + 1;
    json_t *json = step_outline(step->config, number);
    json_object_set_new(json, "status", json_string(step_status(scenario, step)));
    json_object_set_new(json, "expect", scenario_expect_report(step));
    if (!step->done)
        return json;
    json_object_set_new(json, "time", time_or_null(step->wall));
    json_object_set_new(json, "after_ms", scenario_ms(step->at - scenario->started));
    json_object_set(json, "commands", step->commands);
    if (!step->lookups)
        return json;
    json_object_set_new(json, "revision", json_integer((json_int_t)step->revision));
    json_object_set_new(json, "ttl", step->ttl >= 0 ? json_integer(step->ttl) : json_null());
    json_object_set_new(json, "lookups", rows_json(step->lookups));
    /* While it is the latest change, everybody may still come. */
    json_object_set_new(json, "never", never_json(scenario, step));
    return json;
}

json_t *scenario_report(const struct scenario *scenario, uint64_t now)
{
    const struct scenario *s = scenario;
    bool over = scenario_is_over(s);
    json_t *steps = json_array();
    for (size_t i = 0; i < s->config.step_count; i++)
        json_array_append_new(steps, scenario_step_report(s, &s->steps[i]));
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:I, s:o, s:o, s:o, s:I, s:o}", "name",
                     s->config.name, "state", state_word(s), "result", result_word(s), "reason",
                     s->reason, "actor", s->actor, "seed", (json_int_t)s->seed, "started",
                     time_or_null(s->started_wall), "ended", time_or_null(s->ended_wall),
                     "elapsed_ms", scenario_ms((over ? s->ended : now) - s->started), "more",
                     (json_int_t)s->more, "steps", steps);
}

json_t *scenario_outline(const struct config_scenario *config)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < config->step_count; i++) {
        const struct scenario_step step = {.config = &config->steps[i]};
        json_t *json = step_outline(step.config, i + 1);
        json_object_set_new(json, "expect", scenario_expect_report(&step));
        json_array_append_new(steps, json);
    }
    return json_pack("{s:s, s:s, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:i, s:o}", "name",
                     config->name, "state", "idle", "result", "reason", "actor", "seed", "started",
                     "ended", "elapsed_ms", "more", 0, "steps", steps);
}
