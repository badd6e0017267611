/* shunt query --client: what the running daemon tells another host, and why. */
#ifndef SHUNT_CLI_QUERY_CLIENT_H
#define SHUNT_CLI_QUERY_CLIENT_H

#include "cli/query_options.h"

/* Asks the daemon over its API and prints; the exit status. */
int query_as_client(const struct query_options *options);

#endif
