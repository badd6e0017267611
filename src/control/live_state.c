#include "control/live_state.h"

#include <stdlib.h>
#include <string.h>

#include "control/fault_json.h"
#include "control/live_make.h"

#define STATE_VERSION 1

/* Readers of members: each takes what is not there as 0 or "", and notes what is wrong. */
struct members {
    const json_t *object;
    bool wrong;
};

static uint64_t member_number(struct members *m, const char *key, uint64_t max)
{
    const json_t *value = json_object_get(m->object, key);
    if (!value)
        return 0;
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    if (number < 0 || (uint64_t)number > max) {
        m->wrong = true;
        return 0;
    }
    return (uint64_t)number;
}

static const char *member_text(struct members *m, const char *key)
{
    const json_t *value = json_object_get(m->object, key);
    if (value && !json_is_string(value))
        m->wrong = true;
    return json_string_value(value);
}

static void member_name(struct members *m, const char *key, struct dns_name *out)
{
    const char *text = member_text(m, key);
    if (!text)
        return;
    if (dns_name_from_text(out, text) != ERR_OK)
        m->wrong = true;
    dns_name_lower(out);
}

static uint64_t end_to_wall(uint64_t ends, uint64_t now, uint64_t wall_now)
{
    if (ends == LIVE_NEVER)
        return 0;
    return wall_now + (ends > now ? ends - now : 0);
}

static uint64_t end_from_wall(uint64_t wall, uint64_t now, uint64_t wall_now)
{
    if (wall == 0)
        return LIVE_NEVER;
    return now + (wall > wall_now ? wall - wall_now : 0);
}

static bool set_number(json_t *object, const char *key, uint64_t value)
{
    if (value == 0)
        return true;
    return json_object_set_new(object, key, json_integer((json_int_t)value)) == 0;
}

static bool set_text(json_t *object, const char *key, const char *value)
{
    return !value || json_object_set_new(object, key, json_string(value)) == 0;
}

static bool set_name(json_t *object, const char *key, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    return name->len == 0 || set_text(object, key, dns_name_to_text(name, text));
}

