/* shunt scenario run: follows a run to its end. Private to scenario*.c. */
#ifndef SHUNT_CLI_SCENARIO_RUN_H
#define SHUNT_CLI_SCENARIO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/client.h"

struct scenario_options {
    struct client_options client;
    bool json;
    const char *junit; /* a file, or NULL */
    bool has_seed;
    uint64_t seed;
};

/* The exit status. */
int scenario_run(struct client *client, const struct scenario_options *options, const char *name);

#endif
