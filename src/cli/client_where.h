/* Where the daemon is, and the token that it wants. Private to client*.c. */
#ifndef SHUNT_CLI_CLIENT_WHERE_H
#define SHUNT_CLI_CLIENT_WHERE_H

#include "cli/client.h"

struct client_where {
    char *where;  /* for people: "unix:///PATH" or the URL */
    char *socket; /* a path, or NULL: TCP */
    char *base;   /* "http://localhost", "http://127.0.0.1:5253": what paths are added to */
    char *token;  /* NULL = none */
    char *note;   /* what was odd on the way here, for when nobody answers; NULL = nothing */
};

/* As client_new says it. */
enum err client_where_find(struct client_where *out, const struct client_options *options,
                           struct text *why);
void client_where_deinit(struct client_where *where);

#endif