static json_t *write_change(const struct live_change *change, uint64_t now, uint64_t wall_now)
{
    const struct live_target *spec = &change->spec;
    json_t *object = json_object();
    long left = change->uses ? atomic_load(&change->uses->overlay.left) : 0;
    bool done = set_number(object, "id", change->id);
    done = done && set_name(object, "target", &spec->target);
    done = done && set_number(object, "match-port", spec->match_port);
    done = done && set_name(object, "domain", &spec->domain);
    if (spec->service >= 0)
        done = done &&
               set_text(object, "service", policy_service_name((enum policy_service)spec->service));
    done = done && set_text(object, "how", spec->how);
    done = done && set_number(object, "fields", spec->fields);
    done = done && set_number(object, "priority", spec->priority);
    done = done && set_number(object, "weight", spec->weight);
    done = done && set_number(object, "port", spec->port);
    done = done && set_number(object, "ttl", spec->ttl);
    done = done && set_number(object, "made", change->made);
    done = done && set_number(object, "ends", end_to_wall(change->ends, now, wall_now));
    done = done && set_number(object, "count", spec->uses);
    done = done && set_number(object, "uses-left", left > 0 ? (uint64_t)left : 0);
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *write_fault(const struct live_fault *fault, uint64_t now, uint64_t wall_now)
{
    json_t *object = json_object(), *spec = fault_json_write(&fault->spec);
    bool done = spec && json_object_set(object, "fault", spec) == 0;
    done = done && set_number(object, "ends", end_to_wall(fault->ends, now, wall_now));
    done = done && set_number(object, "matched", atomic_load(&fault->uses->fault.matched));
    done = done && set_number(object, "used", atomic_load(&fault->uses->fault.used));
    json_decref(spec);
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

static bool write_lists(const struct live_set *set, uint64_t now, uint64_t wall_now,
                        json_t *targets, json_t *faults, json_t *removed)
{
    for (size_t i = 0; i < set->change_count; i++) {
        if (json_array_append_new(targets, write_change(&set->changes[i], now, wall_now)) != 0)
            return false;
    }
    for (size_t i = 0; i < set->fault_count; i++) {
        const struct live_fault *fault = &set->faults[i];
        if (fault->from_file)
            continue;
        if (json_array_append_new(faults, write_fault(fault, now, wall_now)) != 0)
            return false;
    }
    for (size_t i = 0; i < set->removed_count; i++) {
        if (json_array_append_new(removed, json_string(set->removed[i])) != 0)
            return false;
    }
    return true;
}

json_t *live_state_write(const struct live_state *state, uint64_t now, uint64_t wall_now)
{
    json_t *targets = json_array(), *faults = json_array(), *removed = json_array();
    json_t *object = NULL;
    if (targets && faults && removed &&
        write_lists(&state->set, now, wall_now, targets, faults, removed))
        object = json_pack("{s:i, s:I, s:I, s:I, s:O, s:O, s:O}", "version", STATE_VERSION,
                           "revision", (json_int_t)state->revision, "next-id",
                           (json_int_t)state->next_id, "changed", (json_int_t)state->changed_at,
                           "targets", targets, "faults", faults, "removed-faults", removed);
    json_decref(targets);
    json_decref(faults);
    json_decref(removed);
    return object;
}

static bool read_target(struct members *m, struct live_target *out)
{
    const char *how = member_text(m, "how"), *service = member_text(m, "service");
    member_name(m, "target", &out->target);
    member_name(m, "domain", &out->domain);
    out->service = -1;
    for (int i = 0; service && i < POLICY_SERVICES; i++) {
        if (strcmp(policy_service_name((enum policy_service)i), service) == 0)
            out->service = i;
    }
    out->how = how && live_how_find(how) ? live_how_find(how)->word : NULL;
    out->fields = (unsigned)member_number(m, "fields", POLICY_EDIT_TTL * 2 - 1);
    out->match_port = (uint16_t)member_number(m, "match-port", UINT16_MAX);
    out->priority = (uint16_t)member_number(m, "priority", UINT16_MAX);
    out->weight = (uint16_t)member_number(m, "weight", UINT16_MAX);
    out->port = (uint16_t)member_number(m, "port", UINT16_MAX);
    out->ttl = (uint32_t)member_number(m, "ttl", INT32_MAX);
    out->uses = member_number(m, "count", UINT32_MAX);
    if (how && !out->how)
        return false;
    if (service && out->service < 0)
        return false;
    return out->target.len > 0;
}

static enum err read_change(struct live_set *set, const json_t *json, uint64_t now,
                            uint64_t wall_now)
{
    struct members m = {.object = json};
    struct live_change change = {0};
    bool fits = read_target(&m, &change.spec);
    change.id = (uint32_t)member_number(&m, "id", UINT32_MAX);
    change.made = member_number(&m, "made", INT64_MAX);
    change.ends = end_from_wall(member_number(&m, "ends", INT64_MAX), now, wall_now);
    uint64_t left = member_number(&m, "uses-left", UINT32_MAX);
    if (!fits || m.wrong)
        return ERR_INVALID;
    if (change.spec.uses > 0) {
        change.uses = live_uses_new();
        if (!change.uses)
            return ERR_NOMEM;
        atomic_init(&change.uses->overlay.left, (long)left);
    }
    live_set_add_change(set, &change);
    return ERR_OK;
}

static enum err read_fault(struct live_set *set, const json_t *json, uint64_t now,
                           uint64_t wall_now)
{
    struct members m = {.object = json};
    struct live_fault fault = {0};
    struct fault_json_problem problem;
    enum err e = fault_json_read(&fault.spec, json_object_get(json, "fault"), &problem);
    if (e == ERR_INVALID)
        text_deinit(&problem.text);
    if (e != ERR_OK)
        return e;
    uint64_t matched = member_number(&m, "matched", INT64_MAX);
    uint64_t used = member_number(&m, "used", INT64_MAX);
    fault.ends = end_from_wall(member_number(&m, "ends", INT64_MAX), now, wall_now);
    fault.uses_saved = used;
    if (m.wrong)
        return ERR_INVALID;
    fault.uses = live_uses_new();
    if (!fault.uses)
        return ERR_NOMEM;
    atomic_init(&fault.uses->fault.matched, matched);
    atomic_init(&fault.uses->fault.used, used);
    live_set_add_fault(set, &fault);
    return ERR_OK;
}

static enum err read_removed(struct live_set *set, const json_t *json)
{
    const char *name = json_string_value(json);
    if (!name || strlen(name) >= sizeof(set->removed[0]))
        return ERR_INVALID;
    strcpy(set->removed[set->removed_count++], name);
    return ERR_OK;
}

/* An array of at most LIVE_CHANGES_MAX; its size, or -1. */
static long list_size(const json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);
    if (!json_is_array(list) || json_array_size(list) > LIVE_CHANGES_MAX)
        return -1;
    return (long)json_array_size(list);
}

/* Room for all of a list; one element more, so that none is nothing. */
static void *list_room(const json_t *list, size_t size)
{
    return calloc(json_array_size(list) + 1, size);
}

static enum err read_lists(struct live_set *set, const json_t *json, uint64_t now,
                           uint64_t wall_now)
{
    const json_t *targets = json_object_get(json, "targets");
    const json_t *faults = json_object_get(json, "faults");
    const json_t *removed = json_object_get(json, "removed-faults");
    set->changes = list_room(targets, sizeof(*set->changes));
    set->faults = list_room(faults, sizeof(*set->faults));
    set->removed = list_room(removed, sizeof(*set->removed));
    enum err e = set->changes && set->faults && set->removed ? ERR_OK : ERR_NOMEM;
    for (size_t i = 0; e == ERR_OK && i < json_array_size(targets); i++)
        e = read_change(set, json_array_get(targets, i), now, wall_now);
    for (size_t i = json_array_size(faults); e == ERR_OK && i > 0; i--)
        e = read_fault(set, json_array_get(faults, i - 1), now, wall_now);
    for (size_t i = 0; e == ERR_OK && i < json_array_size(removed); i++)
        e = read_removed(set, json_array_get(removed, i));
    return e;
}

/* What is wrong with the frame of it, or NULL. */
static const char *frame_problem(const json_t *json)
{
    if (!json_is_object(json))
        return "it is no object";
    if (json_integer_value(json_object_get(json, "version")) != STATE_VERSION)
        return "its version is not 1";
    if (list_size(json, "targets") < 0)
        return "it has no list of targets";
    if (list_size(json, "faults") < 0)
        return "it has no list of faults";
    if (list_size(json, "removed-faults") < 0)
        return "it has no list of removed faults";
    return NULL;
}

enum err live_state_read(struct live_state *out, const json_t *json, uint64_t now,
                         uint64_t wall_now, const char **why)
{
    struct members m = {.object = json};
    *out = (struct live_state){0};
    *why = frame_problem(json);
    if (*why)
        return ERR_INVALID;
    enum err e = read_lists(&out->set, json, now, wall_now);
    out->revision = member_number(&m, "revision", INT64_MAX);
    out->next_id = (uint32_t)member_number(&m, "next-id", UINT32_MAX);
    out->changed_at = member_number(&m, "changed", INT64_MAX);
    if (e == ERR_OK && m.wrong)
        e = ERR_INVALID;
    *why = "a change in it cannot be read";
    if (e != ERR_OK)
        live_set_deinit(&out->set);
    return e;
}
