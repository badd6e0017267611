/* The client of the API, against a server in another thread. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
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

#include "cli/client.h"

struct server {
    struct event_base *base;
    struct evhttp *http;
    struct event *quit;
    int pipe[2];
    pthread_t thread;
    char folder[32], socket[64], unix_url[96], url[64];
};

static struct server server;

static void send_json(struct evhttp_request *request, int status, json_t *json)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    char *text = json_dumps(json, 0);
    struct evbuffer *body = evbuffer_new();
    evbuffer_add(body, text, strlen(text));
    evhttp_add_header(headers, "Content-Type", "application/json");
    evhttp_add_header(headers, "ETag", "\"17\"");
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
    free(text);
    json_decref(json);
}

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

/* Tells the client what it sent. */
static void on_echo(struct evhttp_request *request, void *arg)
{
    struct evkeyvalq *in = evhttp_request_get_input_headers(request);
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(body);
    (void)arg;
    send_json(request, 200,
              json_pack("{s:i, s:s, s:s%, s:s, s:s, s:s, s:s}", "method",
                        (int)evhttp_request_get_command(request), "uri",
                        evhttp_request_get_uri(request), "body",
                        len ? (const char *)evbuffer_pullup(body, -1) : "", len, "token",
                        or_none(evhttp_find_header(in, "Authorization")), "match",
                        or_none(evhttp_find_header(in, "If-Match")), "type",
                        or_none(evhttp_find_header(in, "Content-Type")), "accept",
                        or_none(evhttp_find_header(in, "Accept"))));
}

static void on_fail(struct evhttp_request *request, void *arg)
{
    (void)arg;
    send_json(request, 404, json_pack("{s:s}", "error", "there is no target \x1b[31m"));
}

static void send_text(struct evhttp_request *request, const char *type, const char *text)
{
    struct evbuffer *body = evbuffer_new();
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evbuffer_add(body, text, strlen(text));
    evhttp_send_reply(request, 200, NULL, body);
    evbuffer_free(body);
}

static void on_text(struct evhttp_request *request, void *arg)
{
    (void)arg;
    send_text(request, "text/plain", "shunt_up 1\n");
}

static void on_broken(struct evhttp_request *request, void *arg)
{
    (void)arg;
    send_text(request, "application/json", "{\"error\":");
}

static void on_events(struct evhttp_request *request, void *arg)
{
    (void)arg;
    send_text(request, "text/event-stream", "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n");
}

/* Nothing comes; the connection ends with the server. */
static void on_hang(struct evhttp_request *request, void *arg)
{
    (void)request;
    (void)arg;
}

static void on_quit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static void *serve(void *arg)
{
    event_base_dispatch(arg);
    return NULL;
}

static void listen_unix(struct server *s)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    memcpy(sun.sun_path, s->socket, strlen(s->socket));
    assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(evhttp_accept_socket(s->http, fd), 0);
}

static void listen_tcp(struct server *s)
{
    struct sockaddr_in sin;
    socklen_t len = sizeof(sin);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(s->http, "127.0.0.1", 0);
    assert_non_null(bound);
    assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&sin, &len),
                     0);
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u", ntohs(sin.sin_port));
}

static int start(void **state)
{
    struct server *s = &server;
    (void)state;
    unsetenv("SHUNT_URL");
    unsetenv("SHUNT_TOKEN");
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* not for us */
    setenv("SHUNT_CONFIG", "/nonexistent/shunt.yaml", 1);
    snprintf(s->folder, sizeof(s->folder), "/tmp/shunt-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->socket, sizeof(s->socket), "%.31s/c.sock", s->folder);
    snprintf(s->unix_url, sizeof(s->unix_url), "unix://%.63s", s->socket);
    s->base = event_base_new();
    s->http = evhttp_new(s->base);
    evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PATCH |
                                            EVHTTP_REQ_DELETE);
    evhttp_set_gencb(s->http, on_echo, NULL);
    evhttp_set_cb(s->http, "/fail", on_fail, NULL);
    evhttp_set_cb(s->http, "/text", on_text, NULL);
    evhttp_set_cb(s->http, "/broken", on_broken, NULL);
    evhttp_set_cb(s->http, "/events", on_events, NULL);
    evhttp_set_cb(s->http, "/hang", on_hang, NULL);
    listen_unix(s);
    listen_tcp(s);
    assert_int_equal(pipe(s->pipe), 0);
    s->quit = event_new(s->base, s->pipe[0], EV_READ, on_quit, s->base);
    event_add(s->quit, NULL);
    return pthread_create(&s->thread, NULL, serve, s->base);
}

