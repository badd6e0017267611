/* What a query costs in the core, by what is in force: hot answers, bytes in and bytes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bench.h"
#include "control/event_record.h"
#include "world.h"

#define RING (1u << 22) /* as the daemon's */

#define POLICY                                                                                     \
    "domains:\n"                                                                                   \
    "  - name: lab.example\n"                                                                      \
    "    xmpp-client:\n"                                                                           \
    "      - {target: xmpp1.lab.example, priority: 10}\n"                                          \
    "      - {target: xmpp2.lab.example, priority: 20}\n"                                          \
    "hosts:\n"                                                                                     \
    "  - {name: xmpp1.lab.example, addresses: [10.5.0.11]}\n"                                      \
    "  - {name: xmpp2.lab.example, addresses: [10.5.0.12]}\n"
#define VIEWS                                                                                      \
    "views:\n"                                                                                     \
    "  - {name: one, clients: [10.1.0.0/16]}\n"                                                    \
    "  - {name: two, clients: [10.2.0.0/16, fd02::/16]}\n"                                         \
    "  - {name: three, clients: [127.0.0.0/8]}\n"
#define FAULTS                                                                                     \
    "faults:\n"                                                                                    \
    "  - {name: a, match: {domain: other.example}, rcode: SERVFAIL}\n"                             \
    "  - {name: b, match: {type: AAAA}, delay: 3s}\n"                                              \
    "  - {name: c, match: {client: 10.9.0.0/16}, drop: true}\n"                                    \
    "  - {name: d, match: {name: x.lab.example}, truncate: true}\n"                                \
    "  - {name: e, match: {service: xmpp-server}, rcode: REFUSED, share: 30%}\n"
#define FAULT_HIT "faults: [{name: hit, match: {type: SRV}, ttl: 1s}]\n"

struct variant {
    const char *yaml;       /* beside the policy */
    const char *targets[3]; /* with a live change */
    bool events;
};

static const struct variant plain = {"", {NULL}, false};
static const struct variant faults = {FAULTS, {NULL}, false};
static const struct variant fault_hit = {FAULT_HIT, {NULL}, false};
static const struct variant views = {VIEWS, {NULL}, false};
static const struct variant events = {"", {NULL}, true};
static const struct variant changes = {"", {"a.example", "b.example"}, false};
static const struct variant change_hit = {"", {"xmpp1.lab.example", "real.example.com"}, false};
static const struct variant all = {
    VIEWS FAULTS, {"a.example", "xmpp1.lab.example", "real.example.com"}, true};

enum trip { TRIP_POLICY, TRIP_CACHE };
static const char *const trips[] = {
    "_xmpp-client._tcp.lab.example.",
    "_xmpp-client._tcp.example.com.",
};

struct query {
    struct world *world;
    struct event_ring *ring;
    struct resolver *resolver;
    struct resolve_client client;
    struct batch_query queries[BATCH_MAX];
    uint8_t packet[DNS_QUERY_MAX];
};

/* Upstream's answer: _xmpp-client._tcp.example.com. 3600 IN SRV 0 5 5222 real.example.com. */
static void fill_cache(struct world *w)
{
    static const uint8_t record[] = "\xc0\x0c\0\x21\0\1\0\0\x0e\x10\0\x18\0\0\0\5\x14\x66"
                                    "\4real\7example\3com";
    uint8_t packet[DNS_QUERY_MAX + sizeof(record)];
    size_t len = bench_query(trips[TRIP_CACHE], DNS_TYPE_SRV, true, packet);
    world_ask(w, packet, len, "127.0.0.1", false);
    if (w->verdict != RESOLVE_PENDING)
        bench_die("the question is not asked upstream");
    len = dns_query_write(&w->questions[0].question, 1, false, packet, DNS_QUERY_MAX);
    bytes_put16(packet + 2, 0x8180); /* QR RD RA */
    bytes_put16(packet + 6, 1);
    memcpy(packet + len, record, sizeof(record));
    world_finish(w, UPSTREAM_REPLY, packet, len + sizeof(record));
    const struct world_reply *reply = &w->replies[w->reply_count - 1];
    if (w->reply_count == 0 || bytes_get16(reply->bytes + 6) != 1)
        bench_die("upstream's answer was not taken");
}

