/* A configuration made ready for use: policy compiled, access and TTL limits, upstream routes. What
 * serve, reload and check have in common. */
#ifndef SHUNT_DAEMON_SETUP_H
#define SHUNT_DAEMON_SETUP_H

#include <stddef.h>

#include "base/diag.h"
#include "base/hash.h"
#include "config/config.h"
#include "resolve/resolve.h"
#include "upstream/upstream.h"

#define SETUP_RESOLV_CONF "/etc/resolv.conf"

struct setup {
    struct config config;
    struct resolve_settings *settings;
};

/* Reads the configuration and compiles its policy, for clients in no view and for each view. All
 * findings go to `diags`, the policy's warnings included; ERR_OK only without errors. *numbers is
 * the next number that no policy and no settings had: those that are used up are added to it. */
enum err setup_load(struct setup *out, const char *file, const struct config_overrides *overrides,
                    const struct hash_key *key, uint32_t *numbers, struct diag_list *diags);
void setup_deinit(struct setup *setup);
/* To be called first: a large piece of memory then has pages of its own, however many came and went
 * before it. They go back to the system with it, and those that it never used cost nothing. */
void setup_memory(void);
/* Gives memory that only loading needed back to the system: after a large policy it is as much as
 * stays. */
void setup_trim(void);

/* Upstream servers by domain. The endpoints are the routes' own. */
struct setup_routes {
    struct upstream_route *routes;
    size_t count;
    struct endpoint *resolv; /* those of resolv.conf, or NULL */
    bool from_resolv_conf;   /* the default servers came from there: watch it */
};

/* Makes the routes, with `resolv_conf` for a configuration without default servers; NULL: these
 * have none then. Servers that
 * are among `own`, the addresses we listen on, would send our queries back to us: one in the
 * configuration is an error, one in resolv.conf is left out with a warning. No server at all is an
 * error. */
enum err setup_routes(struct setup_routes *out, const struct config *config,
                      const char *resolv_conf, const struct addr *own, size_t own_count,
                      struct diag_list *diags);
void setup_routes_deinit(struct setup_routes *routes);

#endif
