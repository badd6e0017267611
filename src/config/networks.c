/* Lists of networks: allow, and the clients of views. */
#include <stdio.h>
#include <string.h>

#include "config/sections.h"

/* What the words for networks stand for. */
static const struct {
    const char *word;
    const char *networks[7];
} network_words[] = {
    {"loopback", {"127.0.0.0/8", "::1/128"}},
    /* RFC 1918 §3, RFC 4193 §3, and link-local: RFC 3927 §2.1, RFC 4291 §2.5.6 */
    {"private",
     {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10"}},
    {"all", {"0.0.0.0/0", "::/0"}},
    {"any", {"0.0.0.0/0", "::/0"}},
};
#define NETWORK_WORDS (sizeof(network_words) / sizeof(*network_words))

static void network_add(struct config_reader *r, struct config_networks *list,
                        const struct subnet *net)
{
    struct subnet *grown = config_grow(r, *list->items, *list->count, sizeof(*net));
    if (!grown)
        return;
    *list->items = grown;
    grown[(*list->count)++] = *net;
}

bool config_network_word(struct config_reader *r, const char *word, struct config_networks *list)
{
    for (size_t i = 0; i < NETWORK_WORDS; i++) {
        if (strcmp(network_words[i].word, word) != 0)
            continue;
        for (const char *const *n = network_words[i].networks; *n; n++) {
            struct subnet net;
            if (subnet_parse(&net, *n) == ERR_OK)
                network_add(r, list, &net);
        }
        return true;
    }
    return false;
}

static void network_bad(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *item)
{
    const char *words[NETWORK_WORDS];
    char hint[80], quoted[CONFIG_QUOTE_MAX];
    for (size_t i = 0; i < NETWORK_WORDS; i++)
        words[i] = network_words[i].word;
    const char *nearest = text_nearest(item->text, words, NETWORK_WORDS);
    if (!nearest) {
        config_bad_value(r, key, item, "is neither a network nor loopback, private, all");
        return;
    }
    snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest);
    config_error(r, item, "unknown-word", hint,
                 "%s %s is neither a network nor loopback, private, all", key->name,
                 config_quote(item, quoted));
}

void config_read_networks(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node, struct config_networks *list)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct subnet net;
        const char *text = config_scalar_item(r, key, item);
        if (!text || config_network_word(r, text, list))
            continue;
        enum err e = subnet_parse(&net, text);
        if (e == ERR_RANGE)
            config_bad_value(r, key, item, "has too many bits: 32 at most, 128 for IPv6");
        else if (e)
            network_bad(r, key, item);
        else
            network_add(r, list, &net);
    }
}

void config_read_allow(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct config *c = target;
    struct config_networks list = {&c->allow, &c->allow_count};
    config_read_networks(r, key, node, &list);
}
