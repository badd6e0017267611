#include "cli/scenario_print.h"

#include <stdbool.h>
#include <string.h>

#define INDENT "            "

const char *scenario_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool scenario_text_is(const json_t *object, const char *key, const char *value)
{
    return strcmp(scenario_text(object, key), value) == 0;
}

static double seconds(const json_t *object, const char *key)
{
    return (double)json_integer_value(json_object_get(object, key)) / 1000;
}

static void add_plain(struct text *out, const json_t *object, const char *key)
{
    text_add_plain(out, scenario_text(object, key));
}

/* "20 5 5222 xmpp2.lab.example.", "NXDOMAIN", "no reply" */
static void add_told(struct text *out, const json_t *row)
{
    const char *answer = scenario_text(row, "answer");
    if (json_is_true(json_object_get(row, "dropped")))
        text_add(out, "no reply");
    else if (*answer)
        text_add_plain(out, answer);
    else if (scenario_text_is(row, "rcode", "NOERROR"))
        text_add(out, "NODATA");
    else
        add_plain(out, row, "rcode");
}

static void add_who(struct text *out, const json_t *row)
{
    add_plain(out, row, "client");
    text_add(out, " ");
    add_plain(out, row, "name");
    text_add(out, " ");
    add_plain(out, row, "type");
}

/* "1.6 s after (TTL 5 s): 20 5 5222 xmpp2.lab.example." */
static void add_lookup(struct text *out, const json_t *row)
{
    const json_t *ttl = json_object_get(row, "ttl");
    const json_t *in_time = json_object_get(row, "in_time");
    const json_t *moved = json_object_get(row, "moved");
    add_who(out, row);
    text_addf(out, ": %.1f s after", seconds(row, "after_ms"));
    if (json_is_integer(ttl))
        text_addf(out, " (TTL %lld s%s)", (long long)json_integer_value(ttl),
                  json_is_false(in_time) ? ", later than that" : "");
    text_add(out, json_is_true(moved) ? ", moved to " : json_is_false(moved) ? ", still " : ", ");
    add_told(out, row);
    if (*scenario_text(row, "fault")) {
        text_add(out, " [fault ");
        add_plain(out, row, "fault");
        text_add(out, "]");
    }
}

static void add_expect(struct text *out, const json_t *expect)
{
    add_plain(out, expect, "status");
    text_add(out, ": ");
    add_plain(out, expect, "text");
    if (*scenario_text(expect, "why")) {
        text_add(out, "; ");
        add_plain(out, expect, "why");
    }
}

static void add_command(struct text *out, const json_t *command)
{
    add_plain(out, command, "command");
    if (*scenario_text(command, "error")) {
        text_add(out, ": failed: ");
        add_plain(out, command, "error");
    }
}

/* Lines of a step: the first has the step before it, the others are below. */
static void begin_line(struct text *out, const json_t *step, bool *first)
{
    bool done = json_is_integer(json_object_get(step, "after_ms"));
    if (!*first) {
        text_add(out, INDENT);
        return;
    }
    *first = false;
    text_addf(out, "%3lld ", (long long)json_integer_value(json_object_get(step, "number")));
    if (done)
        text_addf(out, "%5.1f s ", seconds(step, "after_ms"));
    else
        text_addf(out, "%-8.8s", scenario_text(step, "status"));
}

static void add_step(struct text *out, const json_t *step)
{
    size_t i;
    json_t *item;
    bool first = true;
    json_array_foreach(json_object_get(step, "commands"), i, item)
    {
        begin_line(out, step, &first);
        add_command(out, item);
        text_add(out, "\n");
    }
    json_array_foreach(json_object_get(step, "lookups"), i, item)
    {
        begin_line(out, step, &first);
        add_lookup(out, item);
        text_add(out, "\n");
    }
    json_array_foreach(json_object_get(step, "never"), i, item)
    {
        begin_line(out, step, &first);
        add_who(out, item);
        text_add(out, ": never; had ");
        add_told(out, item);
        text_add(out, "\n");
    }
    if (!json_is_object(json_object_get(step, "expect")))
        return;
    begin_line(out, step, &first);
    add_expect(out, json_object_get(step, "expect"));
    text_add(out, "\n");
}

static void add_count(struct text *out, const json_t *report, const char *key, const char *what)
{
    json_int_t count = json_integer_value(json_object_get(report, key));
    if (count > 0)
        text_addf(out, "%s: %lld\n", what, (long long)count);
}

void scenario_print_report(const json_t *report, struct text *out)
{
    size_t i;
    json_t *step;
    const char *result = scenario_text(report, "result");
    text_add(out, "scenario ");
    add_plain(out, report, "name");
    text_addf(out, ": %s", *result ? result : scenario_text(report, "state"));
    if (*scenario_text(report, "reason")) {
        text_add(out, ", ");
        add_plain(out, report, "reason");
    }
    if (json_is_integer(json_object_get(report, "seed")))
        text_addf(out, " (%.1f s, seed %lld)", seconds(report, "elapsed_ms"),
                  (long long)json_integer_value(json_object_get(report, "seed")));
    text_add(out, "\n");
    json_array_foreach(json_object_get(report, "steps"), i, step) add_step(out, step);
    add_count(out, report, "more", "lookups not listed");
    add_count(out, report, "lost", "query events lost: the daemon was too busy to see them all");
    add_count(out, report, "undone", "changes taken back");
}

void scenario_print_event(const char *event, const json_t *what, struct text *out)
{
    long long step = (long long)json_integer_value(json_object_get(what, "step"));
    if (strcmp(event, "step") == 0) {
        json_t *plain = json_copy((json_t *)(uintptr_t)what);
        json_object_del(plain, "lookups");
        if (!scenario_text_is(json_object_get(what, "expect"), "status", "open"))
            json_object_del(plain, "expect");
        add_step(out, plain);
        json_decref(plain);
    } else if (strcmp(event, "lookup") == 0) {
        text_add(out, INDENT);
        add_lookup(out, what);
        text_add(out, "\n");
    } else if (strcmp(event, "expect") == 0) {
        text_addf(out, "%3lld         ", step);
        add_expect(out, what);
        text_add(out, "\n");
    }
}

void scenario_print_summary(const json_t *summary, struct text *out)
{
    add_plain(out, summary, "name");
    text_addf(out, "  %lld steps, %g s",
              (long long)json_integer_value(json_object_get(summary, "steps")),
              seconds(summary, "length_ms"));
    if (json_is_true(json_object_get(summary, "on_next")))
        text_add(out, ", waits for next");
    if (json_is_true(json_object_get(summary, "running")))
        text_add(out, ", running");
    text_add(out, "\n");
}
