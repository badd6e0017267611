/* The configuration: YAML files into one struct, validated. Docs: shunt.yaml(5). */
#ifndef SHUNT_CONFIG_CONFIG_H
#define SHUNT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/diag.h"
#include "base/endpoint.h"
#include "base/log.h"
#include "dns/name.h"
#include "policy/model.h"

#define CONFIG_DEFAULT_FILE "/etc/shunt/shunt.yaml"

/* `servers` for the names at and below `domains`; no domains = the default servers. */
struct config_upstream {
    struct dns_name *domains;
    size_t domain_count;
    struct endpoint *servers;
    size_t server_count;
    struct place place;
};

struct config {
    struct addr *listen;
    size_t listen_count;
    struct subnet *allow;
    size_t allow_count;
    unsigned threads; /* 0 = one per core */
    char *user;       /* "auto", "none" or a user's name */
    uint32_t ttl;     /* seconds */
    struct config_upstream *upstreams;
    size_t upstream_count;                                         /* 0 = /etc/resolv.conf */
    size_t cache_size;                                             /* bytes */
    uint32_t cache_min_ttl, cache_max_ttl, cache_max_negative_ttl; /* seconds */
    uint32_t cache_serve_stale;                                    /* seconds; 0 = off */
    struct log log;                                                /* level and format; fd is 2 */
    struct policy_model policy;
};

/* What the command line adds to the files, and overrides in them. */
struct config_overrides {
    const char *const *listen; /* --listen: in place of the file's */
    size_t listen_count;
    const char *const *servers; /* --upstream: in place of the file's default servers */
    size_t server_count;
    const char *const *records; /* --record: added */
    size_t record_count;
    int verbose; /* -v: log level one step up each */
};

/* Which file to read: `option` if given, else $SHUNT_CONFIG, else CONFIG_DEFAULT_FILE if it exists,
 * else NULL: built-in defaults. */
const char *config_file(const char *option);

/* Reads `path` (NULL: no file), the files that it includes, and the overrides, into *out.
 * Everything wrong goes to `diags`; the result is ERR_OK only without errors, and then *out is to
 * be freed with config_deinit. Records and zones are read here too; policy_compile comes after. */
enum err config_load(struct config *out, const char *path, const struct config_overrides *overrides,
                     struct diag_list *diags);
/* The same from memory, for tests and fuzzing; `name` is what findings call it, and includes are
 * looked for beside it. */
enum err config_parse(struct config *out, const char *name, const char *text, size_t len,
                      const struct config_overrides *overrides, struct diag_list *diags);
void config_deinit(struct config *config);

/* The name servers of a resolv.conf: `nameserver` lines, port 53. ERR_NOTFOUND when it has none;
 * ERR_SYSTEM when it cannot be read. *servers is to be freed. */
enum err config_resolv_conf(const char *path, struct endpoint **servers, size_t *count);

#endif
