/* hosts: addresses of names. */
#include <arpa/inet.h>
#include <string.h>

#include "config/sections.h"

static bool host_has(const struct policy_host *host, const struct addr *addr)
{
    for (size_t i = 0; i < host->address_count; i++) {
        if (addr_equal(&host->addresses[i], addr))
            return true;
    }
    return false;
}

/* A record has no room for a port or a scope. */
enum err config_plain_address(struct addr *out, const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        addr_from_bytes(out, bytes, 4, 0);
        return ERR_OK;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        addr_from_bytes(out, bytes, 16, 0);
        return ERR_OK;
    }
    return ERR_INVALID;
}

static void read_addresses(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, void *target)
{
    struct policy_host *host = target;
    /* An empty list is fine: the name exists and has no address. */
    if (node->kind == YAML_LIST && !node->first)
        return;
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct addr addr;
        char quoted[CONFIG_QUOTE_MAX];
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        if (config_plain_address(&addr, text) != ERR_OK)
            config_bad_value(r, key, item, "is not an IPv4 or IPv6 address");
        else if (host_has(host, &addr))
            config_error(r, item, "twice", "keep one of them", "addresses has %s twice",
                         config_quote(item, quoted));
        else if (policy_host_add_address(host, &addr))
            r->no_memory = true;
    }
}

static void read_name(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, struct policy_host *host)
{
    if (!config_name(r, key, node, &host->name))
        return;
    if (host->name.len == 1)
        config_bad_value(r, key, node, "is the root");
    else if (host->name.wire[0] == 1 && host->name.wire[1] == '*')
        config_error(r, node, "bad-value",
                     "write a line of `records`: *.lab.example. 5 IN A 10.0.0.1",
                     "a host's name cannot be a wildcard");
}

static const struct config_key host_keys[] = {
    {.name = "name",
     .read = config_read_nothing,
     .expects = "a host name",
     .example = "name: xmpp1.lab.example"},
    {.name = "addresses",
     .read = read_addresses,
     .expects = "a list of addresses",
     .item = "an address",
     .example = "addresses: [10.5.0.11, \"fd00::11\"]",
     .max = 1000},
    {.name = "ttl",
     .read = config_read_seconds,
     .expects = "a duration",
     .example = "ttl: 5s",
     .offset = offsetof(struct policy_host, ttl)},
    {.name = "view",
     .read = config_read_view_name,
     .expects = "the name of a view",
     .example = "view: inside",
     .offset = offsetof(struct policy_host, view)},
};
static const struct config_keys host_table = {host_keys, sizeof(host_keys) / sizeof(*host_keys)};

void config_read_hosts(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct policy_model *model = &((struct config *)target)->policy;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        struct policy_host *host = policy_model_add_host(model);
        if (!host) {
            r->no_memory = true;
            return;
        }
        const struct yaml_node *name = config_find(item, "name");
        host->name = (struct dns_name){.len = 1};
        host->ttl = r->config->ttl;
        host->place = config_place(r, item);
        if (name)
            read_name(r, &host_keys[0], name, host);
        if (!config_read_item(r, key, item, &host_table, host))
            continue;
        if (!name)
            config_missing(r, &host_keys[0], item, "this host");
        if (!config_find(item, "addresses"))
            config_missing(r, &host_keys[1], item, "this host");
    }
}
