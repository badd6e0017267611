#include "control/live_gone.h"

#include "base/text.h"

static bool is_known(const struct targets *targets, const json_t *change)
{
    struct dns_name target;
    size_t count;
    uint32_t ttl;
    const char *name = json_string_value(json_object_get(change, "target"));
    return name && dns_name_from_text(&target, name) == ERR_OK &&
           targets_known(targets, &target, &count, &ttl);
}

json_t *live_in_policy(const struct live *live, const struct targets *targets, uint64_t now)
{
    json_t *changes = live_targets_json(live, now);
    for (size_t i = json_array_size(changes); i > 0; i--) {
        if (!is_known(targets, json_array_get(changes, i - 1)))
            json_array_remove(changes, i - 1);
    }
    return changes;
}

static bool add_gone(json_t *list, const json_t *change)
{
    struct text text = {0};
    text_addf(&text,
              "the live change %lld to %s stays, but no record of the policy leads there any more",
              (long long)json_integer_value(json_object_get(change, "change")),
              json_string_value(json_object_get(change, "target")));
    bool done = !text.failed && json_array_append_new(list, json_string(text.data)) == 0;
    text_deinit(&text);
    return done;
}

json_t *live_gone(const json_t *in_policy, const struct targets *targets)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(in_policy); i++) {
        const json_t *change = json_array_get(in_policy, i);
        if (is_known(targets, change) || add_gone(list, change))
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}
