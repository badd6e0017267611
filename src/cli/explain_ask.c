/* The questions of `shunt explain`: to the daemon, which answers as it would answer a client, or to
 * any server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/hex.h"
#include "cli/cli.h"
#include "cli/exchange.h"
#include "cli/explain.h"

#define COMMAND    "shunt explain"
#define TIMEOUT_MS 5000 /* for each question to a server */

/* Where the questions go. */
struct asker {
    const struct explain_source *source;
    struct client *client; /* NULL: to `request.server` */
    struct exchange_request request;
    struct exchange_reply *reply; /* 64 KiB */
};

static int ask_daemon(struct asker *asker, const struct dns_name *owner, struct explain_set *set)
{
    char name[DNS_NAME_TEXT_MAX];
    struct client_reply reply;
    struct client_request request = {.method = API_GET, .path = "/v1/query"};
    request.query = json_pack("{s:s, s:s, s:s*}", "name", dns_name_to_text(owner, name), "type",
                              "SRV", "client", asker->source->asker);
    enum err e = client_request(asker->client, &request, &reply);
    int status = CLI_EXIT_NO;
    if (e == ERR_OK && reply.status == 200) {
        const char *hex = json_string_value(json_object_get(reply.json, "reply"));
        size_t len = 0;
        if (hex)
            e = hex_read(hex, asker->reply->message, DNS_MESSAGE_MAX, &len);
        if (e == ERR_OK)
            e = explain_set_read(set, asker->reply->message, len);
        status = e == ERR_OK ? CLI_EXIT_OK : CLI_EXIT_NO;
    } else {
        client_complain(asker->client, COMMAND, &reply);
        status = reply.status == 400 ? CLI_EXIT_USAGE : CLI_EXIT_NO;
    }
    client_reply_deinit(&reply);
    json_decref(request.query);
    return status;
}

/* Silence is an answer of its own; anything else that goes wrong ends the command. */
static int ask_server(struct asker *asker, const struct dns_name *owner, struct explain_set *set)
{
    struct exchange_reply *reply = asker->reply;
    asker->request.question.name = *owner;
    enum err e = exchange_ask(&asker->request, reply);
    if (e == ERR_OK)
        e = explain_set_read(set, reply->message, reply->len);
    if (e == ERR_OK || e == ERR_TIMEOUT)
        return CLI_EXIT_OK;
    fprintf(stderr, COMMAND ": %s %s: %s\n", reply->where, asker->source->server,
            e == ERR_SYSTEM ? strerror(errno) : err_text(e));
    return CLI_EXIT_NO;
}

static int ask_all(struct asker *asker, struct explain *explain)
{
    int status = CLI_EXIT_OK;
    for (int s = 0; status == CLI_EXIT_OK && s < POLICY_SERVICES; s++) {
        struct explain_set *set = &explain->sets[s];
        struct dns_name owner;
        if (set->kind == EXPLAIN_NOT_ASKED)
            continue;
        if (explain_owner(explain, set->service, &owner) != ERR_OK) {
            fputs(COMMAND ": the domain is too long for a service before it\n", stderr);
            return CLI_EXIT_USAGE;
        }
        status = asker->client ? ask_daemon(asker, &owner, set) : ask_server(asker, &owner, set);
    }
    return status;
}

static int usage(const char *before, const char *word, const char *after)
{
    fprintf(stderr, COMMAND ": %s%s%s\nTry `" COMMAND " --help`.\n", before, word, after);
    return CLI_EXIT_USAGE;
}

static int take_server(struct asker *asker)
{
    const char *server = asker->source->server;
    struct endpoint endpoint;
    if (asker->source->asker)
        return usage("--client", "", " is for the daemon to answer: it does not go with --server");
    if (endpoint_parse(&endpoint, server) != ERR_OK || endpoint.transport == ENDPOINT_TLS)
        return usage("'", server,
                     "' is no server: 127.0.0.1, 127.0.0.1:5354 or tcp://[::1] would be");
    asker->request = (struct exchange_request){
        .server = endpoint.addr,
        .question = {.type = DNS_TYPE_SRV, .class = DNS_CLASS_IN, .recursion = true},
        .edns = true,
        .tcp = endpoint.transport == ENDPOINT_TCP,
        .timeout_ms = TIMEOUT_MS,
    };
    return CLI_EXIT_OK;
}

int explain_ask(struct explain *explain, const struct explain_source *source)
{
    struct asker asker = {.source = source, .reply = calloc(1, sizeof(*asker.reply))};
    int status = CLI_EXIT_NO;
    if (!asker.reply)
        fputs(COMMAND ": out of memory\n", stderr);
    else
        status = source->server ? take_server(&asker)
                                : client_open(&asker.client, &source->daemon, COMMAND);
    if (asker.reply && status == CLI_EXIT_OK)
        status = ask_all(&asker, explain);
    client_free(asker.client);
    free(asker.reply);
    return status;
}
