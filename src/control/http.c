#include "control/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/state.h"

#define STATUS_NETWORK 2 /* exit statuses of serve */
#define STATUS_FILES   3
#define STATUS_MEMORY  4

#define ALL_METHODS                                                                                \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |     \
     EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

void http_on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct http *http = arg;
    (void)fd;
    (void)what;
    control_clock(http->control);
    http_stream_sweep(http, http->control->now);
    http_conn_sweep(http, http->control->now);
}

/* Takes a socket over into a server of its own. */
static enum err listener_add(struct http *http, const struct http_socket *socket)
{
    struct http_listener *l = &http->listeners[http->listener_count];
    *l = (struct http_listener){.http = http, .socket = *socket};
    http->listener_count++;
    l->server = evhttp_new(http->base);
    if (!l->server)
        return ERR_NOMEM;
    evhttp_set_max_body_size(l->server, HTTP_BODY_MAX);
    evhttp_set_max_headers_size(l->server, HTTP_HEADERS_MAX);
    evhttp_set_allowed_methods(l->server, (ev_uint16_t)ALL_METHODS);
    evhttp_set_flags(l->server, EVHTTP_SERVER_LINGERING_CLOSE);
    evhttp_set_bevcb(l->server, http_conn_new, l);
    evhttp_set_gencb(l->server, http_on_request, l);
    return http_accept_start(l);
}

static int socket_status(enum err e, bool tcp)
{
    if (e == ERR_NOMEM)
        return STATUS_MEMORY;
    return tcp ? STATUS_NETWORK : STATUS_FILES;
}

static const char *socket_reason(enum err e)
{
    switch (e) {
    case ERR_EXISTS:
        return "another shunt answers there";
    case ERR_INVALID:
        return "there is a file that is no socket";
    case ERR_RANGE:
        return "the path is longer than a socket's may be (107 bytes)";
    default:
        return e == ERR_SYSTEM ? strerror(errno) : err_text(e);
    }
}

/* A place that the file names has to work; a default may be missing. */
static int socket_failed(const struct http *http, const char *where, bool asked, enum err e,
                         bool tcp)
{
    const struct log *log = http->control->init.log;
    const char *reason = socket_reason(e);
    if (!asked) {
        log_info(log, "no control at %s: %s (control in the configuration names another place)",
                 where, reason);
        return 0;
    }
    log_error(log, "cannot open control at %s: %s", where, reason);
    return socket_status(e, tcp);
}

static int open_unix(struct http *http, const struct config *config)
{
    struct http_socket socket;
    if (!config->control_socket)
        return 0;
    enum err e = http_socket_unix(&socket, config->control_socket, &http->control->init.owner);
    if (e != ERR_OK)
        return socket_failed(http, config->control_socket, config->control_socket_set, e, false);
    return listener_add(http, &socket) == ERR_OK ? 0 : STATUS_MEMORY;
}

static int open_tcp(struct http *http, const struct config *config)
{
    struct http_socket socket;
    char text[ADDR_TEXT_MAX];
    if (!config->has_control_http)
        return 0;
    enum err e = http_socket_tcp(&socket, &config->control_http);
    if (e != ERR_OK)
        return socket_failed(http, addr_format(&config->control_http, text),
                             config->control_http_set, e, true);
    return listener_add(http, &socket) == ERR_OK ? 0 : STATUS_MEMORY;
}

static void announce(const struct http *http)
{
    char text[ADDR_TEXT_MAX];
    for (size_t i = 0; i < http->listener_count; i++) {
        const struct http_socket *s = &http->listeners[i].socket;
        log_info(http->control->init.log, "control at %s%s", s->tcp ? "http://" : "",
                 s->tcp ? addr_format(&s->addr, text) : s->path);
    }
}

static bool timers_add(struct http *http)
{
    const struct timeval second = {.tv_sec = 1};
    http->resume = evtimer_new(http->base, http_on_resume, http);
    http->sweep = event_new(http->base, -1, EV_PERSIST, http_on_sweep, http);
    return http->resume && http->sweep && event_add(http->sweep, &second) == 0;
}

struct http *http_new(struct control *control, int *status)
{
    const struct control_host *host = &control->init.host;
    const struct config *config = host->config(host->ctx);
    struct http *http = calloc(1, sizeof(*http));
    *status = STATUS_MEMORY;
    if (!http)
        return NULL;
    http->control = control;
    http->base = control->init.base;
    http->conn_max = HTTP_CONNECTIONS_MAX;
    if (gethostname(http->host_name, sizeof(http->host_name) - 1) != 0)
        http->host_name[0] = '\0';
    if (timers_add(http))
        *status = open_unix(http, config);
    if (*status == 0)
        *status = open_tcp(http, config);
    if (*status != 0) {
        http_free(http);
        return NULL;
    }
    announce(http);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    http_stream_free_all(http);
    for (size_t i = 0; i < http->listener_count; i++) {
        struct http_listener *l = &http->listeners[i];
        http_accept_stop(l);
        if (l->server)
            evhttp_free(l->server);
        http_socket_close(&l->socket);
    }
    http_conn_free_all(http);
    if (http->sweep)
        event_free(http->sweep);
    if (http->resume)
        event_free(http->resume);
    free(http);
}
