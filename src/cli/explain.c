/* shunt explain: in which order, and how likely, clients try the targets of a domain. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/explain.h"

static const char help[] =
    "Usage: shunt explain DOMAIN [OPTION]...\n"
    "Show the SRV targets of a domain in the order in which RFC 2782 tries them: the chance of\n"
    "each to be the first of its priority, and the mean of its place in the whole order; for each\n"
    "service, and for direct TLS and STARTTLS as one set, as XEP-0368 has it.\n\n"
    "      --service S      only xmpp-client, xmpps-client, xmpp-server or xmpps-server\n"
    "      --client ADDR    as the daemon answers this client\n"
    "  -s, --server ADDR    ask this DNS server and not the daemon: ADDR, ADDR:PORT, tcp://ADDR\n"
    "      --json           print one line of JSON\n" CLIENT_HELP
    "  -h, --help           this text\n"
    "\nExample: shunt explain lab.example --client 10.5.0.20\n"
    "         shunt explain example.com --server 192.0.2.53 --service xmpp-client\n"
    "\nExit status: 0 there are targets, 1 there are none, 2 wrong usage.\n";

enum { OPTION_SERVICE = 256, OPTION_CLIENT, OPTION_JSON };

static const struct option options[] = {
    {"service", required_argument, NULL, OPTION_SERVICE},
    {"client", required_argument, NULL, OPTION_CLIENT},
    {"server", required_argument, NULL, 's'},
    {"json", no_argument, NULL, OPTION_JSON},
    CLIENT_LONG_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct explain_options {
    struct explain_source source;
    const char *domain, *service;
    bool json;
};

/* One option; false ends the command with *status. */
static bool take_option(struct explain_options *o, int option, int *status)
{
    if (client_option(&o->source.daemon, option, optarg))
        return true;
    switch (option) {
    case OPTION_SERVICE:
        o->service = optarg;
        return true;
    case OPTION_CLIENT:
        o->source.asker = optarg;
        return true;
    case 's':
        o->source.server = optarg;
        return true;
    case OPTION_JSON:
        o->json = true;
        return true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        fputs("Try `shunt explain --help`.\n", stderr);
        return false;
    }
}

static bool parse(struct explain_options *out, int argc, char **argv, int *status)
{
    int option;
    *out = (struct explain_options){0};
    *status = CLI_EXIT_USAGE;
    optind = 0; /* from the start, whoever parsed before */
    while ((option = getopt_long(argc, argv, CLIENT_SHORT_OPTIONS "s:h", options, NULL)) != -1) {
        if (!take_option(out, option, status))
            return false;
    }
    if (argc - optind == 1) {
        out->domain = argv[optind];
        return true;
    }
    fprintf(stderr, "shunt explain: %s\nTry `shunt explain --help`.\n",
            optind == argc ? "which DOMAIN?" : "one DOMAIN at a time");
    return false;
}

/* -1: all; -2 when there is no such service. */
static int find_service(const char *word)
{
    const char *names[POLICY_SERVICES];
    for (int s = 0; s < POLICY_SERVICES; s++) {
        names[s] = policy_service_name((enum policy_service)s);
        if (word && strcmp(names[s], word) == 0)
            return s;
    }
    if (!word)
        return -1;
    const char *near = text_nearest(word, names, POLICY_SERVICES);
    fprintf(stderr, "shunt explain: there is no service '%s': %s%s%s\n", word,
            near ? "did you mean '" : "it is one of xmpp-client, xmpps-client, xmpp-server, ",
            near ? near : "xmpps-server", near ? "'?" : "");
    return -2;
}

static int print(const struct explain_options *o, const struct explain *explain)
{
    struct text out = {0};
    json_t *json = o->json ? explain_json(explain) : NULL;
    bool failed = o->json && !json;
    if (o->json)
        json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    else
        explain_print(explain, &out);
    printf("%s%s", out.data ? out.data : "", o->json ? "\n" : "");
    failed = failed || out.failed;
    text_deinit(&out);
    json_decref(json);
    if (failed)
        fputs("shunt explain: out of memory\n", stderr);
    return !failed && explain_has_targets(explain) ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static int run(const struct explain_options *o, struct explain *explain)
{
    int status = explain_ask(explain, &o->source);
    if (status != CLI_EXIT_OK)
        return status;
    if (explain_compute(explain) == ERR_OK)
        return print(o, explain);
    fputs("shunt explain: out of memory\n", stderr);
    return CLI_EXIT_NO;
}

int cli_explain(int argc, char **argv)
{
    struct explain_options o;
    struct explain explain;
    struct dns_name domain;
    int status;
    if (!parse(&o, argc, argv, &status))
        return status;
    int service = find_service(o.service);
    if (service < -1)
        return CLI_EXIT_NO;
    if (policy_name_from_user(&domain, o.domain) != ERR_OK) {
        fprintf(stderr, "shunt explain: '%s' is no domain name\n", o.domain);
        return CLI_EXIT_USAGE;
    }
    explain_init(&explain, &domain, service);
    status = run(&o, &explain);
    explain_deinit(&explain);
    return status;
}
