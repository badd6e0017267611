/* The timeline. The time of the steps runs from the start; it stands still in a pause, and while
 * the next step waits to be told, and it jumps when a step is told before its time. */
#include "control/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "control/scenario_parts.h"

#define NEVER UINT64_MAX

struct scenario *scenario_new(const struct scenario_init *init, uint64_t now, uint64_t wall_now)
{
    struct scenario *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    if (scenario_config_copy(&s->config, init->config) != ERR_OK) {
        free(s);
        return NULL;
    }
    s->host = init->host;
    s->seed = init->seed;
    s->base = s->started = s->since = s->now = now;
    s->started_wall = s->wall_now = wall_now;
    s->current = s->config.step_count;
    s->actor = strdup(init->actor ? init->actor : "");
    s->known = json_object();
    s->steps = calloc(s->config.step_count + 1, sizeof(*s->steps));
    if (!s->actor || !s->known || !s->steps) {
        scenario_free(s);
        return NULL;
    }
    for (size_t i = 0; i < s->config.step_count; i++)
        s->steps[i].config = &s->config.steps[i];
    return s;
}

static void step_deinit(struct scenario_step *step)
{
    json_decref(step->commands);
    json_decref(step->lookups);
    json_decref(step->never);
    free(step->why);
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    for (size_t i = 0; scenario->steps && i < scenario->config.step_count; i++)
        step_deinit(&scenario->steps[i]);
    free(scenario->steps);
    json_decref(scenario->known);
    free(scenario->actor);
    free(scenario->reason);
    scenario_config_deinit(&scenario->config);
    free(scenario);
}

static void clock_set(struct scenario *s, uint64_t now, uint64_t wall_now)
{
    s->now = now;
    s->wall_now = wall_now;
}

bool scenario_is_over(const struct scenario *scenario)
{
    return scenario->state == SCENARIO_DONE || scenario->state == SCENARIO_STOPPED;
}

bool scenario_held(const struct scenario *scenario)
{
    if (scenario->state != SCENARIO_DONE)
        return false;
    for (size_t i = 0; i < scenario->config.step_count; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        if (step->failed)
            return false;
        if (step->config->has_expect && step->verdict != SCENARIO_HELD)
            return false;
    }
    return true;
}

const char *scenario_name(const struct scenario *scenario)
{
    return scenario->config.name;
}

/* The first command that changes something starts the step's lookups: what comes while later ones
 * run is after the change already. */
static void note_change(struct scenario *s, struct scenario_step *step, uint64_t before)
{
    uint64_t revision = s->host.revision(s->host.ctx);
    if (revision == before)
        return;
    step->revision = revision;
    s->since = s->now;
    s->changed = true;
    scenario_expect_forget(s);
    if (!step->lookups)
        scenario_lookups_begin(s, step);
}

static void run_command(struct scenario *s, struct scenario_step *step, const char *line)
{
    json_t *reply = NULL;
    uint64_t before = s->host.revision(s->host.ctx);
    int status = s->host.run(s->host.ctx, line, &reply);
    const json_t *old_for = json_object_get(reply, "old_for");
    if (status < 200 || status >= 300)
        step->failed = true;
    json_array_append_new(step->commands,
                          json_pack("{s:s, s:i, s:s?}", "command", line, "status", status, "error",
                                    json_string_value(json_object_get(reply, "error"))));
    if (json_is_integer(old_for) && json_integer_value(old_for) > step->ttl)
        step->ttl = json_integer_value(old_for);
    /* A reset that had nothing to drop has a new revision, and is no change. */
    const json_t *dropped = json_object_get(reply, "dropped");
    if (!json_is_integer(dropped) || json_integer_value(dropped) > 0)
        note_change(s, step, before);
    json_decref(reply);
}

static void run_step(struct scenario *s)
{
    struct scenario_step *step = &s->steps[s->next++];
    const struct config_step *config = step->config;
    scenario_expect_until(s, config);
    step->done = true;
    step->ttl = -1;
    step->at = s->now;
    step->wall = s->wall_now;
    step->commands = json_array();
    if (!config->on_next)
        s->position = config->at_ms;
    /* What is expected opens with the first change, not after the last command: a client may be
     * fast. */
    for (size_t i = 0; i < config->command_count; i++) {
        run_command(s, step, config->commands[i]);
        if (config->has_expect && step->verdict == SCENARIO_AHEAD && step->lookups)
            scenario_expect_open(s, step);
    }
    if (config->has_expect && step->verdict == SCENARIO_AHEAD)
        scenario_expect_open(s, step);
    json_t *report = scenario_step_report(s, step);
    s->host.tell(s->host.ctx, "step", report);
    json_decref(report);
}

