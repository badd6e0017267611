#include "control/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define TYPE_MAX 40

/* "string[]?" taken apart. */
struct type {
    char name[TYPE_MAX];
    bool list, null;
};

static void type_parse(struct type *out, const char *text)
{
    size_t len = strcspn(text, "[?");
    *out = (struct type){.list = text[len] == '[', .null = text[strlen(text) - 1] == '?'};
    if (len >= sizeof(out->name))
        len = sizeof(out->name) - 1;
    memcpy(out->name, text, len);
}

static bool is_any(const json_t *value)
{
    return value != NULL;
}

static bool is_of(const json_t *value, json_type type)
{
    return value && json_typeof(value) == type;
}

static bool is_boolean(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_number(const json_t *value)
{
    return json_is_number(value);
}

static bool is_string(const json_t *value)
{
    return is_of(value, JSON_STRING);
}

static bool is_integer(const json_t *value)
{
    return is_of(value, JSON_INTEGER);
}

static bool is_object(const json_t *value)
{
    return is_of(value, JSON_OBJECT);
}

static const struct plain_type {
    const char *name;
    bool (*fits)(const json_t *value);
    const char *expected; /* "a string" */
} plain_types[] = {
    {"string", is_string, "a string"},  {"integer", is_integer, "a whole number"},
    {"number", is_number, "a number"},  {"boolean", is_boolean, "true or false"},
    {"object", is_object, "an object"}, {"any", is_any, "anything"},
};

static const struct plain_type *plain_find(const char *name)
{
    for (size_t i = 0; i < sizeof(plain_types) / sizeof(plain_types[0]); i++) {
        if (strcmp(plain_types[i].name, name) == 0)
            return &plain_types[i];
    }
    return NULL;
}

const struct schema *schema_find(const char *name)
{
    size_t count;
    const struct schema *all = schema_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    }
    return NULL;
}

static const struct schema_field *field_find(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX && schema->fields[i].name; i++) {
        if (strcmp(schema->fields[i].name, name) == 0)
            return &schema->fields[i];
    }
    return NULL;
}

static bool one_fits(const char *name, const json_t *value)
{
    const struct plain_type *plain = plain_find(name);
    return plain ? plain->fits(value) : !schema_mismatch(name, value);
}

static bool type_fits(const struct type *type, const json_t *value)
{
    size_t i;
    json_t *item;
    if (type->null && json_is_null(value))
        return true;
    if (!type->list)
        return one_fits(type->name, value);
    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
    {
        if (!one_fits(type->name, item))
            return false;
    }
    return true;
}

static bool field_fits(const struct schema_field *field, const json_t *value)
{
    struct type type;
    type_parse(&type, field->type);
    return type_fits(&type, value);
}

const char *schema_mismatch(const char *name, const json_t *value)
{
    struct type type;
    const char *key;
    json_t *item;
    type_parse(&type, name);
    if (type.list)
        return type_fits(&type, value) ? NULL : "";
    const struct schema *schema = schema_find(name);
    if (!schema || !json_is_object(value))
        return "";
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
    {
        const struct schema_field *field = field_find(schema, key);
        if (!field && !schema->open)
            return key;
        if (field && !field_fits(field, item))
            return key;
    }
    return NULL;
}

static void fail_unknown(const struct schema *schema, const char *key, struct api_reply *reply)
{
    const char *names[SCHEMA_FIELDS_MAX];
    size_t count = 0;
    for (; count < SCHEMA_FIELDS_MAX && schema->fields[count].name; count++)
        names[count] = schema->fields[count].name;
    const char *near = text_nearest(key, names, count);
    api_fail(reply, 400, key, "there is no field \"%.80s\" here%s%s%s", key,
             near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void fail_type(const struct schema_field *field, struct api_reply *reply)
{
    struct type type;
    type_parse(&type, field->type);
    const struct plain_type *plain = plain_find(type.name);
    const char *expected = plain ? plain->expected : "an object";
    api_fail(reply, 400, field->name, "%s is to be %s%s (%s)", field->name,
             type.list ? "a list, each item " : "", expected, field->text);
}

bool schema_check(const char *name, const json_t *value, struct api_reply *reply)
{
    const struct schema *schema = schema_find(name);
    if (!schema)
        return true;
    if (!json_is_object(value)) {
        api_fail(reply, 400, NULL, "the body is to be a JSON object");
        return false;
    }
    const char *key = schema_mismatch(name, value);
    if (!key)
        return true;
    const struct schema_field *field = field_find(schema, key);
    if (field)
        fail_type(field, reply);
    else
        fail_unknown(schema, key, reply);
    return false;
}

static json_t *one_json(const char *name)
{
    if (strcmp(name, "any") == 0)
        return json_object();
    if (plain_find(name))
        return json_pack("{s:s}", "type", name);
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", name);
}

json_t *schema_type_json(const char *text)
{
    struct type type;
    type_parse(&type, text);
    json_t *json = one_json(type.name);
    if (type.list)
        json = json_pack("{s:s, s:o}", "type", "array", "items", json);
    if (type.null)
        json = json_pack("{s:[o, {s:s}]}", "anyOf", json, "type", "null");
    return json;
}

json_t *schema_json(const struct schema *schema)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < SCHEMA_FIELDS_MAX && schema->fields[i].name; i++) {
        json_t *field = schema_type_json(schema->fields[i].type);
        json_object_set_new(field, "description", json_string(schema->fields[i].text));
        json_object_set_new(properties, schema->fields[i].name, field);
    }
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", schema->open);
}
