/* Files of zone text: read through a window, so that memory does not grow with the file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/zone_parts.h"

#define ZONE_INCLUDE_DEPTH 8
#define ZONE_INCLUDE_FILES 1000
#define ZONE_WINDOW        (4 * ZONE_ENTRY_MAX) /* bytes of a file in memory at a time */

/* Moves the unread rest of the window to its start and fills it up. 0, or an errno. */
static int source_fill(struct zone_source *source, int fd, char *window)
{
    struct zone_scan *s = &source->scan;
    size_t have = (size_t)(s->end - s->at);
    if (have > 0)
        memmove(window, s->at, have);
    while (have < ZONE_WINDOW && !s->last) {
        ssize_t n = read(fd, window + have, ZONE_WINDOW - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        s->last = n == 0;
        have += (size_t)n;
    }
    s->at = window;
    s->end = window + have;
    return 0;
}

/* A file is read and not mapped: one that is cut short meanwhile must not end the process. */
static int source_read_fd(struct zone_source *source, int fd)
{
    char *window = malloc(ZONE_WINDOW);
    enum zone_step step = ZONE_STEP_BLANK;
    int error = window ? 0 : ENOMEM;
    source->scan.at = source->scan.end = window;
    if (!error)
        error = source_fill(source, fd, window);
    if (!error)
        zone_source_skip_mark(source);
    while (!error && zone_source_step(source, &step) && step != ZONE_STEP_END) {
        if (!source->scan.last && source->scan.end - source->scan.at <= ZONE_ENTRY_MAX)
            error = source_fill(source, fd, window);
    }
    free(window);
    return error;
}

/* Opens a regular file: a pipe or a device could make us wait or read for ever. -1 with errno. */
static int file_open(const char *path, struct stat *status)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
    close(fd);
    return -1;
}

static void file_fault(struct diag_list *diags, const struct place *place, const char *path,
                       int error)
{
    diag_add(diags, DIAG_ERROR, "zone-file", place,
             error == EINVAL ? "it must be a regular file" : NULL, "the file %.200s: %s", path,
             strerror(error));
}

void zone_source_read_file(struct zone_source *source, const char *path, const struct place *place)
{
    struct zone_reader *reader = source->reader;
    struct stat status = {0};
    int fd = file_open(path, &status);
    if (fd < 0) {
        file_fault(reader->diags, place, path, errno);
        return;
    }
    for (const struct zone_source *s = source->parent; s; s = s->parent) {
        if (s->on_disk && s->device == status.st_dev && s->inode == status.st_ino) {
            diag_add(reader->diags, DIAG_ERROR, "zone-include", place,
                     "take this $INCLUDE away, or one on the way to it",
                     "the file %.200s includes itself", path);
            close(fd);
            return;
        }
    }
    source->on_disk = true;
    source->device = status.st_dev;
    source->inode = status.st_ino;
    source->file = policy_model_file(reader->model, path);
    zone_scan_init(&source->scan, 1, 1);
    int error = source->file ? source_read_fd(source, fd) : ENOMEM;
    if (error == ENOMEM)
        reader->err = ERR_NOMEM;
    else if (error)
        file_fault(reader->diags, place, path, error);
    close(fd);
}

/* `path` as seen from the folder of the file that names it. False when it is too long. */
static bool include_path(char out[PATH_MAX], const char *file, const char *path)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    size_t folder = slash && path[0] != '/' ? (size_t)(slash - file) + 1 : 0;
    if (folder + strlen(path) >= PATH_MAX)
        return false;
    if (folder > 0)
        memcpy(out, file, folder);
    strcpy(out + folder, path);
    return true;
}

void zone_include(struct zone_source *source, const struct zone_token *token, const char *path,
                  const struct dns_name *origin)
{
    struct place place = zone_place(source, token);
    char full[PATH_MAX];
    unsigned depth = 1;
    for (const struct zone_source *s = source->parent; s; s = s->parent)
        depth++;
    if (depth > ZONE_INCLUDE_DEPTH) {
        zone_fault(source, token, "zone-include", "files may include files, 8 deep",
                   "an $INCLUDE that is too deep");
        return;
    }
    if (source->reader->files++ >= ZONE_INCLUDE_FILES) {
        zone_fault(source, token, "zone-include", "at most 1000 files are read",
                   "an $INCLUDE too many");
        return;
    }
    if (!include_path(full, source->file, path)) {
        zone_fault(source, token, "zone-include", NULL, "the path of a file is too long");
        return;
    }
    struct zone_source child = {
        .reader = source->reader, .parent = source, .origin = *origin, .ttl = source->ttl};
    zone_source_read_file(&child, full, &place);
    zone_entry_deinit(&child.entry);
}
