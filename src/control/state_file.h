/* A file that is either as it was or as it is to be, whenever the power goes: for what must survive
 * a restart. */
#ifndef SHUNT_CONTROL_STATE_FILE_H
#define SHUNT_CONTROL_STATE_FILE_H

#include <stddef.h>

#include "base/err.h"

#define STATE_FILE_MAX (16u << 20) /* bytes; a larger one is taken for damaged */

/* Writes PATH.tmp, brings it to the disk, renames it to PATH and brings the folder to the disk.
 * ERR_SYSTEM with errno; then PATH has the old content, or, when only the last step failed, the
 * new one. */
enum err state_file_write(const char *path, const char *data, size_t len);

/* Reads all of it, with a NUL behind; *data is to be freed. ERR_NOTFOUND when there is none,
 * ERR_SYSTEM with errno, ERR_RANGE when it is too large, ERR_NOMEM. */
enum err state_file_read(const char *path, char **data, size_t *len);

/* Renames PATH to PATH.bad, in place of an earlier one. ERR_SYSTEM with errno. */
enum err state_file_set_aside(const char *path);

#endif
