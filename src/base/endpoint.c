#include "base/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct scheme {
    const char *prefix;
    enum endpoint_transport transport;
    uint16_t port;
};

static const struct scheme schemes[] = {
    {"udp://", ENDPOINT_UDP, 53},
    {"tcp://", ENDPOINT_TCP, 53},
    {"tls://", ENDPOINT_TLS, 853}, /* RFC 7858 section 3.1 */
    {"", ENDPOINT_UDP, 53},
};

/* The first whose prefix `text` has; the last has none and fits all. */
static const struct scheme *endpoint_scheme(const char *text)
{
    const struct scheme *s = schemes;
    while (strncasecmp(text, s->prefix, strlen(s->prefix)) != 0)
        s++;
    return s;
}

static enum err endpoint_parse_name(struct endpoint *e, const char *name)
{
    if (e->transport != ENDPOINT_TLS)
        return ERR_INVALID;
    if (*name == '\0')
        return ERR_INVALID;
    if (strlen(name) >= sizeof(e->tls_name))
        return ERR_RANGE;
    for (const char *c = name; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("-._:", *c))
            return ERR_INVALID;
    }
    strcpy(e->tls_name, name);
    return ERR_OK;
}

enum err endpoint_parse(struct endpoint *out, const char *text)
{
    const struct scheme *scheme = endpoint_scheme(text);
    struct endpoint parsed = {.transport = scheme->transport};
    char where[ADDR_TEXT_MAX];
    text += strlen(scheme->prefix);
    const char *hash = strchrnul(text, '#');
    size_t len = (size_t)(hash - text);
    if (len >= sizeof(where))
        return ERR_INVALID;
    memcpy(where, text, len);
    where[len] = '\0';
    enum err e = addr_parse(&parsed.addr, where, scheme->port);
    if (e != ERR_OK)
        return e;
    if (addr_port(&parsed.addr) == 0)
        return ERR_RANGE;
    if (*hash)
        e = endpoint_parse_name(&parsed, hash + 1);
    if (e != ERR_OK)
        return e;
    *out = parsed;
    return ERR_OK;
}

const char *endpoint_format(const struct endpoint *e, char out[ENDPOINT_TEXT_MAX])
{
    static const char *const prefixes[] = {
        [ENDPOINT_UDP] = "",
        [ENDPOINT_TCP] = "tcp://",
        [ENDPOINT_TLS] = "tls://",
    };
    char where[ADDR_TEXT_MAX];
    snprintf(out, ENDPOINT_TEXT_MAX, "%s%s%s%s", prefixes[e->transport],
             addr_format(&e->addr, where), e->tls_name[0] ? "#" : "", e->tls_name);
    return out;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    if (a->transport != b->transport)
        return false;
    if (!addr_equal(&a->addr, &b->addr))
        return false;
    return strcasecmp(a->tls_name, b->tls_name) == 0;
}
