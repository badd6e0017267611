/* Listening sockets of the API. */
#ifndef SHUNT_CONTROL_HTTP_SOCKET_H
#define SHUNT_CONTROL_HTTP_SOCKET_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/addr.h"
#include "control/folder.h"

struct http_socket {
    int fd;
    bool tcp;
    struct addr addr; /* TCP: as bound */
    char *path;       /* Unix: its file; removed when the socket is closed */
    dev_t device;     /* … if it still is that file */
    ino_t inode;
};

/* Listens at `path`, mode 0660. A file that is there is removed if it is a socket at which nobody
 * answers. The folder is made if only it is missing. ERR_EXISTS when somebody answers, ERR_INVALID
 * for a file that is no socket, ERR_RANGE for a path that is too long, ERR_NOMEM, ERR_SYSTEM with
 * errno. */
enum err http_socket_unix(struct http_socket *out, const char *path,
                          const struct folder_owner *owner);
/* ERR_SYSTEM with errno. */
enum err http_socket_tcp(struct http_socket *out, const struct addr *addr);
/* Closes the socket and removes its file. */
void http_socket_close(struct http_socket *socket);

#endif
