/* Mappings by table, lists, and how mistakes are told. */
#include "config/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT_MAX 400

struct place config_place(const struct config_reader *r, const struct yaml_node *node)
{
    return (struct place){.file = r->file, .line = node->line, .column = node->column};
}

void config_error(struct config_reader *r, const struct yaml_node *node, const char *code,
                  const char *hint, const char *fmt, ...)
{
    struct place place = config_place(r, node);
    char message[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    diag_add(r->diags, DIAG_ERROR, code, &place, hint, "%s", message);
}

const char *config_quote(const struct yaml_node *node, char out[CONFIG_QUOTE_MAX])
{
    size_t len = node->len;
    const char *rest = "";
    if (len > CONFIG_QUOTE_MAX - 8) {
        len = CONFIG_QUOTE_MAX - 8;
        while (len > 0 && ((unsigned char)node->text[len] & 0xc0) == 0x80)
            len--; /* not within a character */
        rest = "...";
    }
    snprintf(out, CONFIG_QUOTE_MAX, "\"%.*s%s\"", (int)len, node->text, rest);
    return out;
}

static const char *found(const struct yaml_node *node, char quoted[CONFIG_QUOTE_MAX])
{
    switch (node->kind) {
    case YAML_NULL:
        return "nothing";
    case YAML_LIST:
        return "a list";
    case YAML_MAP:
        return "a mapping";
    case YAML_SCALAR:
        break;
    }
    return config_quote(node, quoted);
}

void config_wrong_kind(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node)
{
    char hint[HINT_MAX], quoted[CONFIG_QUOTE_MAX];
    snprintf(hint, sizeof(hint), "write %s", key->example);
    config_error(r, node, "wrong-kind", hint, "%s is to be %s, not %s", key->name, key->expects,
                 found(node, quoted));
}

void config_wrong_item(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *item)
{
    char hint[HINT_MAX], quoted[CONFIG_QUOTE_MAX];
    snprintf(hint, sizeof(hint), "write %s", key->example);
    config_error(r, item, "wrong-kind", hint, "an entry of %s is to be %s, not %s", key->name,
                 key->item, found(item, quoted));
}

void config_missing(struct config_reader *r, const struct config_key *missing,
                    const struct yaml_node *node, const char *what)
{
    char hint[HINT_MAX];
    snprintf(hint, sizeof(hint), "write %s", missing->example);
    config_error(r, node, "missing-key", hint, "%s has no %s", what, missing->name);
}

void config_bad_value(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, const char *reason)
{
    char hint[HINT_MAX], quoted[CONFIG_QUOTE_MAX];
    config_quote(node, quoted);
    snprintf(hint, sizeof(hint), "write %s", key->example);
    if (reason)
        config_error(r, node, "bad-value", hint, "%s %s %s", key->name, quoted, reason);
    else
        config_error(r, node, "bad-value", hint, "%s is to be %s, not %s", key->name, key->expects,
                     quoted);
}

static void unknown_key(struct config_reader *r, const struct yaml_node *node,
                        const struct config_keys *keys)
{
    const char *names[32];
    char hint[HINT_MAX], quoted[CONFIG_QUOTE_MAX];
    size_t count = 0, used = 0;
    for (size_t i = 0; i < keys->count && count < 32; i++)
        names[count++] = keys->keys[i].name;
    const char *nearest = text_nearest(node->text, names, count);
    if (nearest) {
        snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest);
    } else {
        used = (size_t)snprintf(hint, sizeof(hint), "known here:");
        for (size_t i = 0; i < keys->count && used < sizeof(hint); i++) {
            if (!keys->keys[i].elsewhere)
                used +=
                    (size_t)snprintf(hint + used, sizeof(hint) - used, " %s", keys->keys[i].name);
        }
    }
    config_error(r, node, "unknown-key", hint, "unknown key %s", config_quote(node, quoted));
}

bool config_first_time(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node)
{
    for (size_t i = 0; i < r->seen_count; i++) {
        const struct config_seen *seen = &r->seen[i];
        if (seen->key != key)
            continue;
        config_error(r, node, "set-twice", "keep one of them", "%s was set before, at %s:%u",
                     key->name, seen->place.file, seen->place.line);
        return false;
    }
    if (r->seen_count < CONFIG_SEEN_MAX)
        r->seen[r->seen_count++] = (struct config_seen){key, config_place(r, node)};
    return true;
}

static const struct config_key *key_find(const struct config_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->keys[i].name, name) == 0)
            return &keys->keys[i];
    }
    return NULL;
}

static void read_key(struct config_reader *r, const struct yaml_node *node,
                     const struct config_keys *keys, void *target)
{
    const struct config_key *key = key_find(keys, node->text);
    if (!key) {
        unknown_key(r, node, keys);
        return;
    }
    if (key->once && !config_first_time(r, key, node))
        return;
    key->read(r, key, node->value, target);
}

static void read_keys(struct config_reader *r, const struct yaml_node *map,
                      const struct config_keys *keys, void *target)
{
    for (const struct yaml_node *k = map->first; k; k = k->next)
        read_key(r, k, keys, target);
}

bool config_read_item(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, const struct config_keys *keys, void *target)
{
    if (item->kind != YAML_MAP) {
        config_wrong_item(r, key, item);
        return false;
    }
    read_keys(r, item, keys, target);
    return true;
}

bool config_read_map(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, const struct config_keys *keys, void *target)
{
    if (node->kind == YAML_NULL)
        return true;
    if (node->kind != YAML_MAP) {
        config_wrong_kind(r, key, node);
        return false;
    }
    read_keys(r, node, keys, target);
    return true;
}

const struct yaml_node *config_find(const struct yaml_node *map, const char *name)
{
    if (map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml_node *k = map->first; k; k = k->next) {
        if (strcmp(k->text, name) == 0)
            return k->value;
    }
    return NULL;
}

/* No longer than key->max, when that is not 0; reported. */
static bool is_short(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *list)
{
    uint64_t count = 0;
    for (const struct yaml_node *item = list->first; item; item = item->next)
        count++;
    if (key->max == 0 || count <= key->max)
        return true;
    config_error(r, list, "out-of-range", NULL, "%s has %ju entries, and may have %ju", key->name,
                 (uintmax_t)count, (uintmax_t)key->max);
    return false;
}

const struct yaml_node *config_list(struct config_reader *r, const struct config_key *key,
                                    const struct yaml_node *node)
{
    if (node->kind == YAML_NULL)
        return NULL;
    if (node->kind == YAML_LIST)
        return is_short(r, key, node) ? node->first : NULL;
    config_wrong_kind(r, key, node);
    return NULL;
}

const struct yaml_node *config_list_some(struct config_reader *r, const struct config_key *key,
                                         const struct yaml_node *node)
{
    char hint[HINT_MAX];
    if (node->kind != YAML_LIST) {
        config_wrong_kind(r, key, node);
        return NULL;
    }
    if (!node->first) {
        snprintf(hint, sizeof(hint), "write %s", key->example);
        config_error(r, node, "bad-value", hint, "%s is an empty list", key->name);
        return NULL;
    }
    return is_short(r, key, node) ? node->first : NULL;
}

void *config_grow(struct config_reader *r, void *array, size_t count, size_t size)
{
    /* Room doubles whenever the count is a power of two, and so needs no note of its own. */
    if ((count & (count - 1)) != 0)
        return array;
    void *moved = reallocarray(array, count ? count * 2 : 1, size);
    if (!moved)
        r->no_memory = true;
    return moved;
}
