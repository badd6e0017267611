/* listen, allow, threads, user: how the daemon faces its clients. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

#define THREADS_MAX 256

enum err config_listen_add(struct config_reader *r, const struct addr *addr)
{
    struct config *c = r->config;
    if (addr_port(addr) != 0) {
        for (size_t i = 0; i < c->listen_count; i++) {
            if (addr_equal(&c->listen[i], addr))
                return ERR_EXISTS;
        }
    }
    struct addr *grown = config_grow(r, c->listen, c->listen_count, sizeof(*c->listen));
    if (!grown)
        return ERR_NOMEM;
    c->listen = grown;
    c->listen[c->listen_count++] = *addr;
    return ERR_OK;
}

void config_read_listen(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    (void)target;
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct addr addr;
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        enum err e = addr_parse(&addr, text, 53);
        if (e == ERR_RANGE)
            config_bad_value(r, key, item, "has a port over 65535");
        else if (e)
            config_bad_value(r, key, item, "is not an address");
        else if (config_listen_add(r, &addr) == ERR_EXISTS)
            config_error(r, item, "twice", "keep one of them", "listen has \"%.80s\" twice", text);
    }
}

static void allow_add(struct config_reader *r, const struct subnet *net)
{
    struct config *c = r->config;
    struct subnet *grown = config_grow(r, c->allow, c->allow_count, sizeof(*c->allow));
    if (!grown)
        return;
    c->allow = grown;
    c->allow[c->allow_count++] = *net;
}

/* What the words of `allow` stand for. */
static const struct {
    const char *word;
    const char *networks[7];
} allow_words[] = {
    {"loopback", {"127.0.0.0/8", "::1/128"}},
    /* RFC 1918 §3, RFC 4193 §3, and link-local: RFC 3927 §2.1, RFC 4291 §2.5.6 */
    {"private",
     {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10"}},
    {"all", {"0.0.0.0/0", "::/0"}},
    {"any", {"0.0.0.0/0", "::/0"}},
};
#define ALLOW_WORDS (sizeof(allow_words) / sizeof(*allow_words))

bool config_allow_word(struct config_reader *r, const char *text)
{
    for (size_t i = 0; i < ALLOW_WORDS; i++) {
        if (strcmp(allow_words[i].word, text) != 0)
            continue;
        for (const char *const *n = allow_words[i].networks; *n; n++) {
            struct subnet net;
            if (subnet_parse(&net, *n) == ERR_OK)
                allow_add(r, &net);
        }
        return true;
    }
    return false;
}

static void allow_bad(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item)
{
    const char *words[ALLOW_WORDS];
    char reason[80];
    for (size_t i = 0; i < ALLOW_WORDS; i++)
        words[i] = allow_words[i].word;
    const char *nearest = text_nearest(item->text, words, ALLOW_WORDS);
    if (!nearest) {
        config_bad_value(r, key, item, "is neither a network nor loopback, private, all");
        return;
    }
    char quoted[CONFIG_QUOTE_MAX];
    snprintf(reason, sizeof(reason), "did you mean \"%s\"?", nearest);
    config_error(r, item, "unknown-word", reason,
                 "allow %s is neither a network nor loopback, private, all",
                 config_quote(item, quoted));
}

void config_read_allow(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    (void)target;
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct subnet net;
        const char *text = config_scalar_item(r, key, item);
        if (!text || config_allow_word(r, text))
            continue;
        enum err e = subnet_parse(&net, text);
        if (e == ERR_RANGE)
            config_bad_value(r, key, item, "has too many bits: 32 at most, 128 for IPv6");
        else if (e)
            allow_bad(r, key, item);
        else
            allow_add(r, &net);
    }
}

void config_read_threads(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    (void)target;
    const char *text = config_scalar(r, key, node);
    uint64_t number = 0;
    if (!text)
        return;
    if (strcmp(text, "auto") == 0) {
        r->config->threads = 0;
        return;
    }
    enum err e = text_number(&number, text, THREADS_MAX);
    if (e == ERR_RANGE || (!e && number == 0))
        config_bad_value(r, key, node, "is out of range: 1 to 256");
    else if (e)
        config_bad_value(r, key, node, NULL);
    else
        r->config->threads = (unsigned)number;
}

static bool user_exists(const char *name)
{
    struct passwd entry, *result = NULL;
    char buffer[16384];
    return getpwnam_r(name, &entry, buffer, sizeof(buffer), &result) == 0 && result;
}

void config_read_user(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    (void)target;
    const char *text = config_scalar(r, key, node);
    if (!text)
        return;
    bool word = strcmp(text, "auto") == 0 || strcmp(text, "none") == 0;
    if (!word && !user_exists(text)) {
        config_bad_value(r, key, node, "does not exist on this machine");
        return;
    }
    char *copy = strdup(text);
    if (!copy) {
        r->no_memory = true;
        return;
    }
    free(r->config->user);
    r->config->user = copy;
}
