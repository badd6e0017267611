#include "cli/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/transfer.h"

bool client_option(struct client_options *options, int option, const char *value)
{
    switch (option) {
    case CLIENT_OPTION_URL:
        options->url = value;
        return true;
    case CLIENT_OPTION_TOKEN:
        options->token = value;
        return true;
    case 'c':
        options->file = value;
        return true;
    default:
        return false;
    }
}

enum err client_new(struct client **out, const struct client_options *options, struct text *why)
{
    *out = NULL;
    struct client *c = calloc(1, sizeof(*c));
    if (!c || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(c);
        text_add(why, "out of memory");
        return ERR_NOMEM;
    }
    c->multi = curl_multi_init();
    c->easy = curl_easy_init();
    enum err e = client_where_find(&c->where, options, why);
    if (e == ERR_OK && (!c->multi || !c->easy)) {
        text_add(why, "out of memory");
        e = ERR_NOMEM;
    }
    if (e != ERR_OK)
        client_free(c);
    else
        *out = c;
    return e;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    client_where_deinit(&client->where);
    text_deinit(&client->error);
    free(client);
    curl_global_cleanup();
}

const char *client_where(const struct client *client)
{
    return client->where.where;
}

const char *client_error(const struct client *client)
{
    return client->error.data ? client->error.data : "";
}

void client_reply_deinit(struct client_reply *reply)
{
    json_decref(reply->json);
    free(reply->text);
    *reply = (struct client_reply){.revision = -1};
}

enum err client_request(struct client *client, const struct client_request *request,
                        struct client_reply *reply)
{
    struct transfer t = {.client = client, .reply = reply};
    *reply = (struct client_reply){.revision = -1};
    return transfer_run(&t, request);
}

enum err client_follow(struct client *client, const struct client_request *request,
                       client_event_fn on_event, void *arg, struct client_reply *reply)
{
    struct transfer t = {.client = client, .reply = reply, .on_event = on_event, .arg = arg};
    *reply = (struct client_reply){.revision = -1};
    return transfer_run(&t, request);
}

int client_open(struct client **out, const struct client_options *options, const char *command)
{
    struct text why = {0};
    enum err e = client_new(out, options, &why);
    if (e != ERR_OK)
        fprintf(stderr, "%s: %s\n", command, why.data ? why.data : err_text(e));
    text_deinit(&why);
    if (e == ERR_OK)
        return CLI_EXIT_OK;
    return e == ERR_INVALID && options->url ? CLI_EXIT_USAGE : CLI_EXIT_NO;
}

void client_complain(const struct client *client, const char *command,
                     const struct client_reply *reply)
{
    struct text line = {0};
    const char *error = json_string_value(json_object_get(reply->json, "error"));
    text_addf(&line, "%s: ", command);
    if (reply->status == 0 || client->error.len > 0)
        text_add_plain(&line, client_error(client));
    else if (error)
        text_add_plain(&line, error);
    else
        text_addf(&line, "%s answered with status %d", client->where.where, reply->status);
    fprintf(stderr, "%s\n", line.data ? line.data : command);
    text_deinit(&line);
}
