/* Which servers are asked for which names, and that none of them is ourselves. */
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/setup.h"

/* All of 127/8 is this machine, whichever of it an interface names. */
static bool host_is_loopback(const struct addr *host)
{
    size_t len;
    const uint8_t *bytes = addr_bytes(host, &len);
    return len == 4 && bytes[0] == 127;
}

/* The resolver that Docker gives to containers. What they send there is diverted before it can
 * reach a socket bound to every address. */
static bool server_is_dockers(const struct addr *server)
{
    size_t len;
    const uint8_t *bytes = addr_bytes(server, &len);
    return len == 4 && memcmp(bytes, "\x7f\0\0\x0b", 4) == 0 && addr_port(server) == 53;
}

static bool host_is_local(const struct addr *host)
{
    struct ifaddrs *list;
    bool found = false;
    if (host_is_loopback(host))
        return true;
    if (getifaddrs(&list) != 0)
        return false;
    for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
        struct addr a;
        if (!i->ifa_addr || addr_from_sockaddr(&a, i->ifa_addr, sizeof(a)) != ERR_OK)
            continue;
        found = addr_same_host(&a, host);
    }
    freeifaddrs(list);
    return found;
}

static bool server_is_own(const struct endpoint *server, const struct addr *own, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (addr_port(&own[i]) != addr_port(&server->addr))
            continue;
        if (addr_same_host(&own[i], &server->addr))
            return true;
        if (server_is_dockers(&server->addr))
            continue;
        if (server->addr.sa.sa_family == own[i].sa.sa_family && addr_is_wildcard(&own[i]) &&
            host_is_local(&server->addr))
            return true;
    }
    return false;
}

static enum err routes_add(struct setup_routes *out, const struct dns_name *domain,
                           const struct endpoint *servers, size_t count)
{
    struct upstream_route *grown =
        realloc(out->routes, (out->count + 1) * sizeof(struct upstream_route));
    if (!grown)
        return ERR_NOMEM;
    out->routes = grown;
    out->routes[out->count++] =
        (struct upstream_route){.domain = *domain, .servers = servers, .server_count = count};
    return ERR_OK;
}

static enum err routes_configured(struct setup_routes *out, const struct config *config,
                                  const struct addr *own, size_t own_count, struct diag_list *diags,
                                  bool *has_default)
{
    static const struct dns_name root = {.len = 1};
    char text[ENDPOINT_TEXT_MAX];
    enum err e = ERR_OK;
    for (size_t i = 0; i < config->upstream_count && e == ERR_OK; i++) {
        const struct config_upstream *u = &config->upstreams[i];
        for (size_t s = 0; s < u->server_count; s++) {
            if (server_is_own(&u->servers[s], own, own_count))
                diag_add(diags, DIAG_ERROR, "upstream-loop", &u->place,
                         "name a server other than the addresses under listen",
                         "upstream %s is shunt itself", endpoint_format(&u->servers[s], text));
        }
        if (u->domain_count == 0) {
            *has_default = true;
            e = routes_add(out, &root, u->servers, u->server_count);
        }
        for (size_t d = 0; d < u->domain_count && e == ERR_OK; d++)
            e = routes_add(out, &u->domains[d], u->servers, u->server_count);
    }
    return e;
}

/* The default servers from resolv.conf, which on the machine that we serve may well name us. */
static enum err routes_resolv(struct setup_routes *out, const char *path, const struct addr *own,
                              size_t own_count, struct diag_list *diags)
{
    static const struct dns_name root = {.len = 1};
    const struct place place = {.file = path};
    char text[ENDPOINT_TEXT_MAX];
    size_t count, kept = 0;
    out->from_resolv_conf = true;
    enum err e = config_resolv_conf(path, &out->resolv, &count);
    if (e != ERR_OK) {
        diag_add(diags, DIAG_ERROR, "no-upstream", &place,
                 "set upstreams in the configuration, "
                 "or give -u SERVER",
                 "no name servers in it (%s)", err_text(e));
        return e;
    }
    for (size_t i = 0; i < count; i++) {
        if (!server_is_own(&out->resolv[i], own, own_count)) {
            out->resolv[kept++] = out->resolv[i];
            continue;
        }
        diag_add(diags, DIAG_WARNING, "upstream-loop", &place, NULL,
                 "name server %s is shunt itself and is left out",
                 endpoint_format(&out->resolv[i], text));
    }
    if (kept == 0) {
        diag_add(diags, DIAG_ERROR, "no-upstream", &place,
                 "set upstreams in the configuration, "
                 "or give -u SERVER",
                 "all its name servers are shunt itself");
        return ERR_NOTFOUND;
    }
    return routes_add(out, &root, out->resolv, kept);
}

enum err setup_routes(struct setup_routes *out, const struct config *config,
                      const char *resolv_conf, const struct addr *own, size_t own_count,
                      struct diag_list *diags)
{
    bool has_default = false;
    size_t errors = diags->errors;
    *out = (struct setup_routes){0};
    enum err e = routes_configured(out, config, own, own_count, diags, &has_default);
    if (e == ERR_OK && !has_default && resolv_conf)
        e = routes_resolv(out, resolv_conf, own, own_count, diags);
    if (e == ERR_OK && diags->errors > errors)
        e = ERR_INVALID;
    if (e != ERR_OK)
        setup_routes_deinit(out);
    return e;
}

void setup_routes_deinit(struct setup_routes *routes)
{
    free(routes->routes);
    free(routes->resolv);
    *routes = (struct setup_routes){0};
}
