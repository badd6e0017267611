/* Control as a whole with a daemon that is not there: an event base that the test turns, loopback
 * sockets, and clients that are plain sockets. Included by one source file of a test program. */
#ifndef SHUNT_TESTS_CONTROL_FIXTURE_H
#define SHUNT_TESTS_CONTROL_FIXTURE_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <urcu-qsbr.h>

#include "base/clock.h"
#include "base/text.h"
#include "control/http.h"
#include "control/routes.h"
#include "control/schema.h"
#include "control/state.h"

#define TRIES 5000 /* turns of the loop, a millisecond each at most, until a test gives up */

struct fixture {
    struct event_base *base;
    struct log log;
    struct hash_key key;
    struct cache *cache;
    struct config config;
    struct resolve_settings settings;
    struct control_stats stats;
    struct upstream_health servers[3];
    size_t server_count;
    struct overlay *overlay;
    struct fault_set *faults;
    unsigned reloads;
    enum err reload_result;
    bool reload_warns;
    struct addr addr;
    char folder[64], socket_path[100];
    struct event_ring *rings[2]; /* NULL: no worker */
    size_t ring_count;
    struct control *control;
};

static inline enum err fake_reload(void *ctx, struct diag_list *diags)
{
    struct fixture *f = ctx;
    const struct place place = {"lab.yaml", 3, 7};
    f->reloads++;
    if (f->reload_warns)
        diag_add(diags, DIAG_WARNING, "ttl-zero", &place, NULL, "a TTL of 0");
    if (f->reload_result == ERR_INVALID)
        diag_add(diags, DIAG_ERROR, "bad-value", &place, "say 5s", "ttl \"x\" is no duration");
    return f->reload_result;
}

static inline void fake_stats(void *ctx, struct control_stats *out)
{
    *out = ((struct fixture *)ctx)->stats;
}

static inline void
fake_walk(void *ctx, void (*visit)(void *arg, const struct upstream_health *health), void *arg)
{
    struct fixture *f = ctx;
    for (size_t i = 0; i < f->server_count; i++)
        visit(arg, &f->servers[i]);
}

static inline const struct resolve_settings *fake_settings(void *ctx)
{
    return &((struct fixture *)ctx)->settings;
}

static inline void fake_publish(void *ctx, struct overlay *overlay, struct fault_set *faults,
                                uint64_t revision)
{
    struct fixture *f = ctx;
    (void)revision;
    overlay_free(f->overlay);
    fault_set_free(f->faults);
    f->overlay = overlay;
    f->faults = faults;
}

static inline const struct config *fake_config(void *ctx)
{
    return &((struct fixture *)ctx)->config;
}

static inline struct control *fixture_control(struct fixture *f, int *status)
{
    const struct control_init init = {.base = f->base,
                                      .log = &f->log,
                                      .key = &f->key,
                                      .cache = f->cache,
                                      .rings = f->rings,
                                      .ring_count = f->ring_count,
                                      .host = {.ctx = f,
                                               .reload = fake_reload,
                                               .stats = fake_stats,
                                               .walk_upstream = fake_walk,
                                               .settings = fake_settings,
                                               .publish = fake_publish,
                                               .config = fake_config},
                                      .addrs = &f->addr,
                                      .addr_count = 1};
    return control_new(&init, status);
}

/* Everything but control itself: for tests that change the configuration first. */
static inline void fixture_prepare(struct fixture *f)
{
    struct policy_model model = {0};
    struct diag_list diags = {0};
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    *f = (struct fixture){.log = {.fd = -1}, .stats = {.workers = 2}};
    f->base = event_base_new();
    f->cache = cache_new(1 << 20, 0);
    hash_key_init(&f->key);
    f->settings.policy = policy_compile(&model, &f->key, 7, NULL, &diags);
    assert_non_null(f->settings.policy);
    assert_int_equal(addr_parse(&f->addr, "127.0.0.1:53", 0), ERR_OK);
    snprintf(f->folder, sizeof(f->folder), "/tmp/shunt-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->socket_path, sizeof(f->socket_path), "%s/control.sock", f->folder);
    f->config.control_socket = f->socket_path;
    f->config.control_socket_set = true;
    f->config.has_control_http = true;
    f->config.control_http_set = true;
    assert_int_equal(addr_parse(&f->config.control_http, "127.0.0.1:0", 0), ERR_OK);
    f->config.ttl = 5;
}

static inline void fixture_init(struct fixture *f)
{
    int status = -1;
    fixture_prepare(f);
    f->control = fixture_control(f, &status);
    assert_non_null(f->control);
    assert_int_equal(status, 0);
}

static inline void fixture_deinit(struct fixture *f)
{
    control_free(f->control);
    for (size_t i = 0; i < f->ring_count; i++)
        event_ring_free(f->rings[i]);
    overlay_free(f->overlay);
    fault_set_free(f->faults);
    policy_free(f->settings.policy);
    cache_free(f->cache);
    event_base_free(f->base);
    assert_int_equal(rmdir(f->folder), 0); /* control leaves nothing behind */
}

static inline const struct addr *fixture_http_addr(const struct fixture *f)
{
    const struct http *http = f->control->http;
    return &http->listeners[http->listener_count - 1].socket.addr;
}

/* Clients. */

static inline int client_unix(const struct fixture *f)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    memcpy(sun.sun_path, f->socket_path, strlen(f->socket_path));
    assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
    return fd;
}

