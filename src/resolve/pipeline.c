/* policy -> cache -> upstream, for one query. As a rule one step answers; a CNAME of the policy, or
 * one of upstream's that leads to a name of ours, takes further ones, and the whole chain is put
 * together in r->composed. When a part has to be asked upstream the run ends there, and starts
 * again when the part has arrived: from the beginning, or with what chain_save kept. */
#include <string.h>

#include "policy/service.h"
#include "resolve/chain.h"
#include "resolve/shape.h"

/* RFC 8767 §4: the TTL that stale data goes out with. */
#define STALE_TTL 30

struct run {
    struct resolver *r;
    const struct resolve_settings *settings;
    const struct policy *policy; /* of the client's view */
    uint32_t mark;               /* of cache entries that were compared with it */
    const struct dns_query *query;
    const struct arrival *arrival;
    uint64_t now;
    const struct dns_name *name; /* the link of the chain that is looked at: the question's … */
    struct dns_name link;        /* … or one behind it */
    uint64_t name_hash;
    struct chain chain;
    struct outcome *out;
};

/* What the cache or the arrival holds for one name; the answer may be changed in place. */
struct fetched {
    struct dns_answer *answer;
    uint32_t age;
    enum resolve_source source;
    uint16_t ede;         /* beside the answer's own */
    struct cache_key key; /* of the entry, for answers from the cache */
    uint64_t place;       /* of the entry, likewise */
    bool compared;        /* with the policy in force: it does not contradict */
};

/* To be called when run->link has changed. */
static void go_on_at_link(struct run *run)
{
    run->name = &run->link;
    run->name_hash = resolver_hash(run->r, &run->link);
}

static void question_fill(const struct run *run, struct dns_question *q)
{
    q->type = run->query->type;
    q->class = run->query->class;
    q->recursion = run->query->flags & DNS_FLAG_RD;
    q->checking_off = run->query->flags & DNS_FLAG_CD;
    q->dnssec_ok = run->query->dnssec_ok;
    dns_name_copy(&q->name, run->name);
}

static struct cache_key key_of(const struct run *run)
{
    const struct dns_query *q = run->query;
    return (struct cache_key){
        .name = run->name,
        .name_hash = run->name_hash,
        .type = q->type,
        .class = q->class,
        .flags = resolver_key_flags(q->dnssec_ok, q->flags & DNS_FLAG_CD),
    };
}

static bool arrival_is_for_link(const struct run *run)
{
    const struct arrival *a = run->arrival;
    return a && a->name_hash == run->name_hash && a->question->type == run->query->type &&
           dns_name_equal(&a->question->name, run->name);
}

/* The failure's own answer, unless there is stale data that serves better. */
static void fetch_failed(struct run *run, struct fetched *f)
{
    struct resolver *r = run->r;
    struct dns_answer *stale = (struct dns_answer *)(void *)r->stale.bytes;
    struct cache_key key = key_of(run);
    struct cache_hit hit;
    if (run->settings->stale_window == 0)
        return;
    bool found = cache_get(r->cache_reader, &key, run->now, stale, sizeof(r->stale.bytes), &hit);
    key.type = CACHE_TYPE_NXDOMAIN;
    if (!found && !cache_get(r->cache_reader, &key, run->now, stale, sizeof(r->stale.bytes), &hit))
        return;
    if (!hit.stale) { /* another worker had more luck meanwhile */
        *f = (struct fetched){
            .answer = stale, .age = hit.age, .source = RESOLVE_FROM_CACHE, .ede = DNS_EDE_NONE};
        f->key = key;
        f->place = hit.place;
        return;
    }
    *f = (struct fetched){.answer = stale, .source = RESOLVE_FROM_STALE};
    f->ede = dns_answer_rcode(stale) == DNS_RCODE_NXDOMAIN ? DNS_EDE_STALE_NXDOMAIN
                                                           : DNS_EDE_STALE_ANSWER;
}

/* Fresh data first, then NXDOMAIN for the name, then a failure of the last second. */
static bool fetch_cached(struct run *run, struct fetched *f)
{
    struct resolver *r = run->r;
    struct dns_answer *answer = (struct dns_answer *)(void *)r->cached.bytes;
    struct cache_key key = key_of(run);
    struct cache_hit hit;
    const struct {
        uint16_t type;
        uint8_t flags;
    } tries[] = {{key.type, key.flags},
                 {CACHE_TYPE_NXDOMAIN, key.flags},
                 {key.type, key.flags | CACHE_KEY_FAILED}};
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        key.type = tries[i].type;
        key.flags = tries[i].flags;
        if (!cache_get(r->cache_reader, &key, run->now, answer, sizeof(r->cached.bytes), &hit) ||
            hit.stale)
            continue;
        *f = (struct fetched){.answer = answer,
                              .age = hit.age,
                              .source = RESOLVE_FROM_CACHE,
                              .ede = DNS_EDE_NONE,
                              .key = key,
                              .place = hit.place};
        f->compared = hit.generation == run->mark;
        if (key.flags & CACHE_KEY_FAILED) {
            f->ede = DNS_EDE_CACHED_ERROR;
            fetch_failed(run, f);
        }
        return true;
    }
    return false;
}

