/* The command line of `shunt query`. */
#ifndef SHUNT_CLI_QUERY_OPTIONS_H
#define SHUNT_CLI_QUERY_OPTIONS_H

#include <stdbool.h>

#include "cli/client.h"
#include "cli/exchange.h"

enum query_format { QUERY_FORMAT_DIG, QUERY_FORMAT_SHORT, QUERY_FORMAT_JSON };

struct query_options {
    struct client_options daemon; /* --config, --url, --token */
    const char *client;           /* --client: ask the daemon what this address is told; or NULL */
    const char *server;           /* --server or @ADDR, or NULL: as the configuration says */
    const char *name, *type;
    enum query_format format;
    struct exchange_request request; /* server still to be filled in, without one */
};

/* True when there is a question to ask; otherwise *status is the exit status, and what is wrong (or
 * the help) has been printed. */
bool query_options_parse(struct query_options *out, int argc, char **argv, int *status);

#endif
