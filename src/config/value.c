/* Single values: words, numbers, durations, sizes, names. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/value.h"

const char *config_scalar(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return node->text;
    config_wrong_kind(r, key, node);
    return NULL;
}

const char *config_scalar_item(struct config_reader *r, const struct config_key *key,
                               const struct yaml_node *item)
{
    if (item->kind == YAML_SCALAR)
        return item->text;
    config_wrong_item(r, key, item);
    return NULL;
}

bool config_address(struct config_reader *r, const struct config_key *key,
                    const struct yaml_node *node, const char *text, uint16_t port, struct addr *out)
{
    enum err e = addr_parse(out, text, port);
    if (e == ERR_RANGE)
        config_bad_value(r, key, node, "has a port over 65535");
    else if (e)
        config_bad_value(r, key, node, "is not an address");
    return e == ERR_OK;
}

static void out_of_range(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, const char *limits)
{
    char quoted[CONFIG_QUOTE_MAX];
    config_error(r, node, "out-of-range", limits, "%s %s is out of range", key->name,
                 config_quote(node, quoted));
}

bool config_word(struct config_reader *r, const struct config_key *key,
                 const struct yaml_node *node, int *out)
{
    const char *names[16], *text = config_scalar(r, key, node);
    char hint[200], quoted[CONFIG_QUOTE_MAX];
    size_t count = 0;
    if (!text)
        return false;
    for (const struct config_word *w = key->words; w->name; w++) {
        if (strcmp(w->name, text) == 0) {
            *out = w->value;
            return true;
        }
        if (count < 16)
            names[count++] = w->name;
    }
    const char *nearest = text_nearest(text, names, count);
    if (nearest)
        snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest);
    else
        snprintf(hint, sizeof(hint), "write %s", key->example);
    config_error(r, node, "unknown-word", hint, "%s is to be %s, not %s", key->name, key->expects,
                 config_quote(node, quoted));
    return false;
}

void config_read_word(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    int value;
    if (config_word(r, key, node, &value))
        memcpy((char *)target + key->offset, &value, sizeof(value));
}

/* A number without a unit is what most people try first. */
static void bad_duration(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node)
{
    uint64_t number;
    char hint[64], quoted[CONFIG_QUOTE_MAX];
    if (text_number(&number, node->text, CONFIG_TTL_MAX) != ERR_OK) {
        config_bad_value(r, key, node, NULL);
        return;
    }
    snprintf(hint, sizeof(hint), "write %s: %jus", key->name, (uintmax_t)number);
    config_error(r, node, "bad-value", hint, "%s %s has no unit", key->name,
                 config_quote(node, quoted));
}

static bool read_duration(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node, uint64_t *ms)
{
    const char *text = config_scalar(r, key, node);
    if (!text)
        return false;
    enum err e = text_duration(ms, text);
    if (e == ERR_RANGE || (!e && *ms / 1000 > CONFIG_TTL_MAX))
        out_of_range(r, key, node, "2147483647s at most");
    else if (e)
        bad_duration(r, key, node);
    else
        return true;
    return false;
}

void config_read_seconds(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    uint64_t ms;
    if (!read_duration(r, key, node, &ms))
        return;
    if (ms % 1000 != 0) {
        config_bad_value(r, key, node, "is not a number of whole seconds");
    } else {
        uint32_t seconds = (uint32_t)(ms / 1000);
        memcpy((char *)target + key->offset, &seconds, sizeof(seconds));
    }
}

void config_read_milliseconds(struct config_reader *r, const struct config_key *key,
                              const struct yaml_node *node, void *target)
{
    uint64_t ms;
    if (read_duration(r, key, node, &ms))
        memcpy((char *)target + key->offset, &ms, sizeof(ms));
}

void config_read_u16(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, void *target)
{
    const char *text = config_scalar(r, key, node);
    uint64_t number;
    if (!text)
        return;
    enum err e = text_number(&number, text, UINT16_MAX);
    if (e == ERR_RANGE) {
        out_of_range(r, key, node, "0 to 65535");
    } else if (e) {
        config_bad_value(r, key, node, NULL);
    } else {
        uint16_t value = (uint16_t)number;
        memcpy((char *)target + key->offset, &value, sizeof(value));
    }
}

void config_read_bytes(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    const char *text = config_scalar(r, key, node);
    uint64_t number = 0;
    if (!text)
        return;
    enum err e = text_size(&number, text);
    if (e == ERR_INVALID) {
        config_bad_value(r, key, node, NULL);
        return;
    }
    if (e || number < key->min || number > key->max) {
        char limits[64];
        snprintf(limits, sizeof(limits), "%juKiB to %juGiB", (uintmax_t)(key->min >> 10),
                 (uintmax_t)(key->max >> 30));
        out_of_range(r, key, node, limits);
        return;
    }
    size_t size = (size_t)number;
    memcpy((char *)target + key->offset, &size, sizeof(size));
}

static bool name_text(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, const char *text, struct dns_name *out)
{
    enum err e = text[0] ? policy_name_from_user(out, text) : ERR_INVALID;
    if (e == ERR_NOMEM) {
        r->no_memory = true;
        return false;
    }
    if (e == ERR_RANGE) {
        config_bad_value(r, key, node, "is too long: 63 bytes a label, 255 in all");
        return false;
    }
    if (e) {
        config_bad_value(r, key, node, "is not a domain name");
        return false;
    }
    return true;
}

bool config_name(struct config_reader *r, const struct config_key *key,
                 const struct yaml_node *node, struct dns_name *out)
{
    const char *text = config_scalar(r, key, node);
    return text && name_text(r, key, node, text, out);
}

bool config_name_item(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, struct dns_name *out)
{
    const char *text = config_scalar_item(r, key, item);
    return text && name_text(r, key, item, text, out);
}

char *config_label(struct config_reader *r, const struct config_key *key,
                   const struct yaml_node *node)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const char *text = config_scalar(r, key, node);
    if (!text)
        return NULL;
    if (!*text || strspn(text, allowed) != node->len) {
        config_bad_value(r, key, node, "is to be letters, digits, '-', '_' and '.' only");
        return NULL;
    }
    if (node->len > CONFIG_LABEL_MAX) {
        config_bad_value(r, key, node, "is too long: 63 characters at most");
        return NULL;
    }
    char *copy = strdup(text);
    if (!copy)
        r->no_memory = true;
    return copy;
}

void config_read_flag(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    static const struct config_word words[] = {
        {"on", true}, {"off", false}, {"true", true}, {"false", false}, {NULL, 0}};
    struct config_key flag_key = *key;
    int value;
    flag_key.words = words;
    if (config_word(r, &flag_key, node, &value))
        *((bool *)target + key->offset) = value != 0;
}

void config_read_nothing(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    (void)r, (void)key, (void)node, (void)target;
}
