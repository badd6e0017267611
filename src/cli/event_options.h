/* What `shunt log` and `shunt wait` share: which lookups, and how they are printed. */
#ifndef SHUNT_CLI_EVENT_OPTIONS_H
#define SHUNT_CLI_EVENT_OPTIONS_H

#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>

#include "cli/client.h"

struct event_options {
    struct client_options client;
    json_t *query; /* of the request; owned */
    bool json;
};

enum {
    EVENT_OPTION_FIRST = 500,
    EVENT_OPTION_CLIENT = EVENT_OPTION_FIRST,
    EVENT_OPTION_NAME,
    EVENT_OPTION_DOMAIN,
    EVENT_OPTION_SERVICE,
    EVENT_OPTION_RCODE,
    EVENT_OPTION_ANSWER,
    EVENT_OPTION_SINCE,
    EVENT_OPTION_JSON,
};
#define EVENT_LONG_OPTIONS                                                                         \
    CLIENT_LONG_OPTIONS, {"client", required_argument, NULL, EVENT_OPTION_CLIENT},                 \
        {"name", required_argument, NULL, EVENT_OPTION_NAME},                                      \
        {"domain", required_argument, NULL, EVENT_OPTION_DOMAIN},                                  \
        {"service", required_argument, NULL, EVENT_OPTION_SERVICE},                                \
        {"rcode", required_argument, NULL, EVENT_OPTION_RCODE},                                    \
        {"answer", required_argument, NULL, EVENT_OPTION_ANSWER},                                  \
        {"since", required_argument, NULL, EVENT_OPTION_SINCE},                                    \
    {                                                                                              \
        "json", no_argument, NULL, EVENT_OPTION_JSON                                               \
    }
#define EVENT_HELP                                                                                 \
    "      --client ADDR    by this client, or these: 10.5.0.20, 10.5.0.0/16\n"                    \
    "      --name NAME      of exactly this name\n"                                                \
    "      --domain NAME    of this name and all below it\n"                                       \
    "      --service NAME   of a service: xmpp-client, xmpps-server...\n"                          \
    "      --rcode RCODE    answered so: NOERROR, NXDOMAIN, SERVFAIL...\n"                         \
    "      --answer TEXT    with this in the answer, as the log shows it\n"                        \
    "      --since WHEN     not before: 10s (ago), now, a time, or change, the last change made\n" \
    "                       while running\n"

/* ERR_NOMEM. */
enum err event_options_init(struct event_options *o);
void event_options_deinit(struct event_options *o);
/* Takes one of the shared options; false when it is another one. Values are the daemon's to check.
 */
bool event_option(struct event_options *o, int option, const char *value);
/* Sets one parameter of the request. */
void event_options_set(struct event_options *o, const char *key, const char *value);

/* Prints an event to standard output, as one line of text or JSON. */
void event_print(const struct event_options *o, const json_t *event);

/* After a request that has come to nothing: says so; the exit status. */
int event_complain(const struct client *client, const char *command,
                   const struct client_reply *reply);

#endif
