/* A service of a domain in mode amend: what changes in upstream's answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

/* '*' is every target. */
static void read_target(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct policy_edit *edit = target;
    if (node->kind == YAML_SCALAR && strcmp(node->text, "*") == 0)
        edit->any_target = true;
    else
        config_read_target(r, key, node, &edit->target);
}

static void read_field(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct policy_edit *edit = target;
    edit->fields |= (unsigned)key->max;
    if (key->max == POLICY_EDIT_TTL)
        config_read_seconds(r, key, node, target);
    else
        config_read_u16(r, key, node, target);
}

static void read_remove(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct policy_edit *edit = target;
    bool remove = false;
    config_read_flag(r, key, node, &remove);
    if (remove)
        edit->fields |= POLICY_EDIT_REMOVE;
}

static void read_replace(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    struct policy_edit *edit = target;
    edit->fields |= POLICY_EDIT_REPLACE;
    config_read_target(r, key, node, &edit->replace);
    if (node->kind == YAML_SCALAR && strcmp(node->text, ".") == 0)
        config_error(r, node, "bad-value", "write remove: true, or none for the whole service",
                     "replace \".\" would be no target");
}

#define NUMBER(text, field, bit)                                                                   \
    {                                                                                              \
        .name = (text), .read = read_field, .expects = "a number from 0 to 65535",                 \
        .example = text ": 10", .offset = offsetof(struct policy_edit, field), .max = (bit)        \
    }

static const struct config_key edit_keys[] = {
    {.name = "target",
     .read = read_target,
     .expects = "a host name, or '*'",
     .example = "target: old.example.com, or target: '*'"},
    NUMBER("port", port, POLICY_EDIT_PORT),
    NUMBER("priority", priority, POLICY_EDIT_PRIORITY),
    NUMBER("weight", weight, POLICY_EDIT_WEIGHT),
    {.name = "ttl",
     .read = read_field,
     .expects = "a duration",
     .example = "ttl: 5s",
     .offset = offsetof(struct policy_edit, ttl),
     .max = POLICY_EDIT_TTL},
    {.name = "remove", .read = read_remove, .expects = "true", .example = "remove: true"},
    {.name = "replace",
     .read = read_replace,
     .expects = "a host name",
     .example = "replace: new.example.com"},
};
static const struct config_keys edit_table = {edit_keys, sizeof(edit_keys) / sizeof(*edit_keys)};

/* What the keys of one entry say together. */
static void validate(struct config_reader *r, const struct yaml_node *item,
                     const struct policy_edit *edit)
{
    if (!config_find(item, "target"))
        config_missing(r, &edit_keys[0], item, "this entry");
    if (edit->fields == 0)
        config_error(r, item, "missing-key", "write what is to be: priority: 30, or remove: true",
                     "this entry changes nothing");
    if ((edit->fields & POLICY_EDIT_REMOVE) && edit->fields != POLICY_EDIT_REMOVE)
        config_error(r, item, "bad-value", "keep one of them",
                     "this entry removes the target and changes it");
}

void config_read_edit(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, struct policy_set *set)
{
    const struct config_key item_key = {.name = key->name,
                                        .item = "a mapping",
                                        .example = "{target: old.example.com, priority: 30}"};
    struct policy_edit *edit = policy_set_add_edit(set);
    size_t errors = r->diags->errors;
    if (!edit) {
        r->no_memory = true;
        return;
    }
    edit->target = (struct dns_name){.len = 1};
    if (!config_read_item(r, &item_key, item, &edit_table, edit))
        return;
    if (r->diags->errors == errors)
        validate(r, item, edit);
}
