/* JUnit XML, as CI systems read it: a suite for the scenario, a case for each step. */
#include <stdbool.h>
#include <string.h>

#include "cli/scenario_print.h"

/* As the value of an attribute. XML 1.0 has no way to write most control characters. */
static void add_escaped(struct text *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            text_add(out, "&amp;");
        else if (c == '<')
            text_add(out, "&lt;");
        else if (c == '>')
            text_add(out, "&gt;");
        else if (c == '"')
            text_add(out, "&quot;");
        else if (c < 0x20 || c == 0x7f)
            text_add(out, "?");
        else
            text_addf(out, "%c", c);
    }
}

static void add_attribute(struct text *out, const char *name, const char *value)
{
    text_addf(out, " %s=\"", name);
    add_escaped(out, value);
    text_add(out, "\"");
}

static double seconds(const json_t *object, const char *key)
{
    return (double)json_integer_value(json_object_get(object, key)) / 1000;
}

/* "step 3: 1 lookup of xmpp-client", or what it does. */
static void step_title(const json_t *step, struct text *out)
{
    size_t i;
    json_t *command;
    const json_t *expect = json_object_get(step, "expect");
    text_addf(out, "step %lld: ", (long long)json_integer_value(json_object_get(step, "number")));
    json_array_foreach(json_object_get(step, "commands"), i, command)
        text_addf(out, "%s%s", i > 0 ? "; " : "", scenario_text(command, "command"));
    if (json_is_object(expect))
        text_addf(out, "%s%s", json_array_size(json_object_get(step, "commands")) > 0 ? "; " : "",
                  scenario_text(expect, "text"));
}

/* The first command that was refused, or NULL. */
static const char *step_error(const json_t *step)
{
    size_t i;
    json_t *command;
    json_array_foreach(json_object_get(step, "commands"), i, command)
    {
        json_int_t status = json_integer_value(json_object_get(command, "status"));
        if (status > 0 && (status < 200 || status > 299))
            return scenario_text(command, "error");
    }
    return NULL;
}

enum outcome { OUTCOME_GOOD, OUTCOME_ERROR, OUTCOME_FAILURE, OUTCOME_SKIPPED };

static enum outcome step_outcome(const json_t *step)
{
    const json_t *expect = json_object_get(step, "expect");
    if (step_error(step))
        return OUTCOME_ERROR;
    if (scenario_text_is(expect, "status", "failed"))
        return OUTCOME_FAILURE;
    if (scenario_text_is(step, "status", "skipped") ||
        scenario_text_is(expect, "status", "skipped"))
        return OUTCOME_SKIPPED;
    return OUTCOME_GOOD;
}

static void add_case(struct text *out, const json_t *report, const json_t *step)
{
    static const char *const tags[] = {"", "error", "failure", "skipped"};
    struct text title = {0};
    const json_t *expect = json_object_get(step, "expect");
    enum outcome outcome = step_outcome(step);
    const char *message = scenario_text(expect, "why");
    if (outcome == OUTCOME_ERROR)
        message = step_error(step);
    else if (outcome == OUTCOME_SKIPPED)
        message = scenario_text(report, "reason");
    step_title(step, &title);
    text_add(out, "    <testcase");
    add_attribute(out, "classname", scenario_text(report, "name"));
    add_attribute(out, "name", title.data ? title.data : "");
    text_addf(out, " time=\"%.3f\"", seconds(expect, "after_ms"));
    text_deinit(&title);
    if (outcome == OUTCOME_GOOD) {
        text_add(out, "/>\n");
        return;
    }
    text_addf(out, ">\n      <%s", tags[outcome]);
    add_attribute(out, "message", message);
    text_add(out, "/>\n    </testcase>\n");
}

void scenario_junit(const json_t *report, struct text *out)
{
    size_t i, counts[4] = {0};
    json_t *step;
    const json_t *steps = json_object_get(report, "steps");
    json_array_foreach(steps, i, step) counts[step_outcome(step)]++;
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite");
    add_attribute(out, "name", scenario_text(report, "name"));
    text_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
              json_array_size(steps), counts[OUTCOME_FAILURE], counts[OUTCOME_ERROR],
              counts[OUTCOME_SKIPPED], seconds(report, "elapsed_ms"));
    add_attribute(out, "timestamp", scenario_text(report, "started"));
    text_addf(out, ">\n    <properties>\n      <property name=\"seed\" value=\"%lld\"/>\n",
              (long long)json_integer_value(json_object_get(report, "seed")));
    text_add(out, "    </properties>\n");
    json_array_foreach(steps, i, step) add_case(out, report, step);
    text_add(out, "  </testsuite>\n</testsuites>\n");
}
