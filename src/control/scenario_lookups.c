/* Who looked up what after a change, and what they were told: for each client, name and type the
 * first lookup after the change. Only what concerns XMPP or is answered by us: a forwarder sees
 * much else. */
#include <stdio.h>
#include <string.h>

#include "control/scenario_parts.h"

#define KEY_MAX   (ADDR_TEXT_MAX + DNS_NAME_TEXT_MAX + 32)
#define KNOWN_MAX 10000 /* of clients, names and types */

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static void make_key(char out[KEY_MAX], const json_t *event)
{
    snprintf(out, KEY_MAX, "%s %s %s", text_of(event, "client"), text_of(event, "name"),
             text_of(event, "type"));
}

static bool is_set(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);
    return value && !json_is_null(value);
}

static bool concerns_us(const json_t *event)
{
    if (is_set(event, "service") || is_set(event, "rule"))
        return true;
    return is_set(event, "change") || is_set(event, "fault");
}

/* Whether each part of `a` is one of `b`, as both are of the same length: answers are often in
 * another order. */
static bool same_answer(const char *a, const char *b)
{
    static const char between[] = "; ";
    if (strlen(a) != strlen(b))
        return false;
    for (;;) {
        const char *end = strstr(a, between);
        size_t len = end ? (size_t)(end - a) : strlen(a);
        const char *at = b;
        while (at && (strncmp(at, a, len) != 0 ||
                      (at[len] != '\0' && strncmp(at + len, between, 2) != 0))) {
            at = strstr(at, between);
            at = at ? at + 2 : NULL;
        }
        if (!at)
            return false;
        if (!end)
            return true;
        a = end + 2;
    }
}

static json_t *moved(const json_t *before, const json_t *event)
{
    if (!before)
        return json_null();
    bool same = strcmp(text_of(before, "rcode"), text_of(event, "rcode")) == 0 &&
                same_answer(text_of(before, "answer"), text_of(event, "answer"));
    return json_boolean(!same);
}

/* The fields of an event that say what a client was told. */
static json_t *told(const json_t *event)
{
    static const char *const keys[] = {"client", "name",   "type", "service", "rcode",
                                       "answer", "source", "ttl",  "fault",   "dropped"};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *value = json_object_get(event, keys[i]);
        json_object_set(out, keys[i], value ? value : json_null());
    }
    return out;
}

/* How long the client might go on with what it was told before, as far as anybody knows; -1 if not.
 */
static json_int_t ttl_of(const struct scenario_step *step, const json_t *row, const json_t *before)
{
    if (before && is_set(before, "ttl"))
        return json_integer_value(json_object_get(before, "ttl"));
    if (step->ttl >= 0)
        return step->ttl;
    return is_set(row, "ttl") ? json_integer_value(json_object_get(row, "ttl")) : -1;
}

static json_t *row_new(const struct scenario_step *step, const json_t *event, const json_t *before,
                       uint64_t at)
{
    uint64_t after = at > step->at ? at - step->at : 0;
    json_t *row = told(event);
    json_int_t ttl = ttl_of(step, row, before);
    json_object_set_new(row, "after_ms", scenario_ms(after));
    json_object_set_new(row, "before",
                        before ? json_string(text_of(before, "answer")) : json_null());
    json_object_set_new(row, "moved", moved(before, event));
    json_object_set_new(row, "ttl", ttl >= 0 ? json_integer(ttl) : json_null());
    json_object_set_new(row, "in_time",
                        ttl >= 0 ? json_boolean(after <= (uint64_t)ttl * 1000) : json_null());
    return row;
}

static void add_row(struct scenario *s, struct scenario_step *step, const char *key,
                    const json_t *event, uint64_t at)
{
    if (s->rows >= SCENARIO_ROWS_MAX) {
        s->more++;
        return;
    }
    json_t *row = row_new(step, event, json_object_get(s->known, key), at);
    json_object_set_new(row, "step", json_integer((json_int_t)(step - s->steps) + 1));
    if (json_object_set(step->lookups, key, row) == 0) {
        s->rows++;
        s->host.tell(s->host.ctx, "lookup", row);
    }
    json_decref(row);
}

static void learn(struct scenario *s, const char *key, const json_t *event)
{
    if (json_object_size(s->known) >= KNOWN_MAX && !json_object_get(s->known, key))
        return;
    json_object_set_new(s->known, key, told(event));
}

void scenario_learn(struct scenario *scenario, const json_t *event)
{
    char key[KEY_MAX];
    if (!concerns_us(event))
        return;
    make_key(key, event);
    learn(scenario, key, event);
}

void scenario_lookup(struct scenario *scenario, const json_t *event, uint64_t at)
{
    char key[KEY_MAX];
    struct scenario *s = scenario;
    make_key(key, event);
    /* A lookup that was of interest once stays so: a target's address goes upstream again when the
     * target is restored. */
    if (!concerns_us(event) && !json_object_get(s->known, key))
        return;
    if (s->current < s->config.step_count) {
        struct scenario_step *step = &s->steps[s->current];
        if (!json_object_get(step->lookups, key))
            add_row(s, step, key, event, at);
    }
    learn(s, key, event);
}

json_t *scenario_never(const struct scenario *scenario, const struct scenario_step *step)
{
    const char *key;
    json_t *value, *list = json_array();
    json_object_foreach(scenario->known, key, value)
    {
        if (!is_set(value, "service") || json_object_get(step->lookups, key))
            continue;
        if (json_array_size(list) == SCENARIO_ROWS_MAX)
            break;
        json_array_append(list, value);
    }
    return list;
}

void scenario_lookups_begin(struct scenario *scenario, struct scenario_step *step)
{
    struct scenario *s = scenario;
    if (s->current < s->config.step_count) {
        struct scenario_step *former = &s->steps[s->current];
        former->never = scenario_never(s, former);
        s->rows += json_array_size(former->never);
    }
    step->lookups = json_object();
    s->current = (size_t)(step - s->steps);
}