/* The answer for the link, or false when it has to be asked. */
static bool fetch(struct run *run, struct fetched *f)
{
    const struct arrival *a = run->arrival;
    if (!arrival_is_for_link(run))
        return fetch_cached(run, f);
    memcpy(run->r->cached.bytes, a->answer, dns_answer_size(a->answer));
    *f = (struct fetched){.answer = (struct dns_answer *)(void *)run->r->cached.bytes,
                          .source = RESOLVE_FROM_UPSTREAM,
                          .ede = DNS_EDE_NONE};
    run->out->options.ede_text = a->ede_text;
    if (a->failed)
        fetch_failed(run, f);
    return true;
}

static void note_rule(struct outcome *out, const struct policy_match *match)
{
    out->rule_file = match->rule_file;
    out->rule_line = match->rule_line;
}

/* What of an upstream's flags stays true of a chain that it ends: not AD, as part is ours. */
#define FLAGS_OF_END (DNS_RCODE_MASK | DNS_FLAG_TC)

/* The end of a run: `last`, or the chain if there is one, closed with it (NULL: nothing follows).
 */
static void finish(struct run *run, const struct dns_answer *last, uint32_t age)
{
    struct outcome *out = run->out;
    if (run->settings->overlay && last && run->query->type == DNS_TYPE_SRV)
        last =
            shape_targets(run->r, run->settings->overlay, last, run->name, &age, &out->change_id);
    out->answer = last;
    out->options.age = age;
    if (run->chain.links == 0)
        return;
    if (last)
        chain_add(&run->chain, last, run->name, age);
    out->answer = chain_close(&run->chain, last ? last->flags & FLAGS_OF_END : 0,
                              last ? last->ede : DNS_EDE_NONE);
    out->options.age = 0;
}

static struct ours ours_of(const struct run *run)
{
    return (struct ours){run->r, run->policy, run->settings->overlay, run->query->type};
}

/* The same for what was fetched: without the additional records that the policy contradicts, and
 * with the edits of `match`, if there are any. */
static void finish_fetched(struct run *run, const struct policy_match *match,
                           const struct fetched *f, enum conflict conflict)
{
    const struct dns_answer *answer = f->answer;
    uint32_t age = f->age;
    if (conflict == CONFLICT_ADDITIONAL) {
        struct resolver *r = run->r;
        struct dns_builder b;
        dns_builder_init(&b, r->trimmed.bytes, sizeof(r->trimmed.bytes), run->name);
        const struct ours ours = ours_of(run);
        conflict_copy(&ours, answer, run->name, age, NULL, &b);
        struct dns_answer *trimmed = dns_builder_finish(&b, answer->flags);
        if (trimmed)
            trimmed->ede = answer->ede;
        answer = trimmed;
        age = 0;
    }
    if (match->verdict == POLICY_AMEND && answer && run->query->type == DNS_TYPE_SRV) {
        const struct dns_answer *amended =
            shape_edits(run->r, match, policy_generation(run->policy), answer, run->name, &age);
        if (amended != answer)
            note_rule(run->out, match);
        answer = amended;
    }
    finish(run, answer, age);
}

/* "lab.yaml:12" for those who look at extended errors: which line of the policy gave the answer. */
static void explain(struct outcome *out, const struct policy_match *match)
{
    const char *base = strrchr(match->rule_file, '/');
    const char *file = base ? base + 1 : match->rule_file;
    char digits[10];
    size_t count = 0;
    size_t len = strnlen(file, sizeof(out->ede_text) - sizeof(digits) - 2);
    memcpy(out->ede_text, file, len);
    out->ede_text[len++] = ':';
    for (unsigned left = match->rule_line; left > 0 || count == 0; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    while (count > 0)
        out->ede_text[len++] = digits[--count];
    out->ede_text[len] = '\0';
    out->options.ede_text = out->ede_text;
    out->options.ede =
        match->answer->counts[DNS_ANSWER] > 0 ? DNS_EDE_FORGED_ANSWER : DNS_EDE_FILTERED;
}

static void finish_ours(struct run *run, const struct policy_match *match)
{
    run->out->source = RESOLVE_FROM_POLICY;
    run->out->options.order = match->order;
    run->out->options.order_seed = 0;
    if (match->order == DNS_ORDER_ROTATE)
        run->out->options.order_seed = run->r->rotation++;
    if (match->order == DNS_ORDER_SHUFFLE)
        run->out->options.order_seed = random_u32(run->r->init.random);
    note_rule(run->out, match);
    if (run->query->edns)
        explain(run->out, match);
    finish(run, match->answer, 0);
}

/* A name above one of ours exists, whatever upstream thinks of it (RFC 8020; xmpp-dns rule 8). True
 * when that changed the answer. */
static bool mend_nxdomain(struct run *run, struct dns_answer *answer)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct dns_name last = *run->name;
    dns_answer_walk_init(&walk, answer, run->name);
    while (dns_answer_walk_next(&walk, &rr) && rr.section == DNS_ANSWER) {
        struct reader r;
        reader_init(&r, rr.rdata, rr.rdlen);
        if (rr.type == DNS_TYPE_CNAME && dns_name_read(&last, &r) != ERR_OK)
            return false;
    }
    dns_name_lower(&last);
    if (!policy_name_exists(run->policy, &last, resolver_hash(run->r, &last)))
        return false;
    answer->flags &= (uint16_t) ~(DNS_RCODE_MASK | DNS_FLAG_AD);
    return true;
}

