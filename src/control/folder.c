#include "control/folder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands before the last slash. */
static enum err folder_of(char out[PATH_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = !slash ? "." : slash == path ? "/" : path;
    size_t len = folder == path ? (size_t)(slash - path) : 1;
    if (len >= PATH_MAX)
        return ERR_RANGE;
    memcpy(out, folder, len);
    out[len] = '\0';
    return ERR_OK;
}

enum err folder_make(const char *path, const struct folder_owner *owner)
{
    char folder[PATH_MAX];
    enum err e = folder_of(folder, path);
    if (e != ERR_OK)
        return e;
    if (mkdir(folder, 0755) < 0)
        return errno == EEXIST ? ERR_OK : ERR_SYSTEM;
    return owner->set && chown(folder, owner->uid, owner->gid) < 0 ? ERR_SYSTEM : ERR_OK;
}

enum err folder_usable(const char *path, const struct folder_owner *owner)
{
    struct stat st;
    char folder[PATH_MAX];
    enum err e = folder_of(folder, path);
    if (e != ERR_OK)
        return e;
    if (!owner->set)
        return access(folder, W_OK | X_OK) == 0 ? ERR_OK : ERR_SYSTEM;
    if (stat(folder, &st) < 0)
        return ERR_SYSTEM;
    if (owner->uid == 0 || st.st_uid == owner->uid || (st.st_mode & S_IWOTH))
        return ERR_OK;
    if (st.st_gid == owner->gid && (st.st_mode & S_IWGRP))
        return ERR_OK;
    errno = EACCES;
    return ERR_SYSTEM;
}
