/* Giving up root once the sockets are bound. */
#ifndef SHUNT_DAEMON_PRIVILEGES_H
#define SHUNT_DAEMON_PRIVILEGES_H

#include <stddef.h>

#include "base/err.h"
#include "control/folder.h"

/* Whom privileges_drop will become: *out is not set when nothing will change. ERR_NOTFOUND. */
enum err privileges_owner(const char *user, struct folder_owner *out);

/* Becomes `user` when started as root: "auto" is the user shunt if there is one, else nobody;
 * "none" stays. Every capability goes, and cannot come back (no_new_privs). *became is the user's
 * name, or NULL when nothing changed; it is `name`, which has room for `size` bytes. ERR_NOTFOUND:
 * no such user; ERR_SYSTEM. */
enum err privileges_drop(const char *user, char *name, size_t size, const char **became);

#endif
