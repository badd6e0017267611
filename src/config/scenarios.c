/* scenarios: timelines of commands and of what they are to bring about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

void config_scenario_deinit(struct config_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        struct config_step *step = &scenario->steps[i];
        for (size_t c = 0; c < step->command_count; c++)
            free(step->commands[c]);
        free(step->commands);
    }
    free(scenario->steps);
    free(scenario->name);
}

static void read_on(struct config_reader *r, const struct config_key *key,
                    const struct yaml_node *node, void *target)
{
    static const struct config_word words[] = {{"next", 1}, {NULL, 0}};
    struct config_key word_key = *key;
    int value;
    word_key.words = words;
    if (config_word(r, &word_key, node, &value))
        ((struct config_step *)target)->on_next = true;
}

static void add_command(struct config_reader *r, struct config_step *step, const char *text)
{
    char **grown = config_grow(r, step->commands, step->command_count, sizeof(*grown));
    if (!grown)
        return;
    step->commands = grown;
    grown[step->command_count] = strdup(text);
    if (grown[step->command_count])
        step->command_count++;
    else
        r->no_memory = true;
}

static void read_do(struct config_reader *r, const struct config_key *key,
                    const struct yaml_node *node, void *target)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        if (text[strspn(text, " \t")] == '\0')
            config_bad_value(r, key, item, "is no command");
        else
            add_command(r, target, text);
    }
}

static const struct config_key step_keys[] = {
    {.name = "at",
     .read = config_read_milliseconds,
     .expects = "a duration",
     .example = "at: 30s, or on: next",
     .offset = offsetof(struct config_step, at_ms)},
    {.name = "on", .read = read_on, .expects = "next", .example = "on: next"},
    {.name = "do",
     .read = read_do,
     .expects = "a list of commands",
     .item = "a command",
     .example = "do: [\"target fail xmpp1.lab.example\"]",
     .max = 1000},
    {.name = "expect",
     .read = config_read_expect,
     .expects = "a mapping",
     .example = "expect: {client: 10.5.0.20, service: xmpp-client, within: 10s}"},
};
static const struct config_keys step_table = {step_keys, sizeof(step_keys) / sizeof(*step_keys)};

static struct config_step *step_add(struct config_reader *r, struct config_scenario *scenario,
                                    const struct yaml_node *item)
{
    struct config_step *grown =
        config_grow(r, scenario->steps, scenario->step_count, sizeof(*grown));
    if (!grown)
        return NULL;
    scenario->steps = grown;
    struct config_step *step = &grown[scenario->step_count++];
    *step = (struct config_step){.place = config_place(r, item)};
    return step;
}

/* What a step says as a whole. */
static void validate_step(struct config_reader *r, const struct yaml_node *item,
                          const struct config_step *step)
{
    const struct yaml_node *at = config_find(item, "at"), *on = config_find(item, "on");
    if (!at && !on)
        config_missing(r, &step_keys[0], item, "this step");
    if (at && on)
        config_error(r, on, "bad-value", "keep one of them", "this step has both a time and `on`");
    if (step->command_count == 0 && !step->has_expect)
        config_error(r, item, "missing-key", "write do, or expect", "this step does nothing");
}

/* Times do not go back; a step that waits for `next` has none. */
static void validate_order(struct config_reader *r, const struct yaml_node *item, uint64_t *last)
{
    const struct yaml_node *at = config_find(item, "at");
    uint64_t ms;
    char quoted[CONFIG_QUOTE_MAX];
    if (!at || at->kind != YAML_SCALAR || text_duration(&ms, at->text) != ERR_OK)
        return;
    if (ms < *last)
        config_error(r, at, "out-of-range", "put the steps in the order of their times",
                     "at %s is before the step above", config_quote(at, quoted));
    *last = ms;
}

static void read_steps(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    uint64_t last = 0;
    for (; item; item = item->next) {
        size_t errors = r->diags->errors;
        struct config_step *step = step_add(r, target, item);
        if (!step)
            return;
        if (!config_read_item(r, key, item, &step_table, step))
            continue;
        if (r->diags->errors == errors)
            validate_step(r, item, step);
        validate_order(r, item, &last);
    }
}

static const struct config_key scenario_keys[] = {
    {.name = "name",
     .read = config_read_nothing,
     .expects = "a word",
     .example = "name: primary-down"},
    {.name = "steps",
     .read = read_steps,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "steps: [{at: 0s, do: [reset]}]",
     .max = 10000},
};
static const struct config_keys scenario_table = {scenario_keys,
                                                  sizeof(scenario_keys) / sizeof(*scenario_keys)};

static struct config_scenario *scenario_add(struct config_reader *r, const struct yaml_node *item)
{
    struct config *c = r->config;
    struct config_scenario *grown = config_grow(r, c->scenarios, c->scenario_count, sizeof(*grown));
    if (!grown)
        return NULL;
    c->scenarios = grown;
    struct config_scenario *scenario = &grown[c->scenario_count++];
    *scenario = (struct config_scenario){.place = config_place(r, item)};
    return scenario;
}

static void read_name(struct config_reader *r, const struct yaml_node *item,
                      struct config_scenario *scenario)
{
    const struct yaml_node *node = config_find(item, "name");
    const struct config *c = r->config;
    if (!node) {
        config_missing(r, &scenario_keys[0], item, "this scenario");
        return;
    }
    char *name = config_label(r, &scenario_keys[0], node);
    for (size_t i = 0; name && i < c->scenario_count; i++) {
        const struct config_scenario *first = &c->scenarios[i];
        if (first->name && strcmp(first->name, name) == 0)
            config_error(r, node, "twice", "give it another name",
                         "the scenario \"%s\" was given before, at %s:%u", name, first->place.file,
                         first->place.line);
    }
    scenario->name = name;
}

void config_read_scenarios(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, void *target)
{
    (void)target;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        struct config_scenario *scenario = scenario_add(r, item);
        if (!scenario)
            return;
        if (!config_read_item(r, key, item, &scenario_table, scenario))
            continue;
        read_name(r, item, scenario);
        if (!config_find(item, "steps"))
            config_missing(r, &scenario_keys[1], item, "this scenario");
    }
}