/* The `now` at which the next step is due; NEVER when it waits to be told, or there is none. */
static uint64_t next_due(const struct scenario *s)
{
    if (s->next == s->config.step_count)
        return NEVER;
    const struct config_step *config = s->steps[s->next].config;
    return config->on_next ? NEVER : s->base + config->at_ms;
}

static uint64_t next_deadline(const struct scenario *s)
{
    uint64_t next = NEVER;
    for (size_t i = 0; i < s->next; i++) {
        const struct scenario_step *step = &s->steps[i];
        if (step->verdict == SCENARIO_OPEN && step->deadline < next)
            next = step->deadline;
    }
    return next;
}

static bool anything_open(const struct scenario *s)
{
    for (size_t i = 0; i < s->next; i++) {
        if (s->steps[i].verdict == SCENARIO_OPEN)
            return true;
    }
    return false;
}

static void end(struct scenario *s, enum scenario_state state)
{
    s->state = state;
    s->ended = s->now;
    s->ended_wall = s->wall_now;
}

uint64_t scenario_tick(struct scenario *scenario, uint64_t now, uint64_t wall_now)
{
    struct scenario *s = scenario;
    clock_set(s, now, wall_now);
    if (s->state != SCENARIO_RUNNING)
        return NEVER;
    scenario_expect_tick(s, now);
    while (next_due(s) <= now)
        run_step(s);
    if (s->next == s->config.step_count && !anything_open(s)) {
        end(s, SCENARIO_DONE);
        return NEVER;
    }
    uint64_t due = next_due(s), deadline = next_deadline(s);
    return due < deadline ? due : deadline;
}

/* So long did the clock stand still. */
static void shift(struct scenario *s, uint64_t ms)
{
    s->base += ms;
    for (size_t i = 0; i < s->next; i++) {
        struct scenario_step *step = &s->steps[i];
        if (step->verdict == SCENARIO_OPEN && step->deadline != NEVER)
            step->deadline += ms;
    }
}

enum err scenario_next(struct scenario *scenario, uint64_t now, uint64_t wall_now, const char **why)
{
    struct scenario *s = scenario;
    clock_set(s, now, wall_now);
    *why = "every step has happened";
    if (scenario_is_over(s) || s->next == s->config.step_count)
        return ERR_INVALID;
    if (s->state == SCENARIO_PAUSED) {
        shift(s, now - s->paused_at);
        s->paused_at = now;
    }
    scenario_expect_tick(s, now);
    run_step(s);
    /* The time of the steps goes on from this one's, or from where it stood. */
    s->base = now - s->position;
    return ERR_OK;
}

enum err scenario_pause(struct scenario *scenario, uint64_t now, const char **why)
{
    *why = scenario->state == SCENARIO_PAUSED ? "it is paused already" : "it is over";
    if (scenario->state != SCENARIO_RUNNING)
        return ERR_INVALID;
    scenario->state = SCENARIO_PAUSED;
    scenario->paused_at = now;
    return ERR_OK;
}

enum err scenario_resume(struct scenario *scenario, uint64_t now, const char **why)
{
    *why = "it is not paused";
    if (scenario->state != SCENARIO_PAUSED)
        return ERR_INVALID;
    shift(scenario, now - scenario->paused_at);
    scenario->state = SCENARIO_RUNNING;
    return ERR_OK;
}

void scenario_stop(struct scenario *scenario, const char *reason, uint64_t now, uint64_t wall_now)
{
    if (scenario_is_over(scenario))
        return;
    clock_set(scenario, now, wall_now);
    scenario_expect_skip(scenario);
    scenario->reason = strdup(reason);
    end(scenario, SCENARIO_STOPPED);
}

void scenario_event(struct scenario *scenario, const json_t *event, uint64_t at)
{
    if (scenario_is_over(scenario))
        return;
    scenario_lookup(scenario, event, at);
    scenario_expect_event(scenario, event, at);
}
