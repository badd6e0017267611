/* The YAML that nearly all files are written in, read fast: mappings and lists by indentation,
 * {...} and [...] within a line, words, quotes without escapes, blocks with `|`, comments. Anything
 * else, and anything doubtful, is left to the whole scanner, which then reads the file from the
 * start: so no mistake is reported here, and what is read here is read alike there. */
#include <string.h>

#include "config/yaml.h"

struct plain {
    struct yaml_doc *doc;
    const char *at, *end; /* the text ends with a line end */
    const char *line_start;
    unsigned line;
    unsigned depth;  /* of open lists and mappings */
    enum err failed; /* why reading ended, if not because it is another's business */
};

/* Every function that returns a node or true has it read; NULL or false gives the file up. */
static struct yaml_node *read_block(struct plain *p);

static size_t column_of(const struct plain *p)
{
    return (size_t)(p->at - p->line_start);
}

static struct yaml_node *node_new(struct plain *p, enum yaml_kind kind)
{
    if (p->doc->nodes >= YAML_NODES_MAX) {
        p->failed = ERR_RANGE;
        return NULL;
    }
    struct yaml_node *node = yaml_doc_add_node(p->doc);
    if (!node) {
        p->failed = ERR_NOMEM;
        return NULL;
    }
    node->kind = kind;
    node->line = p->line;
    node->column = (unsigned)column_of(p) + 1;
    node->text = "";
    return node;
}

static bool open_node(struct plain *p, enum yaml_kind kind, struct yaml_node **out)
{
    *out = p->depth < YAML_DEPTH_MAX ? node_new(p, kind) : NULL;
    p->depth += *out != NULL;
    return *out != NULL;
}

static bool set_text(struct plain *p, struct yaml_node *node, const char *text, size_t len)
{
    node->text = yaml_doc_add_text(p->doc, text, len);
    node->len = (unsigned)len;
    if (!node->text)
        p->failed = ERR_NOMEM;
    return node->text != NULL;
}

static void next_line(struct plain *p)
{
    p->at++;
    p->line++;
    p->line_start = p->at;
}

static void skip_spaces(struct plain *p)
{
    while (*p->at == ' ')
        p->at++;
}

static void skip_comment(struct plain *p)
{
    if (*p->at == '#')
        p->at = memchr(p->at, '\n', (size_t)(p->end - p->at));
}

/* To the first byte of the next line with content; false at the end of the text. */
static bool find_content(struct plain *p)
{
    while (p->at < p->end) {
        skip_spaces(p);
        skip_comment(p);
        if (*p->at != '\n')
            return true;
        next_line(p);
    }
    return false;
}

/* Nothing but a comment follows in the line. */
static bool end_line(struct plain *p)
{
    const char *before = p->at;
    skip_spaces(p);
    if (*p->at == '#' && p->at == before)
        return false;
    skip_comment(p);
    if (*p->at != '\n')
        return false;
    next_line(p);
    return true;
}

/* Letters, digits and some signs begin a word that is nothing else. */
static bool begins_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/' || c == '~' || c == '$';
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* A word and where it ends, without the blanks behind it. In brackets it also ends at one. */
static bool read_word(struct plain *p, bool flow, struct yaml_node *node)
{
    const char *start = p->at, *last = p->at;
    for (; *p->at != '\n'; p->at++) {
        char c = *p->at;
        if ((unsigned char)c >= 0x7f || c < ' ')
            return false; /* columns count characters, and tabs are blanks */
        if (c == ':' && (is_one_of(p->at[1], " \n") || (flow && is_one_of(p->at[1], ",[]{}"))))
            break;
        if (c == '#' && p->at > start && p->at[-1] == ' ')
            break;
        if (flow && is_one_of(c, ",[]{}"))
            break;
        if (c != ' ')
            last = p->at + 1;
    }
    p->at = last;
    if (yaml_is_null(start, (size_t)(last - start)))
        node->kind = YAML_NULL;
    return set_text(p, node, start, (size_t)(last - start));
}

static bool read_quoted(struct plain *p, struct yaml_node *node)
{
    char quote = *p->at++;
    const char *start = p->at;
    node->column++; /* the scanner's place is behind the quote */
    while (*p->at != quote) {
        if ((unsigned char)*p->at >= 0x7f || *p->at < ' ' || *p->at == '\\')
            return false;
        p->at++;
    }
    const char *last = p->at++;
    if (*p->at == quote) /* an escape, or nonsense */
        return false;
    return set_text(p, node, start, (size_t)(last - start));
}

