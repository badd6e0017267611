/* A scenario's run for people and for CI, from the JSON of the API. Private to scenario*.c. */
#ifndef SHUNT_CLI_SCENARIO_PRINT_H
#define SHUNT_CLI_SCENARIO_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/text.h"

/* The report: each step with what it did, who looked up what after it, and what it expected. */
void scenario_print_report(const json_t *report, struct text *out);
/* One line for an event of the stream; nothing for those that say nothing new. */
void scenario_print_event(const char *event, const json_t *what, struct text *out);
/* "primary-down  4 steps, 90 s" */
void scenario_print_summary(const json_t *summary, struct text *out);

/* As JUnit XML: a test case for each step. */
void scenario_junit(const json_t *report, struct text *out);

/* A member that is a string, or "". */
const char *scenario_text(const json_t *object, const char *key);
bool scenario_text_is(const json_t *object, const char *key, const char *value);

#endif