static void change_targets(struct world *w, const struct variant *v)
{
    for (size_t i = 0; i < 3 && v->targets[i]; i++) {
        struct live_target change = {.service = -1, .fields = POLICY_EDIT_PRIORITY, .priority = 30};
        uint32_t id;
        if (dns_name_from_text(&change.target, v->targets[i]) != ERR_OK ||
            live_target_set(w->live, &change, -1, w->now, w->now, &id) != ERR_OK)
            bench_die("no live change");
    }
}

static void on_send(const struct resolve_client *client, const uint8_t *message, size_t len,
                    uint64_t now)
{
    (void)client;
    (void)message;
    (void)len;
    (void)now;
}

static struct resolver *make_resolver(struct world *w, struct event_ring *ring)
{
    const struct resolver_init init = {.settings = &w->settings,
                                       .cache = w->cache,
                                       .hash_key = &w->key,
                                       .random = &w->random,
                                       .log = &w->log,
                                       .record = ring ? event_ring_push : NULL,
                                       .record_ctx = ring};
    struct resolver *r = resolver_new(&init);
    if (!r)
        bench_die("no memory");
    return r;
}

static void *query_open(const struct bench *bench)
{
    const struct variant *v = bench->data;
    char yaml[4096];
    struct query *q = bench_alloc(1, sizeof(*q));
    snprintf(yaml, sizeof(yaml), "%s%s", POLICY, v->yaml);
    q->world = world_new("");
    q->world->key = bench_key;
    world_configure(q->world, yaml);
    fill_cache(q->world);
    change_targets(q->world, v);
    q->ring = v->events ? event_ring_new(RING) : NULL;
    q->resolver = make_resolver(q->world, q->ring);
    q->client.send = on_send;
    if (addr_parse(&q->client.peer, "127.0.0.1", 5353) != ERR_OK)
        bench_die("bad address");
    size_t len = bench_query(trips[bench->size], DNS_TYPE_SRV, true, q->packet);
    for (unsigned i = 0; i < BATCH_MAX; i++)
        q->queries[i] = (struct batch_query){q->packet, len};
    return q;
}

/* The control thread takes the events; here they are passed over after each batch, which costs a
 * little. */
static void pass_events(struct event_ring *ring)
{
    while (ring && event_ring_oldest(ring))
        event_ring_pass(ring);
}

static void query_run(void *state, uint64_t count)
{
    struct query *q = state;
    struct batch_tally tally = {0};
    for (uint64_t left = count; left > 0;) {
        unsigned n = left < BATCH_MAX ? (unsigned)left : BATCH_MAX;
        batch_run(q->resolver, &q->client, q->queries, n, q->world->now, &tally);
        pass_events(q->ring);
        left -= n;
    }
    if (tally.replies != count)
        bench_die("no reply");
}

static void query_close(void *state)
{
    struct query *q = state;
    resolver_free(q->resolver);
    world_free(q->world);
    event_ring_free(q->ring);
    free(q);
}

#define QUERY(name, variant)                                                                       \
    {"query/policy/" name, query_open, query_run, query_close, TRIP_POLICY, &(variant)},           \
    {                                                                                              \
        "query/cache/" name, query_open, query_run, query_close, TRIP_CACHE, &(variant)            \
    }

const struct bench query_benches[] = {
    QUERY("plain", plain),
    QUERY("5-faults-that-do-not-match", faults),
    QUERY("1-fault-that-changes-ttls", fault_hit),
    QUERY("3-views-the-last-fits", views),
    QUERY("events-recorded", events),
    QUERY("2-live-changes-to-others", changes),
    QUERY("1-live-change-to-the-target", change_hit),
    QUERY("all-of-it", all),
    {0},
};
