/* What JSON objects of the API look like: one table, from which bodies are checked and
 * /v1/openapi.json is made. */
#ifndef SHUNT_CONTROL_SCHEMA_H
#define SHUNT_CONTROL_SCHEMA_H

#include "control/api.h"

struct schema_field {
    const char *name;
    /* "string", "integer", "number", "boolean", "object", "any", or the name of a schema; with "[]"
     * behind it an array of these, with "?" behind it null is as good. */
    const char *type;
    const char *text; /* one sentence, for people */
};

#define SCHEMA_FIELDS_MAX 32

struct schema {
    const char *name; /* "TargetChange" */
    bool open;        /* may have fields that are not listed: names of the user's choice */
    struct schema_field fields[SCHEMA_FIELDS_MAX];
};

/* All schemas; *count of them. */
const struct schema *schema_all(size_t *count);
const struct schema *schema_find(const char *name);

/* Fills the reply with a 400 and returns false when `value` has another type than the schema
 * says, or a field that it does not have (the nearest one is offered). */
bool schema_check(const char *name, const json_t *value, struct api_reply *reply);

/* The same for replies, in tests: the name of the field that is wrong, or NULL. */
const char *schema_mismatch(const char *name, const json_t *value);

/* As OpenAPI schema objects (JSON Schema): a schema, and a type as in `schema_field`. New
 * references. */
json_t *schema_json(const struct schema *schema);
json_t *schema_type_json(const char *text);

#endif
