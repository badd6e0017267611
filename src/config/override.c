/* What the command line says on top of the files. */
#include <stdio.h>
#include <string.h>

#include "config/sections.h"
#include "policy/zone.h"

/* "--record 2": where the value stands, as findings call it. */
static struct place option_place(struct config_reader *r, const char *option, size_t index)
{
    char text[32];
    snprintf(text, sizeof(text), "%s %zu", option, index + 1);
    struct place place = {.file = policy_model_file(&r->config->policy, text)};
    if (!place.file)
        r->no_memory = true;
    return place;
}

static void override_listen(struct config_reader *r, const struct config_overrides *overrides)
{
    if (overrides->listen_count > 0)
        r->config->listen_count = 0;
    for (size_t i = 0; i < overrides->listen_count; i++) {
        struct place place = option_place(r, "--listen", i);
        const char *text = overrides->listen[i];
        struct addr addr;
        enum err e = addr_parse(&addr, text, 53);
        if (e)
            diag_add(r->diags, DIAG_ERROR, "bad-value", &place, "write 127.0.0.1:53, or [::1]:53",
                     "\"%s\" %s", text,
                     e == ERR_RANGE ? "has a port over 65535" : "is not an address");
        else if (config_listen_add(r, &addr) == ERR_EXISTS)
            diag_add(r->diags, DIAG_ERROR, "twice", &place, "leave one out",
                     "\"%s\" is there twice", text);
    }
}

/* Takes the servers that are asked for every name out of the list. */
static void remove_default_servers(struct config *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->upstream_count; i++) {
        if (c->upstreams[i].domain_count == 0)
            config_upstream_deinit(&c->upstreams[i]);
        else
            c->upstreams[kept++] = c->upstreams[i];
    }
    c->upstream_count = kept;
}

static void override_servers(struct config_reader *r, const struct config_overrides *overrides)
{
    if (overrides->server_count == 0)
        return;
    remove_default_servers(r->config);
    struct place first = option_place(r, "--upstream", 0);
    struct config_upstream *upstream = config_upstream_add(r, &first);
    for (size_t i = 0; upstream && i < overrides->server_count; i++) {
        struct place place = option_place(r, "--upstream", i);
        const char *text = overrides->servers[i];
        struct endpoint server;
        const char *problem = config_server_problem(endpoint_parse(&server, text), &server);
        if (problem)
            diag_add(r->diags, DIAG_ERROR, "bad-value", &place,
                     "write 192.0.2.53, 192.0.2.53:5353 or tls://192.0.2.53#dns.example",
                     "\"%s\" %s", text, problem);
        else if (config_upstream_add_server(r, upstream, &server) == ERR_EXISTS)
            diag_add(r->diags, DIAG_ERROR, "twice", &place, "leave one out",
                     "\"%s\" is there twice", text);
    }
}

static void override_records(struct config_reader *r, const struct config_overrides *overrides)
{
    struct config *c = r->config;
    for (size_t i = 0; i < overrides->record_count; i++) {
        struct place place = option_place(r, "--record", i);
        const char *text = overrides->records[i];
        if (policy_zone_read(&c->policy, text, strlen(text), &place, c->ttl, r->diags))
            r->no_memory = true;
    }
}

void config_override(struct config_reader *r, const struct config_overrides *overrides)
{
    int level = (int)r->config->log.level + overrides->verbose;
    override_listen(r, overrides);
    override_servers(r, overrides);
    override_records(r, overrides);
    r->config->log.level = (enum log_level)(level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : level);
}