static struct yaml_node *read_scalar(struct plain *p, bool flow)
{
    bool quoted = *p->at == '"' || *p->at == '\'';
    if (!quoted && !begins_word(*p->at))
        return NULL;
    struct yaml_node *node = node_new(p, YAML_SCALAR);
    if (!node)
        return NULL;
    return (quoted ? read_quoted(p, node) : read_word(p, flow, node)) ? node : NULL;
}

/* The colon behind a key, and the blanks behind that. */
static bool end_key(struct plain *p)
{
    if (*p->at != ':' || !is_one_of(p->at[1], " \n"))
        return false;
    p->at++;
    skip_spaces(p);
    return true;
}

static struct yaml_node *read_key(struct plain *p, bool flow)
{
    struct yaml_node *key = read_scalar(p, flow);
    return key && end_key(p) ? key : NULL;
}

/* Keys come once each, and are few. */
static bool add_key(struct yaml_node *map, struct yaml_node ***tail, struct yaml_node *key)
{
    unsigned count = 0;
    for (const struct yaml_node *k = map->first; k; k = k->next, count++) {
        if (k->len == key->len && memcmp(k->text, key->text, key->len) == 0)
            return false;
    }
    **tail = key;
    *tail = &key->next;
    return count < YAML_KEYS_MAX;
}

static struct yaml_node *read_flow(struct plain *p);

static struct yaml_node *read_flow_value(struct plain *p)
{
    return *p->at == '{' || *p->at == '[' ? read_flow(p) : read_scalar(p, true);
}

/* {...} or [...], from its bracket to behind the other one, in one line. */
static struct yaml_node *read_flow(struct plain *p)
{
    bool map = *p->at == '{';
    char close = map ? '}' : ']';
    struct yaml_node *node, **tail;
    if (!open_node(p, map ? YAML_MAP : YAML_LIST, &node))
        return NULL;
    tail = &node->first;
    p->at++;
    skip_spaces(p);
    while (*p->at != close || node->first) { /* a comma before the bracket is not read here */
        struct yaml_node *item = map ? read_key(p, true) : read_flow_value(p);
        if (!item)
            return NULL;
        if (map && (!add_key(node, &tail, item) || !(item->value = read_flow_value(p))))
            return NULL;
        if (!map) {
            *tail = item;
            tail = &item->next;
        }
        skip_spaces(p);
        if (*p->at == close)
            break;
        if (*p->at++ != ',')
            return NULL;
        skip_spaces(p);
    }
    p->at++;
    p->depth--;
    return node;
}

/* Bytes of the line at `at`, without its end. */
static size_t line_len(const struct plain *p, const char *at)
{
    return (size_t)((const char *)memchr(at, '\n', (size_t)(p->end - at)) - at);
}

/* One line of a block: whether it belongs to it, and the blanks that it begins with. */
enum line { LINE_TEXT, LINE_BLANK, LINE_BEHIND, LINE_ODD };

static enum line line_kind(const char *at, size_t len, size_t parent, size_t indent)
{
    size_t blanks = 0;
    while (blanks < len && at[blanks] == ' ')
        blanks++;
    if (blanks == len)
        return blanks > indent ? LINE_ODD : LINE_BLANK; /* of blanks, some are text */
    if (at[blanks] == '\t')
        return LINE_ODD;
    if (blanks >= indent)
        return LINE_TEXT;
    return blanks > parent ? LINE_ODD : LINE_BEHIND;
}

/* Where the block that begins at the cursor ends; NULL for one that is not read here. */
static const char *find_block_end(const struct plain *p, size_t parent, size_t indent)
{
    for (const char *at = p->at; at < p->end;) {
        size_t len = line_len(p, at);
        enum line kind = line_kind(at, len, parent, indent);
        if (kind == LINE_ODD)
            return NULL;
        if (kind == LINE_BEHIND)
            return at;
        at += len + 1;
    }
    return p->end;
}

/* The lines up to `end` without their indentation; blank ones at the end are left out. */
static size_t read_lines(struct plain *p, const char *end, size_t indent, char *out)
{
    size_t used = 0, kept = 0;
    while (p->at < end) {
        size_t len = line_len(p, p->at);
        if (len > indent) {
            memcpy(out + used, p->at + indent, len - indent);
            used += len - indent;
            kept = used + 1;
        }
        out[used++] = '\n';
        p->at += len;
        next_line(p);
    }
    return kept;
}

