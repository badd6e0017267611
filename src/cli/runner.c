#include "cli/runner.h"

#include <stdio.h>
#include <string.h>

#include "control/command_words.h"

#define TITLE_MAX 32 /* of "shunt NAME" */

/* A command line, sorted. */
struct line {
    const struct runner *runner;
    struct client_options options;
    const char *words[COMMAND_WORDS_MAX]; /* for command_parse; the name first */
    size_t count;
    bool json;
};

static int usage(const struct runner *runner, const char *why)
{
    fprintf(stderr, "shunt %s: %s\nTry `shunt %s --help`.\n", runner->name, why, runner->name);
    return CLI_EXIT_USAGE;
}

/* Whether `word` is the option `name`. *value is what stands in the same word, as in --name=VALUE
 * and -cFILE, or NULL. */
static bool is_option(const char *name, const char *word, const char **value)
{
    size_t len = strlen(name);
    bool is_long = name[1] == '-';
    *value = NULL;
    if (strncmp(word, name, len) != 0)
        return false;
    if (word[len] == '\0')
        return true;
    *value = is_long ? word + len + 1 : word + len;
    return !is_long || word[len] == '=';
}

/* Takes one of the options that say where the daemon is, and its value from the next word when need
 * be. *missing: there is none. */
static bool take_client_option(struct line *line, int argc, char **argv, int *i, bool *missing)
{
    static const struct {
        const char *name;
        int option;
    } names[] = {
        {"--url", CLIENT_OPTION_URL},
        {"--token", CLIENT_OPTION_TOKEN},
        {"--config", 'c'},
        {"-c", 'c'},
    };
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        const char *value;
        if (!is_option(names[n].name, argv[*i], &value))
            continue;
        if (!value && *i + 1 < argc)
            value = argv[++*i];
        *missing = !value;
        return !value || client_option(&line->options, names[n].option, value);
    }
    return false;
}

/* Sorts out what is ours; all else is for command_parse. False ends the command with *status. */
static bool sort(struct line *line, int argc, char **argv, int *status)
{
    bool only_words = false, missing = false;
    line->words[line->count++] = line->runner->name;
    *status = CLI_EXIT_USAGE;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_words && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            fputs(line->runner->help, stdout);
            *status = CLI_EXIT_OK;
            return false;
        }
        if (!only_words && strcmp(word, "--json") == 0) {
            line->json = true;
            continue;
        }
        if (!only_words && take_client_option(line, argc, argv, &i, &missing)) {
            if (missing)
                usage(line->runner, "an option needs a value behind it");
            if (missing)
                return false;
            continue;
        }
        only_words = only_words || strcmp(word, "--") == 0;
        if (line->count == COMMAND_WORDS_MAX) {
            usage(line->runner, "there are too many words");
            return false;
        }
        line->words[line->count++] = word;
    }
    return true;
}

static void print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
}

/* What was typed cannot be right, as the daemon noticed: else it is a no. */
static int refusal_status(const struct client_reply *reply)
{
    return reply->status == 400 ? CLI_EXIT_USAGE : CLI_EXIT_NO;
}

static int show(const struct line *line, const struct command *command,
                const struct client_reply *reply)
{
    const struct runner *runner = line->runner;
    struct runner_reply r = {.request = command, .json = reply->json};
    bool refused = reply->status >= 400;
    int status = refused ? refusal_status(reply) : CLI_EXIT_OK;
    if (refused && runner->print_refusal)
        runner->print_refusal(&r);
    if (!refused)
        status = runner->print(&r);
    if (line->json)
        print_json(reply->json);
    else
        fputs(r.out.data ? r.out.data : "", stdout);
    fflush(stdout);
    if (!line->json)
        fputs(r.warnings.data ? r.warnings.data : "", stderr);
    if (r.out.failed || r.warnings.failed) {
        fprintf(stderr, "shunt %s: out of memory\n", runner->name);
        status = CLI_EXIT_NO;
    }
    text_deinit(&r.out);
    text_deinit(&r.warnings);
    return status;
}

static const char *command_title(const struct line *line, char out[TITLE_MAX])
{
    snprintf(out, TITLE_MAX, "shunt %s", line->runner->name);
    return out;
}

static int ask(const struct line *line, struct client *client, const struct command *command)
{
    const struct client_request request = {
        .method = command->method,
        .path = command->path,
        .query = command->query,
        .body = command->body,
        .timeout_ms = line->runner->timeout_ms,
    };
    struct client_reply reply;
    char title[TITLE_MAX];
    int status = CLI_EXIT_NO;
    command_title(line, title);
    enum err e = client_request(client, &request, &reply);
    if (e != ERR_OK || !json_is_object(reply.json)) {
        client_complain(client, title, &reply);
    } else {
        status = show(line, command, &reply);
        if (reply.status >= 400)
            client_complain(client, title, &reply);
    }
    client_reply_deinit(&reply);
    return status;
}

static int run(const struct line *line, const struct command *command)
{
    struct client *client;
    char title[TITLE_MAX];
    int status = client_open(&client, &line->options, command_title(line, title));
    if (status == CLI_EXIT_OK)
        status = ask(line, client, command);
    client_free(client);
    return status;
}

int runner_run(const struct runner *runner, int argc, char **argv)
{
    struct line line = {.runner = runner};
    struct command command;
    struct text why = {0};
    int status;
    if (!sort(&line, argc, argv, &status))
        return status;
    if (command_parse(&command, line.count, line.words, &why) == ERR_OK) {
        status = run(&line, &command);
        command_deinit(&command);
    } else {
        status = usage(runner, why.data ? why.data : "out of memory");
    }
    text_deinit(&why);
    return status;
}
