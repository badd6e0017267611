/* What replies are made of, for people. */
#include "cli/runner.h"

json_int_t runner_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

const char *runner_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void runner_count(struct text *out, json_int_t count, const char *noun)
{
    text_addf(out, "%lld %s%s", (long long)count, noun, count == 1 ? "" : "s");
}

void runner_duration(struct text *out, json_int_t seconds)
{
    long long s = seconds;
    if (s < 60)
        text_addf(out, "%llds", s);
    else if (s < 3600)
        text_addf(out, "%lldm %llds", s / 60, s % 60);
    else if (s < 86400)
        text_addf(out, "%lldh %lldm", s / 3600, s / 60 % 60);
    else
        text_addf(out, "%lldd %lldh", s / 86400, s / 3600 % 24);
}

static void finding(struct text *out, const json_t *f)
{
    json_int_t line = runner_number(f, "line"), column = runner_number(f, "column");
    if (*runner_text(f, "file")) {
        text_add_plain(out, runner_text(f, "file"));
        if (line > 0)
            text_addf(out, ":%lld", (long long)line);
        if (line > 0 && column > 0)
            text_addf(out, ":%lld", (long long)column);
        text_add(out, ": ");
    }
    text_add_plain(out, runner_text(f, "level"));
    text_add(out, ": ");
    text_add_plain(out, runner_text(f, "message"));
    if (*runner_text(f, "hint")) {
        text_add(out, " (");
        text_add_plain(out, runner_text(f, "hint"));
        text_add(out, ")");
    }
    text_add(out, "\n");
}

void runner_findings(struct text *out, const json_t *findings)
{
    for (size_t i = 0; i < json_array_size(findings); i++)
        finding(out, json_array_get(findings, i));
}

void runner_warnings(struct runner_reply *reply, const char *command)
{
    const json_t *warnings = json_object_get(reply->json, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *warning = json_array_get(warnings, i);
        if (json_is_object(warning)) {
            finding(&reply->warnings, warning);
            continue;
        }
        const char *text = json_string_value(warning);
        text_addf(&reply->warnings, "shunt %s: warning: ", command);
        text_add_plain(&reply->warnings, text ? text : "");
        text_add(&reply->warnings, "\n");
    }
}
