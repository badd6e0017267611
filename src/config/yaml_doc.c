/* The memory of a document: chunks that are freed together. */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "config/yaml.h"

#define CHUNK_MIN ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)4 << 20)
#define WORD_MAX  32 /* bytes of a text that is looked for among others */

/* Nodes from the beginning on, and texts, which need not be aligned, from the end. */
struct yaml_chunk {
    struct yaml_chunk *next;
    size_t used, end; /* between them it is free */
    size_t size;
    alignas(struct yaml_node) char data[];
};

/* The latest chunk, or a new one, with `size` free bytes. */
static struct yaml_chunk *doc_chunk(struct yaml_doc *doc, size_t size)
{
    struct yaml_chunk *chunk = doc->chunks;
    if (chunk && chunk->end - chunk->used >= size)
        return chunk;
    size_t room = chunk ? 2 * chunk->size : CHUNK_MIN;
    if (room > CHUNK_MAX)
        room = CHUNK_MAX;
    if (room < sizeof(*chunk) + size)
        room = sizeof(*chunk) + size;
    chunk = pages_new(room);
    if (!chunk)
        return NULL;
    *chunk = (struct yaml_chunk){.next = doc->chunks, .end = room - sizeof(*chunk), .size = room};
    doc->chunks = chunk;
    return chunk;
}

struct yaml_node *yaml_doc_add_node(struct yaml_doc *doc)
{
    struct yaml_chunk *chunk = doc_chunk(doc, sizeof(struct yaml_node));
    if (!chunk)
        return NULL;
    struct yaml_node *node = (struct yaml_node *)(void *)(chunk->data + chunk->used);
    chunk->used += sizeof(*node);
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
    struct yaml_chunk *chunk = doc_chunk(doc, len + 1);
    if (!chunk)
        return NULL;
    chunk->end -= len + 1;
    char *copy = chunk->data + chunk->end;
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
    while (doc->chunks) {
        struct yaml_chunk *next = doc->chunks->next;
        free(doc->chunks);
        doc->chunks = next;
    }
    *doc = (struct yaml_doc){0};
}