/* Takes what was fetched; true when the chain goes on at another link. */
static bool take_fetched(struct run *run, const struct policy_match *match, struct fetched *f)
{
    const struct ours ours = ours_of(run);
    struct dns_name target;
    enum conflict conflict = CONFLICT_NONE;
    bool mended = false;
    if (!f->compared)
        conflict = conflict_find(&ours, f->answer, run->name, &target);
    if (f->source == RESOLVE_FROM_STALE)
        run->chain.ttl_cap = STALE_TTL;
    run->chain.ours = false;
    if (conflict == CONFLICT_CHAIN) {
        chain_open(run->r, &run->chain, &run->query->name);
        conflict_copy(&ours, f->answer, run->name, f->age, &target, &run->chain.builder);
        run->link = target;
        go_on_at_link(run);
        return true;
    }
    if (!f->compared && dns_answer_rcode(f->answer) == DNS_RCODE_NXDOMAIN)
        mended = mend_nxdomain(run, f->answer);
    if (!f->compared && conflict == CONFLICT_NONE && !mended && f->source == RESOLVE_FROM_CACHE)
        cache_mark(run->r->init.cache, &f->key, f->place, run->mark);
    run->out->source = f->source;
    if (f->source == RESOLVE_FROM_STALE && run->chain.links == 0)
        run->out->options.stale_ttl = STALE_TTL;
    if (f->ede != DNS_EDE_NONE)
        run->out->options.ede = f->ede;
    finish_fetched(run, match, f, conflict);
    return false;
}

/* A live change that gives a failed target other addresses, or none. */
static bool finish_failed_target(struct run *run)
{
    struct outcome *out = run->out;
    const struct dns_answer *answer =
        shape_address(run->r, run->settings->overlay, run->name, run->name_hash, run->query->type,
                      &out->change_id);
    if (!answer)
        return false;
    out->source = RESOLVE_FROM_POLICY;
    finish(run, answer, 0);
    return true;
}

/* Upstream's part of a link. */
static bool step_fetch(struct run *run, const struct policy_match *match)
{
    struct outcome *out = run->out;
    struct fetched f;
    if (!fetch(run, &f)) {
        out->fetch = true;
        question_fill(run, &out->question);
        out->name_hash = run->name_hash;
        out->part = chain_save(&run->chain, run->name, run->mark, run->now);
        return false;
    }
    if (match->verdict == POLICY_SYNTHESIZE && dns_answer_is_negative(f.answer, run->query->type)) {
        finish_ours(run, match);
        return false;
    }
    return take_fetched(run, match, &f);
}

/* One link; true when the chain goes on at another. */
static bool step(struct run *run)
{
    struct policy_match match;
    if (run->settings->overlay && finish_failed_target(run))
        return false;
    policy_find(run->policy, run->name, run->name_hash, run->query->type, &match);
    switch (match.verdict) {
    case POLICY_OVERRIDE:
        finish_ours(run, &match);
        return false;
    case POLICY_ALIAS:
        note_rule(run->out, &match);
        chain_open(run->r, &run->chain, &run->query->name);
        chain_add(&run->chain, match.answer, run->name, 0);
        policy_match_alias(&match, &run->link);
        go_on_at_link(run);
        return true;
    default:
        return step_fetch(run, &match);
    }
}

static void outcome_init(struct outcome *out, const struct dns_query *query)
{
    out->fetch = false;
    out->part = NULL;
    out->answer = NULL;
    out->source = RESOLVE_FROM_POLICY;
    out->options = (struct dns_reply_options){.ede = DNS_EDE_NONE};
    out->service = query->type == DNS_TYPE_SRV ? policy_service_of(&query->name) : -1;
    out->rule_file = NULL;
    out->rule_line = 0;
    out->change_id = 0;
}

void pipeline_run(struct resolver *r, const struct asked *asked, const struct chain_part *part,
                  const struct arrival *arrival, uint64_t now, struct outcome *out)
{
    struct run run; /* field by field, as `link` need not be set */
    run.r = r;
    run.settings = asked->settings;
    run.policy = view_policy(asked->settings, asked->view);
    run.mark = asked->settings->mark + asked->view;
    run.query = asked->query;
    run.arrival = arrival;
    run.now = now;
    run.name = &asked->query->name;
    run.name_hash = asked->name_hash;
    run.out = out;
    outcome_init(out, asked->query);
    chain_init(&run.chain);
    if (chain_resume(r, &run.chain, run.name, part, run.mark, now, &run.link))
        go_on_at_link(&run);
    while (step(&run)) {
        if (run.chain.links >= RESOLVE_LINKS_MAX) { /* a loop: what there is of it, as it is */
            finish(&run, NULL, 0);
            return;
        }
    }
}
