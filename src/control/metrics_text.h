/* The text format of Prometheus (exposition format 0.0.4). */
#ifndef SHUNT_CONTROL_METRICS_TEXT_H
#define SHUNT_CONTROL_METRICS_TEXT_H

#include <stdint.h>

#include "base/text.h"

struct metrics_label {
    const char *name;
    const char *value; /* any text: escaped here */
};

/* The lines before the values of a metric; `type` is "counter", "gauge" or "histogram". */
void metrics_head(struct text *out, const char *name, const char *type, const char *help);

/* One value, with `count` labels. */
void metrics_value(struct text *out, const char *name, const struct metrics_label *labels,
                   size_t count, uint64_t value);

/* A bucket of a histogram: `count` values were at most `limit_ms`. Limits grow from call to call.
 */
void metrics_bucket(struct text *out, const char *name, uint32_t limit_ms, uint64_t count);
/* Its last lines: all values together, and how many there were. */
void metrics_histogram_end(struct text *out, const char *name, uint64_t sum_ms, uint64_t count);

/* Head and value of a metric without labels. */
void metrics_single(struct text *out, const char *name, const char *type, const char *help,
                    uint64_t value);

#endif
