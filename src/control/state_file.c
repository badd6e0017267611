#include "control/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Closes without a change to errno. */
static void close_quietly(int fd)
{
    int kept = errno;
    close(fd);
    errno = kept;
}

/* PATH and what is put behind it; false, with errno, when that is too long. */
static bool path_with(char out[PATH_MAX], const char *path, const char *ending)
{
    int len = snprintf(out, PATH_MAX, "%s%s", path, ending);
    errno = ENAMETOOLONG;
    return len > 0 && len < PATH_MAX;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* A new file, whatever a write before that was cut short, or somebody else, has left there. */
static bool write_temporary(const char *path, const char *data, size_t len)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    bool done = write_all(fd, data, len);
    done = done && fsync(fd) == 0;
    close_quietly(fd);
    return done;
}

/* A rename is only safe once the folder that holds the names is on the disk. */
static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];
    if (!path_with(copy, path, ""))
        return false;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0;
    close_quietly(fd);
    return done;
}

enum err state_file_write(const char *path, const char *data, size_t len)
{
    char temporary[PATH_MAX];
    if (!path_with(temporary, path, ".tmp"))
        return ERR_SYSTEM;
    if (!write_temporary(temporary, data, len))
        return ERR_SYSTEM;
    if (rename(temporary, path) != 0)
        return ERR_SYSTEM;
    return sync_folder(path) ? ERR_OK : ERR_SYSTEM;
}

/* Reads until the end, or `len` bytes; the number read, or -1. */
static ssize_t read_all(int fd, char *out, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = read(fd, out + have, len - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static enum err read_open_file(int fd, char **data, size_t *len)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0)
        return ERR_SYSTEM;
    if (!S_ISREG(stat.st_mode) || stat.st_size > (off_t)STATE_FILE_MAX)
        return ERR_RANGE;
    char *bytes = malloc((size_t)stat.st_size + 1);
    if (!bytes)
        return ERR_NOMEM;
    ssize_t n = read_all(fd, bytes, (size_t)stat.st_size);
    if (n < 0) {
        int kept = errno;
        free(bytes);
        errno = kept;
        return ERR_SYSTEM;
    }
    bytes[n] = '\0';
    *data = bytes;
    *len = (size_t)n;
    return ERR_OK;
}

enum err state_file_read(const char *path, char **data, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    if (fd < 0)
        return errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM;
    enum err e = read_open_file(fd, data, len);
    close_quietly(fd);
    return e;
}

enum err state_file_set_aside(const char *path)
{
    char bad[PATH_MAX];
    if (!path_with(bad, path, ".bad"))
        return ERR_SYSTEM;
    if (rename(path, bad) != 0)
        return ERR_SYSTEM;
    return sync_folder(path) ? ERR_OK : ERR_SYSTEM;
}
