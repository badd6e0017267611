/* cache and log. */
#include <stdio.h>
#include <string.h>

#include "config/sections.h"

#define CACHE_SIZE_MIN (UINT64_C(64) << 10)
#define CACHE_SIZE_MAX (UINT64_C(1024) << 30)

/* `off`, or how long past its end an answer may be served (RFC 8767). */
static void read_stale(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    if (node->kind == YAML_SCALAR && strcmp(node->text, "off") == 0)
        r->config->cache_serve_stale = 0;
    else
        config_read_seconds(r, key, node, target);
}

#define CACHE_TTL(text, field, value)                                                              \
    {                                                                                              \
        .name = (text), .read = config_read_seconds, .expects = "a duration",                      \
        .example = text ": " value, .once = true, .offset = offsetof(struct config, field)         \
    }

static const struct config_key cache_keys[] = {
    {.name = "size",
     .read = config_read_bytes,
     .expects = "a size",
     .example = "size: 64MiB",
     .once = true,
     .offset = offsetof(struct config, cache_size),
     .min = CACHE_SIZE_MIN,
     .max = CACHE_SIZE_MAX},
    CACHE_TTL("min-ttl", cache_min_ttl, "0s"),
    CACHE_TTL("max-ttl", cache_max_ttl, "1d"),
    CACHE_TTL("max-negative-ttl", cache_max_negative_ttl, "1h"),
    {.name = "serve-stale",
     .read = read_stale,
     .expects = "off or a duration",
     .example = "serve-stale: 1h",
     .once = true,
     .offset = offsetof(struct config, cache_serve_stale)},
};

void config_read_cache(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    static const struct config_keys table = {cache_keys, sizeof(cache_keys) / sizeof(*cache_keys)};
    struct config *c = target;
    if (!config_read_map(r, key, node, &table, c))
        return;
    const struct yaml_node *at = config_find(node, "min-ttl");
    if (c->cache_min_ttl > c->cache_max_ttl)
        config_error(r, at ? at : node, "out-of-range", "max-ttl is to be the larger one",
                     "min-ttl %us is over max-ttl %us", c->cache_min_ttl, c->cache_max_ttl);
}

static const struct config_word level_words[] = {{"error", LOG_LEVEL_ERROR},
                                                 {"warning", LOG_LEVEL_WARNING},
                                                 {"info", LOG_LEVEL_INFO},
                                                 {"debug", LOG_LEVEL_DEBUG},
                                                 {NULL, 0}};
static const struct config_word format_words[] = {
    {"text", LOG_FORMAT_TEXT}, {"json", LOG_FORMAT_JSON}, {NULL, 0}};

static const struct config_key log_keys[] = {
    {.name = "level",
     .read = config_read_word,
     .expects = "error, warning, info or debug",
     .example = "level: info",
     .once = true,
     .offset = offsetof(struct config, log.level),
     .words = level_words},
    {.name = "format",
     .read = config_read_word,
     .expects = "text or json",
     .example = "format: text",
     .once = true,
     .offset = offsetof(struct config, log.format),
     .words = format_words},
    {.name = "queries",
     .read = config_read_flag,
     .expects = "on or off",
     .example = "queries: on",
     .once = true,
     .offset = offsetof(struct config, log_queries)},
};

void config_read_log(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, void *target)
{
    static const struct config_keys table = {log_keys, sizeof(log_keys) / sizeof(*log_keys)};
    struct config *c = target;
    config_read_map(r, key, node, &table, c);
}
