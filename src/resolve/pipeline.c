/* policy -> cache -> upstream, for one query. As a rule one step answers; a CNAME of the policy, or
 * one of upstream's that leads to a name of ours, takes further ones, and the whole chain is put
 * together in r->composed. When a part has to be asked upstream the run ends there, and starts
 * again when the part has arrived: from the beginning, or with what chain_save kept. */
#include <string.h>

#include "policy/service.h"
#include "resolve/resolver.h"

/* RFC 8767 §4: the TTL that stale data goes out with. */
#define STALE_TTL 30

struct run {
    struct resolver *r;
    const struct resolve_settings *settings;
    const struct dns_query *query;
    const struct arrival *arrival;
    uint64_t now;
    struct dns_name name; /* the link of the chain that is looked at */
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
    bool compared;        /* with the policy in force: it does not contradict */
};

static void question_fill(const struct run *run, struct dns_question *q)
{
    q->name = run->name;
    q->type = run->query->type;
    q->class = run->query->class;
    q->recursion = run->query->flags & DNS_FLAG_RD;
    q->checking_off = run->query->flags & DNS_FLAG_CD;
    q->dnssec_ok = run->query->dnssec_ok;
}

static bool arrival_is_for(const struct arrival *a, const struct dns_question *q)
{
    return a && a->question->type == q->type && dns_name_equal(&a->question->name, &q->name);
}

/* The failure's own answer, unless there is stale data that serves better. */
static void fetch_failed(struct run *run, const struct dns_question *q, struct fetched *f)
{
    struct resolver *r = run->r;
    struct dns_answer *stale = (struct dns_answer *)(void *)r->cached.bytes;
    struct cache_key key = arrival_key(r, q);
    struct cache_hit hit;
    if (run->settings->stale_window == 0)
        return;
    bool found = cache_get(r->init.cache, &key, run->now, stale, sizeof(r->cached.bytes), &hit);
    key.type = CACHE_TYPE_NXDOMAIN;
    if (!found && !cache_get(r->init.cache, &key, run->now, stale, sizeof(r->cached.bytes), &hit))
        return;
    if (!hit.stale) { /* another worker had more luck meanwhile */
        *f = (struct fetched){
            .answer = stale, .age = hit.age, .source = RESOLVE_FROM_CACHE, .ede = DNS_EDE_NONE};
        f->key = key;
        return;
    }
    *f = (struct fetched){.answer = stale, .source = RESOLVE_FROM_STALE};
    f->ede = dns_answer_rcode(stale) == DNS_RCODE_NXDOMAIN ? DNS_EDE_STALE_NXDOMAIN
                                                           : DNS_EDE_STALE_ANSWER;
}

/* Fresh data first, then NXDOMAIN for the name, then a failure of the last second. */
static bool fetch_cached(struct run *run, const struct dns_question *q, struct fetched *f)
{
    struct resolver *r = run->r;
    struct dns_answer *answer = (struct dns_answer *)(void *)r->cached.bytes;
    struct cache_key key = arrival_key(r, q);
    struct cache_hit hit;
    const struct {
        uint16_t type;
        uint8_t flags;
    } tries[] = {{q->type, key.flags},
                 {CACHE_TYPE_NXDOMAIN, key.flags},
                 {q->type, key.flags | CACHE_KEY_FAILED}};
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        key.type = tries[i].type;
        key.flags = tries[i].flags;
        if (!cache_get(r->init.cache, &key, run->now, answer, sizeof(r->cached.bytes), &hit) ||
            hit.stale)
            continue;
        *f = (struct fetched){.answer = answer,
                              .age = hit.age,
                              .source = RESOLVE_FROM_CACHE,
                              .ede = DNS_EDE_NONE,
                              .key = key};
        f->compared = hit.generation == policy_generation(run->settings->policy);
        if (key.flags & CACHE_KEY_FAILED) {
            f->ede = DNS_EDE_CACHED_ERROR;
            fetch_failed(run, q, f);
        }
        return true;
    }
    return false;
}

/* The answer for run->name, or false when it has to be asked. */
static bool fetch(struct run *run, const struct dns_question *q, struct fetched *f)
{
    const struct arrival *a = run->arrival;
    if (!arrival_is_for(a, q))
        return fetch_cached(run, q, f);
    memcpy(run->r->cached.bytes, a->answer, dns_answer_size(a->answer));
    *f = (struct fetched){.answer = (struct dns_answer *)(void *)run->r->cached.bytes,
                          .source = RESOLVE_FROM_UPSTREAM,
                          .ede = DNS_EDE_NONE};
    run->out->options.ede_text = a->ede_text;
    if (a->failed)
        fetch_failed(run, q, f);
    return true;
}

/* What of an upstream's flags stays true of a chain that it ends: not AD, as part is ours. */
#define FLAGS_OF_END (DNS_RCODE_MASK | DNS_FLAG_TC)

/* The end of a run: `last`, or the chain if there is one, closed with it (NULL: nothing follows).
 */
static void finish(struct run *run, const struct dns_answer *last, uint32_t age)
{
    struct outcome *out = run->out;
    out->answer = last;
    out->options.age = age;
    if (run->chain.links == 0)
        return;
    if (last)
        chain_add(&run->chain, last, &run->name, age);
    out->answer = chain_close(&run->chain, last ? last->flags & FLAGS_OF_END : 0,
                              last ? last->ede : DNS_EDE_NONE);
    out->options.age = 0;
}

