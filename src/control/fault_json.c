#include "control/fault_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const match_keys[] = {"type",   "name", "domain",    "service",
                                         "client", "view", "transport", "source"};
#define MATCH_KEYS (sizeof(match_keys) / sizeof(match_keys[0]))

bool fault_json_is_match(const char *key)
{
    for (size_t i = 0; i < MATCH_KEYS; i++) {
        if (strcmp(match_keys[i], key) == 0)
            return true;
    }
    return false;
}

/* Adds the KEY=VALUE words of a fault's text to the objects; false without memory. */
static bool add_words(char *text, json_t *whole, json_t *match)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t len = strlen(word);
        if (word[len - 1] == ';') /* names end with a dot, so it is no part of one */
            word[len - 1] = '\0';
        char *value = strchr(word, '=');
        if (!value)
            continue; /* "match:" and "all" */
        *value++ = '\0';
        json_t *object = fault_json_is_match(word) ? match : whole;
        if (json_object_set_new(object, word, json_string(value)) != 0)
            return false;
    }
    return true;
}

static bool add_all(const struct fault_spec *spec, char *text, json_t *whole, json_t *match)
{
    if (json_object_set_new(whole, "name", json_string(spec->name)) != 0)
        return false;
    if (json_object_set(whole, "match", match) != 0)
        return false;
    if (!add_words(text, whole, match))
        return false;
    if (spec->match.view[0] &&
        json_object_set_new(match, "view", json_string(spec->match.view)) != 0)
        return false;
    if (spec->uses_max == 0)
        return true;
    return json_object_set_new(whole, "count", json_integer((json_int_t)spec->uses_max)) == 0;
}

json_t *fault_json_write(const struct fault_spec *spec)
{
    struct text text = {0};
    struct fault_spec copy = *spec;
    json_t *whole = json_object(), *match = json_object();
    copy.match.view[0] = '\0'; /* the one value that may have blanks in it */
    fault_text(&copy, &text);
    bool done = whole && match && !text.failed && add_all(spec, text.data, whole, match);
    text_deinit(&text);
    json_decref(match);
    if (done)
        return whole;
    json_decref(whole);
    return NULL;
}

static enum err refuse(struct fault_json_problem *problem, const char *field)
{
    snprintf(problem->field, sizeof(problem->field), "%.*s", FAULT_JSON_FIELD_MAX - 1, field);
    return problem->text.failed ? ERR_NOMEM : ERR_INVALID;
}

/* The text of a value, in `room` or in the value; NULL when it is of another kind. */
static const char *value_text(const json_t *value, char room[32])
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_true(value))
        return "true";
    if (json_is_false(value))
        return "false";
    if (!json_is_integer(value))
        return NULL;
    snprintf(room, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return room;
}

static enum err refuse_key(struct fault_json_problem *problem, const char *key, bool in_match)
{
    static const char *const others[] = {"name",   "match",    "rcode", "drop", "delay",
                                         "jitter", "truncate", "tcp",   "ttl",  "mangle",
                                         "share",  "first",    "every", "for",  "count"};
    const char *near = in_match ? text_nearest(key, match_keys, MATCH_KEYS)
                                : text_nearest(key, others, sizeof(others) / sizeof(others[0]));
    text_addf(&problem->text, "a fault has no \"%.60s\"%s", key, in_match ? " in its match" : "");
    if (near)
        text_addf(&problem->text, ": did you mean \"%s\"?", near);
    else if (!in_match && fault_json_is_match(key))
        text_addf(&problem->text, ": put it under \"match\"");
    return refuse(problem, key);
}

static enum err refuse_value(struct fault_json_problem *problem, const char *key, const char *value,
                             const char *expected)
{
    bool one_word = !strchr(expected, ' ');
    text_addf(&problem->text, "%s \"%.80s\": %s%s%s", key, value,
              one_word ? "did you mean \"" : "it takes ", expected, one_word ? "\"?" : "");
    return refuse(problem, key);
}

static enum err read_key(struct fault_spec *out, const char *key, const json_t *value,
                         bool in_match, struct fault_json_problem *problem)
{
    char room[32];
    const char *expected = NULL;
    const char *text = value_text(value, room);
    if (fault_json_is_match(key) != in_match)
        return refuse_key(problem, key, in_match);
    if (!text) {
        text_addf(&problem->text, "%.60s takes a text", key);
        return refuse(problem, key);
    }
    enum err e = fault_set(out, key, text, &expected);
    if (e == ERR_OK || e == ERR_NOMEM)
        return e;
    if (e == ERR_NOTFOUND)
        return refuse_key(problem, key, in_match);
    return refuse_value(problem, key, text, expected);
}

static enum err read_count(struct fault_spec *out, const json_t *value,
                           struct fault_json_problem *problem)
{
    json_int_t count = json_is_integer(value) ? json_integer_value(value) : 0;
    if (count <= 0 || count > UINT32_MAX) {
        text_add(&problem->text, "count takes a number from 1 to 4294967295");
        return refuse(problem, "count");
    }
    out->uses_max = (uint64_t)count;
    return ERR_OK;
}

static enum err read_match(struct fault_spec *out, json_t *match,
                           struct fault_json_problem *problem)
{
    const char *key;
    json_t *value;
    enum err e = ERR_OK;
    if (!json_is_object(match)) {
        text_add(&problem->text, "match takes an object, such as {\"type\": \"SRV\"}");
        return refuse(problem, "match");
    }
    json_object_foreach(match, key, value)
    {
        e = read_key(out, key, value, true, problem);
        if (e != ERR_OK)
            break;
    }
    return e;
}

static enum err read_keys(struct fault_spec *out, json_t *json, struct fault_json_problem *problem)
{
    const char *key;
    json_t *value;
    enum err e = ERR_OK;
    json_object_foreach(json, key, value)
    {
        if (strcmp(key, "name") == 0)
            continue;
        if (strcmp(key, "match") == 0)
            e = read_match(out, value, problem);
        else if (strcmp(key, "count") == 0)
            e = read_count(out, value, problem);
        else
            e = read_key(out, key, value, false, problem);
        if (e != ERR_OK)
            break;
    }
    return e;
}

static enum err read_fault(struct fault_spec *out, json_t *json, struct fault_json_problem *problem)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    if (!name) {
        text_add(&problem->text, "a fault needs a name, such as \"name\": \"slow-aaaa\"");
        return refuse(problem, "name");
    }
    fault_init(out, name);
    enum err e = read_keys(out, json, problem);
    if (e != ERR_OK)
        return e;
    const char *wrong = fault_problem(out);
    if (!wrong)
        return ERR_OK;
    text_addf(&problem->text, "fault \"%.63s\": %s", name, wrong);
    return refuse(problem, "");
}

enum err fault_json_read(struct fault_spec *out, json_t *json, struct fault_json_problem *problem)
{
    *problem = (struct fault_json_problem){0};
    enum err e = read_fault(out, json, problem);
    if (e != ERR_INVALID)
        text_deinit(&problem->text);
    return e;
}
