#include "policy/edit_write.h"

#define SRV_TARGET  6   /* where the target begins in SRV RDATA (RFC 2782) */
#define TARGETS_MAX 256 /* of a set; beyond them the additional section is left out */
#define HOSTS_MAX   64  /* that get other addresses in one answer; those of more are left out */

/* The targets of the set as it was, by hash; `stays` for those that it still has. */
struct targets {
    uint64_t hashes[TARGETS_MAX];
    bool stays[TARGETS_MAX];
    size_t count;
    bool full; /* there were more */
};

struct job {
    const struct edit_rules *rules;
    const struct dns_name *question;
    uint32_t age;
    bool set_seen, set_changed, hosts_changed;
    bool root;             /* the set becomes "." */
    unsigned left;         /* SRV records that stay */
    uint32_t lowest;       /* TTL of all that stays */
    uint32_t wanted;       /* the lowest TTL that a rule gave, UINT32_MAX = none did */
    uint32_t negative;     /* the TTL for NODATA */
    struct dns_name owner; /* of the first SRV record */
    struct targets targets;
    uint64_t hosts[HOSTS_MAX]; /* whose new addresses are written */
    size_t host_count;
    struct dns_builder *builder;
};

static void lower(uint32_t *value, uint32_t other)
{
    if (other < *value)
        *value = other;
}

static uint32_t aged(const struct job *job, uint32_t ttl)
{
    return ttl > job->age ? ttl - job->age : 0;
}

static uint64_t name_hash(const struct job *job, const struct dns_name *name)
{
    return hash_bytes(job->rules->key, name->wire, name->len);
}

/* Reads an SRV record of the answer section; false for every other, and for one that is broken. */
static bool read_srv(const struct job *job, const struct dns_rr *rr, struct edit_srv *out)
{
    struct reader r;
    if (rr->section != DNS_ANSWER || rr->type != DNS_TYPE_SRV || rr->class != DNS_CLASS_IN)
        return false;
    reader_init(&r, rr->rdata, rr->rdlen);
    reader_bytes(&r, SRV_TARGET - 2);
    out->port = reader_u16(&r);
    if (dns_name_read(&out->target, &r) != ERR_OK)
        return false;
    if (reader_left(&r) > 0)
        return false;
    dns_name_lower(&out->target);
    out->owner = &rr->owner;
    out->hash = name_hash(job, &out->target);
    return true;
}

static void decide(const struct job *job, const struct dns_rr *rr, const struct edit_srv *srv,
                   struct edit_outcome *out)
{
    *out = (struct edit_outcome){.negative_ttl = aged(job, rr->ttl)};
    job->rules->on_srv(job->rules->ctx, srv, out);
}

static void note_target(struct targets *targets, uint64_t hash, bool stays)
{
    size_t i = 0;
    while (i < targets->count && targets->hashes[i] != hash)
        i++;
    if (i == TARGETS_MAX) {
        targets->full = true;
        return;
    }
    if (i == targets->count) {
        targets->hashes[targets->count++] = hash;
        targets->stays[i] = false;
    }
    targets->stays[i] |= stays;
}

static bool target_is_gone(const struct targets *targets, uint64_t hash)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->hashes[i] == hash)
            return !targets->stays[i];
    return false;
}

static void survey_srv(struct job *job, const struct dns_rr *rr, const struct edit_srv *srv)
{
    struct edit_outcome outcome;
    decide(job, rr, srv, &outcome);
    bool stays = !(outcome.fields & POLICY_EDIT_REMOVE);
    bool same = stays && !(outcome.fields & POLICY_EDIT_REPLACE);
    if (!job->set_seen) {
        job->owner = rr->owner;
        dns_name_lower(&job->owner);
    }
    job->set_seen = true;
    job->set_changed |= outcome.fields != 0;
    job->root |= (outcome.fields & POLICY_EDIT_NONE) != 0;
    job->left += stays;
    note_target(&job->targets, srv->hash, same);
    if (stays && outcome.replace)
        note_target(&job->targets, name_hash(job, outcome.replace), true);
    if (!stays)
        lower(&job->negative, outcome.negative_ttl);
    else if (outcome.fields & POLICY_EDIT_TTL)
        lower(&job->wanted, outcome.ttl);
    else
        lower(&job->lowest, aged(job, rr->ttl));
}

