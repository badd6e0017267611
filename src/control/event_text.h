/* Query events as lines for people, and the log of queries. */
#ifndef SHUNT_CONTROL_EVENT_TEXT_H
#define SHUNT_CONTROL_EVENT_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/text.h"
#include "control/events.h"

/* Adds "CLIENT -> NAME TYPE SERVICE RCODE SOURCE RULE ANSWER" in columns, without the time and
 * without a line end; "-" for what the event does not have. Fit for a terminal. */
void event_text(const json_t *event, struct text *out);

/* Switches `log.queries`: each event becomes a line, text or JSON as the log's other lines,
 * whatever the log's level. *follower is NULL at first, and while it is off. */
void event_log_set(struct events *events, struct event_follower **follower, const struct log *log,
                   bool on);

#endif
