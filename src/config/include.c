/* include: more files of the same keys. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"

static const struct config_key include_key = {.name = "include",
                                              .expects = "a list of files",
                                              .item = "a file's name",
                                              .example = "include: [\"lab.d/*.yaml\"]"};

/* The part of a path up to and with its last slash. */
static size_t folder_len(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? (size_t)(slash - file) + 1 : 0;
}

char *config_path_beside(const char *file, const char *relative)
{
    size_t folder = relative[0] == '/' ? 0 : folder_len(file);
    char *path = malloc(folder + strlen(relative) + 1);
    if (!path)
        return NULL;
    memcpy(path, file, folder);
    memcpy(path + folder, relative, strlen(relative) + 1);
    return path;
}

/* The same for glob(3): what is special in the folder's own name is escaped. */
static char *pattern_beside(const char *file, const char *relative)
{
    size_t folder = relative[0] == '/' ? 0 : folder_len(file), n = 0;
    char *pattern = malloc(2 * folder + strlen(relative) + 1);
    if (!pattern)
        return NULL;
    for (size_t i = 0; i < folder; i++) {
        if (strchr("*?[\\", file[i]))
            pattern[n++] = '\\';
        pattern[n++] = file[i];
    }
    memcpy(pattern + n, relative, strlen(relative) + 1);
    return pattern;
}

static int path_compare(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static void include_pattern(struct config_reader *r, const char *file, const char *text,
                            const struct place *place, unsigned depth)
{
    glob_t found = {0};
    char *pattern = pattern_beside(file, text);
    int result = pattern ? glob(pattern, GLOB_NOSORT, NULL, &found) : GLOB_NOSPACE;
    free(pattern);
    if (result == GLOB_NOSPACE) {
        r->no_memory = true;
    } else if (result == 0) {
        /* By bytes: glob's own order changes with the locale. */
        qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), path_compare);
        for (size_t i = 0; i < found.gl_pathc; i++)
            config_source_file(r, found.gl_pathv[i], place, depth + 1);
    }
    globfree(&found);
}

static void include_path(struct config_reader *r, const char *file, const char *text,
                         const struct place *place, unsigned depth)
{
    char *path = config_path_beside(file, text);
    if (!path)
        r->no_memory = true;
    else
        config_source_file(r, path, place, depth + 1);
    free(path);
}

void config_include(struct config_reader *r, size_t index, unsigned depth)
{
    const struct yaml_node *root = r->sources[index].doc.root;
    const struct yaml_node *node = root ? config_find(root, "include") : NULL;
    const char *file = r->sources[index].file; /* the array of sources may move */
    r->file = file;
    const struct yaml_node *item = node ? config_list(r, &include_key, node) : NULL;
    if (item && depth > CONFIG_INCLUDE_DEPTH) {
        config_error(r, node, "include", NULL, "files included more than %d deep",
                     CONFIG_INCLUDE_DEPTH);
        return;
    }
    for (; item; item = item->next) {
        r->file = file;
        struct place place = config_place(r, item);
        const char *text = config_scalar_item(r, &include_key, item);
        if (!text)
            continue;
        if (!*text)
            config_bad_value(r, &include_key, item, "is not a file's name");
        else if (strpbrk(text, "*?["))
            include_pattern(r, file, text, &place, depth);
        else
            include_path(r, file, text, &place, depth);
    }
}
