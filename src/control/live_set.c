#include "control/live_set.h"

#include <stdlib.h>
#include <string.h>

struct live_uses *live_uses_new(void)
{
    struct live_uses *uses = calloc(1, sizeof(*uses));
    if (uses)
        uses->refs = 1;
    return uses;
}

void live_uses_free(struct live_uses *uses)
{
    if (!uses)
        return;
    if (--uses->refs == 0)
        free(uses);
}

static void live_uses_share(struct live_uses *uses)
{
    if (uses)
        uses->refs++;
}

/* A copy of `count` elements with room for one more. */
static void *copy_list(const void *items, size_t count, size_t size)
{
    void *copy = calloc(count + 1, size);
    if (copy && count > 0)
        memcpy(copy, items, count * size);
    return copy;
}

enum err live_set_copy(struct live_set *out, const struct live_set *set)
{
    *out = (struct live_set){0};
    struct live_change *changes = copy_list(set->changes, set->change_count, sizeof(*changes));
    struct live_fault *faults = copy_list(set->faults, set->fault_count, sizeof(*faults));
    void *removed = copy_list(set->removed, set->removed_count, sizeof(*set->removed));
    if (!changes || !faults || !removed) {
        free(changes);
        free(faults);
        free(removed);
        return ERR_NOMEM;
    }
    *out = (struct live_set){
        changes, set->change_count, faults, set->fault_count, removed, set->removed_count,
    };
    for (size_t i = 0; i < out->change_count; i++)
        live_uses_share(changes[i].uses);
    for (size_t i = 0; i < out->fault_count; i++)
        live_uses_share(faults[i].uses);
    return ERR_OK;
}

void live_set_deinit(struct live_set *set)
{
    for (size_t i = 0; i < set->change_count; i++)
        live_uses_free(set->changes[i].uses);
    for (size_t i = 0; i < set->fault_count; i++)
        live_uses_free(set->faults[i].uses);
    free(set->changes);
    free(set->faults);
    free(set->removed);
    *set = (struct live_set){0};
}

void live_set_add_change(struct live_set *set, const struct live_change *change)
{
    set->changes[set->change_count++] = *change;
}

void live_set_add_fault(struct live_set *set, const struct live_fault *fault)
{
    if (fault->from_file) {
        set->faults[set->fault_count++] = *fault;
        return;
    }
    memmove(set->faults + 1, set->faults, set->fault_count++ * sizeof(*set->faults));
    set->faults[0] = *fault;
}

void live_set_remove_change(struct live_set *set, size_t index)
{
    live_uses_free(set->changes[index].uses);
    size_t behind = --set->change_count - index;
    memmove(set->changes + index, set->changes + index + 1, behind * sizeof(*set->changes));
}

void live_set_remove_fault(struct live_set *set, size_t index)
{
    live_uses_free(set->faults[index].uses);
    size_t behind = --set->fault_count - index;
    memmove(set->faults + index, set->faults + index + 1, behind * sizeof(*set->faults));
}

bool live_fault_is_on(const struct live_fault *fault)
{
    return !fault->removed && !fault->ended;
}

struct live_fault *live_set_fault(const struct live_set *set, const char *name)
{
    for (size_t i = 0; i < set->fault_count; i++) {
        if (!live_fault_is_on(&set->faults[i]))
            continue;
        if (strcmp(set->faults[i].spec.name, name) == 0)
            return &set->faults[i];
    }
    return NULL;
}

bool live_set_is_removed(const struct live_set *set, const char *name)
{
    for (size_t i = 0; i < set->removed_count; i++) {
        if (strcmp(set->removed[i], name) == 0)
            return true;
    }
    return false;
}

bool live_change_is_over(const struct live_change *change, uint64_t now)
{
    if (change->ends <= now)
        return true;
    return change->uses && atomic_load(&change->uses->overlay.left) <= 0;
}

bool live_fault_is_over(const struct live_fault *fault, uint64_t now)
{
    if (fault->ends <= now)
        return true;
    if (fault->spec.uses_max == 0)
        return false;
    return atomic_load(&fault->uses->fault.used) >= fault->spec.uses_max;
}

static bool same_scope(const struct live_target *a, const struct live_target *b)
{
    if (a->match_port != b->match_port || a->service != b->service)
        return false;
    if (a->domain.len != b->domain.len || a->target.len != b->target.len)
        return false;
    if (memcmp(a->domain.wire, b->domain.wire, a->domain.len) != 0)
        return false;
    return memcmp(a->target.wire, b->target.wire, a->target.len) == 0;
}

bool live_change_covers(const struct live_change *later, const struct live_change *earlier)
{
    if (!later->spec.how != !earlier->spec.how)
        return false;
    if (!same_scope(&later->spec, &earlier->spec))
        return false;
    return later->spec.how || (earlier->spec.fields & ~later->spec.fields) == 0;
}

bool live_set_is_shadowed(const struct live_set *set, size_t index)
{
    for (size_t i = index + 1; i < set->change_count; i++) {
        if (set->changes[i].uses)
            continue; /* the earlier one goes on when these are used up, between two ticks */
        if (live_change_covers(&set->changes[i], &set->changes[index]))
            return true;
    }
    return false;
}
