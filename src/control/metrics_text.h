/* The text format of Prometheus (exposition format 0.0.4). */
#ifndef SHUNT_CONTROL_METRICS_TEXT_H
#define SHUNT_CONTROL_METRICS_TEXT_H

#include <stdint.h>

#include "base/text.h"

struct metrics_label {
    const char *name;
    const char *value; /* any text: escaped here */
};

/* The lines before the values of a metric; `type` is "counter" or "gauge". */
void metrics_head(struct text *out, const char *name, const char *type, const char *help);

/* One value, with `count` labels. */
void metrics_value(struct text *out, const char *name, const struct metrics_label *labels,
                   size_t count, uint64_t value);

/* Head and value of a metric without labels. */
void metrics_single(struct text *out, const char *name, const char *type, const char *help,
                    uint64_t value);

#endif
