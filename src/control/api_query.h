/* Handler of /v1/query. */
#ifndef SHUNT_CONTROL_API_QUERY_H
#define SHUNT_CONTROL_API_QUERY_H

#include "control/api.h"

/* name, type (A), client (127.0.0.1), listener, tcp, dnssec: what such a client is told, and where
 * it comes from: the query event (it is not among those of /v1/queries), and the whole message. */
void api_query_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply);

#endif
