#include "upstream/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "upstream/worker.h"

#define COMPLAINT_INTERVAL 10000 /* ms between two log lines */

/* The oldest entry of OpenSSL's queue of errors, which is emptied. */
static const char *error_text(void)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return reason ? reason : "unknown error";
}

static int trust(SSL_CTX *tls, const char *ca)
{
    return ca ? SSL_CTX_load_verify_file(tls, ca) : SSL_CTX_set_default_verify_paths(tls);
}

enum err tls_prepare(struct upstream *u)
{
    if (u->tls)
        return ERR_OK;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        goto fail;
    if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1)
        goto fail;
    if (trust(tls, u->tls_ca) != 1)
        goto fail;
    u->tls = tls;
    return ERR_OK;
fail:
    log_error(u->log, "cannot read trusted certificates from %s: %s",
              u->tls_ca ? u->tls_ca : "the system's store", error_text());
    SSL_CTX_free(tls);
    return ERR_SYSTEM;
}

void tls_deinit(struct upstream *u)
{
    SSL_CTX_free(u->tls);
}

static bool is_ip(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

SSL *tls_connection(struct upstream *u, struct server *server)
{
    char *name = server->endpoint.tls_name;
    SSL *ssl = SSL_new(u->tls);
    if (!ssl)
        return NULL;
    if (!*name) {
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
        return ssl;
    }
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    if (SSL_set1_host(ssl, name) != 1) /* takes IP addresses too */
        goto fail;
    if (is_ip(name)) /* RFC 6066 §3: no literal addresses in server_name */
        return ssl;
    if (SSL_set_tlsext_host_name(ssl, name) != 1)
        goto fail;
    return ssl;
fail:
    SSL_free(ssl);
    return NULL;
}

void tls_complain(struct upstream *u, const struct server *server, const SSL *ssl, uint64_t now)
{
    char where[ENDPOINT_TEXT_MAX];
    uint64_t held;
    long verdict = SSL_get_verify_result(ssl);
    if (!log_limit_pass(&u->tls_complaints, now, COMPLAINT_INTERVAL, &held))
        return;
    endpoint_format(&server->endpoint, where);
    if (verdict != X509_V_OK)
        log_warning(u->log, "upstream %s: certificate refused: %s", where,
                    X509_verify_cert_error_string(verdict));
    else
        log_warning(u->log, "upstream %s: no TLS connection", where);
}