/* Behind a `|`: the lines that are indented further than `parent`. */
static struct yaml_node *read_literal(struct plain *p, size_t parent)
{
    p->at++;
    if (!end_line(p) || p->at >= p->end)
        return NULL;
    size_t indent = strspn(p->at, " ");
    if (indent <= parent || p->at[indent] == '\n')
        return NULL;
    const char *end = find_block_end(p, parent, indent);
    struct yaml_node *node = end ? node_new(p, YAML_SCALAR) : NULL;
    if (!node)
        return NULL;
    char *text = yaml_doc_add_room(p->doc, (size_t)(end - p->at) + 1);
    if (!text) {
        p->failed = ERR_NOMEM;
        return NULL;
    }
    node->column = (unsigned)indent + 1;
    node->literal = true;
    node->len = (unsigned)read_lines(p, end, indent, text);
    text[node->len] = '\0';
    node->text = text;
    return node;
}

static bool at_dash(const struct plain *p)
{
    return *p->at == '-' && is_one_of(p->at[1], " \n");
}

/* What stands behind a key or a dash at the column `parent`, up to the end of its lines. What is
 * nested stands further right, and a key's list may also stand just below it. */
static struct yaml_node *read_value(struct plain *p, size_t parent, bool of_key)
{
    if (*p->at == '|')
        return read_literal(p, parent);
    if (*p->at != '\n' && *p->at != '#') {
        bool flow = *p->at == '{' || *p->at == '[';
        struct yaml_node *value = flow ? read_flow(p) : read_scalar(p, false);
        return value && end_line(p) ? value : NULL;
    }
    if (!find_content(p))
        return NULL; /* nothing: the scanner has a place for it */
    if (column_of(p) > parent || (column_of(p) == parent && of_key && at_dash(p)))
        return read_block(p);
    return NULL;
}

/* Whether the list or mapping at `column` goes on in the line at the cursor; `*done` when it ends
 * there. Neither: the line stands where nothing belongs. */
static bool goes_on(struct plain *p, size_t column, bool list, bool *done)
{
    bool more = find_content(p);
    *done = !more || column_of(p) < column || (column_of(p) == column && list && !at_dash(p));
    return !*done && column_of(p) == column;
}

/* From behind the colon of the first key on, which stands at `column`. */
static struct yaml_node *read_map(struct plain *p, size_t column, struct yaml_node *key)
{
    struct yaml_node *map, **tail;
    bool done = false;
    if (!open_node(p, YAML_MAP, &map))
        return NULL;
    map->line = key->line;
    map->column = (unsigned)column + 1;
    tail = &map->first;
    do {
        if (!key || !add_key(map, &tail, key))
            return NULL;
        key->value = read_value(p, column, true);
        if (!key->value)
            return NULL;
    } while (goes_on(p, column, false, &done) && (key = read_key(p, false), true));
    p->depth--;
    return done ? map : NULL;
}

/* An entry of a list may be a mapping whose first key stands in the same line. */
static struct yaml_node *read_entry(struct plain *p, size_t column)
{
    p->at++;
    skip_spaces(p);
    if (is_one_of(*p->at, "\n#|{["))
        return read_value(p, column, false);
    size_t first = column_of(p);
    struct yaml_node *word = read_scalar(p, false);
    if (!word || *p->at != ':')
        return word && end_line(p) ? word : NULL;
    return end_key(p) ? read_map(p, first, word) : NULL;
}

static struct yaml_node *read_list(struct plain *p)
{
    struct yaml_node *list, **tail;
    size_t column = column_of(p);
    bool done = false;
    if (!open_node(p, YAML_LIST, &list))
        return NULL;
    tail = &list->first;
    do {
        struct yaml_node *item = read_entry(p, column);
        if (!item)
            return NULL;
        *tail = item;
        tail = &item->next;
    } while (goes_on(p, column, true, &done));
    p->depth--;
    return done ? list : NULL;
}

static struct yaml_node *read_block(struct plain *p)
{
    if (at_dash(p))
        return read_list(p);
    size_t column = column_of(p);
    struct yaml_node *key = read_key(p, false);
    return key ? read_map(p, column, key) : NULL;
}

enum err yaml_plain_parse(struct yaml_doc *doc, const char *text, size_t len)
{
    struct plain p = {.doc = doc, .at = text, .end = text + len, .line_start = text, .line = 1};
    if (len == 0 || text[len - 1] != '\n' || memchr(text, '\r', len))
        return ERR_NOTFOUND;
    if (!find_content(&p))
        return ERR_OK;
    doc->root = column_of(&p) == 0 ? read_block(&p) : NULL;
    if (doc->root && p.at == p.end)
        return ERR_OK;
    yaml_doc_deinit(doc);
    return p.failed ? p.failed : ERR_NOTFOUND;
}
