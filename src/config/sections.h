/* The sections of the configuration, one reader each: the handlers of the tables. Private to
 * config. */
#ifndef SHUNT_CONFIG_SECTIONS_H
#define SHUNT_CONFIG_SECTIONS_H

#include "config/value.h"

#define CONFIG_LAB_MAX 8 /* addresses in a list of `lab` */

/* All with the signature of config_key.read; target is the struct config. */
typedef void config_section_fn(struct config_reader *r, const struct config_key *key,
                               const struct yaml_node *node, void *target);
config_section_fn config_read_listen, config_read_allow, config_read_threads, config_read_user;
config_section_fn config_read_upstreams, config_read_cache, config_read_log;
config_section_fn config_read_views, config_read_faults, config_read_lab, config_read_scenarios;
config_section_fn config_read_control, config_read_state;
config_section_fn config_read_domains, config_read_hosts, config_read_records, config_read_zones;
/* target is the struct policy_domain: one of the four services, by key->offset. */
config_section_fn config_read_service;
/* target is the struct config_step. */
config_section_fn config_read_expect;
/* An entry of it in mode amend. */
void config_read_edit(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, struct policy_set *set);
/* The name of a target, which has no port in it. */
void config_read_target(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, struct dns_name *out);

/* Reads the file's text and what it includes into r->sources. `place` is where it was included;
 * its file is NULL for the first. */
void config_source_text(struct config_reader *r, const char *file, const char *text, size_t len);
void config_source_file(struct config_reader *r, const char *path, const struct place *place,
                        unsigned depth);
/* The readers of `include` call this for the tree of sources[index]. */
void config_include(struct config_reader *r, size_t index, unsigned depth);
/* `relative`, as seen from the folder of `file`; to be freed. NULL without memory. */
char *config_path_beside(const char *file, const char *relative);

/* Reads all keys of all sources, or only `control`. */
void config_read_sources(struct config_reader *r);
void config_read_control_only(struct config_reader *r);
/* What only the whole shows: a domain that two upstreams have. */
void config_validate_upstreams(struct config_reader *r);
/* The blackhole addresses, when no file names any. */
void config_fill_lab(struct config_reader *r);
/* Where control listens and where the state is kept without a word of the files. */
enum err config_control_defaults(struct config *config);
void config_control_deinit(struct config *config);
void config_override(struct config_reader *r, const struct config_overrides *overrides);

/* ERR_EXISTS when it is there already. */
enum err config_listen_add(struct config_reader *r, const struct addr *addr);
/* A list of networks somewhere in the configuration. */
struct config_networks {
    struct subnet **items;
    size_t *count;
};
/* Adds the networks that loopback, private, all or any stands for; false for other words. */
bool config_network_word(struct config_reader *r, const char *word, struct config_networks *list);
/* Adds the entries of a list of networks and such words. */
void config_read_networks(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node, struct config_networks *list);
/* An IPv4 or IPv6 address without port and scope; ERR_INVALID. */
enum err config_plain_address(struct addr *out, const char *text);
/* Whether a scalar is the name of a view; reports when it is not. */
bool config_view_known(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node);
/* For tables: the name of a view, a const char * of the model at key->offset. */
config_section_fn config_read_view_name;
void config_view_deinit(struct config_view *view);
void config_scenario_deinit(struct config_scenario *scenario);
/* ERR_EXISTS when it is there already. */
enum err config_upstream_add_server(struct config_reader *r, struct config_upstream *upstream,
                                    const struct endpoint *server);
/* An upstream without servers and domains; NULL without memory. */
struct config_upstream *config_upstream_add(struct config_reader *r, const struct place *place);
void config_upstream_deinit(struct config_upstream *upstream);
/* What is wrong with a server, from the result `e` of endpoint_parse and what it read; or NULL. */
const char *config_server_problem(enum err e, const struct endpoint *server);

#endif
