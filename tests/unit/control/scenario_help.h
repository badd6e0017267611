/* A scenario with a clock of the test's, and a host that only writes down what it is told. */
#ifndef SHUNT_TESTS_SCENARIO_HELP_H
#define SHUNT_TESTS_SCENARIO_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "control/scenario.h"

#define WALL  UINT64_C(1769860800000) /* ms, when `now` was 0: 2026-01-31T12:00:00Z */
#define NEVER UINT64_MAX

struct stage {
    struct config config;
    struct scenario *scenario;
    uint64_t now, wake; /* what the last tick returned */
    uint64_t revision;
    struct text log; /* "command\n" and "[event]\n" */
    json_t *last;    /* what was told last */
};

/* "refused" is refused; "target set" and "reset some" change something. */
static inline int stage_run(void *ctx, const char *line, json_t **reply)
{
    struct stage *s = ctx;
    text_addf(&s->log, "%llu %s\n", (unsigned long long)s->now, line);
    if (strstr(line, "refused")) {
        *reply = json_pack("{s:s}", "error", "no such target");
        return 404;
    }
    if (strstr(line, "reset")) {
        *reply = json_pack("{s:i}", "dropped", strstr(line, "some") ? 1 : 0);
        s->revision++;
    }
    if (strstr(line, "target set ")) {
        *reply = json_pack("{s:i}", "old_for", 5);
        s->revision++;
    }
    return 200;
}

static inline uint64_t stage_revision(void *ctx)
{
    return ((struct stage *)ctx)->revision;
}

static inline void stage_tell(void *ctx, const char *event, const json_t *what)
{
    struct stage *s = ctx;
    text_addf(&s->log, "%llu [%s]\n", (unsigned long long)s->now, event);
    json_decref(s->last);
    s->last = json_deep_copy(what);
}

static inline void stage_config(struct config *config, const char *yaml)
{
    struct diag_list diags = {0};
    struct text text = {0};
    enum err e = config_parse(config, "lab.yaml", yaml, strlen(yaml), NULL, &diags);
    diag_list_print(&diags, &text);
    if (e != ERR_OK)
        fail_msg("%s", text.data ? text.data : err_text(e));
    text_deinit(&text);
    diag_list_deinit(&diags);
}

/* Starts the scenario whose steps these are, one a line: "{at: 0s, do: [reset]}". */
static inline void stage_open(struct stage *s, const char *const *steps)
{
    struct text yaml = {0};
    *s = (struct stage){.now = 1000};
    text_add(&yaml, "scenarios:\n  - name: test\n    steps:\n");
    for (size_t i = 0; steps[i]; i++)
        text_addf(&yaml, "      - %s\n", steps[i]);
    stage_config(&s->config, yaml.data);
    text_deinit(&yaml);
    text_add(&s->log, "");
    const struct scenario_init init = {
        .config = &s->config.scenarios[0],
        .host = {.ctx = s, .run = stage_run, .revision = stage_revision, .tell = stage_tell},
        .actor = "tester",
        .seed = 7};
    s->scenario = scenario_new(&init, s->now, WALL + s->now);
    assert_non_null(s->scenario);
    /* It has a copy of its own. */
    config_deinit(&s->config);
    s->config = (struct config){0};
}

static inline void stage_close(struct stage *s)
{
    scenario_free(s->scenario);
    json_decref(s->last);
    text_deinit(&s->log);
}

/* Goes on to this time, ticking as asked for; ms since the start. */
static inline void stage_to(struct stage *s, uint64_t ms)
{
    uint64_t end = 1000 + ms;
    s->wake = scenario_tick(s->scenario, s->now, WALL + s->now);
    while (s->wake <= end) {
        s->now = s->wake;
        s->wake = scenario_tick(s->scenario, s->now, WALL + s->now);
        assert_true(s->wake > s->now);
    }
    s->now = end;
}

static inline json_t *stage_event(const char *client, const char *service, const char *name,
                                  const char *type, const char *answer)
{
    json_t *event =
        json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:n, s:n, s:n, s:i, s:b}", "client", client,
                  "name", name, "type", type, "service", service, "rcode", "NOERROR", "answer",
                  answer, "source", "policy", "rule", "change", "fault", "ttl", 5, "dropped", 0);
    assert_non_null(event);
    return event;
}

/* A lookup now, of the service for clients; `answer` is what it is told. */
static inline void stage_lookup(struct stage *s, const char *client, const char *answer)
{
    json_t *event =
        stage_event(client, "xmpp-client", "_xmpp-client._tcp.lab.example.", "SRV", answer);
    scenario_event(s->scenario, event, s->now);
    json_decref(event);
}

/* Forgets what was written down. */
static inline void stage_clear(struct stage *s)
{
    text_deinit(&s->log);
    text_add(&s->log, "");
}

static inline const json_t *stage_step(const json_t *report, size_t number)
{
    return json_array_get(json_object_get(report, "steps"), number - 1);
}

static inline const char *stage_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* "held", "failed": of a step's expectation. */
static inline const char *stage_verdict(const struct stage *s, size_t number)
{
    static char word[16];
    json_t *report = scenario_report(s->scenario, s->now);
    snprintf(word, sizeof(word), "%s",
             stage_text(json_object_get(stage_step(report, number), "expect"), "status"));
    json_decref(report);
    return word;
}

#endif
