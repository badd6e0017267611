/* SRV answers while changes to their targets are in force. */
#include "policy/edit_write.h"
#include "policy/overlay_parts.h"
#include "policy/service.h"
#include "policy/soa.h"

#define CLAIMS_MAX 64 /* changes with a limit that one answer may use; more do not apply to it */

/* A change with a limit is asked for a use once for each answer, and that holds for all of it. */
struct claim {
    const struct overlay_change *change;
    bool granted;
};

struct edit_job {
    const struct overlay *overlay;
    const struct dns_name *question; /* lower-cased */
    struct claim claims[CLAIMS_MAX];
    size_t claim_count;
    bool applied; /* then `id` is that of the first change that was */
    uint32_t id;
};

static const struct claim *find_claim(const struct edit_job *job,
                                      const struct overlay_change *change)
{
    for (size_t i = 0; i < job->claim_count; i++)
        if (job->claims[i].change == change)
            return &job->claims[i];
    return NULL;
}

static bool claim(struct edit_job *job, const struct overlay_change *change)
{
    if (!change->uses)
        return true;
    const struct claim *known = find_claim(job, change);
    if (known)
        return known->granted;
    if (job->claim_count == CLAIMS_MAX)
        return false;
    struct claim *made = &job->claims[job->claim_count++];
    *made = (struct claim){change, overlay_change_use(change)};
    return made->granted;
}

static void note(struct edit_job *job, const struct overlay_change *change)
{
    if (!job->applied)
        job->id = change->id;
    job->applied = true;
}

/* The name behind `_service._tcp`; the whole name when it has no such labels. */
static const uint8_t *domain_of(const struct dns_name *name, size_t *len)
{
    size_t second = 1u + name->wire[0];
    bool service = name->wire[0] > 0 && name->wire[1] == '_';
    service = service && name->wire[second] > 0 && name->wire[second + 1] == '_';
    return dns_name_suffix(name, service ? POLICY_SERVICE_LABELS : 0, len);
}

/* Whether a change speaks of the SRV records of a lower-cased owner. */
static bool speaks_of(const struct overlay_change *change, const struct dns_name *owner)
{
    size_t len;
    if (change->service >= 0 && change->service != policy_service_of(owner))
        return false;
    if (change->domain.len == 0)
        return true;
    const uint8_t *domain = domain_of(owner, &len);
    return len == change->domain.len && memcmp(domain, change->domain.wire, len) == 0;
}

/* What was asked for counts as well as where an alias led. */
static bool concerns(const struct edit_job *job, const struct overlay_change *change,
                     const struct dns_name *owner)
{
    if (change->service < 0 && change->domain.len == 0)
        return true;
    if (speaks_of(change, job->question))
        return true;
    struct dns_name lowered = *owner;
    dns_name_lower(&lowered);
    return speaks_of(change, &lowered);
}

static void on_srv(void *ctx, const struct edit_srv *srv, struct edit_outcome *outcome)
{
    struct edit_job *job = ctx;
    struct overlay_cursor cursor;
    const struct overlay_change *change;
    overlay_cursor_init(&cursor, job->overlay, srv->hash, true);
    while ((change = overlay_cursor_next(&cursor))) {
        unsigned gain = edit_outcome_gain(outcome, &change->edit);
        if (gain == 0)
            continue;
        if (!policy_edit_matches(&change->edit, &srv->target, srv->port))
            continue;
        if (!concerns(job, change, srv->owner))
            continue;
        if (!claim(job, change))
            continue;
        edit_outcome_take(outcome, &change->edit, gain);
        if (gain & POLICY_EDIT_REMOVE)
            outcome->negative_ttl = change->ttl;
        note(job, change);
    }
}

/* Addresses beside an SRV answer only go along with what a question for them would get: a use is
 * counted there, not here. */
static bool on_host(void *ctx, const struct dns_name *name, uint64_t hash, struct edit_host *out)
{
    struct edit_job *job = ctx;
    struct overlay_cursor cursor;
    const struct overlay_change *change;
    overlay_cursor_init(&cursor, job->overlay, hash, false);
    while ((change = overlay_cursor_next(&cursor))) {
        if (change->address == OVERLAY_ADDRESS_KEEP)
            continue;
        if (!dns_name_equal(&change->edit.target, name))
            continue;
        const struct claim *claimed = find_claim(job, change);
        if (claimed ? !claimed->granted : !overlay_change_is_usable(change))
            continue;
        bool replace = change->address == OVERLAY_ADDRESS_REPLACE;
        *out =
            (struct edit_host){change->addresses, replace ? change->address_count : 0, change->ttl};
        note(job, change);
        return true;
    }
    return false;
}

static void add_soa(const struct edit_job *job, const struct edit_summary *summary,
                    struct dns_builder *builder)
{
    struct dns_name apex;
    size_t len;
    const uint8_t *domain = domain_of(&summary->owner, &len);
    memcpy(apex.wire, domain, len);
    apex.len = (uint8_t)len;
    policy_soa_add(builder, &apex, job->id, summary->ttl);
}

int overlay_edit_answer(const struct overlay *overlay, const struct dns_answer *answer,
                        const struct dns_name *question, uint32_t age, struct dns_builder *builder,
                        uint32_t *change_id)
{
    struct edit_job job;
    struct edit_summary summary;
    job.overlay = overlay;
    job.question = question;
    job.claim_count = 0;
    job.applied = false;
    job.id = 0;
    const struct edit_rules rules = {
        .ctx = &job, .key = &overlay->key, .on_srv = on_srv, .on_host = on_host};
    enum edit_result result = edit_write(&rules, answer, question, age, builder, &summary);
    if (result == EDIT_NOTHING)
        return 0;
    *change_id = job.id;
    if (result == EDIT_EMPTIED)
        add_soa(&job, &summary, builder);
    return result == EDIT_CHANGED ? 1 : 2;
}
