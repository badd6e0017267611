/* From nodes to values: what every section of the configuration shares. Private to config. */
#ifndef SHUNT_CONFIG_READER_H
#define SHUNT_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "config/config.h"
#include "config/yaml.h"

#define CONFIG_INCLUDE_DEPTH 8
#define CONFIG_FILES_MAX     10000
#define CONFIG_TTL_MAX       2147483647u /* seconds (RFC 2181 §8) */
#define CONFIG_QUOTE_MAX     88

struct config_key;

/* One file: its tree, and which file on disk it is, so that none is read twice. */
struct config_source {
    const char *file; /* as findings call it; lives as long as the model */
    struct yaml_doc doc;
    dev_t device;
    ino_t inode;
    struct place included; /* where; file NULL for the first one */
};

/* Where a value that may stand once in all files was first set. */
struct config_seen {
    const struct config_key *key;
    struct place place;
};
#define CONFIG_SEEN_MAX 32

struct config_reader {
    struct config *config;
    struct diag_list *diags;
    const char *file; /* of the nodes at hand */
    struct config_source *sources;
    size_t source_count;
    struct config_seen seen[CONFIG_SEEN_MAX];
    size_t seen_count;
    bool only_control; /* see config_load_control */
    bool no_memory;
};

struct config_word {
    const char *name; /* NULL ends a table of words */
    int value;
};

/* A key that a mapping may have: how its value is read, and what is said when it is not that. */
struct config_key {
    const char *name;
    /* Reads `node` into `target`, and reports what is wrong with it. */
    void (*read)(struct config_reader *r, const struct config_key *key,
                 const struct yaml_node *node, void *target);
    const char *expects; /* "a duration" */
    const char *item;    /* what an entry of its list is: "an address"; NULL: it has none */
    const char *example; /* "ttl: 5s" */
    bool once;           /* may be set by one file only */
    bool elsewhere;      /* is known here only to say where it belongs */
    size_t offset;       /* in the target, for the readers of single values below */
    const struct config_word *words;
    uint64_t min, max;
};

struct config_keys {
    const struct config_key *keys;
    size_t count;
};

/* Reports an error at a node. `hint` may be NULL. */
void config_error(struct config_reader *r, const struct yaml_node *node, const char *code,
                  const char *hint, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Reports that a value is not what its key expects, with the key's example. */
void config_wrong_kind(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node);
/* The same for an entry of its list. */
void config_wrong_item(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *item);
/* Reports that a mapping lacks a key. */
void config_missing(struct config_reader *r, const struct config_key *missing,
                    const struct yaml_node *node, const char *what);
/* Reports a scalar that its key cannot take; the reason may be NULL. */
void config_bad_value(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, const char *reason);

/* A scalar's text in double quotes, cut when it is long; returns `out`. */
const char *config_quote(const struct yaml_node *node, char out[CONFIG_QUOTE_MAX]);

/* The node's place; its file lives as long as the model. */
struct place config_place(const struct config_reader *r, const struct yaml_node *node);

/* Calls the reader of each key of the mapping `node` with `target`. False when it is no mapping,
 * which is reported. Nothing at all is an empty mapping; but not as an entry of a list. */
bool config_read_item(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *item, const struct config_keys *keys, void *target);
bool config_read_map(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, const struct config_keys *keys, void *target);
/* Notes that a file set the value; false, after reporting, when another file did before. */
bool config_first_time(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node);
/* The value of the key `name` in a mapping, or NULL. */
const struct yaml_node *config_find(const struct yaml_node *map, const char *name);

/* The first item of a list; NULL when it is empty or, which is reported, no list or longer than
 * key->max when that is not 0. */
const struct yaml_node *config_list(struct config_reader *r, const struct config_key *key,
                                    const struct yaml_node *node);
/* The same for a list that may not be empty. */
const struct yaml_node *config_list_some(struct config_reader *r, const struct config_key *key,
                                         const struct yaml_node *node);
/* Room for one more element in an array that grows by one at a time: the array, moved perhaps, or
 * NULL (and r->no_memory), and then the old one is as it was. */
void *config_grow(struct config_reader *r, void *array, size_t count, size_t size);

#endif
