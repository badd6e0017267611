/* A service of a domain: a list of targets, or of changes to them, or a word. */
#include <stdio.h>
#include <string.h>

#include "config/sections.h"

#define TARGET_WEIGHT 5 /* as most published records have it; 0 means "hardly ever" (RFC 2782) */

/* `xmpp1.example.com:5222`: a port where none belongs. */
static bool has_port(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon && strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

void config_read_target(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, struct dns_name *out)
{
    if (node->kind == YAML_SCALAR && has_port(node->text)) {
        char hint[CONFIG_QUOTE_MAX + 60], quoted[CONFIG_QUOTE_MAX];
        const char *colon = strchr(node->text, ':');
        snprintf(hint, sizeof(hint), "write {%s: %.*s, port: %.6s}", key->name,
                 (int)(colon - node->text > 60 ? 60 : colon - node->text), node->text, colon + 1);
        config_error(r, node, "bad-value", hint, "%s %s has a port in it", key->name,
                     config_quote(node, quoted));
        return;
    }
    config_name(r, key, node, out);
}

static void read_target_name(struct config_reader *r, const struct config_key *key,
                             const struct yaml_node *node, void *target)
{
    struct policy_target *of = target;
    struct dns_name name = {.len = 1};
    config_read_target(r, key, node, &name);
    if (policy_model_name(&r->config->policy, &of->name, &name))
        r->no_memory = true;
}

/* Keys of the mode amend. All TTLs of an answer of ours are the same, so targets have none. */
static void read_amending(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node, void *target)
{
    (void)target;
    config_error(r, node, "wrong-mode", key->example,
                 "a target can have %s in the mode \"amend\" only", key->name);
}

static const struct config_key target_keys[] = {
    {.name = "target",
     .read = read_target_name,
     .expects = "a host name",
     .example = "target: xmpp1.example.com"},
    {.name = "port",
     .read = config_read_u16,
     .expects = "a number from 0 to 65535",
     .example = "port: 5222",
     .offset = offsetof(struct policy_target, port)},
    {.name = "priority",
     .read = config_read_u16,
     .expects = "a number from 0 to 65535",
     .example = "priority: 10",
     .offset = offsetof(struct policy_target, priority)},
    {.name = "weight",
     .read = config_read_u16,
     .expects = "a number from 0 to 65535",
     .example = "weight: 5",
     .offset = offsetof(struct policy_target, weight)},
    {.name = "ttl",
     .read = read_amending,
     .elsewhere = true,
     .example = "write ttl beside the services"},
    {.name = "remove", .read = read_amending, .elsewhere = true, .example = "leave the target out"},
    {.name = "replace",
     .read = read_amending,
     .elsewhere = true,
     .example = "write the other target itself"},
};
static const struct config_keys target_table = {target_keys,
                                                sizeof(target_keys) / sizeof(*target_keys)};

static void read_target(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *item, struct policy_set *set)
{
    const struct config_key item_key = {
        .name = key->name,
        .item = "a mapping",
        .example = "{target: xmpp1.example.com, port: 5222, priority: 10, weight: 5}"};
    struct policy_target *target = policy_set_add_target(&r->config->policy, set);
    if (!target) {
        r->no_memory = true;
        return;
    }
    *target = (struct policy_target){.name = POLICY_NAME_ROOT,
                                     .port = policy_service_port((enum policy_service)key->offset),
                                     .weight = TARGET_WEIGHT,
                                     .place = {item->line, item->column}};
    if (!config_read_item(r, &item_key, item, &target_table, target))
        return;
    if (!config_find(item, "target"))
        config_missing(r, &target_keys[0], item, "this entry");
}

void config_read_service(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    static const struct config_word words[] = {{"none", POLICY_SET_NONE},
                                               {"nodata", POLICY_SET_NODATA},
                                               {"nxdomain", POLICY_SET_NXDOMAIN},
                                               {"upstream", POLICY_SET_UPSTREAM},
                                               {NULL, 0}};
    struct policy_domain *domain = target;
    struct policy_set *set = &domain->sets[key->offset];
    bool amends = domain->mode == POLICY_MODE_AMEND;
    struct config_key word_key = *key;
    int kind;
    word_key.words = words;
    set->listed = true;
    set->place = (struct spot){node->line, node->column};
    if (node->kind == YAML_SCALAR) {
        if (config_word(r, &word_key, node, &kind))
            set->kind = (enum policy_set_kind)kind;
        return;
    }
    set->kind = amends ? POLICY_SET_EDITS : POLICY_SET_TARGETS;
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        if (amends)
            config_read_edit(r, key, item, set);
        else
            read_target(r, key, item, set);
    }
}
