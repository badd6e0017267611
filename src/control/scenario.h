/* A scenario that runs: steps at times, or when they are told to, their commands, and the lookups
 * that they expect. It reads no clock and knows no worker: it is told the time and the events, and
 * runs commands through its host. Docs: shunt-scenario(1). */
#ifndef SHUNT_CONTROL_SCENARIO_H
#define SHUNT_CONTROL_SCENARIO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "config/config.h"

struct scenario;

/* How long the last step's expectation waits that has no `within`: nothing comes after it. */
#define SCENARIO_LAST_WITHIN_MS 10000

struct scenario_host {
    void *ctx;
    /* Runs one line; the status as of HTTP, and in *reply its JSON (new reference) or NULL. Of that
     * "error" is read, "old_for" (the seconds that clients may go on with the old answer), and of a
     * reset "dropped" (how many changes). */
    int (*run)(void *ctx, const char *line, json_t **reply);
    /* Grows with each live change. */
    uint64_t (*revision)(void *ctx);
    /* What has just happened: "step" (its commands are done), "lookup" (a client's first one after
     * a change), "expect" (held or failed). The shapes are those of the report; borrowed. */
    void (*tell)(void *ctx, const char *event, const json_t *what);
};

struct scenario_init {
    const struct config_scenario *config; /* copied */
    struct scenario_host host;
    const char *actor; /* who started it; copied */
    uint64_t seed;     /* for the report */
};

/* `now` and `wall_now` everywhere: ms, as clock_now and clock_wall give them. NULL without memory.
 * The first steps happen with the first tick. */
struct scenario *scenario_new(const struct scenario_init *init, uint64_t now, uint64_t wall_now);
void scenario_free(struct scenario *scenario);

/* A lookup from before the start: what a client was told last. */
void scenario_learn(struct scenario *scenario, const json_t *event);
/* A query event, as events.h describes it, in the order in which they came; `at` is the `now` of
 * when it happened. */
void scenario_event(struct scenario *scenario, const json_t *event, uint64_t at);

/* Does what is due; events before `now` were told. Returns the next `now` at which to call it
 * again, UINT64_MAX = when something else happens. */
uint64_t scenario_tick(struct scenario *scenario, uint64_t now, uint64_t wall_now);

/* Each is ERR_INVALID when there is nothing of the kind to do, with a sentence for people in *why
 * (static). A tick is due afterwards. */
/* Does the next step at once, whether it waits for this or for a time; the rest moves along. */
enum err scenario_next(struct scenario *scenario, uint64_t now, uint64_t wall_now,
                       const char **why);
/* The clock of steps and expectations stands still. */
enum err scenario_pause(struct scenario *scenario, uint64_t now, const char **why);
enum err scenario_resume(struct scenario *scenario, uint64_t now, const char **why);
/* The end before the end; `reason` is copied. */
void scenario_stop(struct scenario *scenario, const char *reason, uint64_t now, uint64_t wall_now);

/* Every step is done and every expectation decided, or it was stopped. */
bool scenario_is_over(const struct scenario *scenario);
/* Not stopped, each command done, each expectation held. */
bool scenario_held(const struct scenario *scenario);
const char *scenario_name(const struct scenario *scenario);

/* All that happened until `now`; new reference, NULL without memory. */
json_t *scenario_report(const struct scenario *scenario, uint64_t now);
/* The same shape for one that did not run. */
json_t *scenario_outline(const struct config_scenario *config);

/* What is wrong with the scenarios of a configuration: commands that cannot be read, or that name
 * what does not exist. */
void scenario_check(const struct config *config, struct diag_list *diags);

#endif
