/* Loading as a whole: defaults, files, what the command line says, and the end of it all. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/sections.h"

const char *config_file(const char *option)
{
    const char *from_environment = getenv("SHUNT_CONFIG");
    if (option)
        return option;
    if (from_environment && *from_environment)
        return from_environment;
    return access(CONFIG_DEFAULT_FILE, F_OK) == 0 ? CONFIG_DEFAULT_FILE : NULL;
}

static enum err set_defaults(struct config *config)
{
    *config = (struct config){
        .ttl = 5,
        .cache_size = (size_t)64 << 20,
        .cache_max_ttl = 86400,
        .cache_max_negative_ttl = 3600,
        .log = {.level = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT, .fd = STDERR_FILENO},
    };
    config->user = strdup("auto");
    if (!config->user || config_control_defaults(config) != ERR_OK) {
        config_deinit(config);
        return ERR_NOMEM;
    }
    return ERR_OK;
}

void config_upstream_deinit(struct config_upstream *upstream)
{
    free(upstream->domains);
    free(upstream->servers);
}

void config_deinit(struct config *config)
{
    for (size_t i = 0; i < config->upstream_count; i++)
        config_upstream_deinit(&config->upstreams[i]);
    for (size_t i = 0; i < config->view_count; i++)
        config_view_deinit(&config->views[i]);
    for (size_t i = 0; i < config->scenario_count; i++)
        config_scenario_deinit(&config->scenarios[i]);
    config_control_deinit(config);
    free(config->upstreams);
    free(config->views);
    free(config->faults);
    free(config->lab_refuse);
    free(config->lab_blackhole);
    free(config->scenarios);
    free(config->listen);
    free(config->allow);
    free(config->user);
    policy_model_deinit(&config->policy);
    *config = (struct config){0};
}

/* The lists that nobody set. */
static void fill_lists(struct config_reader *r)
{
    static const char *const listen[] = {"127.0.0.1:53", "[::1]:53"};
    static const char *const allow[] = {"loopback", "private"};
    bool no_listen = r->config->listen_count == 0, no_allow = r->config->allow_count == 0;
    struct addr addr;
    for (size_t i = 0; no_listen && i < 2; i++) {
        if (addr_parse(&addr, listen[i], 53) == ERR_OK)
            config_listen_add(r, &addr);
    }
    for (size_t i = 0; no_allow && i < 2; i++)
        config_network_word(r, allow[i],
                            &(struct config_networks){&r->config->allow, &r->config->allow_count});
}

static void reader_deinit(struct config_reader *r)
{
    for (size_t i = 0; i < r->source_count; i++)
        yaml_doc_deinit(&r->sources[i].doc);
    free(r->sources);
}

/* The end of it all; frees what the reader holds. */
static enum err close_reader(struct config_reader *r, size_t errors_before)
{
    enum err e = ERR_OK;
    if (r->no_memory)
        e = ERR_NOMEM;
    else if (r->diags->errors > errors_before)
        e = ERR_INVALID;
    reader_deinit(r);
    if (e)
        config_deinit(r->config);
    return e;
}

/* From the files' trees to the whole configuration. */
static enum err finish(struct config_reader *r, const struct config_overrides *overrides,
                       size_t errors_before)
{
    config_read_sources(r);
    if (overrides)
        config_override(r, overrides);
    fill_lists(r);
    config_fill_lab(r);
    if (r->diags->errors == errors_before)
        config_validate_upstreams(r);
    return close_reader(r, errors_before);
}

enum err config_load(struct config *out, const char *path, const struct config_overrides *overrides,
                     struct diag_list *diags)
{
    struct config_reader r = {.config = out, .diags = diags};
    size_t errors = diags->errors;
    enum err e = set_defaults(out);
    if (e)
        return e;
    if (path)
        config_source_file(&r, path, &(struct place){0}, 1);
    return finish(&r, overrides, errors);
}

enum err config_load_control(struct config *out, const char *path, struct diag_list *diags)
{
    struct config_reader r = {.config = out, .diags = diags, .only_control = true};
    size_t errors = diags->errors;
    enum err e = set_defaults(out);
    if (e)
        return e;
    if (path)
        config_source_file(&r, path, &(struct place){0}, 1);
    config_read_control_only(&r);
    return close_reader(&r, errors);
}

enum err config_parse(struct config *out, const char *name, const char *text, size_t len,
                      const struct config_overrides *overrides, struct diag_list *diags)
{
    struct config_reader r = {.config = out, .diags = diags};
    size_t errors = diags->errors;
    enum err e = set_defaults(out);
    if (e)
        return e;
    config_source_text(&r, name, text, len);
    return finish(&r, overrides, errors);
}
