/* An event base, an upstream with short times, up to four fake servers, and a place where results
 * are noted. */
#ifndef SHUNT_TESTS_UPSTREAM_WORLD_H
#define SHUNT_TESTS_UPSTREAM_WORLD_H

#include "unit/upstream/support/fake.h"

#include <signal.h>

#include "base/clock.h"
#include "upstream/settings.h"
#include "upstream/worker.h"

#define WORLD_RESULTS 4096

struct outcome {
    unsigned calls;
    enum upstream_status status;
    struct endpoint server;
    bool has_server;
    size_t len;
    uint16_t flags;
    uint8_t last; /* last byte of the message */
};

struct world {
    struct event_base *base;
    struct random random;
    struct log log;
    struct upstream_settings settings;
    struct upstream *u;
    struct fake servers[4];
    struct endpoint endpoints[4];
    size_t server_count;
    struct outcome results[WORLD_RESULTS];
    unsigned asked, done;
    bool asking; /* upstream_ask is running */
    const char *tls_ca;
};

/* Long, so that no busy machine makes a test fail that is not about time. */
static const struct upstream_settings world_settings = {
    .deadline_ms = 60000,
    .rto_first_ms = 6000,
    .rto_min_ms = 6000,
    .rto_max_ms = 6000,
    .failures_down = 3,
    .probe_first_ms = 1000,
    .probe_max_ms = 60000,
    .probe_wait_ms = 6000,
    .plain_ms = 600000,
    .socket_queries = 32,
    .socket_ms = 60000,
    .stream_idle_ms = 60000,
    .stream_stuck_ms = 60000,
    .exchanges = 4096,
    .sockets = 1024,
};

/* Short times: for tests in which somebody is silent. */
static inline void world_hurry(struct world *w)
{
    w->settings.deadline_ms = 300;
    w->settings.rto_first_ms = 35;
    w->settings.rto_min_ms = 20;
    w->settings.rto_max_ms = 200;
    w->settings.stream_stuck_ms = 50;
}

/* `servers` fake ones are opened, all silent; the transport is that of their endpoints. */
static inline struct world *world_new(size_t servers, enum endpoint_transport transport)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    signal(SIGPIPE, SIG_IGN);
    w->base = event_base_new();
    w->log.fd = -1;
    w->settings = world_settings;
    w->server_count = servers;
    random_init(&w->random);
    for (size_t i = 0; i < servers; i++) {
        fake_open(&w->servers[i], w->base);
        w->servers[i].arg = w;
        w->endpoints[i] = (struct endpoint){.transport = transport, .addr = w->servers[i].addr};
    }
    return w;
}

/* The default route to all servers. */
static inline struct upstream_route world_route(const struct world *w)
{
    struct upstream_route route = {.servers = w->endpoints, .server_count = w->server_count};
    assert_int_equal(dns_name_from_text(&route.domain, "."), ERR_OK);
    return route;
}

static inline void world_start(struct world *w)
{
    struct upstream_route route = world_route(w);
    w->u = upstream_new_with(&w->settings, w->base, &route, 1, &w->random, &w->log, w->tls_ca);
    assert_non_null(w->u);
}

static inline void world_free(struct world *w)
{
    upstream_free(w->u);
    for (size_t i = 0; i < w->server_count; i++)
        fake_close(&w->servers[i]);
    event_base_free(w->base);
    free(w);
}

/* What on_world_done needs to know. */
struct asking {
    struct world *world;
    unsigned index;
};

static inline void on_world_done(void *arg, const struct upstream_result *result)
{
    struct asking *a = arg;
    struct outcome *o = &a->world->results[a->index];
    assert_false(a->world->asking);
    o->calls++;
    o->status = result->status;
    o->has_server = result->server != NULL;
    if (result->server)
        o->server = *result->server;
    if (result->status == UPSTREAM_REPLY) {
        assert_true(result->len >= DNS_HEADER_LEN);
        o->len = result->len;
        o->flags = bytes_get16(result->message + 2);
        o->last = result->message[result->len - 1];
    } else {
        assert_null(result->message);
    }
    assert_true(result->now > 0);
    a->world->done++;
    free(a);
}

static inline struct dns_question world_question(const char *name)
{
    struct dns_question q = {.type = DNS_TYPE_A, .class = DNS_CLASS_IN, .recursion = true};
    assert_int_equal(dns_name_from_text(&q.name, name), ERR_OK);
    return q;
}

/* Asks; the outcome is results[] at the returned place, once world_run has seen it. */
static inline struct outcome *world_ask(struct world *w, const char *name)
{
    const struct dns_question q = world_question(name);
    struct asking *a = malloc(sizeof(*a));
    assert_non_null(a);
    assert_true(w->asked < WORLD_RESULTS);
    *a = (struct asking){w, w->asked++};
    struct outcome *o = &w->results[a->index];
    w->asking = true;
    assert_int_equal(upstream_ask(w->u, &q, on_world_done, a, clock_now()), ERR_OK);
    w->asking = false;
    return o;
}

/* Runs the loop until all that was asked is done. */
static inline void world_run(struct world *w)
{
    while (w->done < w->asked)
        assert_int_equal(event_base_loop(w->base, EVLOOP_ONCE), 0);
}

static inline struct outcome *world_ask_run(struct world *w, const char *name)
{
    struct outcome *o = world_ask(w, name);
    world_run(w);
    assert_int_equal(o->calls, 1);
    return o;
}

static inline struct upstream_stats world_stats(const struct world *w)
{
    struct upstream_stats stats;
    upstream_stats(w->u, &stats);
    return stats;
}

static inline void expect_reply(const struct world *w, const struct outcome *o, size_t server,
                                uint16_t rcode)
{
    assert_int_equal(o->calls, 1);
    assert_int_equal(o->status, UPSTREAM_REPLY);
    assert_int_equal(o->flags & DNS_RCODE_MASK, rcode);
    assert_true(o->has_server);
    assert_true(endpoint_equal(&o->server, &w->endpoints[server]));
}

static inline void expect_failure(const struct outcome *o, enum upstream_status status)
{
    assert_int_equal(o->calls, 1);
    assert_int_equal(o->status, status);
}

/* Of the UDP pool. */
static inline unsigned sockets_in_use(const struct world *w)
{
    unsigned unused = 0;
    const struct udp_socket *s;
    TAILQ_FOREACH(s, &w->u->udp.unused, by_age)
    unused++;
    return w->settings.sockets - unused;
}

#endif
