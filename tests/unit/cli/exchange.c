/* How `shunt query` talks to servers, good and bad: a scripted one in a thread of its own. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "cli/exchange.h"

/* Replies of the server to one query, over UDP and then over TCP: letters of
 *     g good   i wrong ID   q wrong question   t truncated   e empty datagram
 * and over TCP also: h half of a good one, then close   c close   r reset */
struct server {
    int udp, tcp;
    struct addr addr;
    const char *udp_script, *tcp_script;
    unsigned udp_queries, tcp_queries;
    pthread_t thread;
};

/* The reply that a letter stands for: the query with a few bits changed. */
static size_t reply_for(char letter, const uint8_t *query, size_t len, uint8_t *out)
{
    memcpy(out, query, len);
    out[2] |= 0x80;
    if (letter == 'i')
        out[0] ^= 0xff;
    if (letter == 'q')
        out[DNS_HEADER_LEN + 1] ^= 1;
    if (letter == 't')
        out[2] |= 2;
    return letter == 'e' ? 0 : len;
}

static void serve_udp(struct server *s)
{
    uint8_t query[512], reply[512];
    struct addr peer;
    socklen_t peer_len = sizeof(peer);
    ssize_t n = recvfrom(s->udp, query, sizeof(query), 0, &peer.sa, &peer_len);
    assert_true(n > DNS_HEADER_LEN);
    s->udp_queries++;
    for (const char *c = s->udp_script; *c; c++) {
        size_t len = reply_for(*c, query, (size_t)n, reply);
        assert_int_equal(sendto(s->udp, reply, len, 0, &peer.sa, peer_len), len);
    }
}

static void serve_tcp(struct server *s)
{
    uint8_t query[512], reply[2 + 512];
    int fd = accept(s->tcp, NULL, NULL);
    assert_true(fd >= 0);
    ssize_t n = recv(fd, query, sizeof(query), 0);
    assert_true(n > 2 + DNS_HEADER_LEN);
    s->tcp_queries++;
    for (const char *c = s->tcp_script; *c; c++) {
        if (*c == 'r') {
            const struct linger now = {.l_onoff = 1};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        }
        if (*c == 'r' || *c == 'c')
            break;
        size_t len = reply_for(*c, query + 2, (size_t)n - 2, reply + 2);
        bytes_put16(reply, (uint16_t)len);
        len += 2;
        /* In two pieces, as networks do. */
        assert_int_equal(send(fd, reply, 1, MSG_NOSIGNAL), 1);
        if (*c == 'h')
            len /= 2;
        assert_int_equal(send(fd, reply + 1, len - 1, MSG_NOSIGNAL), len - 1);
    }
    close(fd);
}

static void *serve(void *arg)
{
    struct server *s = arg;
    if (s->udp_script)
        serve_udp(s);
    if (s->tcp_script)
        serve_tcp(s);
    return NULL;
}

/* One port for both, most likely at once. */
static void server_bind(struct server *s)
{
    for (unsigned i = 0; i < 100; i++) {
        socklen_t len = sizeof(s->addr);
        assert_int_equal(addr_parse(&s->addr, "127.0.0.1", 0), ERR_OK);
        s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(s->udp, &s->addr.sa, addr_len(&s->addr)), 0);
        assert_int_equal(getsockname(s->udp, &s->addr.sa, &len), 0);
        if (bind(s->tcp, &s->addr.sa, addr_len(&s->addr)) == 0)
            return;
        close(s->udp);
        close(s->tcp);
    }
    fail_msg("no port is free");
}

struct scenario {
    const char *name;
    const char *udp, *tcp; /* scripts; NULL = not asked that way */
    bool ask_tcp;
    enum err result;
    bool by_tcp, truncated;
    unsigned ignored;
    uint64_t timeout; /* ms; 0 = so long that it does not matter */
};

