/* The scenarios of the configuration: at most one runs, on the control thread's timer and with the
 * events of the workers; the live changes that it made are taken back when it is over. */
#ifndef SHUNT_CONTROL_SCENARIOS_H
#define SHUNT_CONTROL_SCENARIOS_H

#include <jansson.h>

#include "base/err.h"
#include "control/api.h"

struct control;
struct http_stream;
struct scenarios;

/* NULL without memory. To be freed before live changes and events are, and after the HTTP server:
 * a scenario that still runs is stopped, and its changes are taken back. */
struct scenarios *scenarios_new(struct control *control);
void scenarios_free(struct scenarios *scenarios);

/* Starts one. Its first steps happen in the next round of the event loop, or when its client's
 * stream is there: see scenarios_attach. ERR_NOTFOUND, ERR_EXISTS (one runs), ERR_NOMEM. */
enum err scenarios_run(struct scenarios *scenarios, const char *name, const char *actor,
                       const uint64_t *seed);
/* The client that started it follows by this stream: it is told each step, lookup and expectation,
 * at last "end" with the report (without its steps when they are too many for a stream: GET has
 * them; floods of lookups are in the report only), and when it goes away the scenario is stopped.
 * An api_stream_fn.
 */
void scenarios_attach(void *scenarios, struct http_stream *stream);

/* What may be done to the one that runs. ERR_NOTFOUND: none runs. ERR_INVALID: see *why. */
enum err scenarios_next(struct scenarios *scenarios, const char **why);
enum err scenarios_pause(struct scenarios *scenarios, const char **why);
enum err scenarios_resume(struct scenarios *scenarios, const char **why);
enum err scenarios_stop(struct scenarios *scenarios, const char *reason);

/* The name of the one that runs, or NULL. */
const char *scenarios_running(const struct scenarios *scenarios);
/* While a step of it is at work: then nothing may be done to it. */
bool scenarios_busy(const struct scenarios *scenarios);

/* The report of the one that runs, or else of the one that ran last, when it has this name (NULL:
 * any). New reference; NULL when there is none. */
json_t *scenarios_report(const struct scenarios *scenarios, const char *name);

/* Does what is due; for its timer, and for tests without an event loop. */
void scenarios_tick(struct scenarios *scenarios);

#endif
