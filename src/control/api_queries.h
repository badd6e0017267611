/* Handlers of /v1/queries and /v1/wait. */
#ifndef SHUNT_CONTROL_API_QUERIES_H
#define SHUNT_CONTROL_API_QUERIES_H

#include "control/api.h"

/* client, name, domain, service, rcode, answer, since, limit, stream: the latest events that fit,
 * oldest first; as a stream of events, those and what comes. A stream resumes behind the event that
 * Last-Event-ID names. */
void api_queries_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply);

/* The same parameters, and count, timeout: replies when so many events that fit have been seen;
 * 408 when the time is over. `since` is the last change unless it is given. */
void api_wait_get(struct control *control, const struct api_request *request,
                  struct api_reply *reply);

#endif
