/* expect: which lookups a step of a scenario is to see. */
#include <string.h>

#include "config/sections.h"

static void read_client(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct config_expect *expect = target;
    const char *text = config_scalar(r, key, node);
    if (!text)
        return;
    enum err e = subnet_parse(&expect->client, text);
    if (e == ERR_RANGE)
        config_bad_value(r, key, node, "has too many bits: 32 at most, 128 for IPv6");
    else if (e)
        config_bad_value(r, key, node, NULL);
    expect->has_client = true;
}

static void read_service(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    struct config_word words[POLICY_SERVICES + 1] = {0};
    struct config_key word_key = *key;
    for (int s = 0; s < POLICY_SERVICES; s++)
        words[s] = (struct config_word){policy_service_name((enum policy_service)s), s};
    word_key.words = words;
    config_word(r, &word_key, node, &((struct config_expect *)target)->service);
}

static void read_name(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    config_name(r, key, node, &((struct config_expect *)target)->name);
}

static void read_count(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct config_expect *expect = target;
    const char *text = config_scalar(r, key, node);
    if (!text)
        return;
    if (text_number(&expect->count, text, UINT32_MAX) != ERR_OK)
        config_bad_value(r, key, node, NULL);
    else if (expect->count == 0)
        config_error(r, node, "bad-value", "write none: true", "count \"0\" would expect nothing");
}

static const struct config_key expect_keys[] = {
    {.name = "client",
     .read = read_client,
     .expects = "an address or a network",
     .example = "client: 10.5.0.20"},
    {.name = "service",
     .read = read_service,
     .expects = "one of the XMPP services",
     .example = "service: xmpp-client"},
    {.name = "name",
     .read = read_name,
     .expects = "a domain name",
     .example = "name: xmpp1.lab.example"},
    {.name = "count", .read = read_count, .expects = "a number from 1", .example = "count: 2"},
    {.name = "within",
     .read = config_read_milliseconds,
     .expects = "a duration",
     .example = "within: 10s",
     .offset = offsetof(struct config_expect, within_ms)},
    {.name = "none",
     .read = config_read_flag,
     .expects = "true",
     .example = "none: true",
     .offset = offsetof(struct config_expect, none)},
};

static void validate(struct config_reader *r, const struct yaml_node *node,
                     const struct config_expect *expect)
{
    const struct yaml_node *name = config_find(node, "name"), *count = config_find(node, "count");
    if (!node->first)
        config_error(r, node, "bad-value", "write expect: {service: xmpp-client}",
                     "expect says nothing");
    if (name && config_find(node, "service"))
        config_error(r, name, "bad-value", "keep one of them", "expect has a service and a name");
    if (count && expect->none)
        config_error(r, count, "bad-value", "keep one of them", "expect has a count and none");
}

void config_read_expect(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    static const struct config_keys table = {expect_keys,
                                             sizeof(expect_keys) / sizeof(*expect_keys)};
    struct config_step *step = target;
    step->has_expect = true;
    step->expect = (struct config_expect){.service = -1, .count = 1};
    if (node->kind != YAML_MAP)
        config_wrong_kind(r, key, node);
    else if (config_read_map(r, key, node, &table, &step->expect))
        validate(r, node, &step->expect);
}
