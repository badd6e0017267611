/* Live changes to targets. */
#include <string.h>

#include "control/live_parts.h"

static bool is_stale(const struct live *live, int64_t if_match)
{
    return if_match >= 0 && (uint64_t)if_match != live->state.revision;
}

static uint64_t end_of(const struct live *live, uint64_t for_ms)
{
    return for_ms > 0 ? live->now + for_ms : LIVE_NEVER;
}

/* Fills the change; ERR_INVALID, ERR_NOMEM. */
static enum err make_change(const struct live *live, const struct live_target *spec,
                            struct live_change *out)
{
    *out = (struct live_change){
        .spec = *spec,
        .made = live->wall_now,
        .ends = end_of(live, spec->for_ms),
    };
    dns_name_lower(&out->spec.target);
    dns_name_lower(&out->spec.domain);
    if (spec->how) {
        const struct live_how *how = live_how_find(spec->how);
        if (!how)
            return ERR_INVALID;
        out->spec.how = how->word;
    }
    if (spec->uses == 0)
        return ERR_OK;
    out->uses = live_uses_new();
    if (!out->uses)
        return ERR_NOMEM;
    atomic_init(&out->uses->overlay.left, (long)spec->uses);
    return ERR_OK;
}

/* A change without end makes earlier ones that it covers useless. */
static void drop_covered(struct live_set *set, const struct live_change *change)
{
    if (change->uses || change->ends != LIVE_NEVER)
        return;
    for (size_t i = set->change_count; i > 0; i--) {
        if (live_change_covers(change, &set->changes[i - 1]))
            live_set_remove_change(set, i - 1);
    }
}

enum err live_target_set(struct live *live, const struct live_target *spec, int64_t if_match,
                         uint64_t now, uint64_t wall_now, uint32_t *id)
{
    struct live_state next;
    struct live_change change;
    live_clock(live, now, wall_now);
    if (is_stale(live, if_match))
        return ERR_EXISTS;
    enum err e = make_change(live, spec, &change);
    if (e != ERR_OK)
        return e;
    e = live_begin(live, &next);
    if (e != ERR_OK) {
        live_uses_free(change.uses);
        return e;
    }
    drop_covered(&next.set, &change);
    if (next.set.change_count >= LIVE_CHANGES_MAX) {
        live_uses_free(change.uses);
        live_set_deinit(&next.set);
        return ERR_LIMIT;
    }
    change.id = next.next_id++;
    *id = change.id;
    live_set_add_change(&next.set, &change);
    return live_commit(live, &next, 1, false);
}

/* Whether a change is one of those that `which` speaks of. */
static bool is_within(const struct live_change *change, const struct live_target *which)
{
    if (!dns_name_equal(&change->spec.target, &which->target))
        return false;
    if (which->domain.len > 0 && !dns_name_equal(&change->spec.domain, &which->domain))
        return false;
    if (which->service >= 0 && change->spec.service != which->service)
        return false;
    return which->match_port == 0 || change->spec.match_port == which->match_port;
}

enum err live_target_restore(struct live *live, const struct live_target *which, int64_t if_match,
                             uint64_t now, uint64_t wall_now, size_t *count)
{
    struct live_state next;
    live_clock(live, now, wall_now);
    *count = 0;
    if (is_stale(live, if_match))
        return ERR_EXISTS;
    enum err e = live_begin(live, &next);
    if (e != ERR_OK)
        return e;
    for (size_t i = next.set.change_count; i > 0; i--) {
        if (!is_within(&next.set.changes[i - 1], which))
            continue;
        live_set_remove_change(&next.set, i - 1);
        (*count)++;
    }
    if (*count == 0) {
        live_set_deinit(&next.set);
        return ERR_NOTFOUND;
    }
    return live_commit(live, &next, 1, false);
}

static bool is_used_up(const struct live_change *change)
{
    return change->uses && atomic_load(&change->uses->overlay.left) <= 0;
}

bool live_change_speaks_of(const struct live_change *change, const struct dns_name *domain,
                           int service)
{
    const struct live_target *spec = &change->spec;
    if (is_used_up(change))
        return false;
    if (spec->service >= 0 && spec->service != service)
        return false;
    if (spec->domain.len == 0)
        return true;
    return domain && dns_name_equal(&spec->domain, domain);
}

static void take(struct live_outcome *out, const struct policy_edit *edit)
{
    unsigned gain = edit->fields & ~out->fields;
    if (out->fields & (POLICY_EDIT_REMOVE | POLICY_EDIT_NONE))
        return;
    out->fields |= gain;
    out->priority = gain & POLICY_EDIT_PRIORITY ? edit->priority : out->priority;
    out->weight = gain & POLICY_EDIT_WEIGHT ? edit->weight : out->weight;
    out->port = gain & POLICY_EDIT_PORT ? edit->port : out->port;
    out->ttl = gain & POLICY_EDIT_TTL ? edit->ttl : out->ttl;
}

void live_outcome(const struct live *live, const struct dns_name *domain, int service,
                  const struct dns_name *target, uint16_t port, struct live_outcome *out)
{
    const struct live_set *set = &live->state.set;
    *out = (struct live_outcome){0};
    for (size_t i = set->change_count; i > 0; i--) {
        struct policy_edit edit;
        const struct live_change *change = &set->changes[i - 1];
        if (!dns_name_equal(&change->spec.target, target))
            continue;
        if (!live_change_speaks_of(change, domain, service) || live_set_is_shadowed(set, i - 1))
            continue;
        live_change_edit(change, &edit);
        if (policy_edit_matches(&edit, target, port))
            take(out, &edit);
    }
}

const char *live_address(const struct live *live, const struct dns_name *target, uint32_t *ttl,
                         const struct addr **addresses, size_t *count)
{
    const struct live_set *set = &live->state.set;
    for (size_t i = set->change_count; i > 0; i--) {
        const struct live_change *change = &set->changes[i - 1];
        const struct live_target *spec = &change->spec;
        if (!spec->how || !live_how_is_address(spec->how) || is_used_up(change))
            continue;
        if (!dns_name_equal(&spec->target, target) || live_set_is_shadowed(set, i - 1))
            continue;
        bool refuse = strcmp(spec->how, "refuse") == 0;
        bool blackhole = strcmp(spec->how, "blackhole") == 0;
        *ttl = spec->fields & POLICY_EDIT_TTL ? spec->ttl : live->lab.ttl;
        *addresses = refuse ? live->lab.refuse : live->lab.blackhole;
        *count = refuse ? live->lab.refuse_count : blackhole ? live->lab.blackhole_count : 0;
        return spec->how;
    }
    return NULL;
}