static int stop(void **state)
{
    struct server *s = &server;
    (void)state;
    assert_int_equal(write(s->pipe[1], "x", 1), 1);
    pthread_join(s->thread, NULL);
    event_free(s->quit);
    evhttp_free(s->http);
    event_base_free(s->base);
    close(s->pipe[0]);
    close(s->pipe[1]);
    unlink(s->socket);
    return rmdir(s->folder);
}

static struct client *make(const char *url, const char *token)
{
    const struct client_options options = {.url = url, .token = token};
    struct text why = {0};
    struct client *client;
    assert_int_equal(client_new(&client, &options, &why), ERR_OK);
    assert_null(why.data);
    return client;
}

static const char *field(const struct client_reply *reply, const char *key)
{
    const char *text = json_string_value(json_object_get(reply->json, key));
    return text ? text : "(null)";
}

static void test_request(void **state)
{
    static const char *const headers[] = {"If-Match: \"16\"", NULL};
    struct client_reply reply;
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct client *client = make(tcp ? server.url : server.unix_url, "sesame");
        json_t *query = json_pack("{s:s, s:s}", "a b", "1&2", "c", "\xc3\xa4");
        json_t *body = json_pack("{s:i}", "priority", 5);
        const struct client_request request = {.method = API_PATCH,
                                               .path = "/v1/targets/a b%?#.example",
                                               .query = query,
                                               .body = body,
                                               .headers = headers};
        assert_int_equal(client_request(client, &request, &reply), ERR_OK);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.revision, 17);
        assert_int_equal(json_integer_value(json_object_get(reply.json, "method")),
                         EVHTTP_REQ_PATCH);
        assert_string_equal(field(&reply, "uri"),
                            "/v1/targets/a%20b%25%3F%23.example?a%20b=1%262&c=%C3%A4");
        assert_string_equal(field(&reply, "body"), "{\"priority\":5}");
        assert_string_equal(field(&reply, "type"), "application/json");
        assert_string_equal(field(&reply, "match"), "\"16\"");
        assert_string_equal(field(&reply, "token"), tcp ? "Bearer sesame" : "none");
        assert_string_equal(client_error(client), "");
        client_reply_deinit(&reply);
        json_decref(query);
        json_decref(body);
        client_free(client);
    }
}

static void test_methods(void **state)
{
    static const int commands[] = {[API_GET] = EVHTTP_REQ_GET,
                                   [API_POST] = EVHTTP_REQ_POST,
                                   [API_PATCH] = EVHTTP_REQ_PATCH,
                                   [API_DELETE] = EVHTTP_REQ_DELETE};
    struct client *client = make(server.unix_url, NULL);
    struct client_reply reply;
    (void)state;
    for (int m = API_GET; m <= API_DELETE; m++) {
        const struct client_request request = {.method = (enum api_method)m, .path = "/x"};
        assert_int_equal(client_request(client, &request, &reply), ERR_OK);
        assert_int_equal(json_integer_value(json_object_get(reply.json, "method")), commands[m]);
        assert_string_equal(field(&reply, "body"), "");
        client_reply_deinit(&reply);
    }
    client_free(client);
}

