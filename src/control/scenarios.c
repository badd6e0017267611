#include "control/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "control/command.h"
#include "control/live_undo.h"
#include "control/scenario.h"
#include "control/state.h"
#include "control/stream.h"

#define PAST_MS     3600000 /* lookups that long ago say who the clients are */
#define TICK_MAX_MS 60000

/* A stream that has too much waiting is ended, and with it the scenario. */
#define REPORT_MAX  (STREAM_PENDING_MAX / 2)
#define LOOKUPS_MAX (STREAM_PENDING_MAX / 4) /* bytes that wait: no more lookups are told then */

struct scenarios {
    struct control *control;
    struct event *timer; /* NULL: there is no event loop */
    struct scenario *run;
    struct live_undo *undo;
    struct event_follower *follower;
    struct http_stream *stream; /* of the client that started it */
    char actor[96];             /* "scenario NAME" */
    bool busy;
    uint64_t lost; /* events that were dropped before the start */
    json_t *last;  /* report of the one that ran last */
};

static const struct log *log_of(const struct scenarios *s)
{
    return s->control->init.log;
}

static int64_t wall_offset(const struct scenarios *s)
{
    return (int64_t)(s->control->wall_now - s->control->now);
}

/* The workers' events until now belong to what was before. */
static void drain(struct scenarios *s)
{
    for (int i = 0; i < 64 && events_drain(s->control->events, wall_offset(s)); i++)
        continue;
}

