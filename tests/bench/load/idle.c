/* TCP clients that asked once and then only wait. Prints {"open": N} when all are there, waits for
 * the end of standard input, and prints how many the server has kept. */
#define PER_CLIENT 50 /* connections from one address, 127.1.0.1 and on */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "load.h"

/* One question and its reply, so that the server has used what it needs for a connection. */
static bool ask_once(int fd, const struct options *o, uint64_t number)
{
    uint8_t tx[QUESTION_MAX + 2], rx[1024];
    size_t len = question_write(o->kind, number % o->names, 1, tx + 2);
    tx[0] = 0;
    tx[1] = (uint8_t)len;
    if (send(fd, tx, len + 2, MSG_NOSIGNAL) != (ssize_t)len + 2)
        return false;
    return recv(fd, rx, sizeof(rx), 0) > 0;
}

static int idle_open(const struct options *o, uint64_t number)
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
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 && ask_once(fd, o, number))
        return fd;
    close(fd);
    return -1;
}

static bool idle_is_open(int fd)
{
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

int load_idle(const struct options *o)
{
    unsigned open = 0, kept = 0;
    int *fds = calloc(o->connections, sizeof(*fds));
    if (!fds)
        load_die("no memory");
    while (open < o->connections && (fds[open] = idle_open(o, open)) >= 0)
        open++;
    printf("{\"open\": %u}\n", open);
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    for (unsigned i = 0; i < open; i++) {
        kept += idle_is_open(fds[i]);
        close(fds[i]);
    }
    printf("{\"kept\": %u}\n", kept);
    free(fds);
    return 0;
}
