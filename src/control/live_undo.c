#include "control/live_undo.h"

#include <stdlib.h>
#include <string.h>

#include "control/live_parts.h"

/* A fault that was taken away; it stood before the one with these counters. */
struct taken_fault {
    struct live_fault fault;
    const struct live_uses *successor; /* only to be compared */
};

/* A fault is known by its counters, of which a reference is held: a name may be given again. */
struct live_undo {
    struct live *live;
    struct live_set before;
    bool watching; /* `before` is set */
    unsigned long resets;
    uint32_t *added; /* numbers of changes */
    size_t added_count;
    struct live_uses **added_faults;
    size_t added_fault_count;
    struct live_change *taken;
    size_t taken_count;
    struct taken_fault *taken_faults;
    size_t taken_fault_count;
    char (*removed)[64]; /* faults of the file */
    size_t removed_count;
};

struct live_undo *live_undo_new(struct live *live)
{
    struct live_undo *undo = calloc(1, sizeof(*undo));
    if (undo) {
        undo->live = live;
        undo->resets = live->resets;
    }
    return undo;
}

static void forget(struct live_undo *u)
{
    for (size_t i = 0; i < u->added_fault_count; i++)
        live_uses_free(u->added_faults[i]);
    for (size_t i = 0; i < u->taken_count; i++)
        live_uses_free(u->taken[i].uses);
    for (size_t i = 0; i < u->taken_fault_count; i++)
        live_uses_free(u->taken_faults[i].fault.uses);
    u->added_count = u->added_fault_count = 0;
    u->taken_count = u->taken_fault_count = u->removed_count = 0;
}

static void end_watch(struct live_undo *u)
{
    if (u->watching)
        live_set_deinit(&u->before);
    u->watching = false;
}

void live_undo_free(struct live_undo *undo)
{
    if (!undo)
        return;
    end_watch(undo);
    forget(undo);
    free(undo->added);
    free(undo->added_faults);
    free(undo->taken);
    free(undo->taken_faults);
    free(undo->removed);
    free(undo);
}

/* After a reset there is nothing of before. */
static bool was_reset(struct live_undo *u)
{
    if (u->resets == u->live->resets)
        return false;
    u->resets = u->live->resets;
    forget(u);
    return true;
}

enum err live_undo_before(struct live_undo *undo)
{
    was_reset(undo);
    end_watch(undo);
    enum err e = live_set_copy(&undo->before, &undo->live->state.set);
    undo->watching = e == ERR_OK;
    return e;
}

/* Room for one more; NULL without memory. */
static void *grown(void *items, size_t count, size_t size)
{
    return reallocarray(items, count + 1, size);
}

static bool has_change(const struct live_set *set, uint32_t id)
{
    for (size_t i = 0; i < set->change_count; i++) {
        if (set->changes[i].id == id)
            return true;
    }
    return false;
}

static struct live_fault *fault_of(const struct live_set *set, const struct live_uses *uses)
{
    for (size_t i = 0; i < set->fault_count; i++) {
        if (set->faults[i].uses == uses)
            return &set->faults[i];
    }
    return NULL;
}

