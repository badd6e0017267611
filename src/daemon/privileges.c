#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/privileges.h"

static const struct passwd *user_find(const char *user)
{
    if (strcmp(user, "auto") != 0)
        return getpwnam(user);
    const struct passwd *pw = getpwnam("shunt");
    return pw ? pw : getpwnam("nobody");
}

enum err privileges_owner(const char *user, struct folder_owner *out)
{
    *out = (struct folder_owner){0};
    if (geteuid() != 0 || strcmp(user, "none") == 0)
        return ERR_OK;
    const struct passwd *pw = user_find(user);
    if (!pw)
        return ERR_NOTFOUND;
    *out = (struct folder_owner){.set = true, .uid = pw->pw_uid, .gid = pw->pw_gid};
    return ERR_OK;
}

/* The capabilities of a user who is not root: the file's, or a container's. */
static enum err capabilities_drop(void)
{
    capng_clear(CAPNG_SELECT_CAPS);
    return capng_apply(CAPNG_SELECT_CAPS) == 0 ? ERR_OK : ERR_SYSTEM;
}

enum err privileges_drop(const char *user, char *name, size_t size, const char **became)
{
    *became = NULL;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ERR_SYSTEM;
    if (geteuid() != 0)
        return capabilities_drop();
    if (strcmp(user, "none") == 0)
        return ERR_OK;
    const struct passwd *pw = user_find(user);
    if (!pw)
        return ERR_NOTFOUND;
    snprintf(name, size, "%s", pw->pw_name);
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
                        CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING) < 0) {
        errno = EPERM;
        return ERR_SYSTEM;
    }
    *became = name;
    return ERR_OK;
}
