#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <urcu-qsbr.h>

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static void push_reply(struct world *w, const uint8_t *bytes, size_t len)
{
    struct world_reply *reply = &w->replies[w->reply_count];
    if (w->reply_count++ >= WORLD_QUEUE)
        die("too many replies");
    reply->len = len;
    reply->bytes = NULL;
    if (!bytes)
        return;
    reply->bytes = malloc(len);
    memcpy(reply->bytes, bytes, len);
}

static void on_send(const struct resolve_client *client, const uint8_t *message, size_t len,
                    uint64_t now)
{
    (void)now;
    push_reply(client->owner, message, len);
}

static enum err fake_ask(void *upstream, const struct dns_question *question, upstream_done_fn done,
                         void *arg, uint64_t now)
{
    struct world *w = upstream;
    (void)now;
    if (w->question_count >= WORLD_QUEUE)
        return ERR_LIMIT;
    w->questions[w->question_count++] = (struct world_question){*question, done, arg};
    return ERR_OK;
}

static enum err on_defer(void *ctx, const struct resolve_client *client, const uint8_t *message,
                         size_t len, uint32_t ms)
{
    struct world *w = ctx;
    if (w->held_count >= WORLD_QUEUE)
        return ERR_LIMIT;
    struct world_held *held = &w->held[w->held_count++];
    *held = (struct world_held){*client, malloc(len), len, w->now + ms};
    memcpy(held->bytes, message, len);
    return ERR_OK;
}

static void on_fail(const struct resolve_client *client, enum resolve_failure how,
                    const uint8_t *message, size_t len, uint64_t now, bool late)
{
    struct world *w = client->owner;
    (void)message;
    (void)len;
    (void)now;
    (void)late;
    w->broken = (int)how;
}

/* As the daemon does it. */
static void on_publish(void *ctx, struct overlay *overlay, struct fault_set *faults,
                       uint64_t revision)
{
    struct world *w = ctx;
    struct resolve_settings *old = w->settings;
    struct resolve_settings *new = w->spare;
    (void)revision;
    *new = *old;
    new->overlay = overlay;
    new->faults = faults;
    new->mark = w->numbers;
    w->numbers += (uint32_t) new->view_count + 1;
    w->settings = new;
    w->setup.settings = new;
    overlay_free(old->overlay);
    fault_set_free(old->faults);
    w->spare = old;
}

static void configure_live(struct world *w)
{
    const struct config *config = &w->setup.config;
    const struct live_lab lab = {
        .refuse = config->lab_refuse_count ? config->lab_refuse : config->listen,
        .refuse_count = config->lab_refuse_count ? config->lab_refuse_count : 1,
        .blackhole = config->lab_blackhole,
        .blackhole_count = config->lab_blackhole_count,
        .ttl = config->ttl};
    if (live_configure(w->live, &lab, config->faults, config->fault_count, w->now, w->now) !=
        ERR_OK)
        die("live changes cannot be configured");
}

void world_wait(struct world *w, uint64_t ms)
{
    w->now += ms;
    for (size_t i = 0; i < w->held_count;) {
        struct world_held held = w->held[i];
        if (held.due > w->now) {
            i++;
            continue;
        }
        w->held[i] = w->held[--w->held_count];
        held.client.send(&held.client, held.bytes, held.len, w->now);
        free(held.bytes);
    }
    live_tick(w->live, w->now, w->now);
}

void world_configure(struct world *w, const char *yaml)
{
    struct diag_list diags = {0};
    struct setup setup = {0};
    char path[] = "/tmp/shunt-query-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file || fputs(yaml, file) < 0 || fclose(file) != 0)
        die("cannot write the configuration");
    const struct config_overrides none = {0};
    rcu_thread_online();
    enum err e = setup_load(&setup, path, &none, &w->key, &w->numbers, &diags);
    rcu_thread_offline();
    unlink(path);
    if (e != ERR_OK) {
        struct text text = {0};
        diag_list_print(&diags, &text);
        die(text.data ? text.data : err_text(e));
    }
    diag_list_deinit(&diags);
    if (!w->cache)
        w->cache =
            cache_new(setup.config.cache_size, (uint64_t)setup.config.cache_serve_stale * 1000);
    if (w->settings) {
        setup.settings->overlay = w->settings->overlay;
        setup.settings->faults = w->settings->faults;
    }
    setup_deinit(&w->setup);
    w->setup = setup;
    w->settings = setup.settings;
    configure_live(w);
}

struct world *world_new(const char *yaml)
{
    struct world *w = calloc(1, sizeof(*w));
    if (!w)
        die("no memory");
    rcu_register_thread();
    rcu_thread_offline();
    hash_key_init(&w->key);
    random_init(&w->random);
    w->log = (struct log){.fd = -1};
    w->numbers = 1;
    w->now = 1000000;
    w->broken = -1;
    w->spare = calloc(1, sizeof(*w->spare));
    const struct live_init live = {
        .key = &w->key, .log = &w->log, .seed = 1, .publish = on_publish, .ctx = w};
    w->live = live_new(&live);
    if (!w->spare || !w->live)
        die("no memory");
    endpoint_parse(&w->server, "192.0.2.53");
    world_configure(w, yaml);
    const struct resolver_init init = {.settings = &w->settings,
                                       .cache = w->cache,
                                       .hash_key = &w->key,
                                       .random = &w->random,
                                       .log = &w->log,
                                       .server_id = "lab-host",
                                       .ask = fake_ask,
                                       .upstream = w,
                                       .defer = on_defer,
                                       .defer_ctx = w,
                                       .max_pending = 32};
    w->resolver = resolver_new(&init);
    if (!w->resolver || !w->cache)
        die("no memory");
    return w;
}

void world_ask(struct world *w, const uint8_t *packet, size_t len, const char *client, bool tcp)
{
    static uint8_t tx[DNS_MESSAGE_MAX];
    size_t tx_len = 0;
    struct resolve_client c = {.tcp = tcp, .send = on_send, .fail = on_fail, .owner = w};
    if (addr_parse(&c.peer, client, 5353) != ERR_OK)
        die("bad client address");
    /* A copy of exactly the packet's size, so that a sanitizer sees one byte too far. */
    uint8_t *rx = malloc(len ? len : 1);
    memcpy(rx, packet, len);
    resolver_enter(w->resolver);
    w->verdict = resolve_query(w->resolver, &c, rx, len, tx, &tx_len, w->now);
    resolver_leave(w->resolver);
    free(rx);
    if (w->verdict == RESOLVE_REPLY)
        push_reply(w, tx, tx_len);
}

void world_finish(struct world *w, enum upstream_status status, const uint8_t *message, size_t len)
{
    if (w->question_count == 0)
        die("nothing was asked upstream");
    const struct world_question q = w->questions[0];
    w->question_count--;
    memmove(w->questions, w->questions + 1, w->question_count * sizeof(w->questions[0]));
    const struct upstream_result result = {
        .status = status, .message = message, .len = len, .server = &w->server, .now = w->now};
    q.done(q.arg, &result);
}

void world_free(struct world *w)
{
    while (w->question_count > 0)
        world_finish(w, UPSTREAM_CANCELLED, NULL, 0);
    world_wait(w, UINT32_MAX);
    for (size_t i = 0; i < w->reply_count; i++)
        free(w->replies[i].bytes);
    live_free(w->live);
    overlay_free(w->settings->overlay);
    fault_set_free(w->settings->faults);
    free(w->spare);
    resolver_free(w->resolver);
    cache_free(w->cache);
    setup_deinit(&w->setup);
    rcu_unregister_thread();
    free(w);
}