static enum err note_added(struct live_undo *u, uint32_t id)
{
    uint32_t *larger = grown(u->added, u->added_count, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    u->added = larger;
    larger[u->added_count++] = id;
    return ERR_OK;
}

/* Whether it was one of ours; then it is none any more. */
static bool drop_added(struct live_undo *u, uint32_t id)
{
    for (size_t i = 0; i < u->added_count; i++) {
        if (u->added[i] != id)
            continue;
        u->added[i] = u->added[--u->added_count];
        return true;
    }
    return false;
}

static enum err note_taken(struct live_undo *u, const struct live_change *change)
{
    if (drop_added(u, change->id))
        return ERR_OK;
    struct live_change *larger = grown(u->taken, u->taken_count, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    u->taken = larger;
    larger[u->taken_count++] = *change;
    if (change->uses)
        change->uses->refs++;
    return ERR_OK;
}

static enum err note_changes(struct live_undo *u)
{
    const struct live_set *before = &u->before, *after = &u->live->state.set;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < after->change_count; i++) {
        if (!has_change(before, after->changes[i].id))
            e = note_added(u, after->changes[i].id);
    }
    for (size_t i = 0; e == ERR_OK && i < before->change_count; i++) {
        if (!has_change(after, before->changes[i].id))
            e = note_taken(u, &before->changes[i]);
    }
    return e;
}

static enum err note_added_fault(struct live_undo *u, struct live_uses *uses)
{
    struct live_uses **larger = grown(u->added_faults, u->added_fault_count, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    u->added_faults = larger;
    larger[u->added_fault_count++] = uses;
    uses->refs++;
    return ERR_OK;
}

static bool drop_added_fault(struct live_undo *u, struct live_uses *uses)
{
    for (size_t i = 0; i < u->added_fault_count; i++) {
        if (u->added_faults[i] != uses)
            continue;
        live_uses_free(uses);
        u->added_faults[i] = u->added_faults[--u->added_fault_count];
        return true;
    }
    return false;
}

static enum err note_taken_fault(struct live_undo *u, const struct live_fault *fault)
{
    size_t index = (size_t)(fault - u->before.faults);
    bool last = index + 1 == u->before.fault_count;
    if (drop_added_fault(u, fault->uses))
        return ERR_OK;
    struct taken_fault *larger = grown(u->taken_faults, u->taken_fault_count, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    u->taken_faults = larger;
    larger[u->taken_fault_count++] =
        (struct taken_fault){*fault, last ? NULL : u->before.faults[index + 1].uses};
    fault->uses->refs++;
    return ERR_OK;
}

static enum err note_removed(struct live_undo *u, const char *name)
{
    char(*larger)[64] = grown(u->removed, u->removed_count, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    u->removed = larger;
    memcpy(larger[u->removed_count++], name, sizeof(*larger));
    return ERR_OK;
}

/* What a reload did to faults of the file is none of this. */
static enum err note_faults(struct live_undo *u)
{
    const struct live_set *before = &u->before, *after = &u->live->state.set;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < after->fault_count; i++) {
        const struct live_fault *fault = &after->faults[i];
        const struct live_fault *was = fault_of(before, fault->uses);
        if (!was && !fault->from_file)
            e = note_added_fault(u, fault->uses);
        else if (was && fault->removed && !was->removed)
            e = note_removed(u, fault->spec.name);
    }
    for (size_t i = 0; e == ERR_OK && i < before->fault_count; i++) {
        const struct live_fault *fault = &before->faults[i];
        if (!fault->from_file && !fault_of(after, fault->uses))
            e = note_taken_fault(u, fault);
    }
    return e;
}

enum err live_undo_after(struct live_undo *undo)
{
    enum err e = ERR_OK;
    if (!undo->watching)
        return ERR_NOMEM;
    if (!was_reset(undo)) {
        e = note_changes(undo);
        if (e == ERR_OK)
            e = note_faults(undo);
    }
    end_watch(undo);
    return e;
}

static size_t end_added(const struct live_undo *u, struct live_set *set)
{
    size_t count = 0;
    for (size_t i = set->change_count; i > 0; i--) {
        for (size_t a = 0; a < u->added_count; a++) {
            if (set->changes[i - 1].id != u->added[a])
                continue;
            live_set_remove_change(set, i - 1);
            count++;
            break;
        }
    }
    for (size_t a = 0; a < u->added_fault_count; a++) {
        const struct live_fault *fault = fault_of(set, u->added_faults[a]);
        if (!fault)
            continue;
        live_set_remove_fault(set, (size_t)(fault - set->faults));
        count++;
    }
    return count;
}

/* Changes stand in the order of their numbers: the later goes before the earlier. */
static size_t put_back_changes(const struct live_undo *u, struct live_set *set, uint64_t now)
{
    size_t count = 0;
    for (size_t t = 0; t < u->taken_count; t++) {
        const struct live_change *change = &u->taken[t];
        size_t at = set->change_count;
        if (live_change_is_over(change, now) || has_change(set, change->id))
            continue;
        while (at > 0 && set->changes[at - 1].id > change->id)
            at--;
        memmove(set->changes + at + 1, set->changes + at,
                (set->change_count - at) * sizeof(*set->changes));
        set->changes[at] = *change;
        set->change_count++;
        if (change->uses)
            change->uses->refs++;
        count++;
    }
    return count;
}

/* Where a fault belongs: before its successor, else behind all live ones. */
static size_t place_of(const struct live_set *set, const struct live_uses *successor)
{
    size_t at = 0;
    while (at < set->fault_count && !set->faults[at].from_file && set->faults[at].uses != successor)
        at++;
    return at;
}

static size_t put_back_faults(const struct live_undo *u, struct live_set *set, uint64_t now)
{
    size_t count = 0;
    /* The last that was taken away first: it may be an earlier one's successor. */
    for (size_t t = u->taken_fault_count; t > 0; t--) {
        const struct taken_fault *taken = &u->taken_faults[t - 1];
        if (live_fault_is_over(&taken->fault, now) || live_set_fault(set, taken->fault.spec.name))
            continue;
        size_t at = place_of(set, taken->successor);
        memmove(set->faults + at + 1, set->faults + at,
                (set->fault_count - at) * sizeof(*set->faults));
        set->faults[at] = taken->fault;
        set->fault_count++;
        taken->fault.uses->refs++;
        count++;
    }
    return count;
}

static bool unlist_removed(struct live_set *set, const char *name)
{
    for (size_t i = 0; i < set->removed_count; i++) {
        if (strcmp(set->removed[i], name) != 0)
            continue;
        memmove(set->removed + i, set->removed + i + 1,
                (--set->removed_count - i) * sizeof(*set->removed));
        return true;
    }
    return false;
}

static size_t put_back_removed(const struct live_undo *u, struct live_set *set)
{
    size_t count = 0;
    for (size_t r = 0; r < u->removed_count; r++) {
        if (!unlist_removed(set, u->removed[r]))
            continue;
        for (size_t i = 0; i < set->fault_count; i++) {
            struct live_fault *fault = &set->faults[i];
            if (fault->from_file && strcmp(fault->spec.name, u->removed[r]) == 0)
                fault->removed = false;
        }
        count++;
    }
    return count;
}

static bool make_room(const struct live_undo *u, struct live_set *set)
{
    size_t changes_max = set->change_count + u->taken_count + 1;
    size_t faults_max = set->fault_count + u->taken_fault_count + 1;
    struct live_change *changes = reallocarray(set->changes, changes_max, sizeof(*changes));
    if (!changes)
        return false;
    set->changes = changes;
    struct live_fault *faults = reallocarray(set->faults, faults_max, sizeof(*faults));
    if (!faults)
        return false;
    set->faults = faults;
    return true;
}

/* A copy of what is in force, with room for all that may be put back. */
static enum err begin(const struct live_undo *u, struct live_state *next)
{
    enum err e = live_begin(u->live, next);
    if (e != ERR_OK)
        return e;
    if (make_room(u, &next->set))
        return ERR_OK;
    live_set_deinit(&next->set);
    return ERR_NOMEM;
}

enum err live_undo_run(struct live_undo *undo, uint64_t now, uint64_t wall_now, size_t *count)
{
    struct live_state next;
    *count = 0;
    live_clock(undo->live, now, wall_now);
    if (was_reset(undo))
        return ERR_OK;
    enum err e = begin(undo, &next);
    if (e != ERR_OK)
        return e;
    *count = end_added(undo, &next.set) + put_back_changes(undo, &next.set, now) +
             put_back_faults(undo, &next.set, now) + put_back_removed(undo, &next.set);
    if (*count == 0) {
        live_set_deinit(&next.set);
        return ERR_OK;
    }
    e = live_commit(undo->live, &next, 1, true);
    if (e == ERR_OK)
        forget(undo);
    return e;
}

enum err live_seed(struct live *live, uint64_t seed, uint64_t now, uint64_t wall_now)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    live->init.seed = seed;
    if (live->state.set.fault_count == 0)
        return ERR_OK;
    enum err e = live_begin(live, &next);
    for (size_t i = 0; e == ERR_OK && i < next.set.fault_count; i++) {
        struct live_fault *fault = &next.set.faults[i];
        struct live_uses *uses = fault->from_file ? live_uses_new() : NULL;
        if (fault->from_file && !uses)
            e = ERR_NOMEM;
        if (!uses)
            continue;
        live_uses_free(fault->uses);
        fault->uses = uses;
    }
    if (e == ERR_OK)
        return live_commit(live, &next, 0, true);
    live_set_deinit(&next.set);
    return e;
}
