/* Live changes back from the state file, at start. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/live_parts.h"
#include "control/state_file.h"

static void set_aside(const struct live *live, const char *why)
{
    log_error(live->init.log,
              "state file %s is damaged (%s): it is kept as %s.bad, and the policy is served "
              "without the changes in it",
              live->path, why, live->path);
    if (state_file_set_aside(live->path) != ERR_OK)
        log_error(live->init.log, "state file %s cannot be renamed: %s", live->path,
                  strerror(errno));
}

static enum err parse(struct live_state *out, const struct live *live, const char *text, size_t len)
{
    json_error_t error;
    const char *why = NULL;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        set_aside(live, error.text);
        return ERR_INVALID;
    }
    enum err e = live_state_read(out, json, live->now, live->wall_now, &why);
    json_decref(json);
    if (e == ERR_INVALID)
        set_aside(live, why);
    return e;
}

/* Names those that will not be there any more, for who wonders. */
static void take_over(struct live *live, struct live_state *state)
{
    if (state->revision == 0)
        state->revision = 1;
    if (state->next_id == 0)
        state->next_id = 1;
    if (state->changed_at == 0)
        state->changed_at = live->wall_now;
    live->state = *state;
    if (state->set.change_count + state->set.fault_count + state->set.removed_count > 0)
        log_info(live->init.log,
                 "state file %s: %zu changes to targets, %zu faults, %zu faults of the files "
                 "removed",
                 live->path, state->set.change_count, state->set.fault_count,
                 state->set.removed_count);
}

/* Says at start what would otherwise be said at the first change. A folder that is not there yet is
 * made, its parents are not. */
static void check_folder(const struct live *live)
{
    char copy[PATH_MAX];
    int len = snprintf(copy, sizeof(copy), "%s", live->path);
    const char *folder = dirname(copy);
    if (len >= (int)sizeof(copy))
        errno = ENAMETOOLONG;
    else if (access(folder, W_OK | X_OK) == 0)
        return;
    else if (errno == ENOENT && mkdir(folder, 0750) == 0)
        return;
    log_warning(live->init.log,
                "state file %s: nothing can be written there (%s), so changes "
                "while running will be refused; \"state: off\" keeps them in memory",
                live->path, strerror(errno));
}

enum err live_restore(struct live *live, uint64_t now, uint64_t wall_now)
{
    char *text = NULL;
    size_t len = 0;
    struct live_state state;
    live_clock(live, now, wall_now);
    if (!live->path)
        return ERR_OK;
    check_folder(live);
    enum err e = state_file_read(live->path, &text, &len);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    if (e == ERR_RANGE) {
        set_aside(live, "it is too large, or no file");
        return ERR_INVALID;
    }
    if (e == ERR_SYSTEM)
        log_error(live->init.log, "state file %s cannot be read: %s", live->path, strerror(errno));
    if (e != ERR_OK)
        return e;
    e = parse(&state, live, text, len);
    free(text);
    if (e == ERR_OK)
        take_over(live, &state);
    return e;
}
