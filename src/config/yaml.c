/* libfyaml's events into nodes. The tree is ours and not libfyaml's, so that every bound holds
 * while the text is read: a file that would grow without end stops at the first node too many. */
#include "config/yaml.h"

#include <libfyaml.h>
#include <string.h>

struct frame {
    struct yaml_node *node; /* the list or mapping that is open */
    struct yaml_node *key;  /* of a mapping: waits for its value */
    struct yaml_node *last; /* item or key */
};

struct builder {
    struct yaml_doc *doc;
    const char *file;
    struct diag_list *diags;
    struct frame stack[YAML_DEPTH_MAX];
    unsigned depth;
    unsigned documents;
    bool twice; /* a key was there twice: reported, and the second one left out */
    const char *text;
    size_t len;
    struct place last;  /* of the latest event */
    struct fy_mark end; /* behind the latest event */
};

#define builder_error(b, place, hint, ...)                                                         \
    (diag_add((b)->diags, DIAG_ERROR, "yaml", (place), (hint), __VA_ARGS__), ERR_INVALID)

static struct place node_place(const struct builder *b, const struct yaml_node *node)
{
    return (struct place){.file = b->file, .line = node->line, .column = node->column};
}

static void frame_add(struct frame *frame, struct yaml_node *node)
{
    if (frame->last)
        frame->last->next = node;
    else
        frame->node->first = node;
    frame->last = node;
}

static enum err map_add_key(struct builder *b, struct frame *map, struct yaml_node *key)
{
    struct place place = node_place(b, key);
    unsigned count = 0;
    if (key->kind == YAML_LIST || key->kind == YAML_MAP)
        return builder_error(b, &place, "a key is a word, as in `ttl: 5s`",
                             "a list or a mapping cannot be a key");
    map->key = key;
    for (const struct yaml_node *k = map->node->first; k; k = k->next, count++) {
        if (k->len == key->len && memcmp(k->text, key->text, key->len) == 0) {
            diag_add(b->diags, DIAG_ERROR, "duplicate-key", &place, "keep one of them",
                     "\"%.80s\" is here twice, first in line %u", key->text, k->line);
            b->twice = true;
            return ERR_OK;
        }
    }
    if (count >= YAML_KEYS_MAX)
        return builder_error(b, &place, "entries of a list begin with `- `",
                             "a mapping of more than %d keys", YAML_KEYS_MAX);
    frame_add(map, key);
    return ERR_OK;
}

/* Hangs a node where it belongs: root, item of the open list, key or value of the open mapping. */
static enum err builder_attach(struct builder *b, struct yaml_node *node)
{
    if (b->depth == 0) {
        b->doc->root = node;
        return ERR_OK;
    }
    struct frame *top = &b->stack[b->depth - 1];
    if (top->node->kind == YAML_MAP) {
        if (!top->key)
            return map_add_key(b, top, node);
        top->key->value = node;
        top->key = NULL;
        return ERR_OK;
    }
    frame_add(top, node);
    return ERR_OK;
}

/* An entry of a list that is nothing has no place of its own: it is that of its dash, the next
 * thing that is neither space nor comment. */
static void mark_dash(struct builder *b)
{
    const struct yaml_node *top = b->depth > 0 ? b->stack[b->depth - 1].node : NULL;
    if (!top || top->kind != YAML_LIST)
        return;
    struct fy_mark at = b->end;
    bool comment = false;
    for (; at.input_pos < b->len; at.input_pos++) {
        char c = b->text[at.input_pos];
        comment = c != '\n' && (comment || c == '#');
        if (!comment && !strchr(" \t\r\n", c))
            break;
        at.column = c == '\n' ? 0 : at.column + 1;
        at.line += c == '\n';
    }
    at.input_pos++; /* behind the dash */
    b->last.line = (unsigned)at.line + 1;
    b->last.column = (unsigned)at.column + 1;
    at.column++;
    b->end = at;
}

static void builder_mark(struct builder *b, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event), *end = fy_event_end_mark(event);
    if (mark && end) {
        b->last.line = (unsigned)mark->line + 1;
        b->last.column = (unsigned)mark->column + 1;
        b->end = *end;
    } else if (event->type == FYET_SCALAR) {
        mark_dash(b);
    }
}

static enum err builder_node(struct builder *b, enum yaml_kind kind, struct yaml_node **out)
{
    if (b->doc->nodes >= YAML_NODES_MAX)
        return builder_error(b, &b->last, "put records into files named by `zones`",
                             "more than %d values in one file", YAML_NODES_MAX);
    struct yaml_node *node = yaml_doc_add_node(b->doc);
    if (!node)
        return ERR_NOMEM;
    node->kind = (uint8_t)kind;
    node->line = b->last.line;
    node->column = b->last.column;
    node->text = "";
    *out = node;
    return ERR_OK;
}

static enum err on_open(struct builder *b, enum yaml_kind kind, struct fy_token *tag)
{
    struct yaml_node *node;
    if (tag)
        return builder_error(b, &b->last, "leave it out", "tags (!...) are not read here");
    if (b->depth == YAML_DEPTH_MAX)
        return builder_error(b, &b->last, NULL, "lists and mappings nested more than %d deep",
                             YAML_DEPTH_MAX);
    enum err e = builder_node(b, kind, &node);
    if (!e)
        e = builder_attach(b, node);
    if (!e)
        b->stack[b->depth++] = (struct frame){.node = node};
    return e;
}

