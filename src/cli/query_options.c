#include "cli/query_options.h"

#include <ctype.h>
#include <getopt.h>
#include <ldns/ldns.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/text.h"
#include "cli/cli.h"
#include "config/config.h"
#include "policy/model.h"

#define DEFAULT_TIMEOUT 5000 /* ms */

static const char help[] =
    "Usage: shunt query [OPTION]... NAME [TYPE]\n"
    "Ask a DNS server, by default our own, and print its reply as dig does.\n\n"
    "TYPE is A by default, and SRV for a name that begins with a service "
    "(_xmpp-client._tcp...).\n\n"
    "  -s, --server ADDR    ask this server: ADDR, ADDR:PORT or [ADDR6]:PORT; also @ADDR\n"
    "                       (default: the first listen address of the configuration)\n"
    "      --client ADDR    ask the running daemon what a client at this address is told, and\n"
    "                       which view and rule say so\n" CLIENT_HELP
    "      --tcp            ask over TCP at once\n"
    "      --class CLASS    IN by default; CH for version.bind and id.server\n"
    "      --dnssec         set the DO bit: signatures wanted\n"
    "      --cd             set the CD bit: no validation wanted\n"
    "      --norecurse      do not set the RD bit\n"
    "      --no-edns        send no OPT record\n"
    "      --timeout TIME   wait so long for a reply (default 5s)\n"
    "      --short          print the values of the answer only\n"
    "      --json           print the reply as one line of JSON\n"
    "  -h, --help           this text\n\n"
    "Exit status: 0 a reply with data, 1 none, 2 wrong usage.\n";

enum {
    OPTION_TCP = 256,
    OPTION_CLIENT,
    OPTION_CLASS,
    OPTION_DNSSEC,
    OPTION_CD,
    OPTION_NORECURSE,
    OPTION_NO_EDNS,
    OPTION_TIMEOUT,
    OPTION_SHORT,
    OPTION_JSON,
};

