#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct cli_command commands[] = {
    {"serve", "run the DNS proxy in the foreground", cli_serve},
    {"check", "check the configuration and its policy", cli_check},
    {"status", "what runs, since when, and how it does", cli_status},
    {"query", "ask the running daemon, or any server", cli_query},
    {"explain", "the order and odds in which clients try the targets of a domain", cli_explain},
    {"target", "list targets, change them while running, let them fail", cli_target},
    {"fault", "list, add and remove faults of DNS itself", cli_fault},
    {"scenario", "run a scenario of the configuration, and steer it", cli_scenario},
    {"reset", "drop every change made while running", cli_reset},
    {"reload", "have the files read again", cli_reload},
    {"cache", "count, show or flush what is kept of upstream's answers", cli_cache},
    {"log", "who asked what and was told what", cli_log},
    {"wait", "wait until somebody has looked something up", cli_wait},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fprintf(to, "shunt diverts XMPP DNS lookups: a caching DNS proxy with a policy of its own.\n\n"
                "Usage: shunt COMMAND [OPTION]...\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(to,
            "\n`shunt COMMAND --help` lists the options of a command; `man shunt` says more.\n");
}

static int unknown(const char *word)
{
    if (*word == '-') {
        fprintf(stderr, "shunt: \"%s\" comes before a command: options stand behind it\n", word);
        fprintf(stderr, "Try `shunt --help`.\n");
        return CLI_EXIT_USAGE;
    }
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = text_nearest(word, names, COMMANDS);
    fprintf(stderr, "shunt: there is no command '%s'", word);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, "\nTry `shunt --help`.\n");
    return CLI_EXIT_USAGE;
}

/* getopt's own messages begin with argv[0]. */
static int run_command(const struct cli_command *command, int argc, char **argv)
{
    char title[32];
    snprintf(title, sizeof(title), "shunt %s", command->name);
    argv[0] = title;
    return command->run(argc, argv);
}

int cli_run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return CLI_EXIT_OK;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("shunt %s\n", SHUNT_VERSION);
        return CLI_EXIT_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i].name) == 0)
            return run_command(&commands[i], argc - 1, argv + 1);
    }
    return unknown(word);
}