/* The same for upstream's, without the additional records that the policy contradicts. */
static void finish_without_additional(struct run *run, const struct fetched *f)
{
    struct chain *chain = &run->chain;
    bool alone = chain->links == 0;
    chain_open(run->r, chain, &run->query->name);
    conflict_copy(run->r, run->settings->policy, f->answer, &run->name, f->age, NULL,
                  &chain->builder);
    if (!alone) {
        run->out->answer = chain_close(chain, f->answer->flags & FLAGS_OF_END, f->answer->ede);
        return;
    }
    struct dns_answer *rest = dns_builder_finish(&chain->builder, f->answer->flags);
    run->out->answer = rest;
    if (rest)
        rest->ede = f->answer->ede;
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
    if (run->query->edns)
        explain(run->out, match);
    finish(run, match->answer, 0);
}

/* A name above one of ours exists, whatever upstream thinks of it (RFC 8020; xmpp-dns rule 8). */
static void mend_nxdomain(struct run *run, struct dns_answer *answer)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    struct dns_name last = run->name;
    dns_answer_walk_init(&walk, answer, &run->name);
    while (dns_answer_walk_next(&walk, &rr) && rr.section == DNS_ANSWER) {
        struct reader r;
        reader_init(&r, rr.rdata, rr.rdlen);
        if (rr.type == DNS_TYPE_CNAME && dns_name_read(&last, &r) != ERR_OK)
            return;
    }
    dns_name_lower(&last);
    if (policy_name_exists(run->settings->policy, &last, resolver_hash(run->r, &last)))
        answer->flags &= (uint16_t) ~(DNS_RCODE_MASK | DNS_FLAG_AD);
}

/* Takes what was fetched; true when the chain goes on at run->name. */
static bool take_fetched(struct run *run, const struct dns_question *q, struct fetched *f)
{
    const struct policy *policy = run->settings->policy;
    struct dns_name target;
    enum conflict conflict = CONFLICT_NONE;
    if (!f->compared)
        conflict = conflict_find(run->r, policy, f->answer, &run->name, q->type, &target);
    if (f->source == RESOLVE_FROM_STALE)
        run->chain.ttl_cap = STALE_TTL;
    run->chain.ours = false;
    if (conflict == CONFLICT_CHAIN) {
        chain_open(run->r, &run->chain, &run->query->name);
        conflict_copy(run->r, policy, f->answer, &run->name, f->age, &target, &run->chain.builder);
        run->name = target;
        return true;
    }
    if (!f->compared && conflict == CONFLICT_NONE && f->source == RESOLVE_FROM_CACHE)
        cache_mark(run->r->init.cache, &f->key, policy_generation(policy));
    if (dns_answer_rcode(f->answer) == DNS_RCODE_NXDOMAIN)
        mend_nxdomain(run, f->answer);
    run->out->source = f->source;
    if (f->source == RESOLVE_FROM_STALE && run->chain.links == 0)
        run->out->options.stale_ttl = STALE_TTL;
    if (f->ede != DNS_EDE_NONE)
        run->out->options.ede = f->ede;
    if (conflict == CONFLICT_NONE)
        finish(run, f->answer, f->age);
    else
        finish_without_additional(run, f);
    return false;
}

/* One link; true when the chain goes on at run->name. */
static bool step(struct run *run)
{
    struct outcome *out = run->out;
    struct policy_match match;
    struct fetched f;
    policy_find(run->settings->policy, &run->name, resolver_hash(run->r, &run->name),
                run->query->type, &match);
    if (run->chain.links == 0 && match.service >= 0)
        run->out->service = match.service;
    if (match.verdict == POLICY_OVERRIDE) {
        finish_ours(run, &match);
        return false;
    }
    if (match.verdict == POLICY_ALIAS) {
        chain_open(run->r, &run->chain, &run->query->name);
        chain_add(&run->chain, match.answer, &run->name, 0);
        run->name = *match.alias;
        return true;
    }
    question_fill(run, &out->question);
    if (!fetch(run, &out->question, &f)) {
        out->fetch = true;
        out->part =
            chain_save(&run->chain, &run->name, policy_generation(run->settings->policy), run->now);
        return false;
    }
    if (match.verdict == POLICY_SYNTHESIZE && dns_answer_is_negative(f.answer, run->query->type)) {
        finish_ours(run, &match);
        return false;
    }
    return take_fetched(run, &out->question, &f);
}

void pipeline_run(struct resolver *r, const struct resolve_settings *settings,
                  const struct dns_query *query, const struct chain_part *part,
                  const struct arrival *arrival, uint64_t now, struct outcome *out)
{
    struct run run = {
        .r = r, .settings = settings, .query = query, .arrival = arrival, .now = now, .out = out};
    chain_init(&run.chain);
    out->service = -1;
    if (chain_resume(r, &run.chain, &query->name, part, policy_generation(settings->policy), now,
                     &run.name))
        out->service = query->type == DNS_TYPE_SRV ? policy_service_of(&query->name) : -1;
    else
        run.name = query->name;
    out->fetch = false;
    out->part = NULL;
    out->answer = NULL;
    out->source = RESOLVE_FROM_POLICY;
    out->options = (struct dns_reply_options){.ede = DNS_EDE_NONE};
    while (step(&run)) {
        if (run.chain.links >= RESOLVE_LINKS_MAX) { /* a loop: what there is of it, as it is */
            finish(&run, NULL, 0);
            return;
        }
    }
}

size_t pipeline_reply(struct resolver *r, const struct dns_query *query, struct outcome *out,
                      size_t limit, uint8_t *tx)
{
    if (out->service >= 0)
        r->counters.services[out->service]++;
    if (!out->answer) { /* a chain that passed 64 KiB */
        resolver_count(r, out->source, DNS_RCODE_SERVFAIL);
        return dns_reply_error(query, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER, "answer too large", tx);
    }
    out->options.limit = limit;
    resolver_count(r, out->source, dns_answer_rcode(out->answer));
    return dns_reply_write(query, out->answer, &out->options, tx);
}
