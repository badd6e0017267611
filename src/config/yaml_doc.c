/* The memory of a document: chunks that are freed together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/yaml.h"

#define CHUNK_BYTES 65536

struct yaml_chunk {
    struct yaml_chunk *next;
    size_t used, size;
    max_align_t data[];
};

static void *doc_alloc(struct yaml_doc *doc, size_t size)
{
    struct yaml_chunk *chunk = doc->chunks;
    size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = malloc(sizeof(*chunk) + room);
        if (!chunk)
            return NULL;
        *chunk = (struct yaml_chunk){.next = doc->chunks, .size = room};
        doc->chunks = chunk;
    }
    void *at = (char *)chunk->data + chunk->used;
    chunk->used += size;
    return at;
}

struct yaml_node *yaml_doc_add_node(struct yaml_doc *doc)
{
    struct yaml_node *node = doc_alloc(doc, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct yaml_node){0};
    doc->nodes++;
    return node;
}

const char *yaml_doc_add_text(struct yaml_doc *doc, const char *text, size_t len)
{
    char *copy = doc_alloc(doc, len + 1);
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
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
