/* shunt scenario: runs a scenario of the daemon's configuration, and steers it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scenario_print.h"
#include "cli/scenario_run.h"

#define COMMAND "shunt scenario"

static const char help[] =
    "Usage: shunt scenario list\n"
    "       shunt scenario run NAME [--seed N] [--junit FILE]\n"
    "       shunt scenario next | pause | resume | stop\n"
    "       shunt scenario status [NAME]\n"
    "Run a scenario of the configuration, wait for its end, and report who looked up what after\n"
    "each change, and whether what it expects held. Its changes are taken back at the end, and\n"
    "when this command is interrupted.\n\n"
    "      --seed N         of the faults' draws: the same seed repeats a run\n"
    "      --junit FILE     write the report as JUnit XML, too\n"
    "      --json           print JSON\n" CLIENT_HELP "  -h, --help           this text\n\n"
    "Exit status: 0 done, and everything held; 1 something failed, it was stopped, there is no\n"
    "such scenario, another one runs, or no daemon answers; 2 wrong usage.\n";

enum { OPTION_SEED = 256, OPTION_JUNIT, OPTION_JSON };

static const struct option long_options[] = {
    CLIENT_LONG_OPTIONS,
    {"seed", required_argument, NULL, OPTION_SEED},
    {"junit", required_argument, NULL, OPTION_JUNIT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_list(const json_t *json, struct text *out)
{
    size_t i;
    json_t *summary;
    json_array_foreach(json_object_get(json, "scenarios"), i, summary)
        scenario_print_summary(summary, out);
    if (!out->data)
        text_add(out, "the configuration has no scenarios\n");
}

static void print_current(const json_t *json, struct text *out)
{
    const json_t *current = json_object_get(json, "current");
    if (json_is_object(current))
        scenario_print_report(current, out);
    else
        text_add(out, "no scenario has run\n");
}

static void print_done(const json_t *json, struct text *out)
{
    text_addf(out, "%s: %s\n", scenario_text(json, "name"), scenario_text(json, "state"));
}

/* The words behind `shunt scenario`. */
struct action {
    const char *word;
    enum api_method method;
    const char *path; /* with a name: NAME is put behind it */
    bool takes_name, needs_name;
    void (*print)(const json_t *json, struct text *out);
};

static const struct action actions[] = {
    {"list", API_GET, "/v1/scenarios", false, false, print_list},
    {"run", API_POST, NULL, true, true, NULL},
    {"next", API_POST, "/v1/scenarios/current/next", false, false, print_done},
    {"pause", API_POST, "/v1/scenarios/current/pause", false, false, print_done},
    {"resume", API_POST, "/v1/scenarios/current/resume", false, false, print_done},
    {"stop", API_POST, "/v1/scenarios/current/stop", false, false, print_done},
    {"status", API_GET, "/v1/scenarios", true, false, print_current},
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static void print(const struct action *action, const struct scenario_options *options,
                  const json_t *json, bool named)
{
    struct text out = {0};
    if (options->json) {
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        return;
    }
    if (named)
        scenario_print_report(json, &out);
    else
        action->print(json, &out);
    fputs(out.data ? out.data : "", stdout);
    text_deinit(&out);
}

static int ask(struct client *client, const struct action *action,
               const struct scenario_options *options, const char *name)
{
    char path[API_PATH_MAX];
    struct client_reply reply;
    int status = CLI_EXIT_OK;
    snprintf(path, sizeof(path), "%s%s%s", action->path, name ? "/" : "", name ? name : "");
    const struct client_request request = {.method = action->method, .path = path};
    enum err e = client_request(client, &request, &reply);
    if (e == ERR_OK && reply.status == 200) {
        print(action, options, reply.json, name != NULL);
    } else {
        client_complain(client, COMMAND, &reply);
        status = CLI_EXIT_NO;
    }
    client_reply_deinit(&reply);
    return status;
}

static int run(const struct action *action, const struct scenario_options *options,
               const char *name)
{
    struct client *client;
    int status = client_open(&client, &options->client, COMMAND);
    if (status == CLI_EXIT_OK && action->path)
        status = ask(client, action, options, name);
    else if (status == CLI_EXIT_OK)
        status = scenario_run(client, options, name);
    client_free(client);
    return status;
}

/* One option; false ends the command with *status. */
static bool take_option(struct scenario_options *o, int option, int *status)
{
    *status = CLI_EXIT_USAGE;
    switch (option) {
    case OPTION_SEED:
        if (text_number(&o->seed, optarg, INT64_MAX) != ERR_OK) {
            fprintf(stderr, COMMAND ": --seed takes a number from 0, not '%s'\n", optarg);
            return false;
        }
        return o->has_seed = true;
    case OPTION_JUNIT:
        o->junit = optarg;
        return true;
    case OPTION_JSON:
        return o->json = true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        if (client_option(&o->client, option, optarg))
            return true;
        fputs("Try `shunt scenario --help`.\n", stderr);
        return false;
    }
}

static const struct action *find_action(const char *word)
{
    const char *words[ACTIONS];
    for (size_t i = 0; i < ACTIONS; i++) {
        words[i] = actions[i].word;
        if (strcmp(word, words[i]) == 0)
            return &actions[i];
    }
    const char *near = text_nearest(word, words, ACTIONS);
    fprintf(stderr, COMMAND ": there is no command '%s'", word);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fputs("\nTry `shunt scenario --help`.\n", stderr);
    return NULL;
}

/* What `words` say: the action and its name; NULL for wrong usage, which was said. */
static const struct action *read_words(const struct scenario_options *o, int count, char **words)
{
    if (count == 0) {
        fputs(help, stderr);
        return NULL;
    }
    const struct action *action = find_action(words[0]);
    if (!action)
        return NULL;
    if (count > (action->takes_name ? 2 : 1)) {
        fprintf(stderr, COMMAND " %s: unexpected argument '%s'\n", action->word, words[count - 1]);
        return NULL;
    }
    if (action->needs_name && count < 2) {
        fprintf(stderr, COMMAND " %s: which one? `shunt scenario list` lists them\n", action->word);
        return NULL;
    }
    if (count == 2 && (words[1][0] == '\0' || strchr(words[1], '/'))) {
        fprintf(stderr, COMMAND " %s: '%s' is no name of a scenario\n", action->word, words[1]);
        return NULL;
    }
    if (action->path && (o->has_seed || o->junit)) {
        fprintf(stderr, COMMAND " %s: --seed and --junit belong to run\n", action->word);
        return NULL;
    }
    return action;
}

int cli_scenario(int argc, char **argv)
{
    struct scenario_options options = {0};
    int option, status;
    optind = 0; /* from the start, whoever parsed before */
    while ((option = getopt_long(argc, argv, "h" CLIENT_SHORT_OPTIONS, long_options, NULL)) != -1) {
        if (!take_option(&options, option, &status))
            return status;
    }
    const struct action *action = read_words(&options, argc - optind, argv + optind);
    if (!action)
        return CLI_EXIT_USAGE;
    return run(action, &options, argc - optind == 2 ? argv[optind + 1] : NULL);
}
