/* TCP clients that asked once and then only wait. Prints {"open": N} when all are there, and does
 * what the lines of standard input say:
 *
 *     ask      each client asks once more, so that no time-out ends it; prints {"kept": N}
 *     leave    questions over UDP, for as long and as many as the options say; from a third of the
 *              time on all clients leave. Prints the result, of the whole time, as of `udp`.
 *
 * At the end of input it prints {"kept": N} and ends. */
#define PER_CLIENT  50 /* connections from one address, 127.1.0.1 and on */
#define AT_ONCE     2  /* that leave in one step: more would delay the questions beside them */
#define UDP_SOCKETS 16

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "load.h"

struct idle {
    const struct options *options;
    unsigned open;
    uint64_t leave_at;
    int fds[];
};

static bool send_question(int fd, const struct options *o, uint64_t number)
{
    uint8_t tx[QUESTION_MAX + 2];
    size_t len = question_write(o->kind, number % o->names, 1, tx + 2);
    tx[0] = 0;
    tx[1] = (uint8_t)len;
    return send(fd, tx, len + 2, MSG_NOSIGNAL) == (ssize_t)len + 2;
}

static bool receive_reply(int fd, int flags)
{
    uint8_t rx[1024];
    return recv(fd, rx, sizeof(rx), flags) > 0;
}

/* Asks at once, so that the server has used what it needs for a connection. */
static int client_open(const struct options *o, uint64_t number)
{
    const struct sockaddr_in to = load_address(o->port);
    const struct timeval wait = {.tv_sec = 2};
    /* Servers limit the connections of one client: these are many clients. */
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr =
                                         htonl(0x7F010001u + (uint32_t)(number / PER_CLIENT))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    bind(fd, (const struct sockaddr *)&from, sizeof(from));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
        send_question(fd, o, number) && receive_reply(fd, 0))
        return fd;
    close(fd);
    return -1;
}

static bool client_is_open(int fd)
{
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static void on_ask(struct idle *idle)
{
    unsigned kept = 0;
    int flags = 0;
    for (unsigned i = 0; i < idle->open; i++)
        send_question(idle->fds[i], idle->options, i);
    for (unsigned i = 0; i < idle->open; i++) {
        errno = 0;
        bool replied = receive_reply(idle->fds[i], flags);
        kept += replied;
        if (!replied && errno == EAGAIN)
            flags = MSG_DONTWAIT; /* waited long enough, for all of them */
    }
    printf("{\"kept\": %u}\n", kept);
    fflush(stdout);
}

static void leave_step(void *arg)
{
    struct idle *idle = arg;
    if (idle->open == 0 || load_now() < idle->leave_at)
        return;
    for (unsigned i = 0; i < AT_ONCE && idle->open > 0; i++)
        close(idle->fds[--idle->open]);
}

/* By the process that also asks, a few at a time: another one would take turns with it on the
 * processor, and its turns would be counted as the server's. */
static void on_leave(struct idle *idle)
{
    struct options udp = *idle->options;
    udp.connections = UDP_SOCKETS;
    idle->leave_at = load_now() + (uint64_t)(udp.seconds * 1e9 / 3);
    load_udp_beside(&udp, leave_step, idle);
}

static unsigned close_all(struct idle *idle)
{
    unsigned kept = 0;
    while (idle->open > 0) {
        int fd = idle->fds[--idle->open];
        kept += client_is_open(fd);
        close(fd);
    }
    return kept;
}

int load_idle(const struct options *o)
{
    char line[16];
    struct idle *idle = calloc(1, sizeof(*idle) + o->connections * sizeof(*idle->fds));
    if (!idle)
        load_die("no memory");
    idle->options = o;
    while (idle->open < o->connections && (idle->fds[idle->open] = client_open(o, idle->open)) >= 0)
        idle->open++;
    printf("{\"open\": %u}\n", idle->open);
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        if (strcmp(line, "ask\n") == 0)
            on_ask(idle);
        else if (strcmp(line, "leave\n") == 0)
            on_leave(idle);
        else
            load_die("the lines are ask and leave");
    }
    printf("{\"kept\": %u}\n", close_all(idle));
    free(idle);
    return 0;
}
