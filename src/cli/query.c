/* shunt query: one question to our own server, or any other, printed as dig prints it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/exchange.h"
#include "cli/query_client.h"
#include "cli/query_options.h"
#include "cli/reply_print.h"
#include "config/config.h"
#include "dns/answer.h"

/* Where a server that listens on `listen` is reached from this machine. */
static struct addr reachable(const struct addr *listen)
{
    static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};
    struct addr a = *listen;
    if (!addr_is_wildcard(listen))
        return a;
    if (listen->sa.sa_family == AF_INET6)
        addr_from_bytes(&a, v6, sizeof(v6), addr_port(listen));
    else
        addr_from_bytes(&a, v4, sizeof(v4), addr_port(listen));
    return a;
}

/* The server of the configuration. */
static bool find_server(struct query_options *o)
{
    const struct config_overrides none = {0};
    const char *file = config_file(o->daemon.file);
    struct config config;
    struct diag_list diags = {0};
    struct text text = {0};
    bool found = false;
    if (config_load(&config, file, &none, &diags) != ERR_OK) {
        diag_list_print(&diags, &text);
        fprintf(stderr,
                "%sshunt query: the configuration does not say which server to ask; "
                "--server ADDR does\n",
                text.data ? text.data : "");
    } else {
        if (config.listen_count > 0)
            o->request.server = reachable(&config.listen[0]);
        config_deinit(&config);
        found = addr_port(&o->request.server) != 0;
        if (!found)
            fprintf(stderr, "shunt query: the configuration leaves the port open; ask with "
                            "--server ADDR:PORT\n");
    }
    text_deinit(&text);
    diag_list_deinit(&diags);
    return found;
}

/* No reply: what went wrong, to standard error. */
static void explain(const struct exchange_request *request, const struct exchange_reply *reply,
                    enum err e, int error)
{
    char server[ADDR_TEXT_MAX];
    addr_format(&request->server, server);
    const char *transport = reply->tcp ? "TCP" : "UDP";
    if (e == ERR_TIMEOUT)
        fprintf(stderr, "shunt query: %s %s over %s within %llu ms\n", reply->where, server,
                transport, (unsigned long long)request->timeout_ms);
    else if (e == ERR_SYSTEM)
        fprintf(stderr, "shunt query: %s %s over %s: %s\n", reply->where, server, transport,
                strerror(error));
    else
        fprintf(stderr, "shunt query: %s %s over %s\n", reply->where, server, transport);
    if (reply->ignored > 0)
        fprintf(stderr, "shunt query: %u datagrams came that do not belong to the query\n",
                reply->ignored);
}

static enum err print(const struct query_options *o, const struct exchange_reply *reply,
                      struct text *out)
{
    const struct reply_origin origin = {.server = o->request.server,
                                        .tcp = reply->tcp,
                                        .time_ms = reply->time_ms,
                                        .when = time(NULL)};
    switch (o->format) {
    case QUERY_FORMAT_SHORT:
        return reply_print_short(reply->message, reply->len, out);
    case QUERY_FORMAT_JSON:
        return reply_print_json(reply->message, reply->len, &origin, out);
    default:
        break;
    }
    text_addf(out, "; <<>> shunt %s <<>> %s%s%s\n", SHUNT_VERSION, o->name, o->type ? " " : "",
              o->type ? o->type : "");
    if (reply->ignored > 0)
        text_addf(out, ";; %u datagrams that do not belong to the query were ignored\n",
                  reply->ignored);
    if (reply->truncated)
        text_add(out, ";; Truncated, retrying in TCP mode.\n");
    text_add(out, ";; Got answer:\n");
    return reply_print(reply->message, reply->len, &origin, out);
}

/* Whether the reply has a record of the type that was asked. */
static bool has_data(const struct exchange_reply *reply, uint16_t type)
{
    struct dns_walk walk;
    struct dns_rr rr;
    if ((bytes_get16(reply->message + 2) & DNS_RCODE_MASK) != DNS_RCODE_NOERROR)
        return false;
    if (dns_walk_init(&walk, reply->message, reply->len) != ERR_OK)
        return false;
    while (dns_walk_next(&walk, &rr) == 1 && rr.section == DNS_ANSWER) {
        if (rr.type == type || type == DNS_TYPE_ANY)
            return true;
    }
    return false;
}

static int ask(const struct query_options *o, struct exchange_reply *reply)
{
    enum err e = exchange_ask(&o->request, reply);
    if (e != ERR_OK) {
        explain(&o->request, reply, e, errno);
        return CLI_EXIT_NO;
    }
    struct text out = {0};
    e = print(o, reply, &out);
    fputs(out.data ? out.data : "", stdout);
    text_deinit(&out);
    if (e != ERR_OK) {
        fprintf(stderr, "shunt query: the reply of %zu bytes cannot be read: %s\n", reply->len,
                err_text(e));
        return CLI_EXIT_NO;
    }
    return has_data(reply, o->request.question.type) ? CLI_EXIT_OK : CLI_EXIT_NO;
}

int cli_query(int argc, char **argv)
{
    struct query_options options;
    int status;
    if (!query_options_parse(&options, argc, argv, &status))
        return status;
    if (options.client)
        return query_as_client(&options);
    if (!options.server && !find_server(&options))
        return CLI_EXIT_NO;
    struct exchange_reply *reply = calloc(1, sizeof(*reply));
    if (!reply) {
        fputs("shunt query: out of memory\n", stderr);
        return CLI_EXIT_NO;
    }
    status = ask(&options, reply);
    free(reply);
    return status;
}
