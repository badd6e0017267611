/* A scenario's own copy of what the file says. */
#include <stdlib.h>
#include <string.h>

#include "control/scenario_parts.h"

static void step_deinit(struct config_step *step)
{
    for (size_t i = 0; i < step->command_count; i++)
        free(step->commands[i]);
    free(step->commands);
    free((char *)(uintptr_t)step->place.file);
}

void scenario_config_deinit(struct config_scenario *config)
{
    for (size_t i = 0; i < config->step_count; i++)
        step_deinit(&config->steps[i]);
    free(config->steps);
    free(config->name);
    *config = (struct config_scenario){0};
}

static enum err step_copy(struct config_step *out, const struct config_step *step)
{
    *out = *step;
    out->command_count = 0;
    out->place.file = step->place.file ? strdup(step->place.file) : NULL;
    out->commands = calloc(step->command_count + 1, sizeof(*out->commands));
    if (!out->commands || !out->place.file != !step->place.file)
        return ERR_NOMEM;
    for (size_t i = 0; i < step->command_count; i++) {
        out->commands[i] = strdup(step->commands[i]);
        if (!out->commands[i])
            return ERR_NOMEM;
        out->command_count++;
    }
    return ERR_OK;
}

enum err scenario_config_copy(struct config_scenario *out, const struct config_scenario *config)
{
    *out = (struct config_scenario){.name = strdup(config->name)};
    out->steps = calloc(config->step_count + 1, sizeof(*out->steps));
    enum err e = out->name && out->steps ? ERR_OK : ERR_NOMEM;
    for (size_t i = 0; e == ERR_OK && i < config->step_count; i++) {
        e = step_copy(&out->steps[i], &config->steps[i]);
        out->step_count++;
    }
    if (e != ERR_OK)
        scenario_config_deinit(out);
    return e;
}
