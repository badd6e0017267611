/* views: whom a part of the policy is for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

static void read_clients(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    struct config_view *view = target;
    struct config_networks list = {&view->clients, &view->client_count};
    config_read_networks(r, key, node, &list);
}

static void listener_add(struct config_reader *r, struct config_view *view, const struct addr *addr)
{
    struct addr *grown = config_grow(r, view->listeners, view->listener_count, sizeof(*addr));
    if (!grown)
        return;
    view->listeners = grown;
    view->listeners[view->listener_count++] = *addr;
}

static void read_listener(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node, void *target)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct addr addr;
        const char *text = config_scalar_item(r, key, item);
        if (text && config_address(r, key, item, text, 0, &addr))
            listener_add(r, target, &addr);
    }
}

static const struct config_key view_keys[] = {
    {.name = "name", .read = config_read_nothing, .expects = "a word", .example = "name: inside"},
    {.name = "clients",
     .read = read_clients,
     .expects = "a list of networks or words",
     .item = "a network or a word",
     .example = "clients: [10.0.0.0/8, \"fd00::/8\"]",
     .max = 1000},
    {.name = "listener",
     .read = read_listener,
     .expects = "a list of addresses",
     .item = "an address",
     .example = "listener: [10.5.0.2, \"10.5.0.3:5353\"]",
     .max = 256},
};
static const struct config_keys view_table = {view_keys, sizeof(view_keys) / sizeof(*view_keys)};

void config_view_deinit(struct config_view *view)
{
    free(view->name);
    free(view->clients);
    free(view->listeners);
}

static struct config_view *view_add(struct config_reader *r, const struct place *place)
{
    struct config *c = r->config;
    struct config_view *grown = config_grow(r, c->views, c->view_count, sizeof(*c->views));
    if (!grown)
        return NULL;
    c->views = grown;
    struct config_view *view = &c->views[c->view_count++];
    *view = (struct config_view){.place = *place};
    return view;
}

static const struct config_view *view_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->view_count; i++) {
        if (c->views[i].name && strcmp(c->views[i].name, name) == 0)
            return &c->views[i];
    }
    return NULL;
}

static void read_view(struct config_reader *r, const struct yaml_node *item,
                      struct config_view *view)
{
    const struct config_key name_key = view_keys[0];
    const struct yaml_node *name = config_find(item, "name");
    const struct config_view *first = NULL;
    char *text = name ? config_label(r, &name_key, name) : NULL;
    if (text)
        first = view_find(r->config, text);
    if (first)
        config_error(r, name, "twice", "keep one of them",
                     "the view \"%s\" was given before, at %s:%u", text, first->place.file,
                     first->place.line);
    view->name = text;
    if (!name)
        config_missing(r, &view_keys[0], item, "this view");
    if (config_find(item, "clients") || view->client_count > 0)
        return;
    if (!config_find(item, "listener")) {
        config_missing(r, &view_keys[1], item, "this view");
        return;
    }
    struct config_networks everyone = {&view->clients, &view->client_count};
    config_network_word(r, "all", &everyone);
}

void config_read_views(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    (void)target;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        struct place place = config_place(r, item);
        struct config_view *view = view_add(r, &place);
        if (!view)
            return;
        if (config_read_item(r, key, item, &view_table, view))
            read_view(r, item, view);
    }
}

/* The names of all views; to be freed. *count is 0 without memory too. */
static const char **view_names(struct config_reader *r, size_t *count)
{
    const struct config *c = r->config;
    const char **names = calloc(c->view_count + 1, sizeof(*names));
    *count = 0;
    if (!names)
        r->no_memory = true;
    for (size_t i = 0; names && i < c->view_count; i++) {
        if (c->views[i].name)
            names[(*count)++] = c->views[i].name;
    }
    return names;
}

bool config_view_known(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node)
{
    size_t count;
    char quoted[CONFIG_QUOTE_MAX], hint[200] = "write it into `views`";
    if (view_find(r->config, node->text))
        return true;
    const char **names = view_names(r, &count);
    const char *nearest = text_nearest(node->text, names, count);
    if (nearest)
        snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest);
    config_error(r, node, "unknown-view", hint, "%s %s is not one of the views", key->name,
                 config_quote(node, quoted));
    free(names);
    return false;
}

void config_read_view_name(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, void *target)
{
    const char *text = config_scalar(r, key, node);
    if (!text || !config_view_known(r, key, node))
        return;
    const char *name = policy_model_view(&r->config->policy, text);
    if (!name)
        r->no_memory = true;
    memcpy((char *)target + key->offset, &name, sizeof(name));
}
