/* The end of a query: the reply is written, faults befall it, it is counted and recorded. */
#include <string.h>

#include "resolve/mangle.h"
#include "resolve/resolver.h"

/* One query on its last steps. */
struct delivery {
    struct resolver *r;
    const struct asked *asked;
    struct outcome *out;
    uint8_t *tx;
    size_t len;
    size_t limit;
    uint64_t now;
    const struct fault_spec *fault; /* that befell it, or NULL */
    uint64_t draw;
    uint32_t delay_ms; /* that it will wait before it is sent */
};

static void write_reply(struct delivery *d)
{
    struct outcome *out = d->out;
    if (!out->answer) { /* a chain that passed 64 KiB */
        d->len = dns_reply_error(d->asked->query, DNS_RCODE_SERVFAIL, DNS_EDE_OTHER,
                                 "answer too large", d->tx);
        return;
    }
    out->options.limit = d->limit;
    d->len = dns_reply_write(d->asked->query, out->answer, &out->options, d->tx);
}

static enum fault_source fault_source_of(enum resolve_source source)
{
    switch (source) {
    case RESOLVE_FROM_POLICY:
        return FAULT_POLICY;
    case RESOLVE_FROM_UPSTREAM:
        return FAULT_UPSTREAM;
    default:
        return FAULT_CACHE;
    }
}

static void fault_reply_fill(const struct delivery *d, struct fault_reply *out)
{
    const struct asked *asked = d->asked;
    const struct resolve_settings *settings = asked->settings;
    *out = (struct fault_reply){
        .name = &asked->query->name,
        .type = asked->query->type,
        .service = d->out->service,
        .client = &asked->client->peer,
        .view = asked->view > 0 ? settings->views[asked->view - 1].name : "",
        .tcp = asked->client->tcp,
        .edns = asked->query->edns,
        .source = fault_source_of(d->out->source),
    };
}

/* What a fault does to the bytes of a reply. */
static void fault_change(struct delivery *d, const struct fault_reply *about)
{
    const struct fault_spec *f = d->fault;
    if (f->actions & FAULT_DO_RCODE)
        d->len =
            dns_reply_error(d->asked->query, (enum dns_rcode)f->rcode, DNS_EDE_NONE, NULL, d->tx);
    if (f->actions & FAULT_DO_TTL)
        ttl_reply(d->tx, d->len, f->ttl);
    if ((f->actions & FAULT_DO_TRUNCATE) && !about->tcp)
        d->len = truncate_reply(d->tx, d->len);
    if (f->actions & FAULT_DO_MANGLE)
        d->len = mangle_reply(f->mangle, about, d->draw, d->tx, d->len, d->limit);
}

static uint32_t fault_delay(const struct fault_spec *f, uint64_t draw)
{
    if (f->jitter_ms == 0)
        return f->delay_ms;
    uint32_t least = f->delay_ms > f->jitter_ms ? f->delay_ms - f->jitter_ms : 0;
    return least + (uint32_t)(draw % (2 * (uint64_t)f->jitter_ms + 1));
}

static enum resolve_verdict fail_client(const struct delivery *d, enum resolve_failure how)
{
    const struct resolve_client *client = d->asked->client;
    if (!client->fail)
        return RESOLVE_DROP;
    client->fail(client, how, d->tx, d->len, d->now, d->asked->late);
    /* A late one is done with: `fail` stood for `send`. */
    return d->asked->late ? RESOLVE_PENDING : RESOLVE_DROP;
}

