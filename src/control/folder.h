/* Folders for the files that the daemon makes. */
#ifndef SHUNT_CONTROL_FOLDER_H
#define SHUNT_CONTROL_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Whose files they are to be, for a daemon that is root and will not stay so. */
struct folder_owner {
    bool set;
    uid_t uid;
    gid_t gid;
};

/* Makes the folder of the file `path` if only it is missing: /run/shunt goes with each boot.
 * ERR_SYSTEM with errno; ERR_RANGE for a path over PATH_MAX. */
enum err folder_make(const char *path, const struct folder_owner *owner);

/* Whether the owner (without one: we) can make files beside `path`. ERR_SYSTEM with errno if not.
 */
enum err folder_usable(const char *path, const struct folder_owner *owner);

#endif
