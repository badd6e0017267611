/* The least that a DNS server on UDP can cost: every query of a batch is answered with the same SRV
 * record, made by one copy. What is left is the kernel's price of receiving and sending.
 *
 *     echo PORT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH  64
#define SLOT   1536
#define HEADER 12

struct echo {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in peers[BATCH];
    uint8_t bytes[BATCH][SLOT];
};

/* Behind the question: the record, its owner a pointer to the question's name. */
static const uint8_t record[] = "\xc0\x0c\0\x21\0\1\0\0\x0e\x10\0\x1a\0\0\0\5\x14\x66"
                                "\4xmpp\5bench\7example";

/* Turns the query in `bytes` into its answer; returns the answer's length. */
static size_t echo_answer(uint8_t *bytes, size_t len)
{
    size_t at = HEADER;
    while (at < len && bytes[at] != 0)
        at += bytes[at] + 1u;
    at += 5; /* the root, type and class */
    if (at > len || at + sizeof(record) > SLOT)
        return 0;
    bytes[2] |= 0x80; /* QR */
    bytes[3] = 0x80;  /* RA, NOERROR */
    bytes[7] = 1;
    bytes[11] = 0;
    memcpy(bytes + at, record, sizeof(record));
    return at + sizeof(record);
}

static void echo_run(struct echo *e, int fd)
{
    for (;;) {
        for (unsigned i = 0; i < BATCH; i++) {
            e->parts[i] = (struct iovec){e->bytes[i], SLOT};
            e->messages[i].msg_hdr = (struct msghdr){.msg_name = &e->peers[i],
                                                     .msg_namelen = sizeof(e->peers[i]),
                                                     .msg_iov = &e->parts[i],
                                                     .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, e->messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++)
            e->parts[i].iov_len = echo_answer(e->bytes[i], e->messages[i].msg_len);
        for (int sent = 0; sent < count;) {
            int n = sendmmsg(fd, e->messages + sent, (unsigned)(count - sent), 0);
            sent += n > 0 ? n : 1;
        }
    }
}

int main(int argc, char **argv)
{
    const int size = 4 << 20;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct echo *e = calloc(1, sizeof(*e));
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (argc != 2 || !e || fd < 0) {
        fprintf(stderr, "usage: echo PORT\n");
        return 2;
    }
    at.sin_port = htons((uint16_t)atoi(argv[1]));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        perror("echo: bind");
        return 1;
    }
    echo_run(e, fd);
}
