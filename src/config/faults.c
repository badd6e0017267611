/* faults: which replies go wrong, and how. The values are the same as on the command line, and read
 * by src/policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

static void read_value(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    const char *expected = NULL, *text = config_scalar(r, key, node);
    char hint[200], quoted[CONFIG_QUOTE_MAX];
    if (!text)
        return;
    enum err e = fault_set(target, key->name, text, &expected);
    if (e == ERR_OK)
        return;
    snprintf(hint, sizeof(hint), "write %s", key->example);
    config_error(r, node, e == ERR_RANGE ? "out-of-range" : "bad-value", hint,
                 "%s is to be %s, not %s", key->name, expected ? expected : key->expects,
                 config_quote(node, quoted));
}

static void read_view(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    if (config_scalar(r, key, node) && config_view_known(r, key, node))
        read_value(r, key, node, target);
}

#define VALUE(key, what, value)                                                                    \
    {                                                                                              \
        .name = (key), .read = read_value, .expects = (what), .example = key ": " value            \
    }

static const struct config_key match_keys[] = {
    VALUE("name", "a domain name", "_xmpp-client._tcp.lab.example"),
    VALUE("domain", "a domain name", "lab.example"),
    VALUE("service", "a service", "xmpp-client"),
    VALUE("type", "a record type", "AAAA"),
    VALUE("client", "an address or a network", "10.5.0.0/16"),
    {.name = "view", .read = read_view, .expects = "the name of a view", .example = "view: inside"},
    VALUE("transport", "udp or tcp", "tcp"),
    VALUE("source", "policy, cache or upstream", "upstream"),
};
static const struct config_keys match_table = {match_keys,
                                               sizeof(match_keys) / sizeof(*match_keys)};

static void read_match(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    config_read_map(r, key, node, &match_table, target);
}

static void read_outside(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    char hint[200];
    (void)target;
    snprintf(hint, sizeof(hint), "write match: {%s: ...}", key->name);
    config_error(r, node, "bad-value", hint, "%s belongs under match", key->name);
}

#define OUTSIDE(key)                                                                               \
    {                                                                                              \
        .name = (key), .read = read_outside, .elsewhere = true                                     \
    }

static const struct config_key fault_table_keys[] = {
    {.name = "name",
     .read = config_read_nothing,
     .expects = "a word",
     .example = "name: slow-aaaa"},
    {.name = "match",
     .read = read_match,
     .expects = "a mapping",
     .example = "match: {type: AAAA, domain: lab.example}"},
    VALUE("rcode", "an RCODE", "SERVFAIL"),
    VALUE("drop", "true", "true"),
    VALUE("delay", "a duration", "3s"),
    VALUE("jitter", "a duration", "500ms"),
    VALUE("truncate", "true", "true"),
    VALUE("tcp", "reset, half-length or refuse", "reset"),
    VALUE("ttl", "a duration", "0s"),
    VALUE("mangle", "a way to mangle", "wrong-id"),
    VALUE("share", "a share in percent", "30%"),
    VALUE("first", "a number", "2"),
    VALUE("every", "a number", "3"),
    VALUE("for", "a duration", "5m"),
    OUTSIDE("domain"),
    OUTSIDE("service"),
    OUTSIDE("type"),
    OUTSIDE("client"),
    OUTSIDE("view"),
    OUTSIDE("transport"),
    OUTSIDE("source"),
};
static const struct config_keys fault_table = {fault_table_keys, sizeof(fault_table_keys) /
                                                                     sizeof(*fault_table_keys)};

static const struct fault_spec *fault_find_name(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->fault_count; i++) {
        if (strcmp(c->faults[i].name, name) == 0)
            return &c->faults[i];
    }
    return NULL;
}

static void read_name(struct config_reader *r, const struct yaml_node *item,
                      struct fault_spec *fault)
{
    const struct yaml_node *node = config_find(item, "name");
    if (!node) {
        config_missing(r, &fault_table_keys[0], item, "this fault");
        return;
    }
    char *name = config_label(r, &fault_table_keys[0], node);
    if (!name)
        return;
    const struct fault_spec *first = fault_find_name(r->config, name);
    if (first)
        config_error(r, node, "twice", "give it another name",
                     "the fault \"%s\" was given before, at %s:%u", name, first->place.file,
                     first->place.line);
    fault_init(fault, name);
    free(name);
}

static void read_fault(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *item)
{
    struct config *c = r->config;
    struct fault_spec fault;
    size_t errors = r->diags->errors;
    fault_init(&fault, "");
    if (item->kind == YAML_MAP)
        read_name(r, item, &fault);
    if (!config_read_item(r, key, item, &fault_table, &fault))
        return;
    const char *problem = fault_problem(&fault);
    if (problem && r->diags->errors == errors)
        config_error(r, item, "bad-fault", NULL, "the fault \"%s\" cannot work: %s", fault.name,
                     problem);
    struct fault_spec *grown = config_grow(r, c->faults, c->fault_count, sizeof(*grown));
    if (!grown)
        return;
    c->faults = grown;
    fault.place = config_place(r, item);
    grown[c->fault_count++] = fault;
}

void config_read_faults(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    (void)target;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next)
        read_fault(r, key, item);
}
