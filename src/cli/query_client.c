#include "cli/query_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cli/cli.h"
#include "cli/reply_print.h"

#define COMMAND "shunt query"

/* The bytes of a reply, to be freed; *out is NULL when there is none. */
static enum err read_reply(const json_t *json, uint8_t **out, size_t *len)
{
    const char *text = json_string_value(json);
    size_t room = text ? strlen(text) / 2 : 0;
    *len = 0;
    *out = text ? malloc(room + 1) : NULL;
    if (!text)
        return ERR_OK;
    return *out ? hex_read(text, *out, room, len) : ERR_NOMEM;
}

static const char *field(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "none";
}

/* Who was asked for, and what decided. */
static void print_reasons(const json_t *event)
{
    json_t *change = json_object_get(event, "change");
    printf("\n;; CLIENT: %s, view: %s\n", field(event, "client"), field(event, "view"));
    printf(";; SOURCE: %s, rule: %s", field(event, "source"), field(event, "rule"));
    if (json_is_integer(change))
        printf(", live change: %lld", (long long)json_integer_value(change));
    if (json_is_string(json_object_get(event, "fault")))
        printf(", fault: %s", field(event, "fault"));
    printf("\n");
}

static int print_message(const struct query_options *o, const uint8_t *message, size_t len)
{
    struct text out = {0};
    struct reply_origin origin = {.tcp = o->request.tcp, .when = time(NULL)};
    enum err e = ERR_INVALID;
    if (addr_parse(&origin.server, "127.0.0.1", 0) == ERR_OK && len > 0)
        e = o->format == QUERY_FORMAT_SHORT ? reply_print_short(message, len, &out)
                                            : reply_print(message, len, &origin, &out);
    fputs(out.data ? out.data : "", stdout);
    text_deinit(&out);
    return e == ERR_OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static int print_answer(const struct query_options *o, const json_t *answer)
{
    const json_t *event = json_object_get(answer, "event");
    uint8_t *message;
    size_t len;
    int status = CLI_EXIT_OK;
    if (read_reply(json_object_get(answer, "reply"), &message, &len) != ERR_OK) {
        fputs(COMMAND ": the daemon's reply cannot be read\n", stderr);
        status = CLI_EXIT_NO;
    } else if (o->format == QUERY_FORMAT_JSON) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        printf("\n");
    } else if (!message) {
        printf(";; no reply: the query is dropped\n");
    } else {
        status = print_message(o, message, len);
    }
    if (o->format == QUERY_FORMAT_DIG)
        print_reasons(event);
    bool has_answer = len >= DNS_HEADER_LEN && bytes_get16(message + 6) > 0 &&
                      strcmp(field(event, "rcode"), "NOERROR") == 0;
    free(message);
    return status == CLI_EXIT_OK && has_answer ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static int ask(struct client *client, const struct query_options *o)
{
    char name[DNS_NAME_TEXT_MAX], type[16];
    struct client_reply reply = {0};
    struct client_request request = {
        .method = API_GET, .path = "/v1/query", .timeout_ms = o->request.timeout_ms};
    request.query = json_pack(
        "{s:s, s:s, s:s, s:s, s:s}", "name", dns_name_to_text(&o->request.question.name, name),
        "type", dns_type_to_text(o->request.question.type, type), "client", o->client, "tcp",
        o->request.tcp ? "1" : "0", "dnssec", o->request.question.dnssec_ok ? "1" : "0");
    enum err e = request.query ? client_request(client, &request, &reply) : ERR_NOMEM;
    int status = CLI_EXIT_NO;
    if (e == ERR_OK && reply.status == 200)
        status = print_answer(o, reply.json);
    else
        client_complain(client, COMMAND, &reply);
    client_reply_deinit(&reply);
    json_decref(request.query);
    return status;
}

int query_as_client(const struct query_options *options)
{
    struct client *client;
    int status = client_open(&client, &options->daemon, COMMAND);
    if (status == CLI_EXIT_OK)
        status = ask(client, options);
    client_free(client);
    return status;
}
