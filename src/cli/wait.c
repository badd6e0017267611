/* shunt wait: until somebody has looked something up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/event_options.h"

#define COMMAND  "shunt wait"
#define GRACE_MS 10000 /* beyond the time-out, for the daemon to say that it is over */

static const char help[] =
    "Usage: shunt wait [OPTION]... --timeout TIME\n"
    "Wait until the running daemon has answered a lookup that fits, and print it. Lookups since\n"
    "the last change made while running count too, so that a client that was faster than this\n"
    "command is seen.\n\n"
    "      --timeout TIME   give up after that: 10s, 5m; at most 1h\n"
    "      --count N        wait for so many lookups (default 1)\n" EVENT_HELP
    "      --json           print the count and the lookups as one JSON object\n" CLIENT_HELP
    "  -h, --help           this text\n\n"
    "Exit status: 0 they were seen, 1 they were not, or no daemon answers, 2 wrong usage.\n";

enum { OPTION_TIMEOUT = 256, OPTION_COUNT };

static const struct option options[] = {
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"count", required_argument, NULL, OPTION_COUNT},
    EVENT_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print(const struct event_options *o, const json_t *reply)
{
    const json_t *events = json_object_get(reply, "events");
    if (o->json) {
        json_dumpf(reply, stdout, JSON_COMPACT);
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < json_array_size(events); i++)
        event_print(o, json_array_get(events, i));
}

static int ask(struct client *client, const struct event_options *o, uint64_t timeout)
{
    const struct client_request request = {
        .method = API_GET, .path = "/v1/wait", .query = o->query, .timeout_ms = timeout + GRACE_MS};
    struct client_reply reply;
    int status = CLI_EXIT_OK;
    enum err e = client_request(client, &request, &reply);
    if (e == ERR_OK && reply.status == 200)
        print(o, reply.json);
    else
        status = event_complain(client, COMMAND, &reply);
    client_reply_deinit(&reply);
    return status;
}

static int run(const struct event_options *o, uint64_t timeout)
{
    struct client *client;
    int status = client_open(&client, &o->client, COMMAND);
    if (status == CLI_EXIT_OK)
        status = ask(client, o, timeout);
    client_free(client);
    return status;
}

/* One option; false ends the command with *status. */
static bool take(struct event_options *o, int option, const char **timeout, int *status)
{
    switch (option) {
    case OPTION_TIMEOUT:
        *timeout = optarg;
        event_options_set(o, "timeout", optarg);
        return true;
    case OPTION_COUNT:
        event_options_set(o, "count", optarg);
        return true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        if (event_option(o, option, optarg))
            return true;
        fputs("Try `shunt wait --help`.\n", stderr);
        return false;
    }
}

/* False ends the command with *status. */
static bool parse(struct event_options *o, uint64_t *timeout, int argc, char **argv, int *status)
{
    int option;
    const char *text = NULL;
    optind = 0; /* from the start, whoever parsed before */
    *status = CLI_EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "h" CLIENT_SHORT_OPTIONS, options, NULL)) != -1) {
        if (!take(o, option, &text, status))
            return false;
    }
    if (optind < argc) {
        fprintf(stderr, COMMAND ": unexpected argument '%s'\nTry `shunt wait --help`.\n",
                argv[optind]);
        return false;
    }
    if (!text) {
        fputs(COMMAND ": how long? --timeout 30s\n", stderr);
        return false;
    }
    if (text_duration(timeout, text) == ERR_OK)
        return true;
    fprintf(stderr, COMMAND ": '%s' is no time to wait: 500ms, 10s or 5m would be\n", text);
    return false;
}

int cli_wait(int argc, char **argv)
{
    struct event_options o;
    uint64_t timeout;
    int status = CLI_EXIT_NO;
    if (event_options_init(&o) != ERR_OK)
        fputs(COMMAND ": out of memory\n", stderr);
    else if (parse(&o, &timeout, argc, argv, &status))
        status = run(&o, timeout);
    event_options_deinit(&o);
    return status;
}
