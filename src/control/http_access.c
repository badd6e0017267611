#include "control/http_access.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 256

static bool is_loopback(const struct addr *a)
{
    static const uint8_t v6_loopback[16] = {[15] = 1};
    size_t len;
    const uint8_t *bytes = addr_bytes(a, &len);
    if (len == 4)
        return bytes[0] == 127;
    return len == 16 && memcmp(bytes, v6_loopback, 16) == 0;
}

static bool address_is_ours(const struct addr *listening, const struct addr *host)
{
    if (addr_is_wildcard(listening))
        return true;
    if (is_loopback(listening) && is_loopback(host))
        return true;
    return addr_same_host(listening, host);
}

/* The name of "name:port", in `out`; false when there is none or it is too long. */
static bool host_name(char out[HOST_MAX], const char *host)
{
    size_t len = strcspn(host, ":");
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (len == 0 || len >= HOST_MAX)
        return false;
    memcpy(out, host, len);
    out[len] = '\0';
    return true;
}

bool http_host_is_ours(const struct addr *listening, const char *own_name, const char *host)
{
    struct addr addr;
    char name[HOST_MAX];
    /* Without brackets an IPv6 address is no Host (RFC 3986 §3.2.2). */
    bool bare_v6 = host[0] != '[' && strchr(host, ':') != strrchr(host, ':');
    if (!bare_v6 && addr_parse(&addr, host, 0) == ERR_OK)
        return address_is_ours(listening, &addr);
    if (host[0] == '[' || !host_name(name, host))
        return false;
    if (strcasecmp(name, "localhost") == 0)
        return true;
    return *own_name != '\0' && strcasecmp(name, own_name) == 0;
}

bool http_origin_is_ours(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(origin, schemes[i], len) == 0)
            return strcasecmp(origin + len, host) == 0;
    }
    return false;
}

bool http_fetch_site_is_ours(const char *site)
{
    return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

/* As long for each `given` of one length, whatever the secret. */
static bool same_secret(const char *given, const char *secret)
{
    size_t given_len = strlen(given), secret_len = strlen(secret);
    volatile unsigned char differ = given_len != secret_len;
    for (size_t i = 0; i < given_len; i++)
        differ |= (unsigned char)given[i] ^ (unsigned char)secret[secret_len ? i % secret_len : 0];
    return !differ;
}

bool http_bearer_is(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return false;
    const char *given = authorization + sizeof(scheme) - 1;
    return same_secret(given + strspn(given, " "), token);
}
