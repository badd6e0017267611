/* Single values: words, numbers, durations, sizes, names. Private to config. */
#ifndef SHUNT_CONFIG_VALUE_H
#define SHUNT_CONFIG_VALUE_H

#include "config/reader.h"

#define CONFIG_LABEL_MAX 63 /* characters */

/* The text of a scalar, or of a scalar entry of a list; NULL after reporting. */
const char *config_scalar(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *node);
const char *config_scalar_item(struct config_reader *r, const struct config_key *key,
                               const struct yaml_node *item);
/* The address that `text` of `node` is, with `port` when it has none; false after reporting. */
bool config_address(struct config_reader *r, const struct config_key *key,
                    const struct yaml_node *node, const char *text, uint16_t port,
                    struct addr *out);
/* A name as a user types it, lower-cased; false after reporting. */
bool config_name(struct config_reader *r, const struct config_key *key,
                 const struct yaml_node *node, struct dns_name *out);
bool config_name_item(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, struct dns_name *out);
/* The name of something of ours, such as a view: up to 63 letters, digits, '-', '_' and '.', so
 * that it needs no quotes anywhere. A copy, or NULL after reporting. */
char *config_label(struct config_reader *r, const struct config_key *key,
                   const struct yaml_node *node);
/* One of key->words; false after reporting. */
bool config_word(struct config_reader *r, const struct config_key *key,
                 const struct yaml_node *node, int *out);

/* Readers for tables, which write to target + key->offset: uint32_t seconds (up to key->max, or
 * CONFIG_TTL_MAX); an enum by words; uint16_t up to 65535; size_t bytes from min to max;
 * uint64_t milliseconds; bool (on, off, true, false). */
void config_read_seconds(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target);
void config_read_word(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target);
void config_read_u16(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, void *target);
void config_read_bytes(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target);
void config_read_milliseconds(struct config_reader *r, const struct config_key *key,
                              const struct yaml_node *node, void *target);
void config_read_flag(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target);
/* For a key that was read before the others. */
void config_read_nothing(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target);

#endif