static inline int client_tcp(const struct fixture *f)
{
    const struct addr *to = fixture_http_addr(f);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &to->sa, addr_len(to)), 0);
    return fd;
}

static inline void fixture_turn(struct fixture *f)
{
    event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* Waits for the socket, turning the loop; false when `events` never come. */
static inline bool client_wait(struct fixture *f, int fd, short events)
{
    for (int i = 0; i < TRIES; i++) {
        struct pollfd p = {.fd = fd, .events = events};
        fixture_turn(f);
        if (poll(&p, 1, 1) > 0)
            return true;
    }
    return false;
}

static inline void client_send(struct fixture *f, int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return; /* closed by the server: the reply says why */
        if (n < 0)
            assert_true(client_wait(f, fd, POLLOUT));
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
}

/* Reads on; the number of bytes, 0 at the end of the connection. */
static inline size_t client_read(struct fixture *f, int fd, char *out, size_t size)
{
    assert_true(client_wait(f, fd, POLLIN));
    ssize_t n = recv(fd, out, size, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

struct response {
    int status;
    char head[4096];
    char *body;
    size_t len;
    json_t *json; /* of the body; NULL when it is none */
    bool closed;  /* no more requests on this connection */
};

static inline void response_deinit(struct response *r)
{
    free(r->body);
    json_decref(r->json);
}

/* The value of a header, in `out`; NULL when it is not there. */
static inline const char *response_header(const struct response *r, const char *name, char out[256])
{
    const char *line = r->head;
    size_t len = strlen(name);
    while ((line = strstr(line, "\r\n"))) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        line += len + 1 + strspn(line + len + 1, " ");
        snprintf(out, 256, "%.*s", (int)strcspn(line, "\r"), line);
        return out;
    }
    return NULL;
}

/* Reads one response: its head, and a body of Content-Length bytes. */
static inline void client_response(struct fixture *f, int fd, struct response *r, bool head_only)
{
    char buffer[65536], value[256];
    size_t have = 0;
    char *end = NULL;
    *r = (struct response){0};
    while (!end) {
        size_t n = client_read(f, fd, buffer + have, sizeof(buffer) - 1 - have);
        r->closed = n == 0;
        if (n == 0)
            return;
        have += n;
        buffer[have] = '\0';
        end = strstr(buffer, "\r\n\r\n");
    }
    size_t head = (size_t)(end - buffer) + 4;
    snprintf(r->head, sizeof(r->head), "%.*s", (int)head, buffer);
    assert_int_equal(sscanf(r->head, "HTTP/1.%*d %d", &r->status), 1);
    const char *length = response_header(r, "Content-Length", value);
    size_t want = length && !head_only ? (size_t)atoi(length) : 0;
    r->body = calloc(1, want + 1);
    assert_non_null(r->body);
    r->len = have - head;
    assert_true(r->len <= want);
    memcpy(r->body, buffer + head, r->len);
    while (r->len < want) {
        size_t n = client_read(f, fd, r->body + r->len, want - r->len);
        assert_true(n > 0);
        r->len += n;
    }
    r->json = json_loads(r->body, 0, NULL);
}

/* Sends `text`, reads the response, and leaves the connection open. */
static inline void client_ask(struct fixture *f, int fd, const char *text, struct response *r)
{
    client_send(f, fd, text, strlen(text));
    client_response(f, fd, r, strncmp(text, "HEAD", 4) == 0);
}

static inline void client_once(struct fixture *f, int fd, const char *text, struct response *r)
{
    client_ask(f, fd, text, r);
    close(fd);
}

static inline const char *response_error(const struct response *r)
{
    const char *text = json_string_value(json_object_get(r->json, "error"));
    return text ? text : "";
}

/* A request that has no place in HTTP: straight to dispatch. `body` and `query` are stolen. */
static inline void fixture_dispatch(struct fixture *f, enum api_method method, const char *path,
                                    json_t *query, json_t *body, struct api_reply *reply)
{
    struct api_request request = {.method = method,
                                  .path = path,
                                  .query = query,
                                  .body = body,
                                  .actor = "test",
                                  .if_match = -1};
    control_clock(f->control);
    api_dispatch(f->control, &request, reply);
    json_decref(query);
    json_decref(body);
}

#endif