/* The type that a record is about: its own, or that which a signature covers (RFC 4034 §3.1.1). */
static uint16_t subject(const struct dns_rr *rr)
{
    if (rr->type == DNS_TYPE_RRSIG && rr->rdlen >= 2)
        return bytes_get16(rr->rdata);
    return rr->type;
}

enum fate { FATE_STAYS, FATE_GOES, FATE_OTHER_ADDRESSES };

/* No record of the set is left. Known once the answer section was read. */
static bool is_emptied(const struct job *job)
{
    return job->set_changed && job->left == 0 && !job->root;
}

/* What becomes of a record of the additional section. */
static enum fate additional_fate(const struct job *job, const struct dns_rr *rr, uint64_t *hash,
                                 struct edit_host *host)
{
    const struct edit_rules *rules = job->rules;
    struct dns_name name = rr->owner;
    if (job->set_changed && (job->targets.full || job->root))
        return FATE_GOES;
    if (subject(rr) != DNS_TYPE_A && subject(rr) != DNS_TYPE_AAAA)
        return FATE_STAYS;
    dns_name_lower(&name);
    *hash = name_hash(job, &name);
    if (target_is_gone(&job->targets, *hash))
        return FATE_GOES;
    if (rules->on_host && rules->on_host(rules->ctx, &name, *hash, host))
        return FATE_OTHER_ADDRESSES;
    return FATE_STAYS;
}

static void survey_other(struct job *job, const struct dns_rr *rr)
{
    enum fate fate = FATE_STAYS;
    struct edit_host host;
    uint64_t hash;
    if (rr->section != DNS_ANSWER && is_emptied(job))
        return;
    if (rr->section == DNS_ADDITIONAL)
        fate = additional_fate(job, rr, &hash, &host);
    if (fate == FATE_OTHER_ADDRESSES) {
        job->hosts_changed = true;
        lower(&job->lowest, host.ttl);
    }
    if (fate == FATE_STAYS)
        lower(&job->lowest, aged(job, rr->ttl));
}

/* Whether the rules have something to say, and what the TTL of all will be. A TTL that a rule gave
 * holds for the whole answer, and may be higher than what it had. */
static void survey(struct job *job, const struct dns_answer *answer)
{
    struct dns_answer_walk walk;
    struct edit_srv srv;
    struct dns_rr rr;
    dns_answer_walk_init(&walk, answer, job->question);
    while (dns_answer_walk_next(&walk, &rr)) {
        if (read_srv(job, &rr, &srv))
            survey_srv(job, &rr, &srv);
        else
            survey_other(job, &rr);
    }
    if (job->left == 0)
        lower(&job->lowest, job->negative);
    if (job->wanted != UINT32_MAX)
        job->lowest = job->wanted;
}

static void write_root(struct job *job, struct dns_rr *rr)
{
    static const uint8_t nowhere[SRV_TARGET + 1]; /* RFC 2782: a target of "." is no service */
    rr->rdata = nowhere;
    rr->rdlen = sizeof(nowhere);
    rr->ttl = job->lowest;
    dns_builder_add(job->builder, rr);
}

