#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

socklen_t addr_len(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return sizeof(a->v4);
    if (a->sa.sa_family == AF_INET6)
        return sizeof(a->v6);
    return 0;
}

/* A scope is an interface's name or its number. */
static enum err addr_parse_scope(uint32_t *out, const char *text)
{
    uint64_t number;
    enum err e = text_number(&number, text, UINT32_MAX);
    if (e == ERR_OK)
        *out = (uint32_t)number;
    else
        *out = if_nametoindex(text);
    return *out != 0 ? ERR_OK : ERR_INVALID;
}

static enum err addr_parse_v4(struct addr *out, const char *text)
{
    *out = (struct addr){.v4 = {.sin_family = AF_INET}};
    return inet_pton(AF_INET, text, &out->v4.sin_addr) == 1 ? ERR_OK : ERR_INVALID;
}

static enum err addr_parse_v6(struct addr *out, const char *text, size_t len)
{
    char host[ADDR_TEXT_MAX];
    *out = (struct addr){.v6 = {.sin6_family = AF_INET6}};
    if (len >= sizeof(host))
        return ERR_INVALID;
    memcpy(host, text, len);
    host[len] = '\0';
    char *scope = strchr(host, '%');
    if (scope) {
        *scope = '\0';
        enum err e = addr_parse_scope(&out->v6.sin6_scope_id, scope + 1);
        if (e != ERR_OK)
            return e;
    }
    return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1 ? ERR_OK : ERR_INVALID;
}

/* `text` starts at the colon before the port. */
static enum err addr_parse_port(struct addr *out, const char *text)
{
    uint64_t port;
    if (*text != ':')
        return ERR_INVALID;
    enum err e = text_number(&port, text + 1, UINT16_MAX);
    if (e != ERR_OK)
        return e;
    addr_set_port(out, (uint16_t)port);
    return ERR_OK;
}

static enum err addr_parse_bracketed(struct addr *out, const char *text)
{
    const char *end = strchr(text, ']');
    if (!end)
        return ERR_INVALID;
    enum err e = addr_parse_v6(out, text + 1, (size_t)(end - text - 1));
    if (e != ERR_OK)
        return e;
    return end[1] != '\0' ? addr_parse_port(out, end + 1) : ERR_OK;
}

static enum err addr_parse_v4_port(struct addr *out, const char *text, const char *colon)
{
    char host[ADDR_TEXT_MAX];
    size_t len = (size_t)(colon - text);
    if (len >= sizeof(host))
        return ERR_INVALID;
    memcpy(host, text, len);
    host[len] = '\0';
    enum err e = addr_parse_v4(out, host);
    if (e != ERR_OK)
        return e;
    return addr_parse_port(out, colon);
}

enum err addr_parse(struct addr *out, const char *text, uint16_t default_port)
{
    struct addr parsed;
    enum err e;
    const char *colon = strchr(text, ':');
    if (text[0] == '[')
        e = addr_parse_bracketed(&parsed, text);
    else if (!colon)
        e = addr_parse_v4(&parsed, text);
    else if (strchr(colon + 1, ':'))
        e = addr_parse_v6(&parsed, text, strlen(text));
    else
        e = addr_parse_v4_port(&parsed, text, colon);
    if (e != ERR_OK)
        return e;
    /* A port of 0 that was written stays 0: "any port". */
    bool has_port =
        text[0] == '[' ? strchr(text, ']')[1] != '\0' : colon && parsed.sa.sa_family == AF_INET;
    if (!has_port)
        addr_set_port(&parsed, default_port);
    *out = parsed;
    return ERR_OK;
}

enum err addr_from_sockaddr(struct addr *out, const struct sockaddr *sa, socklen_t len)
{
    *out = (struct addr){.v6 = {.sin6_family = AF_UNSPEC}};
    if (len < sizeof(sa->sa_family))
        return ERR_INVALID;
    if (sa->sa_family == AF_INET && len >= sizeof(out->v4))
        memcpy(&out->v4, sa, sizeof(out->v4));
    else if (sa->sa_family == AF_INET6 && len >= sizeof(out->v6))
        memcpy(&out->v6, sa, sizeof(out->v6));
    else
        return ERR_INVALID;
    return ERR_OK;
}

void addr_from_bytes(struct addr *out, const uint8_t *bytes, size_t len, uint16_t port)
{
    *out = (struct addr){.v6 = {.sin6_family = AF_UNSPEC}};
    if (len == 4) {
        out->v4.sin_family = AF_INET;
        memcpy(&out->v4.sin_addr, bytes, 4);
    } else if (len == 16) {
        out->v6.sin6_family = AF_INET6;
        memcpy(&out->v6.sin6_addr, bytes, 16);
    }
    addr_set_port(out, port);
}

const uint8_t *addr_bytes(const struct addr *a, size_t *len)
{
    *len = 0;
    if (a->sa.sa_family == AF_INET) {
        *len = 4;
        return (const uint8_t *)&a->v4.sin_addr;
    }
    if (a->sa.sa_family == AF_INET6) {
        *len = 16;
        return a->v6.sin6_addr.s6_addr;
    }
    return NULL;
}

uint16_t addr_port(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return ntohs(a->v4.sin_port);
    if (a->sa.sa_family == AF_INET6)
        return ntohs(a->v6.sin6_port);
    return 0;
}

void addr_set_port(struct addr *a, uint16_t port)
{
    if (a->sa.sa_family == AF_INET)
        a->v4.sin_port = htons(port);
    else if (a->sa.sa_family == AF_INET6)
        a->v6.sin6_port = htons(port);
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    size_t a_len, b_len;
    const uint8_t *a_bytes = addr_bytes(a, &a_len), *b_bytes = addr_bytes(b, &b_len);
    if (a->sa.sa_family != b->sa.sa_family)
        return false;
    if (a_len != b_len)
        return false;
    if (addr_port(a) != addr_port(b))
        return false;
    if (a->sa.sa_family == AF_INET6 && a->v6.sin6_scope_id != b->v6.sin6_scope_id)
        return false;
    return a_len == 0 || memcmp(a_bytes, b_bytes, a_len) == 0;
}

bool addr_is_wildcard(const struct addr *a)
{
    static const uint8_t zeros[16];
    size_t len;
    const uint8_t *bytes = addr_bytes(a, &len);
    return bytes && memcmp(bytes, zeros, len) == 0;
}

const char *addr_format_host(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    char name[IF_NAMESIZE];
    size_t len;
    const uint8_t *bytes = addr_bytes(a, &len);
    if (!bytes || !inet_ntop(a->sa.sa_family, bytes, out, ADDR_TEXT_MAX))
        return strcpy(out, "none");
    if (a->sa.sa_family != AF_INET6 || a->v6.sin6_scope_id == 0)
        return out;
    len = strlen(out);
    if (if_indextoname(a->v6.sin6_scope_id, name))
        snprintf(out + len, ADDR_TEXT_MAX - len, "%%%s", name);
    else
        snprintf(out + len, ADDR_TEXT_MAX - len, "%%%u", a->v6.sin6_scope_id);
    return out;
}

const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    char host[ADDR_TEXT_MAX];
    addr_format_host(a, host);
    if (a->sa.sa_family == AF_INET)
        snprintf(out, ADDR_TEXT_MAX, "%.21s:%u", host, addr_port(a));
    else if (a->sa.sa_family == AF_INET6)
        snprintf(out, ADDR_TEXT_MAX, "[%.55s]:%u", host, addr_port(a));
    else
        strcpy(out, "none");
    return out;
}
