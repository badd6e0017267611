/* One request of a client on its way. Private to client.c and transfer*.c. */
#ifndef SHUNT_CLI_TRANSFER_H
#define SHUNT_CLI_TRANSFER_H

#include <curl/curl.h>

#include "cli/client_where.h"
#include "cli/sse.h"

struct client {
    struct client_where where;
    CURLM *multi;
    CURL *easy;
    struct text error; /* of the last request */
};

/* One request on its way. */
struct transfer {
    struct client *client;
    struct client_reply *reply;
    size_t capacity;          /* of reply->text */
    client_event_fn on_event; /* NULL: no stream is wanted */
    void *arg;
    struct sse sse;
    struct curl_slist *headers;
    char *url, *body;
    enum err failed; /* why a callback ended it */
    char curl_error[CURL_ERROR_SIZE];
};

/* Fills curl's handle. ERR_NOMEM; transfer_deinit frees what it took in any case. */
enum err transfer_init(struct transfer *t, const struct client_request *request);
void transfer_deinit(struct transfer *t);

/* curl's callbacks, with the transfer as `arg`. */
size_t transfer_on_body(char *bytes, size_t size, size_t count, void *arg);
size_t transfer_on_header(char *line, size_t size, size_t count, void *arg);

/* From beginning to end. The errors of client_request; client->error says why. */
enum err transfer_run(struct transfer *t, const struct client_request *request);

#endif
