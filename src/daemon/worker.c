#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "base/clock.h"
#include "daemon/delay.h"
#include "daemon/worker.h"

#define STOP_POLL_MS 20

/* Something for the worker's thread to do. */
struct call {
    void (*run)(struct worker *w, void *arg);
    void *arg;
};

struct worker {
    struct worker_init init;
    struct listen_sockets *sockets;
    struct event_base *base;
    struct event *wake, *stop_poll;
    struct random random;
    struct upstream *upstream;
    struct delay *delay; /* replies that faults hold back */
    struct resolver *resolver;
    struct listen *listen;
    uint64_t stop_at; /* when a stop ends at the latest */
    pthread_t thread;
    pthread_mutex_t lock; /* of `call`; taken by the control thread and by on_wake only */
    pthread_cond_t done;
    struct call call;
    int wake_fd;
};

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    uint64_t count;
    (void)what;
    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        return;
    pthread_mutex_lock(&w->lock);
    if (w->call.run) {
        w->call.run(w, w->call.arg);
        w->call.run = NULL;
        pthread_cond_signal(&w->done);
    }
    pthread_mutex_unlock(&w->lock);
}

/* Runs a function in the worker's thread, between two events, and waits for it. */
static void worker_call(struct worker *w, void (*run)(struct worker *w, void *arg), void *arg)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&w->lock);
    w->call = (struct call){run, arg};
    while (write(w->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
    while (w->call.run)
        pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

/* All queries have their answers, and all TCP clients have taken theirs. */
static bool nothing_is_owed(const struct worker *w)
{
    struct listen_stats stats;
    listen_stats(w->listen, &stats);
    return resolver_pending(w->resolver) == 0 && delay_count(w->delay) == 0 && stats.tcp_open == 0;
}

static void on_stop_poll(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)what;
    if (nothing_is_owed(w) || clock_now() >= w->stop_at)
        event_base_loopbreak(w->base);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    rcu_register_thread();
    rcu_thread_offline();
    event_base_loop(w->base, EVLOOP_NO_EXIT_ON_EMPTY);
    /* Questions in flight end here, with SERVFAIL to those who wait: RCU must still know us. */
    upstream_free(w->upstream);
    w->upstream = NULL;
    delay_free(w->delay);
    w->delay = NULL;
    rcu_unregister_thread();
    return NULL;
}

static void worker_free(struct worker *w)
{
    if (!w)
        return;
    upstream_free(w->upstream);
    delay_free(w->delay);
    listen_free(w->listen);
    resolver_free(w->resolver);
    for (size_t i = 0; i < w->init.socket_count; i++)
        listen_close(&w->sockets[i]);
    free(w->sockets);
    if (w->wake)
        event_free(w->wake);
    if (w->stop_poll)
        event_free(w->stop_poll);
    if (w->base)
        event_base_free(w->base);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* What only this file's thread uses: PRECISE_TIMER would cost a timerfd call per loop. */
static struct event_base *base_new(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static enum err ask_upstream(void *upstream, const struct dns_question *question,
                             upstream_done_fn done, void *arg, uint64_t now)
{
    return upstream_ask(upstream, question, done, arg, now);
}

static void begin_replies(void *resolver)
{
    resolver_enter(resolver);
}

static void end_replies(void *resolver)
{
    resolver_leave(resolver);
}

static bool worker_wire_events(struct worker *w)
{
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->base = base_new();
    if (w->wake_fd < 0 || !w->base)
        return false;
    w->wake = event_new(w->base, w->wake_fd, EV_READ | EV_PERSIST, on_wake, w);
    w->stop_poll = event_new(w->base, -1, EV_PERSIST, on_stop_poll, w);
    return w->wake && w->stop_poll && event_add(w->wake, NULL) == 0;
}

static bool worker_wire_pipeline(struct worker *w)
{
    const struct worker_init *init = &w->init;
    const struct listen_limits limits = LISTEN_LIMITS_DEFAULT;
    random_init(&w->random);
    w->upstream = upstream_new(w->base, init->routes->routes, init->routes->count, &w->random,
                               init->log, NULL);
    if (!w->upstream)
        return false;
    w->delay = delay_new(w->base);
    if (!w->delay)
        return false;
    const struct resolver_init resolver = {.settings = init->settings,
                                           .cache = init->cache,
                                           .hash_key = init->hash_key,
                                           .random = &w->random,
                                           .log = init->log,
                                           .server_id = init->server_id,
                                           .ask = ask_upstream,
                                           .upstream = w->upstream,
                                           .defer = delay_reply,
                                           .defer_ctx = w->delay,
                                           .record = init->ring ? event_ring_push : NULL,
                                           .record_ctx = init->ring};
    w->resolver = resolver_new(&resolver);
    if (!w->resolver)
        return false;
    const struct upstream_bracket bracket = {begin_replies, end_replies, w->resolver};
    upstream_set_bracket(w->upstream, &bracket);
    w->listen =
        listen_new(w->base, w->sockets, init->socket_count, w->resolver, &limits, init->log);
    return w->listen != NULL;
}

struct worker *worker_start(const struct worker_init *init)
{
    struct worker *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->init = *init;
    w->wake_fd = -1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->done, NULL);
    w->sockets = calloc(init->socket_count, sizeof(*w->sockets));
    if (!w->sockets) {
        w->init.socket_count = 0;
        worker_free(w);
        return NULL;
    }
    for (size_t i = 0; i < init->socket_count; i++)
        w->sockets[i] = init->sockets[i];
    if (!worker_wire_events(w) || !worker_wire_pipeline(w)) {
        worker_free(w);
        return NULL;
    }
    int error = pthread_create(&w->thread, NULL, worker_main, w);
    if (error != 0) {
        worker_free(w);
        errno = error;
        return NULL;
    }
    return w;
}

struct configure {
    const struct setup_routes *routes;
    enum err result;
};

static void call_configure(struct worker *w, void *arg)
{
    struct configure *c = arg;
    c->result = upstream_configure(w->upstream, c->routes->routes, c->routes->count);
}

enum err worker_configure(struct worker *w, const struct setup_routes *routes)
{
    struct configure c = {.routes = routes};
    worker_call(w, call_configure, &c);
    return c.result;
}

static void call_stats(struct worker *w, void *arg)
{
    struct worker_stats *out = arg;
    out->resolve = *resolver_counters(w->resolver);
    out->pending = resolver_pending(w->resolver);
    upstream_stats(w->upstream, &out->upstream);
    listen_stats(w->listen, &out->listen);
}

void worker_stats(struct worker *w, struct worker_stats *out)
{
    worker_call(w, call_stats, out);
}

struct walk {
    void (*visit)(void *arg, const struct upstream_health *health);
    void *arg;
};

static void call_walk(struct worker *w, void *arg)
{
    const struct walk *walk = arg;
    upstream_walk(w->upstream, walk->visit, walk->arg);
}

void worker_walk_upstream(struct worker *w,
                          void (*visit)(void *arg, const struct upstream_health *health), void *arg)
{
    struct walk walk = {visit, arg};
    worker_call(w, call_walk, &walk);
}

static void call_stop(struct worker *w, void *arg)
{
    const struct timeval poll = {.tv_usec = STOP_POLL_MS * 1000};
    w->stop_at = clock_now() + *(const unsigned *)arg;
    listen_stop(w->listen);
    if (event_add(w->stop_poll, &poll) != 0)
        event_base_loopbreak(w->base);
}

void worker_stop(struct worker *w, unsigned grace_ms)
{
    worker_call(w, call_stop, &grace_ms);
}

void worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
    worker_free(w);
}