/* Writes an SRV record as it is now; `index` counts them. */
static void write_srv(struct job *job, struct dns_rr *rr, const struct edit_srv *srv,
                      unsigned index)
{
    uint8_t rdata[SRV_TARGET + DNS_NAME_MAX];
    struct edit_outcome outcome;
    if (job->root) {
        if (index == 0)
            write_root(job, rr);
        return;
    }
    decide(job, rr, srv, &outcome);
    if (outcome.fields & POLICY_EDIT_REMOVE)
        return;
    rr->ttl = job->lowest;
    memcpy(rdata, rr->rdata, rr->rdlen);
    if (outcome.fields & POLICY_EDIT_PRIORITY)
        bytes_put16(rdata, outcome.priority);
    if (outcome.fields & POLICY_EDIT_WEIGHT)
        bytes_put16(rdata + 2, outcome.weight);
    if (outcome.fields & POLICY_EDIT_PORT)
        bytes_put16(rdata + 4, outcome.port);
    if (outcome.fields & POLICY_EDIT_REPLACE) {
        memcpy(rdata + SRV_TARGET, outcome.replace->wire, outcome.replace->len);
        rr->rdlen = (uint16_t)(SRV_TARGET + outcome.replace->len);
    }
    rr->rdata = rdata;
    dns_builder_add(job->builder, rr);
    rr->rdata = NULL; /* it was on the stack */
}

static bool host_is_written(struct job *job, uint64_t hash)
{
    for (size_t i = 0; i < job->host_count; i++)
        if (job->hosts[i] == hash)
            return true;
    if (job->host_count == HOSTS_MAX)
        return true;
    job->hosts[job->host_count++] = hash;
    return false;
}

static void write_host(struct job *job, struct dns_rr *rr, const struct edit_host *host)
{
    for (size_t i = 0; i < host->count; i++) {
        size_t len;
        rr->rdata = addr_bytes(&host->addresses[i], &len);
        if (!rr->rdata)
            continue;
        rr->rdlen = (uint16_t)len;
        rr->type = len == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
        dns_builder_add(job->builder, rr);
    }
}

static void write_other(struct job *job, struct dns_rr *rr)
{
    struct edit_host host;
    uint64_t hash;
    if (rr->section != DNS_ANSWER && is_emptied(job))
        return; /* the SOA comes here */
    if (job->set_changed && rr->section == DNS_ANSWER && subject(rr) == DNS_TYPE_SRV)
        return; /* the signature of what it was */
    rr->ttl = job->lowest;
    if (rr->section != DNS_ADDITIONAL) {
        dns_builder_add(job->builder, rr);
        return;
    }
    enum fate fate = additional_fate(job, rr, &hash, &host);
    if (fate == FATE_STAYS)
        dns_builder_add(job->builder, rr);
    if (fate == FATE_OTHER_ADDRESSES && !host_is_written(job, hash))
        write_host(job, rr, &host);
}

static void write_all(struct job *job, const struct dns_answer *answer)
{
    struct dns_answer_walk walk;
    struct edit_srv srv;
    struct dns_rr rr;
    unsigned index = 0;
    dns_answer_walk_init(&walk, answer, job->question);
    while (!job->builder->failed && dns_answer_walk_next(&walk, &rr)) {
        if (read_srv(job, &rr, &srv))
            write_srv(job, &rr, &srv, index++);
        else
            write_other(job, &rr);
    }
}

enum edit_result edit_write(const struct edit_rules *rules, const struct dns_answer *answer,
                            const struct dns_name *question, uint32_t age,
                            struct dns_builder *builder, struct edit_summary *summary)
{
    struct job job;
    job.rules = rules;
    job.question = question;
    job.age = age;
    job.set_seen = job.set_changed = job.hosts_changed = job.root = false;
    job.left = 0;
    job.lowest = job.wanted = job.negative = UINT32_MAX;
    job.owner = (struct dns_name){.len = 1};
    job.targets.count = job.host_count = 0; /* the tables themselves need no zeros */
    job.targets.full = false;
    job.builder = builder;
    survey(&job, answer);
    if (!job.set_changed && !job.hosts_changed)
        return EDIT_NOTHING;
    write_all(&job, answer);
    if (job.set_seen)
        summary->owner = job.owner;
    summary->ttl = job.lowest;
    if (job.set_changed && job.root)
        return EDIT_ROOT;
    return is_emptied(&job) ? EDIT_EMPTIED : EDIT_CHANGED;
}
