/* shunt check: what is wrong with a configuration, or odd about it, and what is in force. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "daemon/setup.h"

static const char help[] =
    "Usage: shunt check [OPTION]...\n"
    "Check the configuration and its policy, without serving it.\n\n"
    "  -c, --config FILE    configuration (default $SHUNT_CONFIG, else " CONFIG_DEFAULT_FILE ")\n"
    "  -r, --record RECORD  add a zone-file line to the policy; may be repeated\n"
    "      --strict         a warning fails the check too\n"
    "      --dump           print the policy in force as zone-file lines\n"
    "      --json           print findings and counts as JSON\n"
    "  -h, --help           this text\n\n"
    "Exit status: 0 nothing wrong, 1 something is, 2 wrong usage.\n";

enum { OPTION_STRICT = 256, OPTION_DUMP, OPTION_JSON };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"record", required_argument, NULL, 'r'},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"dump", no_argument, NULL, OPTION_DUMP},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct check {
    const char *file;
    const char *records[256];
    size_t record_count;
    bool strict, dump, json;
};

/* One option; false ends the command with *status. */
static bool take_option(int option, struct check *c, int *status)
{
    *status = CLI_EXIT_USAGE;
    switch (option) {
    case 'c':
        c->file = optarg;
        return true;
    case 'r':
        if (c->record_count == sizeof(c->records) / sizeof(c->records[0])) {
            fprintf(stderr, "shunt check: more than %zu times --record\n", c->record_count);
            return false;
        }
        c->records[c->record_count++] = optarg;
        return true;
    case OPTION_STRICT:
        return c->strict = true;
    case OPTION_DUMP:
        return c->dump = true;
    case OPTION_JSON:
        return c->json = true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        fputs("Try `shunt check --help`.\n", stderr);
        return false;
    }
}

/* The lines of the policy as an array of strings; cuts `dump` into them. */
static void dump_json(char *dump, struct text *out)
{
    char *rest = NULL;
    const char *between = "";
    text_add(out, ", \"dump\": [");
    for (char *line = strtok_r(dump, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        text_add(out, between);
        text_add_json(out, line);
        between = ", ";
    }
    text_add(out, "]");
}

static void summary_json(const struct policy_counts *n, const struct diag_list *diags, bool good,
                         char *dump, struct text *out)
{
    text_addf(out, "{\"ok\": %s, \"errors\": %zu, \"warnings\": %zu, ", good ? "true" : "false",
              diags->errors, diags->warnings);
    text_addf(out,
              "\"policy\": {\"domains\": %zu, \"services\": %zu, \"hosts\": %zu, \"records\": %zu, "
              "\"names\": %zu}, \"findings\": ",
              n->domains, n->services, n->hosts, n->records, n->owners);
    diag_list_print_json(diags, out);
    if (dump)
        dump_json(dump, out);
    text_add(out, "}\n");
}

static void summary_text(const struct check *c, const struct policy_counts *n,
                         const struct diag_list *diags, bool good, struct text *out)
{
    diag_list_print(diags, out);
    const char *name = c->file ? c->file : "built-in defaults";
    if (!good) {
        text_addf(out, "%s: errors: %zu, warnings: %zu\n", name, diags->errors, diags->warnings);
        return;
    }
    text_addf(out,
              "%s: good; domains: %zu, services: %zu, hosts: %zu, records: %zu, warnings: %zu\n",
              name, n->domains, n->services, n->hosts, n->records, diags->warnings);
}

/* What is in force for clients in no view, and then for each view. */
static enum err dump_all(const struct resolve_settings *settings, struct text *out)
{
    enum err e = policy_dump(settings->policy, out);
    for (size_t i = 0; i < settings->view_count && e == ERR_OK; i++) {
        text_addf(out, "\n; view %s\n", settings->views[i].name);
        e = policy_dump(settings->views[i].policy, out);
    }
    return e;
}

static bool print(const struct check *c, const struct setup *setup, const struct diag_list *diags,
                  bool good)
{
    struct text findings = {0};
    struct text dump = {0};
    struct policy_counts n = {0};
    if (setup->settings)
        policy_counts(setup->settings->policy, &n);
    if (c->dump && setup->settings && dump_all(setup->settings, &dump) != ERR_OK)
        dump.failed = true;
    if (c->json)
        summary_json(&n, diags, good, dump.data, &findings);
    else
        summary_text(c, &n, diags, good, &findings);
    /* With --dump as text, standard output is the policy alone. */
    bool apart = c->dump && !c->json;
    if (apart)
        fputs(dump.data ? dump.data : "", stdout);
    fputs(findings.data ? findings.data : "", apart ? stderr : stdout);
    bool whole = !findings.failed && !dump.failed;
    text_deinit(&findings);
    text_deinit(&dump);
    return whole;
}

/* What serve would find besides: servers that are the daemon itself. resolv.conf is left alone, for
 * it may be another machine's that the configuration is meant for. */
static enum err check_routes(const struct config *config, struct diag_list *diags)
{
    struct setup_routes routes;
    enum err e = setup_routes(&routes, config, NULL, config->listen, config->listen_count, diags);
    if (e == ERR_OK)
        setup_routes_deinit(&routes);
    return e;
}

static int check_run(struct check *c)
{
    struct config_overrides overrides = {.records = c->records, .record_count = c->record_count};
    struct diag_list diags = {0};
    struct setup setup;
    struct hash_key key;
    uint32_t numbers = 1;
    hash_key_init(&key);
    enum err e = setup_load(&setup, c->file, &overrides, &key, &numbers, &diags);
    bool loaded = e == ERR_OK;
    if (loaded)
        e = check_routes(&setup.config, &diags);
    bool good = e == ERR_OK && !(c->strict && diags.warnings > 0);
    if (e != ERR_OK && diags.errors == 0)
        fprintf(stderr, "shunt check: %s\n", err_text(e));
    if (!print(c, &setup, &diags, good))
        good = false;
    if (loaded)
        setup_deinit(&setup);
    diag_list_deinit(&diags);
    return good ? CLI_EXIT_OK : CLI_EXIT_NO;
}

int cli_check(int argc, char **argv)
{
    struct check c = {0};
    int option, status;
    while ((option = getopt_long(argc, argv, "c:r:h", options, NULL)) != -1) {
        if (!take_option(option, &c, &status))
            return status;
    }
    if (optind < argc) {
        fprintf(stderr, "shunt check: unexpected argument '%s'\nTry `shunt check --help`.\n",
                argv[optind]);
        return CLI_EXIT_USAGE;
    }
    c.file = config_file(c.file);
    return check_run(&c);
}
