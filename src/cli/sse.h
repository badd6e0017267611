/* Reads a stream of server-sent events (HTML standard, "Server-sent events") as its bytes come. */
#ifndef SHUNT_CLI_SSE_H
#define SHUNT_CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/client.h"

#define SSE_LINE_MAX (1024 * 1024)     /* bytes of a line */
#define SSE_DATA_MAX (4 * 1024 * 1024) /* bytes of an event's data */

/* Zeroed at first. */
struct sse {
    struct text line; /* what has come of the present line */
    struct text data;
    bool has_data;
    bool after_cr; /* the line ended with CR: an LF that follows belongs to it */
    char name[64];
    char id[64];
};

void sse_deinit(struct sse *sse);

/* Calls `on_event` for each event that is complete now. ERR_LIMIT when that returned false,
 * ERR_RANGE for a line or an event that is too long, ERR_NOMEM. */
enum err sse_feed(struct sse *sse, const char *bytes, size_t len, client_event_fn on_event,
                  void *arg);

#endif
