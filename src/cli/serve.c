/* shunt serve: options into struct daemon_options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "daemon/daemon.h"

#define REPEAT_MAX 256 /* times that one option may be given */

static const char help[] =
    "Usage: shunt serve [OPTION]...\n"
    "Run the DNS proxy in the foreground.\n\n"
    "  -c, --config FILE    configuration (default $SHUNT_CONFIG, else " CONFIG_DEFAULT_FILE ")\n"
    "  -l, --listen ADDR    listen here and not where the file says; may be repeated\n"
    "  -u, --upstream ADDR  ask this server by default; may be repeated\n"
    "  -r, --record RECORD  add a zone-file line to the policy; may be repeated\n"
    "      --seed N         what the shares of faults draw from: the same N, the same draws\n"
    "  -v, --verbose        log more\n"
    "  -h, --help           this text\n\n"
    "Exit status: 0 stopped by a signal, 1 configuration, 2 network, 3 files, 4 memory, 5 other.\n";

enum { OPTION_SEED = 256 };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"listen", required_argument, NULL, 'l'},
    {"upstream", required_argument, NULL, 'u'},
    {"record", required_argument, NULL, 'r'},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* The words of an option that may be repeated. */
struct words {
    const char *list[REPEAT_MAX];
    size_t count;
};

static bool words_add(struct words *w, const char *word, const char *option)
{
    if (w->count == REPEAT_MAX) {
        fprintf(stderr, "shunt serve: more than %d times --%s\n", REPEAT_MAX, option);
        return false;
    }
    w->list[w->count++] = word;
    return true;
}

struct serve_words {
    struct words listen, upstream, record;
};

static bool take_seed(struct daemon_options *out, const char *text)
{
    out->has_seed = text_number(&out->seed, text, UINT64_MAX) == ERR_OK;
    if (!out->has_seed)
        fprintf(stderr, "shunt serve: '%s' is no seed: a number from 0 on would be\n", text);
    return out->has_seed;
}

/* One option; false ends the command with *status. */
static bool take_option(int option, struct daemon_options *out, struct serve_words *words,
                        int *status)
{
    *status = CLI_EXIT_USAGE;
    switch (option) {
    case 'c':
        out->file = optarg;
        return true;
    case 'l':
        return words_add(&words->listen, optarg, "listen");
    case 'u':
        return words_add(&words->upstream, optarg, "upstream");
    case 'r':
        return words_add(&words->record, optarg, "record");
    case OPTION_SEED:
        return take_seed(out, optarg);
    case 'v':
        out->overrides.verbose++;
        return true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        fputs("Try `shunt serve --help`.\n", stderr);
        return false;
    }
}

int cli_serve(int argc, char **argv)
{
    struct daemon_options out = {0};
    struct serve_words words = {0};
    int option, status;
    while ((option = getopt_long(argc, argv, "c:l:u:r:vh", options, NULL)) != -1) {
        if (!take_option(option, &out, &words, &status))
            return status;
    }
    if (optind < argc) {
        fprintf(stderr, "shunt serve: unexpected argument '%s'\nTry `shunt serve --help`.\n",
                argv[optind]);
        return CLI_EXIT_USAGE;
    }
    out.file = config_file(out.file);
    out.overrides.listen = words.listen.list;
    out.overrides.listen_count = words.listen.count;
    out.overrides.servers = words.upstream.list;
    out.overrides.server_count = words.upstream.count;
    out.overrides.records = words.record.list;
    out.overrides.record_count = words.record.count;
    return (int)daemon_run(&out);
}
