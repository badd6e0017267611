#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "control/scenario.h"
#include "daemon/setup.h"

/* RFC 9520 §3.2: failures are kept at least 1 s and at most 5 min. A lab that repairs something
 * wants to see it at once. */
#define FAILURE_TTL 1

#define OWN_PAGES (512 << 10) /* bytes */

static struct resolve_settings *settings_new(const struct config *config)
{
    struct resolve_settings *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->allow = calloc(config->allow_count ? config->allow_count : 1, sizeof(*s->allow));
    if (!s->allow) {
        free(s);
        return NULL;
    }
    if (config->allow_count > 0)
        memcpy(s->allow, config->allow, config->allow_count * sizeof(*s->allow));
    s->allow_count = config->allow_count;
    s->ttl = (struct dns_ttl_limits){.min = config->cache_min_ttl,
                                     .max = config->cache_max_ttl,
                                     .max_negative = config->cache_max_negative_ttl};
    s->failure_ttl = FAILURE_TTL;
    s->stale_window = config->cache_serve_stale;
    s->unrecorded = !config->control_socket && !config->has_control_http && !config->log_queries;
    return s;
}

static enum err view_init(struct resolve_view *view, const struct config_view *from)
{
    view->name = strdup(from->name);
    view->clients = calloc(from->client_count ? from->client_count : 1, sizeof(*view->clients));
    view->listeners =
        calloc(from->listener_count ? from->listener_count : 1, sizeof(*view->listeners));
    if (!view->name || !view->clients || !view->listeners)
        return ERR_NOMEM;
    for (size_t i = 0; i < from->client_count; i++)
        view->clients[view->client_count++] = from->clients[i];
    for (size_t i = 0; i < from->listener_count; i++)
        view->listeners[view->listener_count++] = from->listeners[i];
    return ERR_OK;
}

/* The policies: that of clients in no view, and that of each view. */
static enum err settings_compile(struct resolve_settings *s, const struct config *config,
                                 const struct hash_key *key, struct diag_list *diags)
{
    s->policy = policy_compile(&config->policy, key, s->mark, NULL, diags);
    if (!s->policy)
        return diags->errors > 0 ? ERR_INVALID : ERR_NOMEM;
    s->views = calloc(config->view_count ? config->view_count : 1, sizeof(*s->views));
    if (!s->views)
        return ERR_NOMEM;
    for (size_t i = 0; i < config->view_count; i++) {
        struct resolve_view *view = &s->views[s->view_count++];
        enum err e = view_init(view, &config->views[i]);
        if (e != ERR_OK)
            return e;
        view->policy = policy_compile(&config->policy, key, s->mark + (uint32_t)i + 1,
                                      config->views[i].name, diags);
        if (!view->policy)
            return diags->errors > 0 ? ERR_INVALID : ERR_NOMEM;
    }
    return ERR_OK;
}

void setup_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, OWN_PAGES);
#endif
}

void setup_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

enum err setup_load(struct setup *out, const char *file, const struct config_overrides *overrides,
                    const struct hash_key *key, uint32_t *numbers, struct diag_list *diags)
{
    *out = (struct setup){0};
    enum err e = config_load(&out->config, file, overrides, diags);
    if (e != ERR_OK)
        return e;
    policy_check(&out->config.policy, diags);
    scenario_check(&out->config, diags);
    out->settings = settings_new(&out->config);
    if (!out->settings) {
        setup_deinit(out);
        return ERR_NOMEM;
    }
    out->settings->mark = *numbers;
    *numbers += (uint32_t)out->config.view_count + 1;
    e = settings_compile(out->settings, &out->config, key, diags);
    if (e == ERR_OK && diags->errors > 0)
        e = ERR_INVALID;
    if (e != ERR_OK)
        setup_deinit(out);
    return e;
}

void setup_deinit(struct setup *setup)
{
    resolve_settings_free(setup->settings);
    config_deinit(&setup->config);
    *setup = (struct setup){0};
}
