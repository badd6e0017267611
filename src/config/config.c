/* The keys of a file, and the order in which they are read. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

static const struct config_key ttl_key = {.name = "ttl",
                                          .read = config_read_seconds,
                                          .expects = "a duration",
                                          .example = "ttl: 5s",
                                          .once = true,
                                          .offset = offsetof(struct config, ttl)};

static const struct config_key views_key = {.name = "views",
                                            .read = config_read_views,
                                            .expects = "a list of mappings",
                                            .item = "a mapping",
                                            .example =
                                                "views: [{name: inside, clients: [10.0.0.0/8]}]",
                                            .max = 256};

static const struct config_key control_key = {
    .name = "control",
    .read = config_read_control,
    .expects = "a mapping",
    .example = "control: {socket: /run/shunt/control.sock, http: off}"};

static const struct config_key keys[] = {
    {.name = "listen",
     .read = config_read_listen,
     .expects = "a list of addresses",
     .item = "an address",
     .example = "listen: [\"127.0.0.1:53\", \"[::1]:53\"]",
     .max = 256},
    {.name = "allow",
     .read = config_read_allow,
     .expects = "a list of networks or words",
     .item = "a network or a word",
     .example = "allow: [loopback, private, 203.0.113.0/24]",
     .max = 1000},
    {.name = "threads",
     .read = config_read_threads,
     .expects = "auto or a number from 1 to 256",
     .example = "threads: auto",
     .once = true},
    {.name = "user",
     .read = config_read_user,
     .expects = "auto, none or a user's name",
     .example = "user: auto",
     .once = true},
    {.name = "ttl", .read = config_read_nothing}, /* read before the others */
    {.name = "upstreams",
     .read = config_read_upstreams,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "upstreams: [{servers: [192.0.2.53]}]"},
    {.name = "cache",
     .read = config_read_cache,
     .expects = "a mapping",
     .example = "cache: {size: 64MiB}"},
    {.name = "log",
     .read = config_read_log,
     .expects = "a mapping",
     .example = "log: {level: info, format: text}"},
    {.name = "include", .read = config_read_nothing}, /* read before the others */
    {.name = "domains",
     .read = config_read_domains,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "domains: [{name: lab.example, xmpps-client: none}]"},
    {.name = "hosts",
     .read = config_read_hosts,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "hosts: [{name: xmpp1.lab.example, addresses: [10.5.0.11]}]"},
    {.name = "records",
     .read = config_read_records,
     .expects = "a block of zone-file lines",
     .example = "records: | and one record a line below"},
    {.name = "zones",
     .read = config_read_zones,
     .expects = "a list of files",
     .item = "a file's name",
     .example = "zones: [lab.zone]"},
    {.name = "control", .read = config_read_nothing}, /* read before the others */
    {.name = "state",
     .read = config_read_state,
     .expects = "off or a path",
     .example = "state: /var/lib/shunt/state.json",
     .once = true},
    {.name = "views", .read = config_read_nothing}, /* read before the others */
    {.name = "faults",
     .read = config_read_faults,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "faults: [{name: slow-aaaa, match: {type: AAAA}, delay: 3s}]",
     .max = 1000},
    {.name = "lab",
     .read = config_read_lab,
     .expects = "a mapping",
     .example = "lab: {refuse-address: [10.5.0.2]}"},
    {.name = "scenarios",
     .read = config_read_scenarios,
     .expects = "a list of mappings",
     .item = "a mapping",
     .example = "scenarios: [{name: primary-down, steps: [{at: 0s, do: [reset]}]}]",
     .max = 1000},
};

/* A file's first level; nothing is reported for one that has no tree. */
static const struct yaml_node *source_root(struct config_reader *r, size_t index)
{
    r->file = r->sources[index].file;
    return r->sources[index].doc.root;
}

/* The TTL that all others fall back to, wherever it stands. */
static void read_ttl(struct config_reader *r)
{
    for (size_t i = 0; i < r->source_count; i++) {
        const struct yaml_node *root = source_root(r, i);
        const struct yaml_node *ttl = root ? config_find(root, "ttl") : NULL;
        if (ttl && config_first_time(r, &ttl_key, ttl))
            ttl_key.read(r, &ttl_key, ttl, r->config);
    }
}

/* One key of all sources. */
static void read_everywhere(struct config_reader *r, const struct config_key *key)
{
    for (size_t i = 0; i < r->source_count; i++) {
        const struct yaml_node *root = source_root(r, i);
        const struct yaml_node *value = root ? config_find(root, key->name) : NULL;
        if (value)
            key->read(r, key, value, r->config);
    }
}

void config_read_control_only(struct config_reader *r)
{
    read_everywhere(r, &control_key);
}

void config_read_sources(struct config_reader *r)
{
    static const struct config_key file_key = {.name = "the file",
                                               .expects = "a mapping of keys",
                                               .example = "listen: [\"127.0.0.1:53\"]"};
    static const struct config_keys table = {keys, sizeof(keys) / sizeof(*keys)};
    read_ttl(r);
    config_read_control_only(r);
    read_everywhere(r, &views_key); /* others name them */
    for (size_t i = 0; i < r->source_count; i++) {
        const struct yaml_node *root = source_root(r, i);
        if (root)
            config_read_map(r, &file_key, root, &table, r->config);
    }
}
