#include "control/http_socket.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static void close_keeping_errno(int fd)
{
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
}

static enum err unix_address(struct sockaddr_un *out, const char *path)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (*path == '\0')
        return ERR_INVALID;
    if (strlen(path) >= sizeof(out->sun_path))
        return ERR_RANGE;
    memcpy(out->sun_path, path, strlen(path));
    return ERR_OK;
}

/* Whether a server listens there: only a refused connection says that none does. */
static bool somebody_answers(const struct sockaddr_un *sun)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true;
    bool refused = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 &&
                   (errno == ECONNREFUSED || errno == ENOENT);
    close(fd);
    return !refused;
}

/* Makes room for a socket file: removes one that a daemon that is gone left behind. */
static enum err remove_stale(const struct sockaddr_un *sun)
{
    struct stat st;
    if (lstat(sun->sun_path, &st) < 0)
        return errno == ENOENT ? ERR_OK : ERR_SYSTEM;
    if (!S_ISSOCK(st.st_mode))
        return ERR_INVALID;
    if (somebody_answers(sun))
        return ERR_EXISTS;
    return unlink(sun->sun_path) < 0 && errno != ENOENT ? ERR_SYSTEM : ERR_OK;
}

/* Mode and owner are set before listen: nobody can connect until then. The folder may be that of a
 * user with fewer rights than ours, who could put a link in the socket's place: so the mode comes
 * with the file, and the owner is that of no other file. */
static int bind_and_listen(int fd, const struct sockaddr_un *sun, const struct folder_owner *owner)
{
    mode_t before = umask(0777 & ~0660);
    int bound = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
    umask(before);
    if (bound < 0)
        return -1;
    if (owner->set && lchown(sun->sun_path, owner->uid, owner->gid) < 0)
        return -1;
    return listen(fd, BACKLOG);
}

enum err http_socket_unix(struct http_socket *out, const char *path,
                          const struct folder_owner *owner)
{
    struct sockaddr_un sun;
    struct stat st;
    *out = (struct http_socket){.fd = -1};
    enum err e = unix_address(&sun, path);
    if (e == ERR_OK)
        e = folder_make(path, owner);
    if (e == ERR_OK)
        e = remove_stale(&sun);
    if (e != ERR_OK)
        return e;
    out->path = strdup(path);
    if (!out->path)
        return ERR_NOMEM;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0 || bind_and_listen(out->fd, &sun, owner) < 0 || lstat(path, &st) < 0) {
        close_keeping_errno(out->fd);
        free(out->path);
        *out = (struct http_socket){.fd = -1};
        return ERR_SYSTEM;
    }
    out->device = st.st_dev;
    out->inode = st.st_ino;
    return ERR_OK;
}

enum err http_socket_tcp(struct http_socket *out, const struct addr *addr)
{
    socklen_t len = sizeof(out->addr);
    int on = 1;
    *out = (struct http_socket){.tcp = true};
    out->fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0)
        return ERR_SYSTEM;
    if (setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(out->fd, &addr->sa, addr_len(addr)) < 0 || listen(out->fd, BACKLOG) < 0 ||
        getsockname(out->fd, &out->addr.sa, &len) < 0) {
        close_keeping_errno(out->fd);
        out->fd = -1;
        return ERR_SYSTEM;
    }
    return ERR_OK;
}

void http_socket_close(struct http_socket *socket)
{
    struct stat st;
    /* Another daemon may have put its own there meanwhile. */
    if (socket->path && lstat(socket->path, &st) == 0 && st.st_dev == socket->device &&
        st.st_ino == socket->inode)
        unlink(socket->path);
    if (socket->fd >= 0)
        close(socket->fd);
    free(socket->path);
    *socket = (struct http_socket){.fd = -1};
}
