/* What is wrong with scenarios before they run. What only the daemon knows, such as the targets in
 * upstream's answers, is left to the run. */
#include <stdlib.h>
#include <string.h>

#include "control/command.h"
#include "control/fault_json.h"
#include "control/live.h"
#include "control/scenario.h"

/* A step being looked at, and the faults that there are by then. */
struct check {
    const struct config *config;
    struct diag_list *diags;
    const struct config_step *step;
    const char *line; /* the command */
    json_t *faults;   /* an object with their names */
    bool reloads;     /* the files may say something else by then */
};

static void report(const struct check *c, enum diag_level level, const char *code, const char *hint,
                   const char *why)
{
    struct text line = {0};
    text_add_json(&line, c->line);
    diag_add(c->diags, level, code, &c->step->place, hint, "do %s: %s", line.data ? line.data : "",
             why);
    text_deinit(&line);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check_service(const struct check *c, const json_t *value)
{
    const char *words[POLICY_SERVICES], *text = json_string_value(value);
    struct text why = {0};
    for (int s = 0; s < POLICY_SERVICES; s++) {
        words[s] = policy_service_name((enum policy_service)s);
        if (text && strcmp(text, words[s]) == 0)
            return;
    }
    const char *near = text_nearest(text ? text : "", words, POLICY_SERVICES);
    text_addf(&why, "there is no service \"%.80s\"", text ? text : "");
    report(c, DIAG_ERROR, "scenario-command",
           near ? near : "xmpp-client, xmpp-server, xmpps-client or xmpps-server",
           why.data ? why.data : "");
    text_deinit(&why);
}

static void check_name(const struct check *c, const char *what, const char *text)
{
    struct dns_name name;
    struct text why = {0};
    if (policy_name_from_user(&name, text) == ERR_OK)
        return;
    text_addf(&why, "the %s \"%.200s\" is no domain name", what, text);
    report(c, DIAG_ERROR, "scenario-command", NULL, why.data ? why.data : "");
    text_deinit(&why);
}

static void check_target(const struct check *c, const struct command *command)
{
    const json_t *service = json_object_get(command->body, "service");
    const char *domain = json_string_value(json_object_get(command->body, "domain"));
    check_name(c, "target", command->path + strlen("/v1/targets/"));
    if (domain)
        check_name(c, "domain", domain);
    if (service)
        check_service(c, service);
}

static void check_view(const struct check *c, const char *view)
{
    const struct config *config = c->config;
    struct text why = {0};
    if (view[0] == '\0')
        return;
    for (size_t i = 0; i < config->view_count; i++) {
        if (strcmp(config->views[i].name, view) == 0)
            return;
    }
    text_addf(&why, "there is no view \"%s\"", view);
    report(c, DIAG_ERROR, "scenario-command", "name it under views", why.data ? why.data : "");
    text_deinit(&why);
}

static void check_fault_add(const struct check *c, const struct command *command)
{
    struct fault_spec spec;
    struct fault_json_problem problem = {0};
    enum err e = fault_json_read(&spec, command->body, &problem);
    if (e == ERR_INVALID)
        report(c, DIAG_ERROR, "scenario-command", NULL,
               problem.text.data ? problem.text.data : "no fault");
    text_deinit(&problem.text);
    if (e != ERR_OK)
        return;
    check_view(c, spec.match.view);
    if (json_object_get(c->faults, spec.name))
        report(c, DIAG_WARNING, "scenario-fault", "remove it first, or give it another name",
               "there is a fault of this name by then");
    json_object_set_new(c->faults, spec.name, json_true());
}

static void check_fault_remove(const struct check *c, const struct command *command)
{
    const char *name = command->path + strlen("/v1/faults/");
    if (json_object_del(c->faults, name) == 0 || c->reloads)
        return;
    report(c, DIAG_WARNING, "scenario-fault", "add it before, or let it be",
           "neither the files nor the steps above have a fault of this name");
}

static void check_command(struct check *c, const struct command *command)
{
    if (has_prefix(command->path, "/v1/scenarios"))
        report(c, DIAG_ERROR, "scenario-command", "leave it to the command line",
               "a scenario's steps do nothing to scenarios");
    else if (command->method == API_PATCH && has_prefix(command->path, "/v1/targets/"))
        check_target(c, command);
    else if (command->method == API_POST && strcmp(command->path, "/v1/faults") == 0)
        check_fault_add(c, command);
    else if (command->method == API_DELETE && has_prefix(command->path, "/v1/faults/"))
        check_fault_remove(c, command);
    else if (command->method == API_POST && strcmp(command->path, "/v1/reload") == 0)
        c->reloads = true;
}

static void check_line(struct check *c, const char *line)
{
    struct command command;
    struct text why = {0};
    c->line = line;
    if (command_parse_line(&command, line, &why) == ERR_OK)
        check_command(c, &command);
    else
        report(c, DIAG_ERROR, "scenario-command", NULL, why.data ? why.data : "out of memory");
    command_deinit(&command);
    text_deinit(&why);
}

/* Faults that are there at first, and again after a reset. */
static void take_file_faults(struct check *c)
{
    for (size_t i = 0; i < c->config->fault_count; i++)
        json_object_set_new(c->faults, c->config->faults[i].name, json_true());
}

static void check_scenario(const struct config *config, const struct config_scenario *scenario,
                           struct diag_list *diags)
{
    struct check c = {.config = config, .diags = diags, .faults = json_object()};
    take_file_faults(&c);
    for (size_t i = 0; i < scenario->step_count; i++) {
        c.step = &scenario->steps[i];
        for (size_t l = 0; l < c.step->command_count; l++)
            check_line(&c, c.step->commands[l]);
    }
    json_decref(c.faults);
    if (strcmp(scenario->name, "current") == 0)
        diag_add(diags, DIAG_ERROR, "scenario-name", &scenario->place, "give it another name",
                 "a scenario cannot be called \"current\": that is the one that runs");
}

void scenario_check(const struct config *config, struct diag_list *diags)
{
    for (size_t i = 0; i < config->scenario_count; i++)
        check_scenario(config, &config->scenarios[i], diags);
}
