/* What a query costs, by what is in force: the query core alone, bytes in and bytes out, one
 * thread. The least of several rounds counts, since whatever else the machine does only adds to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/event_record.h"
#include "world.h"

#define ROUNDS   7
#define BATCHES  400
#define BATCH    250 /* queries; as many events as a ring holds with ease */
#define RING     (1u << 20)
#define QUESTION 512

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
    const char *title;
    const char *yaml;       /* beside the policy */
    const char *targets[3]; /* with a live change */
    bool events;
};

static const struct variant variants[] = {
    {"nothing else in force", "", {NULL}, false},
    {"5 faults that do not match", FAULTS, {NULL}, false},
    {"1 fault that changes TTLs", FAULT_HIT, {NULL}, false},
    {"3 views, the last fits", VIEWS, {NULL}, false},
    {"events recorded", "", {NULL}, true},
    {"2 live changes to other targets", "", {"a.example", "b.example"}, false},
    {"1 live change to a target in the answer",
     "",
     {"xmpp1.lab.example", "real.example.com"},
     false},
    {"all of it", VIEWS FAULTS, {"a.example", "xmpp1.lab.example", "real.example.com"}, true},
};
#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

enum trip { TRIP_POLICY, TRIP_CACHE, TRIPS };
static const char *const names[TRIPS] = {
    "_xmpp-client._tcp.lab.example.",
    "_xmpp-client._tcp.example.com.",
};

static void fail(const char *what)
{
    fprintf(stderr, "cost: %s\n", what);
    exit(1);
}

static size_t make_question(enum trip trip, uint8_t *packet)
{
    struct dns_question q = {.type = DNS_TYPE_SRV, .class = DNS_CLASS_IN, .recursion = true};
    if (dns_name_from_text(&q.name, names[trip]) != ERR_OK)
        fail("bad name");
    return dns_query_write(&q, 1, true, packet, QUESTION);
}

/* Upstream's answer: _xmpp-client._tcp.example.com. 3600 IN SRV 0 5 5222 real.example.com. */
static void fill_cache(struct world *w)
{
    static const uint8_t record[] = "\xc0\x0c\0\x21\0\1\0\0\x0e\x10\0\x18\0\0\0\5\x14\x66"
                                    "\4real\7example\3com";
    uint8_t packet[QUESTION];
    size_t len = make_question(TRIP_CACHE, packet);
    world_ask(w, packet, len, "127.0.0.1", false);
    if (w->verdict != RESOLVE_PENDING)
        fail("the question is not asked upstream");
    len = dns_query_write(&w->questions[0].question, 1, false, packet, sizeof(packet));
    bytes_put16(packet + 2, 0x8180); /* QR RD RA */
    bytes_put16(packet + 6, 1);
    memcpy(packet + len, record, sizeof(record));
    world_finish(w, UPSTREAM_REPLY, packet, len + sizeof(record));
    const struct world_reply *reply = &w->replies[w->reply_count - 1];
    if (w->reply_count == 0 || bytes_get16(reply->bytes + 6) != 1)
        fail("upstream's answer was not taken");
}

static void change_targets(struct world *w, const struct variant *v)
{
    for (size_t i = 0; i < 3 && v->targets[i]; i++) {
        struct live_target change = {.service = -1, .fields = POLICY_EDIT_PRIORITY, .priority = 30};
        uint32_t id;
        if (dns_name_from_text(&change.target, v->targets[i]) != ERR_OK ||
            live_target_set(w->live, &change, -1, w->now, w->now, &id) != ERR_OK)
            fail("no live change");
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
        fail("no memory");
    return r;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_batch(struct resolver *r, const struct resolve_client *client,
                         const uint8_t *packet, size_t len, uint64_t now)
{
    static uint8_t tx[DNS_MESSAGE_MAX];
    size_t tx_len;
    double start = now_ns();
    resolver_enter(r);
    for (int i = 0; i < BATCH; i++) {
        if (resolve_query(r, client, packet, len, tx, &tx_len, now) != RESOLVE_REPLY)
            fail("no reply");
    }
    resolver_leave(r);
    return now_ns() - start;
}

/* ns a query, of the batch that the rest of the machine disturbed least. */
static double measure(struct world *w, enum trip trip, struct event_ring *ring)
{
    struct resolve_client client = {.send = on_send};
    uint8_t packet[QUESTION], record[EVENT_RECORD_MAX];
    double least = 1e18;
    size_t len = make_question(trip, packet);
    struct resolver *r = make_resolver(w, ring);
    if (addr_parse(&client.peer, "127.0.0.1", 5353) != ERR_OK)
        fail("bad address");
    for (int b = 0; b < BATCHES; b++) {
        double ns = time_batch(r, &client, packet, len, w->now);
        least = ns < least ? ns : least;
        while (ring && event_ring_take(ring, record) > 0)
            continue;
    }
    if (ring && event_ring_dropped(ring) > 0)
        fail("the ring was full");
    resolver_free(r);
    return least / BATCH;
}

static void run(const struct variant *v, double *least)
{
    char yaml[4096];
    struct event_ring *ring = v->events ? event_ring_new(RING) : NULL;
    snprintf(yaml, sizeof(yaml), "%s%s", POLICY, v->yaml);
    struct world *w = world_new(yaml);
    fill_cache(w);
    change_targets(w, v);
    for (int trip = 0; trip < TRIPS; trip++) {
        double ns = measure(w, (enum trip)trip, ring);
        least[trip] = ns < least[trip] ? ns : least[trip];
    }
    world_free(w);
    event_ring_free(ring);
}

int main(void)
{
    double least[VARIANTS][TRIPS];
    for (size_t v = 0; v < VARIANTS; v++)
        least[v][TRIP_POLICY] = least[v][TRIP_CACHE] = 1e18;
    for (int round = 0; round < ROUNDS; round++) { /* variants take turns */
        for (size_t v = 0; v < VARIANTS; v++)
            run(&variants[v], least[v]);
    }
    printf("%-42s %12s %8s %12s %8s\n", "ns a query (SRV)", "policy", "", "cache", "");
    for (size_t v = 0; v < VARIANTS; v++) {
        printf("%-42s", variants[v].title);
        for (int trip = 0; trip < TRIPS; trip++)
            printf(" %12.0f %+7.1f%%", least[v][trip], 100 * (least[v][trip] / least[0][trip] - 1));
        putchar('\n');
    }
    return 0;
}
