#include "control/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/live_parts.h"
#include "control/state_file.h"

struct live *live_new(const struct live_init *init)
{
    struct live *live = calloc(1, sizeof(*live));
    if (!live)
        return NULL;
    live->init = *init;
    live->state.revision = 1;
    live->state.next_id = 1;
    live->path = init->state_path ? strdup(init->state_path) : NULL;
    if (init->state_path && !live->path) {
        free(live);
        return NULL;
    }
    return live;
}

/* Changes by count may have been used since the last writing. */
static bool uses_moved(const struct live_set *set)
{
    for (size_t i = 0; i < set->change_count; i++) {
        if (set->changes[i].uses)
            return true;
    }
    for (size_t i = 0; i < set->fault_count; i++) {
        const struct live_fault *fault = &set->faults[i];
        if (!fault->from_file && atomic_load(&fault->uses->fault.used) != fault->uses_saved)
            return true;
    }
    return false;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    if (live->unsaved || uses_moved(&live->state.set))
        live_save(live, &live->state);
    live_set_deinit(&live->state.set);
    free(live->path);
    free(live);
}

void live_clock(struct live *live, uint64_t now, uint64_t wall_now)
{
    live->now = now;
    live->wall_now = wall_now;
    if (live->state.changed_at == 0)
        live->state.changed_at = wall_now;
}

uint64_t live_revision(const struct live *live)
{
    return live->state.revision;
}

uint64_t live_changed_at(const struct live *live)
{
    return live->state.changed_at;
}

enum err live_begin(const struct live *live, struct live_state *next)
{
    *next = live->state;
    return live_set_copy(&next->set, &live->state.set);
}

static enum err write_json(const char *path, const json_t *json)
{
    char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
    if (!text)
        return ERR_NOMEM;
    enum err e = state_file_write(path, text, strlen(text));
    int kept = errno;
    free(text);
    errno = kept;
    return e;
}

enum err live_save(struct live *live, const struct live_state *state)
{
    if (!live->path)
        return ERR_OK;
    json_t *json = live_state_write(state, live->now, live->wall_now);
    enum err e = write_json(live->path, json);
    int kept = errno;
    json_decref(json);
    if (e != ERR_OK && !live->unsaved)
        log_error(live->init.log, "state file %s cannot be written: %s", live->path,
                  e == ERR_SYSTEM ? strerror(kept) : err_text(e));
    live->unsaved = e != ERR_OK;
    live->saved_at = live->now;
    errno = kept;
    return e;
}

static void note_saved(struct live_set *set)
{
    for (size_t i = 0; i < set->fault_count; i++)
        set->faults[i].uses_saved = atomic_load(&set->faults[i].uses->fault.used);
}

enum err live_commit(struct live *live, struct live_state *next, uint64_t steps, bool must)
{
    struct overlay *overlay = NULL;
    struct fault_set *faults = NULL;
    struct live_set old = live->state.set;
    next->revision += steps;
    next->changed_at = steps > 0 ? live->wall_now : next->changed_at;
    enum err e = live_make_overlay(&next->set, &live->lab, live->init.key, &overlay);
    if (e == ERR_OK)
        e = live_make_faults(&next->set, live->init.seed, &faults);
    if (e == ERR_OK && steps > 0)
        e = live_save(live, next);
    if (e != ERR_OK && !(must && e == ERR_SYSTEM)) {
        int kept = errno;
        overlay_free(overlay);
        fault_set_free(faults);
        live_set_deinit(&next->set);
        errno = kept;
        return e;
    }
    note_saved(&next->set);
    live->state = *next;
    if (live->init.publish)
        live->init.publish(live->init.ctx, overlay, faults, next->revision);
    live_set_deinit(&old); /* nobody reads their counters any more */
    return ERR_OK;
}

/* Ends each change and fault that has come to its end; how many. */
static uint64_t end_all(struct live_set *set, uint64_t now, const struct log *log)
{
    uint64_t ended = 0;
    for (size_t i = set->change_count; i > 0; i--) {
        if (!live_change_is_over(&set->changes[i - 1], now))
            continue;
        log_info(log, "change %u to a target has come to its end", set->changes[i - 1].id);
        live_set_remove_change(set, i - 1);
        ended++;
    }
    for (size_t i = set->fault_count; i > 0; i--) {
        struct live_fault *fault = &set->faults[i - 1];
        if (!live_fault_is_on(fault) || !live_fault_is_over(fault, now))
            continue;
        log_info(log, "fault %s has come to its end", fault->spec.name);
        ended++;
        fault->ended = true;
        if (!fault->from_file)
            live_set_remove_fault(set, i - 1);
    }
    return ended;
}

static bool anything_over(const struct live_set *set, uint64_t now)
{
    for (size_t i = 0; i < set->change_count; i++) {
        if (live_change_is_over(&set->changes[i], now))
            return true;
    }
    for (size_t i = 0; i < set->fault_count; i++) {
        if (live_fault_is_on(&set->faults[i]) && live_fault_is_over(&set->faults[i], now))
            return true;
    }
    return false;
}

static uint64_t next_end(const struct live_set *set)
{
    uint64_t next = LIVE_NEVER;
    for (size_t i = 0; i < set->change_count; i++) {
        if (set->changes[i].ends < next)
            next = set->changes[i].ends;
    }
    for (size_t i = 0; i < set->fault_count; i++) {
        if (live_fault_is_on(&set->faults[i]) && set->faults[i].ends < next)
            next = set->faults[i].ends;
    }
    return next;
}

/* The time that is left was told by calls before; uses were counted by workers. */
#define SAVE_USES_EVERY 10000 /* ms */

uint64_t live_tick(struct live *live, uint64_t now, uint64_t wall_now)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    if (anything_over(&live->state.set, now) && live_begin(live, &next) == ERR_OK) {
        uint64_t ended = end_all(&next.set, now, live->init.log);
        live_commit(live, &next, ended, true);
        return next_end(&live->state.set);
    }
    bool due = now - live->saved_at >= SAVE_USES_EVERY;
    if (live->unsaved || (due && uses_moved(&live->state.set))) {
        if (live_save(live, &live->state) == ERR_OK)
            note_saved(&live->state.set);
    }
    return next_end(&live->state.set);
}
