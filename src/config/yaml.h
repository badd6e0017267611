/* YAML text into a tree of nodes that know their place: private to config. Bounded in size, depth
 * and number of nodes; without aliases, tags, and several documents in a file. */
#ifndef SHUNT_CONFIG_YAML_H
#define SHUNT_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"

#define YAML_BYTES_MAX (256u << 20) /* of a file */
#define YAML_LINE_MAX  (1u << 20)   /* the scanner keeps all words of a line, 400 bytes for each */
#define YAML_NODES_MAX 8000000      /* of a file; some 50 bytes of memory each */
#define YAML_DEPTH_MAX 16
#define YAML_KEYS_MAX  100 /* of one mapping */

enum yaml_kind {
    YAML_NULL,   /* nothing, `~` or `null` */
    YAML_SCALAR, /* any single value, quoted or not */
    YAML_LIST,
    YAML_MAP,
};

struct yaml_node {
    uint8_t kind;           /* enum yaml_kind */
    bool literal;           /* a block of lines, written with `|` */
    bool folded;            /* spans lines that YAML joined: lines cannot be told any more */
    unsigned line, column;  /* of its first byte; of a block's first line of content,
                               and behind the blanks that each of its lines begins with */
    unsigned len;           /* of text */
    const char *text;       /* YAML_SCALAR and YAML_NULL; no NUL inside */
    struct yaml_node *next; /* in its list; of a key: the next key of the mapping */
    union {
        struct yaml_node *first; /* YAML_LIST: items; YAML_MAP: keys, scalars */
        struct yaml_node *value; /* of a key */
    };
};

struct chunk;

#define YAML_WORDS 64

struct yaml_doc {
    struct yaml_node *root; /* NULL: nothing but comments */
    struct chunk *chunks;
    size_t nodes;
    /* Texts that may come again, since files repeat themselves; by their first and last byte. */
    const struct yaml_node *words[YAML_WORDS];
};

/* Reads a file's text; `file` is what findings call it. ERR_INVALID when there were findings, or
 * ERR_NOMEM: then there is nothing to free. */
enum err yaml_parse(struct yaml_doc *doc, const char *file, const char *text, size_t len,
                    struct diag_list *diags);
void yaml_doc_deinit(struct yaml_doc *doc);

/* What yaml_parse checks before the scanner sees the text: UTF-8, no control characters, no
 * overlong line. ERR_INVALID with a finding. */
enum err yaml_check_text(const char *file, const char *text, size_t len, struct diag_list *diags);

/* A new node of the document, zeroed; NULL without memory. */
struct yaml_node *yaml_doc_add_node(struct yaml_doc *doc);
/* Gives a node a text of its own, or that of another node that has the same. ERR_NOMEM. */
enum err yaml_doc_set_text(struct yaml_doc *doc, struct yaml_node *node, const char *text,
                           size_t len);

#endif
