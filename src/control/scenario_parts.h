/* A running scenario's insides, shared by the scenario*.c files. */
#ifndef SHUNT_CONTROL_SCENARIO_PARTS_H
#define SHUNT_CONTROL_SCENARIO_PARTS_H

#include "base/text.h"
#include "control/scenario.h"

#define SCENARIO_ROWS_MAX 20000 /* lookups that a report has, all steps together */

enum scenario_state {
    SCENARIO_RUNNING,
    SCENARIO_PAUSED,
    SCENARIO_DONE,
    SCENARIO_STOPPED,
};

enum scenario_verdict {
    SCENARIO_AHEAD, /* the step has not happened */
    SCENARIO_OPEN,
    SCENARIO_HELD,
    SCENARIO_FAILED,
    SCENARIO_SKIPPED, /* stopped before it was decided */
};

struct scenario_step {
    const struct config_step *config;
    bool done;
    bool failed;       /* a command was refused */
    uint64_t at, wall; /* ms, once done: `now` and wall */
    uint64_t revision; /* after its commands; 0: they changed nothing */
    json_int_t ttl;    /* seconds that the old answers may be used; -1: not known */
    json_t *commands;  /* array of {command, status, error} */
    /* Lookups after its change, until the next change; NULL: it changed nothing. */
    json_t *lookups; /* rows by key */
    json_t *never;   /* who had looked up before and did not after; made when the next change comes
                      */
    /* The expectation. Lookups count from the last change before it, as for `shunt wait`: the step
     * only says when to look, and how long to wait for what has not come. */
    enum scenario_verdict verdict;
    uint64_t since;    /* `now` of that change, or of the start */
    uint64_t deadline; /* `now`; UINT64_MAX: with the next step */
    uint64_t seen;     /* lookups that fit */
    uint64_t decided;  /* `now` of the lookup that decides, or of the end of the wait */
    char *why;         /* what decides; NULL = nothing has come that does */
};

struct scenario {
    struct config_scenario config; /* a copy: a reload may replace the original */
    struct scenario_host host;
    char *actor;
    char *reason; /* of a stop */
    uint64_t seed;
    enum scenario_state state;
    struct scenario_step *steps;
    size_t next;        /* the first step that is not done */
    size_t current;     /* the step whose change is the latest; step_count: none yet */
    uint64_t base;      /* `now` at which the time of the steps is 0 */
    uint64_t position;  /* time of the last step done, ms of the steps' time */
    uint64_t paused_at; /* `now` */
    uint64_t since;     /* `now` of the latest change, or of the start */
    bool changed;       /* there was one */
    uint64_t started;   /* `now` */
    uint64_t ended;     /* `now`, once over */
    uint64_t started_wall, ended_wall;
    uint64_t now, wall_now; /* of the last call */
    json_t *known;          /* what each client was told last, by key */
    size_t rows;            /* kept, all steps together */
    uint64_t more;          /* lookups that were left out, since there were too many */
};

/* scenario_copy.c */
enum err scenario_config_copy(struct config_scenario *out, const struct config_scenario *config);
void scenario_config_deinit(struct config_scenario *config);

/* scenario_expect.c */
void scenario_expect_open(struct scenario *scenario, struct scenario_step *step);
/* There is a change: what steps that have not happened expect is counted from now on. */
void scenario_expect_forget(struct scenario *scenario);
/* Decides what its deadline has come for. */
void scenario_expect_tick(struct scenario *scenario, uint64_t now);
/* The step `next` happens now: ends what waits until then. */
void scenario_expect_until(struct scenario *scenario, const struct config_step *next);
void scenario_expect_event(struct scenario *scenario, const json_t *event, uint64_t at);
void scenario_expect_skip(struct scenario *scenario);
/* "2 lookups of xmpp-client by 10.5.0.20 within 10s" */
void scenario_expect_text(const struct config_expect *expect, struct text *out);

/* scenario_lookups.c */
void scenario_lookup(struct scenario *scenario, const json_t *event, uint64_t at);
/* The step's change is the latest now; `current` is still that of the former. */
void scenario_lookups_begin(struct scenario *scenario, struct scenario_step *step);
/* Who had looked up before the step's change and has not since; new reference. */
json_t *scenario_never(const struct scenario *scenario, const struct scenario_step *step);

/* scenario_report.c */
json_t *scenario_step_report(const struct scenario *scenario, const struct scenario_step *step);
json_t *scenario_expect_report(const struct scenario_step *step);
json_t *scenario_ms(uint64_t ms);

#endif
