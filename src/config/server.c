/* listen, threads, user: how the daemon faces its clients. */
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
        if (!text || !config_address(r, key, item, text, 53, &addr))
            continue;
        if (config_listen_add(r, &addr) == ERR_EXISTS)
            config_error(r, item, "twice", "keep one of them", "listen has \"%.80s\" twice", text);
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
