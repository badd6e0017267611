/* TLS to servers. With a name in the endpoint the certificate must be valid for it and lead to a
 * trusted authority (the strict profile of RFC 8310 §5); without one the channel is encrypted but
 * the server is not authenticated (the opportunistic profile, RFC 7858 §4.1). */
#ifndef SHUNT_UPSTREAM_TLS_H
#define SHUNT_UPSTREAM_TLS_H

#include <openssl/types.h>

#include "base/err.h"
#include "upstream/server.h"

/* Makes u->tls if it is not there yet. ERR_SYSTEM, logged, when the trusted certificates cannot be
 * read. */
enum err tls_prepare(struct upstream *u);
void tls_deinit(struct upstream *u);

/* One connection's state, ready for bufferevent_openssl_socket_new; NULL without memory. */
SSL *tls_connection(struct upstream *u, struct server *server);

/* Logs, now and then, why a handshake failed. */
void tls_complain(struct upstream *u, const struct server *server, const SSL *ssl, uint64_t now);

#endif
