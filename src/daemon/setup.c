#include <stdlib.h>
#include <string.h>

#include "daemon/setup.h"

/* RFC 9520 §3.2: failures are kept at least 1 s and at most 5 min. A lab that repairs something
 * wants to see it at once. */
#define FAILURE_TTL 1

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
    return s;
}

enum err setup_load(struct setup *out, const char *file, const struct config_overrides *overrides,
                    const struct hash_key *key, uint32_t generation, struct diag_list *diags)
{
    *out = (struct setup){0};
    enum err e = config_load(&out->config, file, overrides, diags);
    if (e != ERR_OK)
        return e;
    policy_check(&out->config.policy, diags);
    out->settings = settings_new(&out->config);
    if (!out->settings) {
        setup_deinit(out);
        return ERR_NOMEM;
    }
    out->settings->policy = policy_compile(&out->config.policy, key, generation, NULL, diags);
    if (!out->settings->policy) {
        setup_deinit(out);
        return diags->errors > 0 ? ERR_INVALID : ERR_NOMEM;
    }
    return ERR_OK;
}

void setup_deinit(struct setup *setup)
{
    resolve_settings_free(setup->settings);
    config_deinit(&setup->config);
    *setup = (struct setup){0};
}
