#include "control/metrics_text.h"

#include <inttypes.h>

void metrics_head(struct text *out, const char *name, const char *type, const char *help)
{
    text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* In a label's value backslash, quote and line end are escaped, and nothing else. */
static void add_value(struct text *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            text_add(out, "\\n");
        else if (*value == '"' || *value == '\\')
            text_addf(out, "\\%c", *value);
        else
            text_addf(out, "%c", *value);
    }
}

void metrics_value(struct text *out, const char *name, const struct metrics_label *labels,
                   size_t count, uint64_t value)
{
    text_add(out, name);
    for (size_t i = 0; i < count; i++) {
        text_addf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        add_value(out, labels[i].value);
        text_add(out, "\"");
    }
    text_addf(out, "%s %" PRIu64 "\n", count > 0 ? "}" : "", value);
}

void metrics_bucket(struct text *out, const char *name, uint32_t limit_ms, uint64_t count)
{
    text_addf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, limit_ms / 1000.0, count);
}

void metrics_histogram_end(struct text *out, const char *name, uint64_t sum_ms, uint64_t count)
{
    text_addf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    text_addf(out, "%s_sum %.3f\n%s_count %" PRIu64 "\n", name, (double)sum_ms / 1000.0, name,
              count);
}

void metrics_single(struct text *out, const char *name, const char *type, const char *help,
                    uint64_t value)
{
    metrics_head(out, name, type, help);
    metrics_value(out, name, NULL, 0, value);
}