/* What a fault does to the sending. */
static enum resolve_verdict fault_send(struct delivery *d)
{
    static const enum resolve_failure tcp[] = {
        [FAULT_TCP_RESET] = RESOLVE_FAIL_RESET,
        [FAULT_TCP_HALF_LENGTH] = RESOLVE_FAIL_HALF_LENGTH,
        [FAULT_TCP_REFUSE] = RESOLVE_FAIL_CLOSE,
    };
    const struct fault_spec *f = d->fault;
    const struct resolver_init *init = &d->r->init;
    /* Before drop, which is then for UDP. */
    if ((f->actions & FAULT_DO_TCP) && d->asked->client->tcp)
        return fail_client(d, tcp[f->tcp]);
    if (f->actions & FAULT_DO_DROP)
        return RESOLVE_DROP;
    if ((f->actions & FAULT_DO_MANGLE) && f->mangle == FAULT_MANGLE_WRONG_SOURCE &&
        !d->asked->client->tcp)
        return fail_client(d, RESOLVE_FAIL_SOURCE);
    if (!(f->actions & FAULT_DO_DELAY) || !init->defer)
        return RESOLVE_REPLY;
    d->delay_ms = fault_delay(f, d->draw);
    enum err e = init->defer(init->defer_ctx, d->asked->client, d->tx, d->len, d->delay_ms);
    return e == ERR_OK ? RESOLVE_PENDING : RESOLVE_DROP;
}

static enum resolve_verdict befall(struct delivery *d)
{
    struct fault_reply about;
    fault_reply_fill(d, &about);
    d->fault = fault_find(d->asked->settings->faults, &about, &d->draw);
    if (!d->fault)
        return RESOLVE_REPLY;
    fault_change(d, &about);
    return fault_send(d);
}

/* From the query to the sending of its reply. */
static uint64_t duration(const struct delivery *d)
{
    return d->now - d->asked->since + d->delay_ms;
}

static void count(const struct delivery *d, enum resolve_verdict verdict)
{
    struct resolve_counters *c = &d->r->counters;
    enum resolve_source source = d->fault ? RESOLVE_FROM_FAULT : d->out->source;
    if (d->out->service >= 0) {
        c->services[d->out->service]++;
        c->service_sources[d->out->service][source]++;
    }
    if (verdict == RESOLVE_DROP)
        c->dropped_fault++;
    else
        resolver_count(d->r, source, bytes_get16(d->tx + 2) & DNS_RCODE_MASK, duration(d));
}

static void record(const struct delivery *d, enum resolve_verdict verdict)
{
    const struct asked *asked = d->asked;
    const struct resolve_event event = {
        .now = d->now,
        .duration_ms = (uint32_t)duration(d),
        .rule_line = d->out->rule_line,
        .change_id = d->out->change_id,
        .type = asked->query->type,
        .rcode = bytes_get16(d->tx + 2) & DNS_RCODE_MASK,
        .view = (uint16_t)asked->view,
        .reply_len = (uint16_t)d->len,
        .source = (uint8_t)(d->fault ? RESOLVE_FROM_FAULT : d->out->source),
        .flags = (uint8_t)((asked->client->tcp ? RESOLVE_EVENT_TCP : 0) |
                           (verdict == RESOLVE_DROP ? RESOLVE_EVENT_DROPPED : 0)),
        .service = (int8_t)d->out->service,
        .client = &asked->client->peer,
        .name = &asked->query->name,
        .reply = d->tx,
        .rule_file = d->out->rule_file,
        .fault = d->fault ? d->fault->name : NULL,
    };
    d->r->init.record(d->r->init.record_ctx, &event);
}

enum resolve_verdict deliver(struct resolver *r, const struct asked *asked, struct outcome *out,
                             uint8_t *tx, size_t *tx_len, uint64_t now)
{
    struct delivery d = {.r = r,
                         .asked = asked,
                         .out = out,
                         .tx = tx,
                         .limit = asked->client->tcp ? DNS_MESSAGE_MAX : asked->query->payload,
                         .now = now};
    enum resolve_verdict verdict = RESOLVE_REPLY;
    write_reply(&d);
    if (asked->settings->faults)
        verdict = befall(&d);
    count(&d, verdict);
    if (r->init.record && !asked->settings->unrecorded)
        record(&d, verdict);
    *tx_len = d.len;
    return verdict;
}
