/* upstreams: which servers are asked, and for which names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

struct config_upstream *config_upstream_add(struct config_reader *r, const struct place *place)
{
    struct config *c = r->config;
    struct config_upstream *grown =
        config_grow(r, c->upstreams, c->upstream_count, sizeof(*c->upstreams));
    if (!grown)
        return NULL;
    c->upstreams = grown;
    struct config_upstream *u = &c->upstreams[c->upstream_count++];
    *u = (struct config_upstream){.place = *place};
    return u;
}

enum err config_upstream_add_server(struct config_reader *r, struct config_upstream *u,
                                    const struct endpoint *server)
{
    for (size_t i = 0; i < u->server_count; i++) {
        if (endpoint_equal(&u->servers[i], server))
            return ERR_EXISTS;
    }
    struct endpoint *grown = config_grow(r, u->servers, u->server_count, sizeof(*u->servers));
    if (!grown)
        return ERR_NOMEM;
    u->servers = grown;
    u->servers[u->server_count++] = *server;
    return ERR_OK;
}

const char *config_server_problem(enum err e, const struct endpoint *server)
{
    if (e == ERR_RANGE)
        return "has a port outside 1 to 65535";
    if (e)
        return "is not a server's address";
    if (addr_port(&server->addr) == 0)
        return "has port 0, where nobody answers";
    if (addr_is_wildcard(&server->addr))
        return "is the wildcard address, which nobody has";
    return NULL;
}

static void read_servers(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct endpoint server;
        char quoted[CONFIG_QUOTE_MAX];
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        const char *problem = config_server_problem(endpoint_parse(&server, text), &server);
        if (problem)
            config_bad_value(r, key, item, problem);
        else if (config_upstream_add_server(r, target, &server) == ERR_EXISTS)
            config_error(r, item, "twice", "keep one of them", "servers has %s twice",
                         config_quote(item, quoted));
    }
}

static void domain_add(struct config_reader *r, struct config_upstream *u,
                       const struct dns_name *name)
{
    struct dns_name *grown = config_grow(r, u->domains, u->domain_count, sizeof(*u->domains));
    if (!grown)
        return;
    u->domains = grown;
    u->domains[u->domain_count++] = *name;
}

static void read_domains(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct dns_name name;
        char quoted[CONFIG_QUOTE_MAX];
        if (!config_name_item(r, key, item, &name))
            continue;
        if (strncmp(item->text, "*.", 2) == 0)
            config_error(r, item, "bad-value",
                         "leave out the \"*.\": a domain stands for all below",
                         "domains %s has a wildcard", config_quote(item, quoted));
        else
            domain_add(r, target, &name);
    }
}

void config_read_upstreams(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, void *target)
{
    static const struct config_key keys[] = {
        {.name = "domains",
         .read = read_domains,
         .expects = "a list of domain names",
         .item = "a domain name",
         .example = "domains: [corp.example]"},
        {.name = "servers",
         .read = read_servers,
         .expects = "a list of addresses",
         .item = "an address",
         .example = "servers: [192.0.2.53, \"tls://192.0.2.54#dns.example\"]",
         .max = 64},
    };
    static const struct config_keys table = {keys, sizeof(keys) / sizeof(*keys)};
    (void)target;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        struct place place = config_place(r, item);
        struct config_upstream *u = config_upstream_add(r, &place);
        if (!u)
            return;
        if (!config_read_item(r, key, item, &table, u))
            continue;
        if (!config_find(item, "servers"))
            config_missing(r, &keys[1], item, "this upstream");
    }
}

/* A domain of an upstream, for sorting. */
struct route {
    const struct dns_name *domain;
    const struct config_upstream *upstream;
};

static int route_compare(const void *a, const void *b)
{
    const struct route *x = a, *y = b;
    if (x->domain->len != y->domain->len)
        return x->domain->len < y->domain->len ? -1 : 1;
    int order = memcmp(x->domain->wire, y->domain->wire, x->domain->len);
    if (order != 0)
        return order;
    return (x->upstream > y->upstream) - (x->upstream < y->upstream);
}

static void report_routes(struct config_reader *r, const struct route *routes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct place *first = &routes[i - 1].upstream->place;
        char name[DNS_NAME_TEXT_MAX];
        if (!dns_name_equal(routes[i].domain, routes[i - 1].domain))
            continue;
        if (routes[i].domain->len == 1)
            diag_add(r->diags, DIAG_ERROR, "upstream-twice", &routes[i].upstream->place,
                     "put all servers into one entry, or give this one `domains`",
                     "default servers were given before, at %s:%u", first->file, first->line);
        else
            diag_add(r->diags, DIAG_ERROR, "upstream-twice", &routes[i].upstream->place,
                     "put all servers into one entry",
                     "servers for \"%s\" were given before, at %s:%u",
                     dns_name_to_text(routes[i].domain, name), first->file, first->line);
    }
}

void config_validate_upstreams(struct config_reader *r)
{
    static const struct dns_name root = {.len = 1, .wire = {0}};
    const struct config *c = r->config;
    size_t total = 0, n = 0;
    for (size_t i = 0; i < c->upstream_count; i++)
        total += c->upstreams[i].domain_count + 1;
    if (total == 0)
        return;
    struct route *routes = calloc(total, sizeof(*routes));
    if (!routes) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->upstream_count; i++) {
        const struct config_upstream *u = &c->upstreams[i];
        if (u->domain_count == 0)
            routes[n++] = (struct route){&root, u};
        for (size_t d = 0; d < u->domain_count; d++)
            routes[n++] = (struct route){&u->domains[d], u};
    }
    qsort(routes, n, sizeof(*routes), route_compare);
    report_routes(r, routes, n);
    free(routes);
}
