/* A server to ask: how it is reached, where, and under which name its certificate is checked. */
#ifndef SHUNT_BASE_ENDPOINT_H
#define SHUNT_BASE_ENDPOINT_H

#include "base/addr.h"
#include "base/err.h"

#define ENDPOINT_TEXT_MAX (ADDR_TEXT_MAX + 264)

enum endpoint_transport {
    ENDPOINT_UDP, /* UDP, and TCP where an answer is truncated (RFC 7766) */
    ENDPOINT_TCP,
    ENDPOINT_TLS, /* DNS over TLS (RFC 7858) */
};

struct endpoint {
    enum endpoint_transport transport;
    struct addr addr;
    char tls_name[256]; /* what the certificate must be valid for; "" = not checked by name */
};

/* Reads `ADDR[:PORT]`, `udp://ADDR[:PORT]`, `tcp://ADDR[:PORT]` or `tls://ADDR[:PORT][#NAME]`. The
 * port is 53, and 853 for TLS, when absent. ERR_INVALID or ERR_RANGE. */
enum err endpoint_parse(struct endpoint *out, const char *text);

/* The text that endpoint_parse reads back, port always shown; returns `out`. */
const char *endpoint_format(const struct endpoint *e, char out[ENDPOINT_TEXT_MAX]);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

#endif