static void test_replies(void **state)
{
    struct client *client = make(server.url, NULL);
    struct client_request request = {.method = API_GET, .path = "/fail"};
    struct client_reply reply;
    (void)state;
    assert_int_equal(client_request(client, &request, &reply), ERR_OK);
    assert_int_equal(reply.status, 404);
    assert_string_equal(field(&reply, "error"), "there is no target \x1b[31m");
    client_reply_deinit(&reply);
    request.path = "/text";
    assert_int_equal(client_request(client, &request, &reply), ERR_OK);
    assert_null(reply.json);
    assert_string_equal(reply.text, "shunt_up 1\n");
    assert_int_equal(reply.len, 11);
    assert_int_equal(reply.revision, -1);
    client_reply_deinit(&reply);
    request.path = "/broken";
    assert_int_equal(client_request(client, &request, &reply), ERR_OK);
    assert_null(reply.json);
    client_reply_deinit(&reply);
    client_free(client);
}

/* Who only got away with one reply would keep its text: each request begins anew. */
static void test_nobody(void **state)
{
    const struct client_request request = {.method = API_GET, .path = "/v1/status"};
    struct client *client = make("unix:///nonexistent/c.sock", NULL);
    struct client_reply reply;
    (void)state;
    assert_int_equal(client_request(client, &request, &reply), ERR_NOTFOUND);
    assert_int_equal(reply.status, 0);
    assert_string_equal(client_error(client),
                        "no daemon answers on unix:///nonexistent/c.sock: is `shunt serve` running "
                        "with control.socket?");
    client_reply_deinit(&reply);
    client_free(client);
    client = make("http://127.0.0.1:1", NULL);
    assert_int_equal(client_request(client, &request, &reply), ERR_NOTFOUND);
    assert_non_null(strstr(client_error(client), "control.http?"));
    client_reply_deinit(&reply);
    client_free(client);
}

static void test_time_and_stop(void **state)
{
    static const volatile sig_atomic_t now = 1;
    struct client *client = make(server.unix_url, NULL);
    struct client_request request = {.method = API_GET, .path = "/hang", .timeout_ms = 20};
    struct client_reply reply;
    (void)state;
    assert_int_equal(client_request(client, &request, &reply), ERR_TIMEOUT);
    assert_non_null(strstr(client_error(client), "did not answer in time"));
    client_reply_deinit(&reply);
    request.timeout_ms = CLIENT_FOREVER;
    request.stop = &now;
    assert_int_equal(client_request(client, &request, &reply), ERR_LIMIT);
    client_reply_deinit(&reply);
    request = (struct client_request){.method = API_GET, .path = "/text"};
    assert_int_equal(client_request(client, &request, &reply), ERR_OK);
    assert_string_equal(client_error(client), "");
    client_reply_deinit(&reply);
    client_free(client);
}

struct seen {
    char text[64];
    unsigned count, limit;
};

static bool see(void *arg, const struct client_event *event)
{
    struct seen *s = arg;
    size_t len = strlen(s->text);
    snprintf(s->text + len, sizeof(s->text) - len, "%s%s ", event->id, event->data);
    return ++s->count != s->limit;
}

static void test_follow(void **state)
{
    struct client *client = make(server.unix_url, NULL);
    struct client_request request = {.method = API_GET, .path = "/events"};
    struct client_reply reply;
    struct seen seen = {0}, some = {.limit = 1}, none = {0};
    (void)state;
    assert_int_equal(client_follow(client, &request, see, &seen, &reply), ERR_OK);
    assert_int_equal(reply.status, 200);
    assert_string_equal(seen.text, "1a 2b 2c ");
    client_reply_deinit(&reply);
    assert_int_equal(client_follow(client, &request, see, &some, &reply), ERR_OK);
    assert_string_equal(some.text, "1a ");
    client_reply_deinit(&reply);
    request.path = "/fail"; /* no stream: the reply as ever */
    assert_int_equal(client_follow(client, &request, see, &none, &reply), ERR_OK);
    assert_int_equal(reply.status, 404);
    assert_non_null(reply.json);
    assert_int_equal(none.count, 0);
    client_reply_deinit(&reply);
    request.path = "/echo";
    assert_int_equal(client_follow(client, &request, see, &none, &reply), ERR_OK);
    assert_string_equal(field(&reply, "accept"), "text/event-stream");
    client_reply_deinit(&reply);
    client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),       cmocka_unit_test(test_methods),
        cmocka_unit_test(test_replies),       cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_time_and_stop), cmocka_unit_test(test_follow),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
