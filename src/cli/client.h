/* The daemon as commands see it: its API, over the Unix socket or TCP. One request at a time, and
 * each waits for its reply. */
#ifndef SHUNT_CLI_CLIENT_H
#define SHUNT_CLI_CLIENT_H

#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "config/config.h"
#include "control/api.h"

struct client;

/* Where the daemon is, and who we are, as the command line says it. */
struct client_options {
    const char *url;   /* --url, or NULL: $SHUNT_URL, or as the configuration says */
    const char *token; /* --token, or NULL: $SHUNT_TOKEN, or as the configuration says */
    const char *file;  /* --config, or NULL: as config_file says */
};

/* What every command that talks to the daemon adds to its long options, its short ones, its help,
 * and its switch over options. */
enum { CLIENT_OPTION_URL = 1000, CLIENT_OPTION_TOKEN };
#define CLIENT_SHORT_OPTIONS "c:"
#define CLIENT_LONG_OPTIONS                                                                        \
    {"url", required_argument, NULL, CLIENT_OPTION_URL},                                           \
        {"token", required_argument, NULL, CLIENT_OPTION_TOKEN},                                   \
    {                                                                                              \
        "config", required_argument, NULL, 'c'                                                     \
    }
#define CLIENT_HELP                                                                                \
    "      --url URL        the daemon: unix:///PATH or http://HOST:PORT (default $SHUNT_URL,\n"   \
    "                       else as the configuration says)\n"                                     \
    "      --token TOKEN    for changes over http:// (default $SHUNT_TOKEN, else as the\n"         \
    "                       configuration says)\n"                                                 \
    "  -c, --config FILE    configuration (default $SHUNT_CONFIG, else " CONFIG_DEFAULT_FILE ")\n"
/* Takes one of these options; false when it is another one. `value` is kept as it is. */
bool client_option(struct client_options *options, int option, const char *value);

/* Connects to nothing yet. ERR_INVALID for a URL that is none, ERR_NOMEM; then a sentence without
 * line end is added to `why`, and *out is NULL. */
enum err client_new(struct client **out, const struct client_options *options, struct text *why);
/* The same for commands: why not goes to standard error after the name of the command. An exit
 * status: CLI_EXIT_USAGE when the URL that was typed is none. */
int client_open(struct client **out, const struct client_options *options, const char *command);
void client_free(struct client *client);
/* "unix:///run/shunt/control.sock" or "http://127.0.0.1:5253". */
const char *client_where(const struct client *client);

#define CLIENT_FOREVER UINT64_MAX

struct client_request {
    enum api_method method;
    const char *path;                  /* not encoded: "/v1/targets/xmpp1.lab.example" */
    json_t *query;                     /* object of strings; borrowed; NULL = none */
    json_t *body;                      /* borrowed; NULL = none */
    const char *const *headers;        /* "Name: value", NULL at the end; NULL = none */
    uint64_t timeout_ms;               /* for the whole; 0 = 60 s; CLIENT_FOREVER = no end */
    const volatile sig_atomic_t *stop; /* not 0: give up, with ERR_LIMIT; NULL = never */
};

struct client_reply {
    int status;       /* of HTTP; 0 = there was no reply */
    json_t *json;     /* NULL when it is none */
    char *text;       /* the body as it came, with a NUL behind it; NULL when there is none */
    size_t len;       /* of text */
    int64_t revision; /* of its ETag; -1 = none */
};
/* Fit for a zeroed reply too. */
void client_reply_deinit(struct client_reply *reply);

/* ERR_OK when there is a reply, whatever its status. Otherwise client_error says why: ERR_NOTFOUND
 * (nobody answers there), ERR_TIMEOUT, ERR_INVALID (not HTTP, or a reply that is too large),
 * ERR_LIMIT (stopped), ERR_NOMEM, ERR_SYSTEM. The reply is to be given to client_reply_deinit in
 * any case. */
enum err client_request(struct client *client, const struct client_request *request,
                        struct client_reply *reply);

/* One event of a stream (HTML standard, "Server-sent events"). */
struct client_event {
    const char *name; /* "message" when it has none */
    const char *id;   /* the last one seen; "" = none */
    const char *data; /* lines joined by line feeds */
};
/* False ends the stream. */
typedef bool (*client_event_fn)(void *arg, const struct client_event *event);
/* Asks for a stream of events, and calls `on_event` for each as it comes. ERR_OK when the server
 * ended it, when `on_event` did, or when the reply is no stream (an error): then it is in `reply`
 * as of client_request. Errors as there. */
enum err client_follow(struct client *client, const struct client_request *request,
                       client_event_fn on_event, void *arg, struct client_reply *reply);

/* What went wrong in the last request, as a sentence without line end; "" = nothing did. */
const char *client_error(const struct client *client);

/* Prints to standard error why a request came to nothing: client_error when there was no reply,
 * else the "error" of the reply. `command` is "shunt target", and stands before it. */
void client_complain(const struct client *client, const char *command,
                     const struct client_reply *reply);

#endif
