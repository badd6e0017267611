/* shunt log: who asked what and was told what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/event_options.h"

#define COMMAND "shunt log"

static const char help[] =
    "Usage: shunt log [OPTION]...\n"
    "Print who asked the running daemon what, and what they were told: time, client, name,\n"
    "type, service, response code, where the answer came from, the rule that made it, answer.\n\n"
    "  -f, --follow         go on with lookups as they come\n"
    "  -n, --limit N        at most so many of the past (default 100, with --follow "
    "10)\n" EVENT_HELP "      --json           one JSON object a line\n" CLIENT_HELP
    "  -h, --help           this text\n\n"
    "Exit status: 0 done, 1 no daemon answers, 2 wrong usage.\n";

static const struct option options[] = {
    {"follow", no_argument, NULL, 'f'},
    {"limit", required_argument, NULL, 'n'},
    EVENT_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct follow {
    const struct event_options *options;
    char last[64]; /* ID of the last event that was printed */
    bool any;      /* events came since the last connection was made */
};

static bool on_event(void *arg, const struct client_event *event)
{
    struct follow *f = arg;
    json_t *json = json_loads(event->data, 0, NULL);
    if (json)
        event_print(f->options, json);
    json_decref(json);
    snprintf(f->last, sizeof(f->last), "%s", event->id);
    f->any = true;
    return !ferror(stdout);
}

/* A daemon cuts off who reads too slowly: then it goes on where it was. Without any event in
 * between it was no such end. */
static int follow(struct client *client, const struct event_options *o)
{
    struct follow f = {.options = o};
    char resume[80];
    const char *headers[] = {NULL, NULL};
    struct client_request request = {.method = API_GET,
                                     .path = "/v1/queries",
                                     .query = o->query,
                                     .headers = headers,
                                     .timeout_ms = CLIENT_FOREVER};
    for (;;) {
        struct client_reply reply;
        f.any = false;
        enum err e = client_follow(client, &request, on_event, &f, &reply);
        bool again = f.any && f.last[0] && reply.status == 200 && !ferror(stdout);
        int status = CLI_EXIT_NO;
        if (!again && e == ERR_OK && reply.status == 200)
            fprintf(stderr, COMMAND ": %s ended the log\n", client_where(client));
        else if (!again)
            status = event_complain(client, COMMAND, &reply);
        client_reply_deinit(&reply);
        if (!again)
            return status;
        snprintf(resume, sizeof(resume), "Last-Event-ID: %s", f.last);
        headers[0] = resume;
        /* Of the time in between as much as there is. */
        json_object_del(o->query, "limit");
    }
}

static int show(struct client *client, const struct event_options *o)
{
    const struct client_request request = {
        .method = API_GET, .path = "/v1/queries", .query = o->query};
    struct client_reply reply;
    int status = CLI_EXIT_OK;
    enum err e = client_request(client, &request, &reply);
    if (e != ERR_OK || reply.status != 200) {
        status = event_complain(client, COMMAND, &reply);
    } else {
        for (size_t i = 0; i < json_array_size(reply.json); i++)
            event_print(o, json_array_get(reply.json, i));
    }
    client_reply_deinit(&reply);
    return status;
}

static int run(const struct event_options *o, bool following)
{
    struct client *client;
    int status = client_open(&client, &o->client, COMMAND);
    if (status == CLI_EXIT_OK)
        status = following ? follow(client, o) : show(client, o);
    client_free(client);
    return status;
}

/* False ends the command with *status. */
static bool parse(struct event_options *o, bool *following, int argc, char **argv, int *status)
{
    int option;
    optind = 0; /* from the start, whoever parsed before */
    *status = CLI_EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "fn:h" CLIENT_SHORT_OPTIONS, options, NULL)) != -1) {
        if (option == 'f') {
            *following = true;
        } else if (option == 'n') {
            event_options_set(o, "limit", optarg);
        } else if (option == 'h') {
            fputs(help, stdout);
            *status = CLI_EXIT_OK;
            return false;
        } else if (!event_option(o, option, optarg)) {
            fputs("Try `shunt log --help`.\n", stderr);
            return false;
        }
    }
    if (optind == argc)
        return true;
    fprintf(stderr, COMMAND ": unexpected argument '%s'\nTry `shunt log --help`.\n", argv[optind]);
    return false;
}

int cli_log(int argc, char **argv)
{
    struct event_options o;
    bool following = false;
    int status = CLI_EXIT_NO;
    if (event_options_init(&o) != ERR_OK)
        fputs(COMMAND ": out of memory\n", stderr);
    else if (parse(&o, &following, argc, argv, &status)) {
        if (following && !json_object_get(o.query, "limit"))
            event_options_set(&o, "limit", "10");
        status = run(&o, following);
    }
    event_options_deinit(&o);
    return status;
}
