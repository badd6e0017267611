/* Faults as JSON, with the keys of the file: {"name": …, "match": {"type": "SRV"}, "delay": "3s"}.
 */
#ifndef SHUNT_CONTROL_FAULT_JSON_H
#define SHUNT_CONTROL_FAULT_JSON_H

#include <jansson.h>

#include "base/text.h"
#include "policy/fault.h"

#define FAULT_JSON_FIELD_MAX 32

/* What is wrong with an object. */
struct fault_json_problem {
    char field[FAULT_JSON_FIELD_MAX]; /* "" = the whole */
    struct text text;                 /* a sentence */
};

/* NULL without memory. */
json_t *fault_json_write(const struct fault_spec *spec);

/* Reads name, match, the actions and limits, and `count`; other keys are unknown. Numbers and true
 * are as good as their text. ERR_INVALID; then problem->text is to be freed too. */
enum err fault_json_read(struct fault_spec *out, json_t *json, struct fault_json_problem *problem);

/* Whether a key belongs under `match`. */
bool fault_json_is_match(const char *key);

#endif