static bool is_null(const char *text, size_t len)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (len == strlen(words[i]) && (len == 0 || memcmp(text, words[i], len) == 0))
            return true;
    }
    return false;
}

/* True when the scalar ends on a later line than it begins. */
static bool spans_lines(struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event), *end = fy_event_end_mark(event);
    return start && end && end->line > start->line;
}

/* The blanks before the first line that has anything else. */
static size_t leading_blanks(const char *text, size_t len)
{
    size_t blanks = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ')
            blanks++;
        else if (text[i] == '\n' || text[i] == '\r')
            blanks = 0;
        else
            return blanks;
    }
    return 0;
}

/* The scanner's mark is at the beginning of a block's first line. YAML took the same blanks off
 * each line: what it has more of in the file than in its value. */
static void mark_block(const struct builder *b, struct fy_event *event, struct yaml_node *node,
                       const char *text, size_t len)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    size_t outside, inside = leading_blanks(text, len);
    if (!start || start->input_pos > b->len)
        return;
    outside = leading_blanks(b->text + start->input_pos, b->len - start->input_pos);
    if (outside > inside)
        node->column = (unsigned)(outside - inside) + 1;
}

static enum err on_scalar(struct builder *b, struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    enum fy_scalar_style style = fy_token_scalar_style(token);
    size_t len = 0;
    const char *text = fy_token_get_text(token, &len);
    struct yaml_node *node;
    if (event->scalar.tag)
        return builder_error(b, &b->last, "leave it out", "tags (!...) are not read here");
    if (text && memchr(text, '\0', len))
        return builder_error(b, &b->last, "remove it", "a NUL character in a value");
    enum err e = builder_node(b, YAML_SCALAR, &node);
    if (e)
        return e;
    if (style == FYSS_PLAIN && is_null(text, len))
        node->kind = YAML_NULL;
    node->literal = style == FYSS_LITERAL;
    node->folded = style == FYSS_FOLDED || (!node->literal && spans_lines(event));
    if (node->literal)
        mark_block(b, event, node, text, len);
    e = yaml_doc_set_text(b->doc, node, text, len);
    return e ? e : builder_attach(b, node);
}

static enum err on_event(struct builder *b, struct fy_event *event)
{
    builder_mark(b, event);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (b->documents++ == 0)
            return ERR_OK;
        return builder_error(b, &b->last, "put it into a file of its own and `include` that",
                             "a second document begins here");
    case FYET_MAPPING_START:
        return on_open(b, YAML_MAP, event->mapping_start.tag);
    case FYET_SEQUENCE_START:
        return on_open(b, YAML_LIST, event->sequence_start.tag);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        return ERR_OK;
    case FYET_SCALAR:
        return on_scalar(b, event);
    case FYET_ALIAS:
        /* Refused, not expanded: a few lines of aliases can stand for billions of values. */
        return builder_error(b, &b->last,
                             "quote a name that begins with a star, as in '*.example.com'; "
                             "write a value again that is needed twice",
                             "YAML aliases (*...) are not read here");
    default:
        return ERR_OK;
    }
}

static const char *syntax_hint(const char *message)
{
    static const char *const hints[][2] = {
        {"tab", "YAML is indented with spaces only"},
        {"wrongly indented", "a bracket or quote above is not closed"},
        {"nested block mapping", "quote a value that contains \": \""},
        {"closing bracket", "a list ends with ]"},
        {"closing brace", "a mapping ends with }"},
        {"closing quote", "a quote is not closed"},
        {"block sequence", "quote a value that begins with [, {, &, !, | or @"},
    };
    for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
        if (strstr(message, hints[i][0]))
            return hints[i][1];
    }
    return NULL;
}

/* Only the first error: the others are its consequences. */
static enum err report_syntax(struct builder *b, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    if (!error)
        return builder_error(b, &b->last, NULL, "this is not valid YAML");
    struct place place = {.file = b->file,
                          .line = error->line > 0 ? (unsigned)error->line : b->last.line,
                          .column = error->column > 0 ? (unsigned)error->column : 0};
    return builder_error(b, &place, syntax_hint(error->msg), "this is not valid YAML: %s",
                         error->msg);
}

static enum err build(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
    enum err e = ERR_OK;
    struct fy_event *event;
    while (!e && (event = fy_parser_parse(parser))) {
        e = on_event(b, event);
        fy_parser_event_free(parser, event);
    }
    if (!e && fy_parser_get_stream_error(parser))
        e = report_syntax(b, diag);
    return e;
}

static enum err scan(struct builder *b)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (!diag)
        return ERR_NOMEM;
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    enum err e = ERR_NOMEM;
    if (parser && fy_parser_set_string(parser, b->text, b->len) == 0)
        e = build(b, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return e;
}

/* A byte order mark says nothing in UTF-8, but editors write it. */
static size_t mark_len(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

enum err yaml_parse(struct yaml_doc *doc, const char *file, const char *text, size_t len,
                    struct diag_list *diags)
{
    size_t mark = mark_len(text, len);
    struct builder b = {.doc = doc,
                        .file = file,
                        .diags = diags,
                        .text = text + mark,
                        .len = len - mark,
                        .last = {.file = file, .line = 1, .column = 1}};
    *doc = (struct yaml_doc){0};
    enum err e = yaml_check_text(file, b.text, b.len, diags);
    /* For an empty text libfyaml would look for a closing NUL. */
    if (!e && b.len > 0)
        e = scan(&b);
    if (!e && b.twice)
        e = ERR_INVALID;
    if (e)
        yaml_doc_deinit(doc);
    return e;
}
