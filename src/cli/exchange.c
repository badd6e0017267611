#include "cli/exchange.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/random.h"
#include "dns/answer.h"

#define TCP_HEAD 2 /* bytes of the length before a message (RFC 1035 §4.2.2) */

/* Not clock_now: a reply from this machine comes within a tick of it. */
static uint64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A query on its way. */
struct attempt {
    int fd;
    uint64_t started;
    uint64_t deadline;
    uint16_t id;
    size_t len;
    uint8_t query[TCP_HEAD + DNS_QUERY_MAX]; /* with its length in front */
};

static enum err wait_for(const struct attempt *a, short events)
{
    for (;;) {
        uint64_t now = now_ms();
        uint64_t left = a->deadline > now ? a->deadline - now : 0;
        struct pollfd p = {.fd = a->fd, .events = events};
        int n = poll(&p, 1, left < 60000 ? (int)left : 60000);
        if (n > 0)
            return ERR_OK;
        if (n < 0 && errno != EINTR)
            return ERR_SYSTEM;
        if (n == 0 && left == 0)
            return ERR_TIMEOUT;
    }
}

static enum err attempt_start(struct attempt *a, const struct exchange_request *request, int type)
{
    struct random random;
    random_init(&random);
    a->id = random_u16(&random);
    a->len = dns_query_write(&request->question, a->id, request->edns, a->query + TCP_HEAD,
                             DNS_QUERY_MAX);
    bytes_put16(a->query, (uint16_t)a->len);
    a->started = now_ms();
    a->deadline = a->started + request->timeout_ms;
    a->fd = socket(request->server.sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (a->fd < 0)
        return ERR_SYSTEM;
    int failed = connect(a->fd, &request->server.sa, addr_len(&request->server));
    return failed && errno != EINPROGRESS ? ERR_SYSTEM : ERR_OK;
}

static bool may_try_again(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static enum err udp_receive(const struct attempt *a, const struct exchange_request *request,
                            struct exchange_reply *reply)
{
    for (;;) {
        enum err e = wait_for(a, POLLIN);
        if (e != ERR_OK)
            return e;
        ssize_t n = recv(a->fd, reply->message, sizeof(reply->message), 0);
        if (may_try_again(n))
            continue;
        if (n < 0)
            return ERR_SYSTEM;
        reply->len = (size_t)n;
        if (dns_reply_matches(reply->message, reply->len, a->id, &request->question))
            return ERR_OK;
        reply->ignored++;
    }
}

static enum err udp_talk(const struct attempt *a, const struct exchange_request *request,
                         struct exchange_reply *reply)
{
    reply->where = "cannot send to";
    if (send(a->fd, a->query + TCP_HEAD, a->len, 0) < 0)
        return ERR_SYSTEM;
    reply->where = "no reply from";
    return udp_receive(a, request, reply);
}

static enum err tcp_connected(const struct attempt *a)
{
    int error = 0;
    socklen_t len = sizeof(error);
    enum err e = wait_for(a, POLLOUT);
    if (e != ERR_OK)
        return e;
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return ERR_SYSTEM;
    errno = error;
    return error ? ERR_SYSTEM : ERR_OK;
}

static enum err tcp_send(const struct attempt *a)
{
    size_t len = TCP_HEAD + a->len;
    for (size_t at = 0; at < len;) {
        enum err e = wait_for(a, POLLOUT);
        if (e != ERR_OK)
            return e;
        ssize_t n = send(a->fd, a->query + at, len - at, MSG_NOSIGNAL);
        if (may_try_again(n))
            continue;
        if (n < 0)
            return ERR_SYSTEM;
        at += (size_t)n;
    }
    return ERR_OK;
}

static enum err tcp_receive(const struct attempt *a, uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        enum err e = wait_for(a, POLLIN);
        if (e != ERR_OK)
            return e;
        ssize_t n = recv(a->fd, out + at, len - at, 0);
        if (may_try_again(n))
            continue;
        if (n < 0)
            return ERR_SYSTEM;
        if (n == 0)
            return ERR_INVALID;
        at += (size_t)n;
    }
    return ERR_OK;
}

static enum err tcp_talk(const struct attempt *a, const struct exchange_request *request,
                         struct exchange_reply *reply)
{
    uint8_t head[TCP_HEAD];
    reply->where = "cannot connect to";
    enum err e = tcp_connected(a);
    if (e != ERR_OK)
        return e;
    reply->where = "no reply from";
    e = tcp_send(a);
    if (e != ERR_OK)
        return e;
    e = tcp_receive(a, head, sizeof(head));
    if (e != ERR_OK)
        return e;
    reply->where = "no whole reply from";
    reply->len = bytes_get16(head);
    e = tcp_receive(a, reply->message, reply->len);
    if (e != ERR_OK)
        return e;
    reply->where = "a reply that does not belong to the query from";
    return dns_reply_matches(reply->message, reply->len, a->id, &request->question) ? ERR_OK
                                                                                    : ERR_INVALID;
}

static enum err attempt_run(const struct exchange_request *request, bool tcp,
                            struct exchange_reply *reply)
{
    struct attempt a;
    reply->tcp = tcp;
    reply->where = "cannot connect to";
    enum err e = attempt_start(&a, request, tcp ? SOCK_STREAM : SOCK_DGRAM);
    if (e == ERR_OK)
        e = tcp ? tcp_talk(&a, request, reply) : udp_talk(&a, request, reply);
    reply->time_ms = now_ms() - a.started;
    int saved = errno;
    if (a.fd >= 0)
        close(a.fd);
    errno = saved;
    return e;
}

enum err exchange_ask(const struct exchange_request *request, struct exchange_reply *reply)
{
    reply->truncated = false;
    reply->ignored = 0;
    enum err e = attempt_run(request, request->tcp, reply);
    if (e != ERR_OK || request->tcp)
        return e;
    if (!(bytes_get16(reply->message + 2) & DNS_FLAG_TC))
        return ERR_OK;
    reply->truncated = true;
    return attempt_run(request, true, reply);
}
