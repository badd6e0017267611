/* The files: reading them, and following `include`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pages.h"
#include "config/sections.h"

static void cannot_read(struct config_reader *r, const char *path, const struct place *place,
                        const char *why)
{
    struct place here = {.file = path};
    diag_add(r->diags, DIAG_ERROR, "file", place->file ? place : &here, NULL,
             "the file %s cannot be read: %s", path, why);
}

/* A new source; NULL without memory. */
static struct config_source *source_add(struct config_reader *r, const char *path)
{
    const char *file = policy_model_file(&r->config->policy, path);
    struct config_source *grown = config_grow(r, r->sources, r->source_count, sizeof(*r->sources));
    if (grown)
        r->sources = grown;
    if (!file)
        r->no_memory = true;
    if (!file || !grown)
        return NULL;
    struct config_source *source = &r->sources[r->source_count++];
    *source = (struct config_source){.file = file};
    return source;
}

static void source_parse(struct config_reader *r, struct config_source *source, const char *text,
                         size_t len)
{
    if (yaml_parse(&source->doc, source->file, text, len, r->diags) == ERR_NOMEM)
        r->no_memory = true;
}

void config_source_text(struct config_reader *r, const char *file, const char *text, size_t len)
{
    struct config_source *source = source_add(r, file);
    if (!source)
        return;
    source_parse(r, source, text, len);
    config_include(r, r->source_count - 1, 1);
}

/* All bytes of the file, up to one more than is allowed. `expected` are likely. */
static char *read_all(int fd, size_t expected, size_t *len)
{
    size_t capacity = (expected < YAML_BYTES_MAX ? expected : YAML_BYTES_MAX) + 65536, used = 0;
    char *data = pages_new(capacity);
    while (data) {
        ssize_t n = read(fd, data + used, capacity - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(data);
            return NULL;
        }
        used += (size_t)n;
        if (n == 0 || used > YAML_BYTES_MAX)
            break;
        if (used < capacity)
            continue;
        char *more = pages_resize(data, used, capacity *= 2);
        if (!more)
            free(data);
        data = more;
    }
    *len = used;
    return data;
}

/* False, after reporting, for a file that was read before: what it says would be there twice. */
static bool is_new(struct config_reader *r, const struct stat *st, const char *path,
                   const struct place *place)
{
    for (size_t i = 0; i < r->source_count; i++) {
        const struct config_source *s = &r->sources[i];
        if (s->inode != st->st_ino || s->device != st->st_dev)
            continue;
        if (s->included.file)
            diag_add(r->diags, DIAG_ERROR, "include", place, NULL,
                     "the file %s was included before, at %s:%u", path, s->included.file,
                     s->included.line);
        else
            diag_add(r->diags, DIAG_ERROR, "include", place, NULL,
                     "the file %s is the one that all others are included from", path);
        return false;
    }
    return true;
}

/* NULL when the file is one that is read. What is named outright may be a pipe; what is included
 * may not, as it could keep us waiting. */
static const char *file_problem(const struct stat *st, bool included)
{
    if (S_ISDIR(st->st_mode))
        return included ? "it is a folder; write FOLDER/*.yaml" : "it is a folder";
    if (included && !S_ISREG(st->st_mode))
        return "it is not a regular file";
    return NULL;
}

static void source_read(struct config_reader *r, const char *path, const struct place *place,
                        int fd)
{
    struct stat st;
    size_t len = 0;
    const char *problem =
        fstat(fd, &st) == 0 ? file_problem(&st, place->file != NULL) : strerror(errno);
    if (problem) {
        cannot_read(r, path, place, problem);
        return;
    }
    if (!is_new(r, &st, path, place))
        return;
    char *text = read_all(fd, st.st_size > 0 ? (size_t)st.st_size : 0, &len);
    if (!text) {
        cannot_read(r, path, place, strerror(errno));
        return;
    }
    struct config_source *source = source_add(r, path);
    if (source) {
        source->device = st.st_dev;
        source->inode = st.st_ino;
        source->included = *place;
        source_parse(r, source, text, len);
    }
    free(text);
}

void config_source_file(struct config_reader *r, const char *path, const struct place *place,
                        unsigned depth)
{
    size_t index = r->source_count;
    if (index >= CONFIG_FILES_MAX) {
        diag_add(r->diags, DIAG_ERROR, "include", place, NULL, "more than %d files in all",
                 CONFIG_FILES_MAX);
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | (place->file ? O_NONBLOCK : 0));
    if (fd < 0) {
        cannot_read(r, path, place, strerror(errno));
        return;
    }
    source_read(r, path, place, fd);
    close(fd);
    if (r->source_count > index)
        config_include(r, index, depth);
}
