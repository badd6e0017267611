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
#include "policy/fault.h"
#include "policy/model.h"

#define CONFIG_DEFAULT_FILE   "/etc/shunt/shunt.yaml"
#define CONFIG_DEFAULT_SOCKET "/run/shunt/control.sock"
#define CONFIG_DEFAULT_HTTP   "127.0.0.1:5253"
#define CONFIG_DEFAULT_STATE  "/var/lib/shunt/state.json"

/* `servers` for the names at and below `domains`; no domains = the default servers. */
struct config_upstream {
    struct dns_name *domains;
    size_t domain_count;
    struct endpoint *servers;
    size_t server_count;
    struct place place;
};

/* Who sees a policy of their own: clients from these networks, that ask at one of these addresses.
 */
struct config_view {
    char *name;
    struct subnet *clients;
    size_t client_count;
    struct addr *listeners; /* of ours; port 0 = any port */
    size_t listener_count;  /* 0 = any address */
    struct place place;
};

/* Lookups that a scenario wants to see; all that is set has to fit. */
struct config_expect {
    bool has_client;
    struct subnet client;
    int service;          /* enum policy_service, or -1 */
    struct dns_name name; /* exactly this; len 0 = not set */
    uint64_t count;       /* so many lookups at least; 1 unless set */
    uint64_t within_ms;   /* 0 = not set */
    bool none;            /* no lookup at all; `count` means nothing */
};

struct config_step {
    uint64_t at_ms; /* since the start */
    bool on_next;   /* instead: when `shunt scenario next` says so */
    char **commands;
    size_t command_count;
    bool has_expect;
    struct config_expect expect;
    struct place place;
};

/* Steps stand in the order in which they happen. */
struct config_scenario {
    char *name;
    struct config_step *steps;
    size_t step_count;
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
    bool log_queries;
    struct config_view *views; /* the first that fits a client holds */
    size_t view_count;
    struct fault_spec *faults;
    size_t fault_count;
    struct addr *lab_refuse; /* ports not used */
    size_t lab_refuse_count; /* 0 = the first listen address, as it is when the daemon runs */
    struct addr *lab_blackhole;
    size_t lab_blackhole_count;
    struct config_scenario *scenarios;
    size_t scenario_count;
    char *control_socket;    /* NULL = off */
    bool control_socket_set; /* the file says so: it has to work. Else it is a default, which does
                                without a folder that is not there */
    bool has_control_http;
    struct addr control_http;
    bool control_http_set;
    char *control_token; /* NULL = none: no changes over TCP. Never to be shown */
    char *state_path;    /* NULL = memory only */
    bool state_set;
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
/* Only `control` of the same files, for commands that look for the daemon: all else in *out has its
 * default, whatever stands in the file, and policies of any size cost little. A token-file that
 * this user may not read is no error: there is no token then. */
enum err config_load_control(struct config *out, const char *path, struct diag_list *diags);
/* The same as config_load from memory, for tests and fuzzing; `name` is what findings call it, and
 * includes are looked for beside it. */
enum err config_parse(struct config *out, const char *name, const char *text, size_t len,
                      const struct config_overrides *overrides, struct diag_list *diags);
void config_deinit(struct config *config);

/* The name servers of a resolv.conf: `nameserver` lines, port 53. ERR_NOTFOUND when it has none;
 * ERR_SYSTEM when it cannot be read. *servers is to be freed. */
enum err config_resolv_conf(const char *path, struct endpoint **servers, size_t *count);

#endif
