#include "control/event_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *field(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text && *text ? text : "-";
}

/* One column, at least `width` wide; a name from the network never reaches a terminal as it is. */
static void add_column(struct text *out, const char *text, size_t width)
{
    size_t before = out->len;
    text_add_plain(out, text);
    size_t used = out->len - before;
    text_addf(out, "%*s ", (int)(used < width ? width - used : 0), "");
}

/* What made the answer: the place in the policy, and what was changed or broken while running. */
static void add_rule(struct text *out, const json_t *event)
{
    const char *fault = json_string_value(json_object_get(event, "fault"));
    json_int_t change = json_integer_value(json_object_get(event, "change"));
    struct text rule = {0};
    text_add(&rule, field(event, "rule"));
    if (change > 0)
        text_addf(&rule, " change=%" JSON_INTEGER_FORMAT, change);
    if (fault)
        text_addf(&rule, " fault=%s", fault);
    add_column(out, rule.data ? rule.data : "-", 20);
    text_deinit(&rule);
}

void event_text(const json_t *event, struct text *out)
{
    bool dropped = json_is_true(json_object_get(event, "dropped"));
    add_column(out, field(event, "client"), 15);
    text_add(out, "-> ");
    add_column(out, field(event, "name"), 36);
    add_column(out, field(event, "type"), 5);
    add_column(out, field(event, "service"), 12);
    add_column(out, dropped ? "dropped" : field(event, "rcode"), 8);
    add_column(out, field(event, "source"), 8);
    add_rule(out, event);
    text_add_plain(out, field(event, "answer"));
}

static void add_line(const json_t *event, const struct log *log, struct text *out)
{
    if (log->format == LOG_FORMAT_TEXT) {
        text_addf(out, "%s query ", field(event, "time"));
        event_text(event, out);
        return;
    }
    json_t *line = json_pack("{s:O, s:s, s:s}", "time", json_object_get(event, "time"), "level",
                             "info", "message", "query");
    json_t *rest = json_deep_copy(event);
    char *dump = line && rest && json_object_update_missing(line, rest) == 0
                     ? json_dumps(line, JSON_COMPACT)
                     : NULL;
    text_add(out, dump ? dump : "{}");
    free(dump);
    json_decref(line);
    json_decref(rest);
}

static bool log_event(void *arg, uint64_t number, const json_t *event)
{
    const struct log *log = arg;
    struct text line = {0};
    (void)number;
    add_line(event, log, &line);
    text_add(&line, "\n");
    if (!line.failed && log->fd >= 0) {
        /* One write, as of the log's other lines; nobody could be told if it fails. */
        ssize_t n = write(log->fd, line.data, line.len);
        (void)n;
    }
    text_deinit(&line);
    return true;
}

/* The log stays as it is; followers take an argument that might be anything. */
static void *argument(const struct log *log)
{
    union {
        const struct log *log;
        void *arg;
    } of = {.log = log};
    return of.arg;
}

void event_log_set(struct events *events, struct event_follower **follower, const struct log *log,
                   bool on)
{
    struct event_filter all;
    event_filter_init(&all);
    if (on && !*follower)
        *follower = events_follow(events, &all, log_event, argument(log));
    if (!on) {
        events_unfollow(*follower);
        *follower = NULL;
    }
}