static const struct option options[] = {
    {"server", required_argument, NULL, 's'},
    {"client", required_argument, NULL, OPTION_CLIENT},
    {"tcp", no_argument, NULL, OPTION_TCP},
    {"class", required_argument, NULL, OPTION_CLASS},
    {"dnssec", no_argument, NULL, OPTION_DNSSEC},
    {"cd", no_argument, NULL, OPTION_CD},
    {"norecurse", no_argument, NULL, OPTION_NORECURSE},
    {"no-edns", no_argument, NULL, OPTION_NO_EDNS},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"short", no_argument, NULL, OPTION_SHORT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    CLIENT_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

static bool wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static bool wrong(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("shunt query: ", stderr);
    vfprintf(stderr, fmt, args);
    fputs("\nTry `shunt query --help`.\n", stderr);
    va_end(args);
    return false;
}

static bool take_class(struct query_options *o, const char *text)
{
    ldns_rr_class class = ldns_get_rr_class_by_name(text);
    if (class == 0)
        return wrong("there is no class '%s'; IN and CH are in use", text);
    o->request.question.class = (uint16_t) class;
    return true;
}

static bool take_timeout(struct query_options *o, const char *text)
{
    enum err e = text_duration(&o->request.timeout_ms, text);
    if (e != ERR_OK || o->request.timeout_ms == 0)
        return wrong("'%s' is no time to wait: 500ms or 5s would be", text);
    return true;
}

/* One option; false ends the command with *status. */
static bool take_option(struct query_options *o, int option, int *status)
{
    struct exchange_request *r = &o->request;
    if (client_option(&o->daemon, option, optarg))
        return true;
    switch (option) {
    case 's':
        o->server = optarg;
        return true;
    case OPTION_CLIENT:
        o->client = optarg;
        return true;
    case OPTION_TCP:
        return r->tcp = true;
    case OPTION_CLASS:
        return take_class(o, optarg);
    case OPTION_DNSSEC:
        return r->question.dnssec_ok = true;
    case OPTION_CD:
        return r->question.checking_off = true;
    case OPTION_NORECURSE:
        r->question.recursion = false;
        return true;
    case OPTION_NO_EDNS:
        r->edns = false;
        return true;
    case OPTION_TIMEOUT:
        return take_timeout(o, optarg);
    case OPTION_SHORT:
        o->format = QUERY_FORMAT_SHORT;
        return true;
    case OPTION_JSON:
        o->format = QUERY_FORMAT_JSON;
        return true;
    case 'h':
        fputs(help, stdout);
        *status = CLI_EXIT_OK;
        return false;
    default:
        fputs("Try `shunt query --help`.\n", stderr);
        return false;
    }
}

/* @ADDR, NAME, TYPE. */
static bool take_word(struct query_options *o, const char *word)
{
    if (word[0] == '@')
        o->server = word + 1;
    else if (!o->name)
        o->name = word;
    else if (!o->type)
        o->type = word;
    else
        return wrong("unexpected argument '%s': one NAME and one TYPE at a time", word);
    return true;
}

/* A service asks for SRV: `_` and a letter; `_5222._tcp` is where TLSA records are. */
static uint16_t default_type(const char *name)
{
    return name[0] == '_' && isalpha((unsigned char)name[1]) ? DNS_TYPE_SRV : DNS_TYPE_A;
}

static bool take_type(struct query_options *o)
{
    struct dns_question *q = &o->request.question;
    q->type = default_type(o->name);
    if (!o->type || dns_type_from_text(&q->type, o->type) == ERR_OK)
        return true;
    ldns_rr_type type = ldns_get_rr_type_by_name(o->type);
    if (type == 0)
        return wrong("there is no type '%s'; SRV, A, AAAA or TYPE65280 would be one", o->type);
    q->type = (uint16_t)type;
    return true;
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

/* The case is kept, so that one sees whether the server keeps it. */
static bool take_name(struct query_options *o)
{
    struct dns_name *out = &o->request.question.name;
    enum err e =
        is_ascii(o->name) ? dns_name_from_text(out, o->name) : policy_name_from_user(out, o->name);
    if (e == ERR_RANGE)
        return wrong("'%s' is too long for a domain name", o->name);
    if (e != ERR_OK)
        return wrong("'%s' is no domain name", o->name);
    return true;
}

static bool take_server(struct query_options *o)
{
    struct endpoint server;
    if (!o->server)
        return true;
    if (endpoint_parse(&server, o->server) != ERR_OK)
        return wrong("'%s' is no server: an address is, 127.0.0.1, 127.0.0.1:5354 or [::1]:5354",
                     o->server);
    if (server.transport == ENDPOINT_TLS)
        return wrong("'%s': this command asks over UDP and TCP only", o->server);
    o->request.server = server.addr;
    o->request.tcp = o->request.tcp || server.transport == ENDPOINT_TCP;
    return true;
}

static bool complete(struct query_options *o)
{
    if (!o->name)
        return wrong("which NAME?");
    if (o->request.question.dnssec_ok && !o->request.edns)
        return wrong("--dnssec needs EDNS: it does not go with --no-edns");
    if (o->client && o->server)
        return wrong("--client asks our own daemon: it does not go with --server");
    return take_name(o) && take_type(o) && take_server(o);
}

bool query_options_parse(struct query_options *out, int argc, char **argv, int *status)
{
    *out = (struct query_options){
        .request = {.edns = true,
                    .timeout_ms = DEFAULT_TIMEOUT,
                    .question = {.class = DNS_CLASS_IN, .recursion = true}},
    };
    *status = CLI_EXIT_USAGE;
    int option;
    optind = 0; /* from the start, whoever parsed before */
    while ((option = getopt_long(argc, argv, "s:h" CLIENT_SHORT_OPTIONS, options, NULL)) != -1) {
        if (!take_option(out, option, status))
            return false;
    }
    for (int i = optind; i < argc; i++) {
        if (!take_word(out, argv[i]))
            return false;
    }
    return complete(out);
}
