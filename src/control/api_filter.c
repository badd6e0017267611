#include "control/api_filter.h"

#include <string.h>

#include "base/text.h"
#include "control/state.h"

/* Changes of the time before this start are known by their moment only. */
static void since_change(struct api_filter *out, const struct control *control)
{
    if (!control->live)
        return;
    uint64_t revision = live_revision(control->live);
    if (events_since_revision(control->events, revision, &out->from) != ERR_OK)
        out->events.since = live_changed_at(control->live);
}

static bool since_revision(struct api_filter *out, const struct control *control, const char *text,
                           struct api_reply *reply)
{
    uint64_t revision;
    if (text_number(&revision, text, INT64_MAX) != ERR_OK) {
        api_fail(reply, 400, "since", "\"%.40s\" is no revision: revision:17 would be one", text);
        return false;
    }
    if (events_since_revision(control->events, revision, &out->from) == ERR_OK)
        return true;
    api_fail(reply, 404, "since", "no change with revision %.40s is remembered", text);
    return false;
}

static bool read_since(struct api_filter *out, const struct control *control, const char *value,
                       struct api_reply *reply)
{
    const char *expected;
    if (strcmp(value, "change") == 0) {
        since_change(out, control);
        return true;
    }
    if (strncmp(value, "revision:", 9) == 0)
        return since_revision(out, control, value + 9, reply);
    if (event_filter_set(&out->events, "since", value, control->wall_now, &expected) == ERR_OK)
        return true;
    api_fail(reply, 400, "since", "\"%.100s\" is no moment: change, revision:17 or %s would be",
             value, expected);
    return false;
}

bool api_filter_read(struct api_filter *out, const struct control *control,
                     const struct api_request *request, const char *since_default,
                     struct api_reply *reply)
{
    static const char *const keys[] = {"client", "name", "domain", "service", "rcode", "answer"};
    const char *expected = "", *since = api_query_text(request, "since");
    out->from = 0;
    event_filter_init(&out->events);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *value = api_query_text(request, keys[i]);
        if (!value ||
            event_filter_set(&out->events, keys[i], value, control->wall_now, &expected) == ERR_OK)
            continue;
        api_fail(reply, 400, keys[i], "\"%.100s\" is not %s", value, expected);
        return false;
    }
    if (!since)
        since = since_default;
    return !since || read_since(out, control, since, reply);
}

bool api_filter_number(uint64_t *out, const struct api_request *request, const char *key,
                       uint64_t missing, uint64_t min, uint64_t max, struct api_reply *reply)
{
    const char *value = api_query_text(request, key);
    *out = missing;
    if (!value)
        return true;
    if (text_number(out, value, max) == ERR_OK && *out >= min)
        return true;
    api_fail(reply, 400, key, "\"%.40s\" is not a number from %llu to %llu", value,
             (unsigned long long)min, (unsigned long long)max);
    return false;
}