static void wake(struct scenarios *s, uint64_t ms)
{
    const struct timeval wait = {.tv_sec = (time_t)(ms / 1000),
                                 .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    if (s->timer)
        event_add(s->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct scenarios *s = arg;
    (void)fd;
    (void)what;
    control_clock(s->control);
    scenarios_tick(s);
}

struct scenarios *scenarios_new(struct control *control)
{
    struct scenarios *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->control = control;
    if (!control->init.base)
        return s;
    s->timer = evtimer_new(control->init.base, on_timer, s);
    if (s->timer)
        return s;
    free(s);
    return NULL;
}

/* Lets go of a run, its changes taken back. */
static size_t release(struct scenarios *s)
{
    size_t count = 0;
    events_unfollow(s->follower);
    s->follower = NULL;
    enum err e = live_undo_run(s->undo, s->control->now, s->control->wall_now, &count);
    if (e != ERR_OK)
        log_error(log_of(s), "%s: its changes are still in force (shunt reset drops them): %s",
                  s->actor, err_text(e));
    live_undo_free(s->undo);
    s->undo = NULL;
    if (s->timer)
        event_del(s->timer);
    return count;
}

static json_t *report_now(const struct scenarios *s)
{
    struct events_stats stats;
    json_t *report = scenario_report(s->run, s->control->now);
    events_stats(s->control->events, &stats);
    json_object_set_new(report, "lost", json_integer((json_int_t)(stats.dropped - s->lost)));
    json_object_set_new(report, "undone", json_null());
    return report;
}

/* Takes the text over. */
static void tell_text(struct scenarios *s, const char *event, char *text)
{
    if (text && s->stream)
        http_stream_send(s->stream, event, 0, text);
    free(text);
}

/* Lookups may come in floods; all of them are in the report. */
static bool is_flood(const struct scenarios *s, const char *event)
{
    if (strcmp(event, "lookup") != 0)
        return false;
    return http_stream_waiting(s->stream) > LOOKUPS_MAX;
}

static void tell(struct scenarios *s, const char *event, const json_t *what)
{
    char *text = s->stream ? json_dumps(what, JSON_COMPACT) : NULL;
    if (text && is_flood(s, event)) {
        free(text);
        return;
    }
    tell_text(s, event, text);
}

/* A report that is too large goes without its steps: its client can ask for it. */
static void tell_report(struct scenarios *s, const char *event, const json_t *report)
{
    char *text = s->stream ? json_dumps(report, JSON_COMPACT) : NULL;
    if (text && strlen(text) > REPORT_MAX) {
        json_t *copy = json_copy((json_t *)(uintptr_t)report);
        json_object_del(copy, "steps");
        free(text);
        text = json_dumps(copy, JSON_COMPACT);
        json_decref(copy);
    }
    tell_text(s, event, text);
}

static void log_end(const struct scenarios *s, size_t undone)
{
    const char *reason = json_string_value(json_object_get(s->last, "reason"));
    const char *result = json_string_value(json_object_get(s->last, "result"));
    log_info(log_of(s), "%s: %s%s%s; changes taken back: %zu", s->actor, result ? result : "",
             reason ? ": " : "", reason ? reason : "", undone);
}

/* The run is over: the last word to its client, and for whoever asks later. */
static void finish(struct scenarios *s)
{
    size_t undone = release(s);
    json_decref(s->last);
    s->last = report_now(s);
    json_object_set_new(s->last, "undone", json_integer((json_int_t)undone));
    log_end(s, undone);
    scenario_free(s->run);
    s->run = NULL;
    tell_report(s, "end", s->last);
    if (!s->stream)
        return;
    http_stream_on_close(s->stream, NULL, NULL);
    http_stream_close(s->stream);
    s->stream = NULL;
}

void scenarios_free(struct scenarios *scenarios)
{
    if (!scenarios)
        return;
    if (scenarios->run)
        scenarios_stop(scenarios, "the daemon stops");
    if (scenarios->timer)
        event_free(scenarios->timer);
    json_decref(scenarios->last);
    free(scenarios);
}

void scenarios_tick(struct scenarios *scenarios)
{
    struct scenarios *s = scenarios;
    if (!s->run || s->busy)
        return;
    drain(s);
    s->busy = true;
    uint64_t now = s->control->now;
    uint64_t next = scenario_tick(s->run, now, s->control->wall_now);
    s->busy = false;
    if (scenario_is_over(s->run))
        finish(s);
    else if (next != UINT64_MAX)
        wake(s, next - now < TICK_MAX_MS ? next - now : TICK_MAX_MS);
}

/* The host of the run. */
static void dispatch(struct scenarios *s, const struct command *command, struct api_reply *reply)
{
    struct api_request request = {.method = command->method,
                                  .path = command->path,
                                  .query = command->query,
                                  .body = command->body,
                                  .actor = s->actor,
                                  .if_match = -1};
    api_dispatch(s->control, &request, reply);
    if (reply->stream) /* nothing that a scenario may do has one */
        reply->stream(reply->stream_arg, NULL);
}

static int on_run(void *ctx, const char *line, json_t **reply_json)
{
    struct scenarios *s = ctx;
    struct command command;
    struct text why = {0};
    struct api_reply reply = {.status = 400, .revision = -1};
    bool watched = live_undo_before(s->undo) == ERR_OK;
    if (command_parse_line(&command, line, &why) == ERR_OK)
        dispatch(s, &command, &reply);
    else
        api_fail(&reply, 400, NULL, "%s", why.data ? why.data : "no memory");
    command_deinit(&command);
    text_deinit(&why);
    if (!watched || live_undo_after(s->undo) != ERR_OK)
        log_error(log_of(s), "%s: out of memory: \"%s\" will not be taken back", s->actor, line);
    int status = reply.status;
    *reply_json = json_incref(reply.json);
    api_reply_deinit(&reply);
    return status;
}

static uint64_t on_revision(void *ctx)
{
    const struct scenarios *s = ctx;
    return live_revision(s->control->live);
}

static void on_tell(void *ctx, const char *event, const json_t *what)
{
    tell(ctx, event, what);
}

/* An event's time as text, back to ms. */
static uint64_t event_wall(const json_t *event, uint64_t missing)
{
    struct event_filter filter = {0};
    const char *expected, *time = json_string_value(json_object_get(event, "time"));
    if (!time || event_filter_set(&filter, "since", time, 0, &expected) != ERR_OK)
        return missing;
    return filter.since;
}

static bool on_event(void *arg, uint64_t number, const json_t *event)
{
    struct scenarios *s = arg;
    uint64_t wall = event_wall(event, s->control->wall_now);
    (void)number;
    scenario_event(s->run, event, wall - (uint64_t)wall_offset(s));
    /* What this decides may be the last thing that the run waits for. */
    if (!s->busy)
        wake(s, 0);
    return true;
}

static bool on_past(void *arg, uint64_t number, const json_t *event)
{
    (void)number;
    scenario_learn(arg, event);
    return true;
}

static uint64_t draw_seed(void)
{
    struct random random;
    random_init(&random);
    return random_u32(&random);
}

/* The parts of a run, its events from now on. */
static enum err begin(struct scenarios *s, const struct config_scenario *config, const char *actor,
                      uint64_t seed)
{
    struct control *control = s->control;
    const struct scenario_init init = {
        .config = config,
        .host = {.ctx = s, .run = on_run, .revision = on_revision, .tell = on_tell},
        .actor = actor,
        .seed = seed};
    struct event_filter past, all;
    struct events_stats stats;
    event_filter_init(&all);
    past = all;
    past.since = control->wall_now > PAST_MS ? control->wall_now - PAST_MS : 1;
    drain(s);
    events_stats(control->events, &stats);
    s->lost = stats.dropped;
    s->undo = live_undo_new(control->live);
    s->run = scenario_new(&init, control->now, control->wall_now);
    if (!s->undo || !s->run)
        return ERR_NOMEM;
    events_walk(control->events, &past, 0, on_past, s->run);
    s->follower = events_follow(control->events, &all, on_event, s);
    if (!s->follower)
        return ERR_NOMEM;
    return live_seed(control->live, seed, control->now, control->wall_now);
}

static const struct config_scenario *find(const struct scenarios *s, const char *name)
{
    const struct control_host *host = &s->control->init.host;
    const struct config *config = host->config(host->ctx);
    for (size_t i = 0; i < config->scenario_count; i++) {
        if (strcmp(config->scenarios[i].name, name) == 0)
            return &config->scenarios[i];
    }
    return NULL;
}

enum err scenarios_run(struct scenarios *scenarios, const char *name, const char *actor,
                       const uint64_t *seed)
{
    struct scenarios *s = scenarios;
    const struct config_scenario *config = find(s, name);
    if (!config)
        return ERR_NOTFOUND;
    if (s->run)
        return ERR_EXISTS;
    snprintf(s->actor, sizeof(s->actor), "scenario %s", name);
    enum err e = begin(s, config, actor, seed ? *seed : draw_seed());
    if (e != ERR_OK) {
        events_unfollow(s->follower);
        s->follower = NULL;
        live_undo_free(s->undo);
        s->undo = NULL;
        scenario_free(s->run);
        s->run = NULL;
        return e;
    }
    log_info(log_of(s), "%s: started by %s", s->actor, actor);
    wake(s, 0);
    return ERR_OK;
}

static void on_closed(void *arg)
{
    struct scenarios *s = arg;
    s->stream = NULL;
    if (!s->run)
        return;
    control_clock(s->control);
    scenarios_stop(s, "the client that started it is gone");
}

void scenarios_attach(void *scenarios, struct http_stream *stream)
{
    struct scenarios *s = scenarios;
    if (!stream) {
        scenarios_stop(s, "its client could not be told of it");
        return;
    }
    s->stream = stream;
    http_stream_on_close(stream, on_closed, s);
    json_t *report = scenarios_report(s, NULL);
    tell_report(s, "start", report);
    json_decref(report);
}

enum err scenarios_next(struct scenarios *scenarios, const char **why)
{
    struct scenarios *s = scenarios;
    if (!s->run)
        return ERR_NOTFOUND;
    drain(s);
    s->busy = true;
    enum err e = scenario_next(s->run, s->control->now, s->control->wall_now, why);
    s->busy = false;
    wake(s, 0);
    return e;
}

enum err scenarios_pause(struct scenarios *scenarios, const char **why)
{
    return scenarios->run ? scenario_pause(scenarios->run, scenarios->control->now, why)
                          : ERR_NOTFOUND;
}

enum err scenarios_resume(struct scenarios *scenarios, const char **why)
{
    if (!scenarios->run)
        return ERR_NOTFOUND;
    enum err e = scenario_resume(scenarios->run, scenarios->control->now, why);
    wake(scenarios, 0);
    return e;
}

enum err scenarios_stop(struct scenarios *scenarios, const char *reason)
{
    struct scenarios *s = scenarios;
    if (!s->run)
        return ERR_NOTFOUND;
    drain(s);
    scenario_stop(s->run, reason, s->control->now, s->control->wall_now);
    finish(s);
    return ERR_OK;
}

const char *scenarios_running(const struct scenarios *scenarios)
{
    return scenarios->run ? scenario_name(scenarios->run) : NULL;
}

bool scenarios_busy(const struct scenarios *scenarios)
{
    return scenarios->busy;
}

json_t *scenarios_report(const struct scenarios *scenarios, const char *name)
{
    const struct scenarios *s = scenarios;
    if (s->run && (!name || strcmp(scenario_name(s->run), name) == 0))
        return report_now(s);
    const char *last = json_string_value(json_object_get(s->last, "name"));
    if (last && (!name || strcmp(last, name) == 0))
        return json_incref(s->last);
    return NULL;
}
