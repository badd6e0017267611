/* The memory of a document: chunks that are freed together. */
#include <string.h>

#include "base/chunk.h"
#include "config/yaml.h"

#define WORD_MAX 32 /* bytes of a text that is looked for among others */

_Static_assert(sizeof(struct yaml_node) % CHUNK_ALIGN == 0, "nodes are taken one by one");

struct yaml_node *yaml_doc_add_node(struct yaml_doc *doc)
{
    struct yaml_node *node = chunk_take_aligned(&doc->chunks, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct yaml_node){0};
    doc->nodes++;
    return node;
}

/* Which of the words may be this text; YAML_WORDS for one that is too long to come again. */
static size_t word_index(const char *text, size_t len)
{
    if (len == 0 || len > WORD_MAX)
        return YAML_WORDS;
    unsigned first = (unsigned char)text[0], last = (unsigned char)text[len - 1];
    return (first + 7 * last + 31 * (unsigned)len) % YAML_WORDS;
}

static const char *doc_add_text(struct yaml_doc *doc, const char *text, size_t len)
{
    char *copy = (char *)chunk_take(&doc->chunks, len + 1);
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

enum err yaml_doc_set_text(struct yaml_doc *doc, struct yaml_node *node, const char *text,
                           size_t len)
{
    size_t index = word_index(text, len);
    const struct yaml_node *word = index < YAML_WORDS ? doc->words[index] : NULL;
    bool same = word && word->len == len && memcmp(word->text, text, len) == 0;
    node->len = (unsigned)len;
    node->text = same ? word->text : doc_add_text(doc, text, len);
    if (!node->text)
        return ERR_NOMEM;
    if (index < YAML_WORDS)
        doc->words[index] = node;
    return ERR_OK;
}

void yaml_doc_deinit(struct yaml_doc *doc)
{
    chunk_free_all(doc->chunks);
    *doc = (struct yaml_doc){0};
}
