/* Live changes for people. */
#include "control/fault_json.h"
#include "control/live_parts.h"

static bool set_integer(json_t *object, const char *key, uint64_t value)
{
    return json_object_set_new(object, key, json_integer((json_int_t)value)) == 0;
}

static bool set_text(json_t *object, const char *key, const char *value)
{
    return json_object_set_new(object, key, json_string(value)) == 0;
}

static bool set_name(json_t *object, const char *key, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    return name->len == 0 || set_text(object, key, dns_name_to_text(name, text));
}

/* Seconds, the last begun one counted. */
static bool set_left(json_t *object, uint64_t ends, uint64_t now)
{
    if (ends == LIVE_NEVER)
        return true;
    return set_integer(object, "left", ends > now ? (ends - now + 999) / 1000 : 0);
}

static bool set_fields(json_t *object, const struct live_target *spec)
{
    bool done = true;
    if (spec->fields & POLICY_EDIT_PRIORITY)
        done = done && set_integer(object, "priority", spec->priority);
    if (spec->fields & POLICY_EDIT_WEIGHT)
        done = done && set_integer(object, "weight", spec->weight);
    if (spec->fields & POLICY_EDIT_PORT)
        done = done && set_integer(object, "port", spec->port);
    if (spec->fields & POLICY_EDIT_TTL)
        done = done && set_integer(object, "ttl", spec->ttl);
    return done;
}

static json_t *change_json(const struct live_change *change, uint64_t now)
{
    const struct live_target *spec = &change->spec;
    json_t *object = json_object();
    bool done = object && set_integer(object, "change", change->id);
    done = done && set_name(object, "target", &spec->target);
    if (spec->match_port != 0)
        done = done && set_integer(object, "match-port", spec->match_port);
    done = done && set_name(object, "domain", &spec->domain);
    if (spec->service >= 0)
        done = done &&
               set_text(object, "service", policy_service_name((enum policy_service)spec->service));
    if (spec->how)
        done = done && set_text(object, "how", spec->how);
    done = done && set_fields(object, spec);
    done = done && set_left(object, change->ends, now);
    if (change->uses) {
        long left = atomic_load(&change->uses->overlay.left);
        done = done && set_integer(object, "uses_left", left > 0 ? (uint64_t)left : 0);
    }
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

json_t *live_targets_json(const struct live *live, uint64_t now)
{
    const struct live_set *set = &live->state.set;
    json_t *list = json_array();
    for (size_t i = 0; list && i < set->change_count; i++) {
        if (json_array_append_new(list, change_json(&set->changes[i], now)) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *live_changes_json(const struct live *live, const struct dns_name *domain, int service,
                          const struct dns_name *target, uint16_t port, uint64_t now)
{
    const struct live_set *set = &live->state.set;
    json_t *list = json_array();
    for (size_t i = 0; list && i < set->change_count; i++) {
        const struct live_change *change = &set->changes[i];
        struct policy_edit edit;
        live_change_edit(change, &edit);
        if (!live_change_speaks_of(change, domain, service))
            continue;
        if (!policy_edit_matches(&edit, target, port))
            continue;
        if (json_array_append_new(list, change_json(change, now)) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static const char *fault_status(const struct live_fault *fault)
{
    if (fault->removed)
        return "removed";
    return fault->ended ? "ended" : "on";
}

static bool fault_add_state(json_t *object, const struct live_fault *fault, uint64_t now)
{
    const struct fault_spec *spec = &fault->spec;
    struct text text = {0};
    unsigned long used = atomic_load(&fault->uses->fault.used);
    fault_text(spec, &text);
    bool done = !text.failed && set_text(object, "text", text.data);
    text_deinit(&text);
    done = done && set_text(object, "status", fault_status(fault));
    done = done && set_text(object, "from", fault->from_file ? "file" : "live");
    if (fault->place[0])
        done = done && set_text(object, "place", fault->place);
    done = done && set_integer(object, "matched", atomic_load(&fault->uses->fault.matched));
    done = done && set_integer(object, "used", used);
    if (live_fault_is_on(fault))
        done = done && set_left(object, fault->ends, now);
    if (spec->uses_max > 0)
        done = done &&
               set_integer(object, "uses_left", spec->uses_max > used ? spec->uses_max - used : 0);
    return done;
}

json_t *live_faults_json(const struct live *live, uint64_t now)
{
    const struct live_set *set = &live->state.set;
    json_t *list = json_array();
    for (size_t i = 0; list && i < set->fault_count; i++) {
        json_t *fault = fault_json_write(&set->faults[i].spec);
        bool done = fault && fault_add_state(fault, &set->faults[i], now);
        if (done && json_array_append(list, fault) == 0) {
            json_decref(fault);
            continue;
        }
        json_decref(fault);
        json_decref(list);
        return NULL;
    }
    return list;
}