static const struct scenario scenarios[] = {
    {.name = "good", .udp = "g"},
    {.name = "others come first", .udp = "iqeg", .ignored = 3},
    {.name = "only others come", .udp = "iq", .result = ERR_TIMEOUT, .ignored = 2, .timeout = 100},
    {.name = "silence", .udp = "", .result = ERR_TIMEOUT, .timeout = 50},
    {.name = "truncated", .udp = "t", .tcp = "g", .by_tcp = true, .truncated = true},
    {.name = "truncated, then closed",
     .udp = "t",
     .tcp = "c",
     .by_tcp = true,
     .truncated = true,
     .result = ERR_INVALID},
    {.name = "over TCP", .tcp = "g", .ask_tcp = true, .by_tcp = true},
    {.name = "TC over TCP is taken as it is", .tcp = "t", .ask_tcp = true, .by_tcp = true},
    {.name = "half a message", .tcp = "h", .ask_tcp = true, .by_tcp = true, .result = ERR_INVALID},
    {.name = "wrong ID over TCP",
     .tcp = "i",
     .ask_tcp = true,
     .by_tcp = true,
     .result = ERR_INVALID},
    {.name = "empty over TCP", .tcp = "e", .ask_tcp = true, .by_tcp = true, .result = ERR_INVALID},
    {.name = "reset", .tcp = "r", .ask_tcp = true, .by_tcp = true, .result = ERR_SYSTEM},
};

static void ask_question(struct exchange_request *request, const struct addr *server)
{
    *request = (struct exchange_request){
        .server = *server,
        .question = {.type = DNS_TYPE_A, .class = DNS_CLASS_IN, .recursion = true},
        .edns = true,
        .timeout_ms = 30000,
    };
    assert_int_equal(dns_name_from_text(&request->question.name, "Lab.Example"), ERR_OK);
}

static void run(const struct scenario *c, struct exchange_reply *reply)
{
    struct server s = {.udp_script = c->udp, .tcp_script = c->tcp};
    struct exchange_request request;
    server_bind(&s);
    assert_int_equal(listen(s.tcp, 1), 0);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    ask_question(&request, &s.addr);
    request.tcp = c->ask_tcp;
    if (c->timeout)
        request.timeout_ms = c->timeout;
    enum err e = exchange_ask(&request, reply);
    assert_int_equal(pthread_join(s.thread, NULL), 0);
    close(s.udp);
    close(s.tcp);
    print_message("%s\n", c->name);
    assert_int_equal(e, c->result);
    assert_int_equal(reply->tcp, c->by_tcp);
    assert_int_equal(reply->truncated, c->truncated);
    assert_int_equal(reply->ignored, c->ignored);
    assert_int_equal(s.udp_queries, c->udp ? 1 : 0);
    assert_int_equal(s.tcp_queries, c->tcp ? 1 : 0);
    if (e == ERR_OK)
        assert_memory_equal(reply->message + DNS_HEADER_LEN, "\3Lab\7Example", 13);
    else
        assert_non_null(reply->where);
}

static void servers(void **state)
{
    struct exchange_reply *reply = calloc(1, sizeof(*reply));
    (void)state;
    assert_non_null(reply);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        run(&scenarios[i], reply);
    free(reply);
}

/* Nobody listens: known at once, over either. */
static void nobody(void **state)
{
    struct exchange_reply *reply = calloc(1, sizeof(*reply));
    struct exchange_request request;
    struct server s = {0};
    (void)state;
    assert_non_null(reply);
    server_bind(&s);
    close(s.udp); /* TCP stays bound but does not listen */
    ask_question(&request, &s.addr);
    for (unsigned tcp = 0; tcp < 2; tcp++) {
        request.tcp = tcp;
        assert_int_equal(exchange_ask(&request, reply), ERR_SYSTEM);
        assert_int_equal(errno, ECONNREFUSED);
    }
    close(s.tcp);
    free(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers),
        cmocka_unit_test(nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
