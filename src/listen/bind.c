#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <unistd.h>

#include "listen/listen.h"
#include "listen/pktinfo.h"

#define UDP_RECEIVE_BUFFER (4 * 1024 * 1024) /* bytes: bursts wait here while a worker is busy */
#define UDP_SEND_BUFFER    (1024 * 1024)
#define TCP_BACKLOG        511 /* connections that wait to be accepted; the kernel may cap it */
#define PORT_TRIES         64  /* for one that is free for both UDP and TCP */

static int set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Options without which the socket still serves: results are not looked at. */
static void set_udp_extras(int fd, int family)
{
    /* FORCE passes the system's limit, and is for root only. */
    if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, UDP_RECEIVE_BUFFER) < 0)
        set_option(fd, SOL_SOCKET, SO_RCVBUF, UDP_RECEIVE_BUFFER);
    if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, UDP_SEND_BUFFER) < 0)
        set_option(fd, SOL_SOCKET, SO_SNDBUF, UDP_SEND_BUFFER);
    /* A forged "fragmentation needed" must not make us send fragments. */
    if (family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    else
        set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
}

static int prepare_udp(int fd, const struct addr *addr)
{
    set_udp_extras(fd, addr->sa.sa_family);
    return addr_is_wildcard(addr) ? pktinfo_enable(fd, addr->sa.sa_family) : 0;
}

static int prepare_tcp(int fd)
{
    if (set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0)
        return -1;
    /* Accepted sockets inherit it: answers are written whole and must not wait for an ACK. */
    return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int prepare(int fd, const struct addr *addr, int type)
{
    if (addr->sa.sa_family == AF_INET6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0)
        return -1;
    return type == SOCK_DGRAM ? prepare_udp(fd, addr) : prepare_tcp(fd);
}

/* Sharing is allowed before the bind, or, when the address must be nobody else's, after it. */
static int bind_shared(int fd, const struct addr *addr, bool exclusive)
{
    if (!exclusive && set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0)
        return -1;
    if (bind(fd, &addr->sa, addr_len(addr)) < 0)
        return -1;
    return exclusive ? set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
}

static void close_keeping_errno(int fd)
{
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
}

/* A bound socket, or -1 with errno. */
static int open_bound(const struct addr *addr, int type, bool exclusive)
{
    int fd = socket(addr->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (prepare(fd, addr, type) < 0 || bind_shared(fd, addr, exclusive) < 0) {
        close_keeping_errno(fd);
        return -1;
    }
    return fd;
}

void listen_close(struct listen_sockets *sockets)
{
    close_keeping_errno(sockets->udp);
    close_keeping_errno(sockets->tcp);
    sockets->udp = sockets->tcp = -1;
}

/* UDP first; TCP on the port that UDP got. */
static enum err open_pair(struct listen_sockets *out, const struct addr *addr, bool exclusive)
{
    *out = (struct listen_sockets){
        .addr = *addr, .udp = -1, .tcp = -1, .wildcard = addr_is_wildcard(addr)};
    socklen_t len = sizeof(out->addr);
    out->udp = open_bound(addr, SOCK_DGRAM, exclusive);
    if (out->udp < 0)
        goto fail;
    if (getsockname(out->udp, &out->addr.sa, &len) < 0)
        goto fail;
    out->tcp = open_bound(&out->addr, SOCK_STREAM, exclusive);
    if (out->tcp < 0)
        goto fail;
    /* Here and not later: a port that TCP can bind may still be taken when it comes to listen. */
    if (listen(out->tcp, TCP_BACKLOG) < 0)
        goto fail;
    return ERR_OK;
fail:
    listen_close(out);
    return ERR_SYSTEM;
}

/* With SO_REUSEPORT the kernel may choose a port that another socket of the same user has, so a
 * port of the kernel's choice is taken alone first. */
static enum err open_any_port(struct listen_sockets *out, const struct addr *addr)
{
    for (unsigned i = 0; i < PORT_TRIES; i++) {
        if (open_pair(out, addr, true) == ERR_OK)
            return ERR_OK;
        if (errno != EADDRINUSE)
            return ERR_SYSTEM;
    }
    return ERR_SYSTEM;
}

enum err listen_bind(struct listen_sockets *out, const struct addr *addr)
{
    return addr_port(addr) == 0 ? open_any_port(out, addr) : open_pair(out, addr, false);
}

enum err listen_probe(const struct addr *addr)
{
    struct listen_sockets sockets;
    if (addr_port(addr) == 0) /* some port is free, and listen_bind looks for it */
        return ERR_OK;
    enum err e = open_pair(&sockets, addr, true);
    if (e == ERR_OK)
        listen_close(&sockets);
    return e;
}
