/* Live faults, and those of the file. */
#include <stdio.h>
#include <string.h>

#include "control/live_parts.h"

/* A fault that has just begun. */
static enum err begin_fault(const struct live *live, const struct fault_spec *spec, bool from_file,
                            struct live_fault *out)
{
    uint64_t ends = spec->for_ms > 0 ? live->now + spec->for_ms : LIVE_NEVER;
    *out = (struct live_fault){.spec = *spec, .from_file = from_file, .ends = ends};
    if (spec->place.file)
        snprintf(out->place, sizeof(out->place), "%s:%u", spec->place.file, spec->place.line);
    out->spec.place = (struct place){0}; /* its text may be gone with the configuration */
    out->uses = live_uses_new();
    return out->uses ? ERR_OK : ERR_NOMEM;
}

static bool is_stale(const struct live *live, int64_t if_match)
{
    return if_match >= 0 && (uint64_t)if_match != live->state.revision;
}

enum err live_fault_add(struct live *live, const struct fault_spec *spec, int64_t if_match,
                        uint64_t now, uint64_t wall_now)
{
    struct live_state next;
    struct live_fault fault;
    live_clock(live, now, wall_now);
    if (is_stale(live, if_match))
        return ERR_EXISTS;
    if (live_set_fault(&live->state.set, spec->name))
        return ERR_EXISTS;
    if (live->state.set.fault_count >= LIVE_CHANGES_MAX)
        return ERR_LIMIT;
    enum err e = begin_fault(live, spec, false, &fault);
    if (e != ERR_OK)
        return e;
    e = live_begin(live, &next);
    if (e != ERR_OK) {
        live_uses_free(fault.uses);
        return e;
    }
    live_set_add_fault(&next.set, &fault);
    return live_commit(live, &next, 1, false);
}

static void remove_fault(struct live_set *set, struct live_fault *fault)
{
    if (!fault->from_file) {
        live_set_remove_fault(set, (size_t)(fault - set->faults));
        return;
    }
    fault->removed = true;
    if (set->removed_count >= LIVE_CHANGES_MAX)
        return; /* only a restart brings it back */
    memcpy(set->removed[set->removed_count++], fault->spec.name, sizeof(fault->spec.name));
}

enum err live_fault_remove(struct live *live, const char *name, int64_t if_match, uint64_t now,
                           uint64_t wall_now)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    if (is_stale(live, if_match))
        return ERR_EXISTS;
    if (!live_set_fault(&live->state.set, name))
        return ERR_NOTFOUND;
    enum err e = live_begin(live, &next);
    if (e != ERR_OK)
        return e;
    remove_fault(&next.set, live_set_fault(&next.set, name));
    return live_commit(live, &next, 1, false);
}

/* As it is said, place and time apart. */
static bool same_fault(const struct fault_spec *a, const struct fault_spec *b)
{
    struct text first = {0}, second = {0};
    if (strcmp(a->name, b->name) != 0)
        return false;
    fault_text(a, &first);
    fault_text(b, &second);
    bool same = !first.failed && !second.failed && strcmp(first.data, second.data) == 0;
    text_deinit(&first);
    text_deinit(&second);
    return same;
}

/* What was in force of the same fault of the file, or NULL. */
static const struct live_fault *find_earlier(const struct live_set *set,
                                             const struct fault_spec *spec)
{
    for (size_t i = 0; i < set->fault_count; i++) {
        if (!set->faults[i].from_file)
            continue;
        if (same_fault(&set->faults[i].spec, spec))
            return &set->faults[i];
    }
    return NULL;
}

/* Puts the file's faults behind the live ones of `set`, which has room for them. */
static enum err add_file_faults(const struct live *live, struct live_set *set,
                                const struct fault_spec *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct live_fault fault;
        enum err e = begin_fault(live, &faults[i], true, &fault);
        if (e != ERR_OK)
            return e;
        const struct live_fault *earlier = find_earlier(&live->state.set, &faults[i]);
        if (earlier) {
            live_uses_free(fault.uses);
            fault.uses = earlier->uses;
            fault.uses->refs++;
            fault.ends = earlier->ends;
            fault.ended = earlier->ended;
        }
        fault.removed = live_set_is_removed(set, fault.spec.name);
        live_set_add_fault(set, &fault);
    }
    return ERR_OK;
}

/* Drops the file's faults and makes room for `count` others. */
static enum err make_room(struct live_set *set, size_t count)
{
    for (size_t i = set->fault_count; i > 0; i--) {
        if (set->faults[i - 1].from_file)
            live_set_remove_fault(set, i - 1);
    }
    struct live_fault *larger =
        reallocarray(set->faults, set->fault_count + count + 1, sizeof(*larger));
    if (!larger)
        return ERR_NOMEM;
    set->faults = larger;
    return ERR_OK;
}

enum err live_configure(struct live *live, const struct live_lab *lab,
                        const struct fault_spec *faults, size_t count, uint64_t now,
                        uint64_t wall_now)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    enum err e = live_begin(live, &next);
    if (e != ERR_OK)
        return e;
    e = make_room(&next.set, count);
    if (e == ERR_OK)
        e = add_file_faults(live, &next.set, faults, count);
    if (e != ERR_OK) {
        live_set_deinit(&next.set);
        return e;
    }
    live_addresses_set(&live->lab, lab);
    if (live->configured)
        return live_commit(live, &next, 1, true);
    live->configured = true;
    e = live_commit(live, &next, 0, true); /* at start nobody has seen a revision yet */
    if (e == ERR_OK)
        live_tick(live, now, wall_now); /* what came to its end while nothing ran */
    return e;
}

/* Brings a fault of the file back to its beginning; 1 when it was away. */
static size_t begin_again(const struct live *live, struct live_fault *fault, enum err *e)
{
    if (live_fault_is_on(fault))
        return 0;
    size_t removed = fault->removed;
    struct live_uses *uses = live_uses_new();
    if (!uses) {
        *e = ERR_NOMEM;
        return 0;
    }
    live_uses_free(fault->uses);
    fault->uses = uses;
    fault->removed = fault->ended = false;
    fault->ends = fault->spec.for_ms > 0 ? live->now + fault->spec.for_ms : LIVE_NEVER;
    return removed;
}

enum err live_reset(struct live *live, uint64_t now, uint64_t wall_now, size_t *count)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    *count = 0;
    enum err e = live_begin(live, &next);
    if (e != ERR_OK)
        return e;
    *count = next.set.change_count;
    while (next.set.change_count > 0)
        live_set_remove_change(&next.set, next.set.change_count - 1);
    for (size_t i = next.set.fault_count; i > 0; i--) {
        struct live_fault *fault = &next.set.faults[i - 1];
        *count += fault->from_file ? begin_again(live, fault, &e) : 1;
        if (!fault->from_file)
            live_set_remove_fault(&next.set, i - 1);
    }
    next.set.removed_count = 0;
    if (e != ERR_OK) {
        live_set_deinit(&next.set);
        return e;
    }
    e = live_commit(live, &next, 1, false);
    live->resets += e == ERR_OK;
    return e;
}
