/* The upstream server of the benchmark: it has an answer to every question, and costs little.
 *
 *     responder PORT
 *
 * A: an address. SRV: one record, whose target is `xmpp` below the name that is asked, its labels
 * with an underscore left out. Other types: no data. EDNS is answered with EDNS. The address of a
 * name that begins with `count` is how many other questions have come. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "responder.h"

#define BATCH    64
#define SLOT     RESPONDER_SLOT
#define HEADER   12
#define NAME_MAX 255
#define TYPE_A   1
#define TYPE_SRV 33

struct responder {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in peers[BATCH];
    uint8_t bytes[BATCH][SLOT];
    _Atomic uint32_t *count; /* questions, those over TCP too */
};

static uint8_t *put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

/* Owner (the question's name), type, class IN, a TTL of an hour, and the length to come. */
static uint8_t *put_record(uint8_t *at, unsigned type, size_t rdlen)
{
    static const uint8_t ttl[] = {0, 0, 0x0e, 0x10};
    at = put16(put16(put16(at, 0xc000 | HEADER), type), 1);
    memcpy(at, ttl, sizeof(ttl));
    return put16(at + sizeof(ttl), (unsigned)rdlen);
}

static uint8_t *put_srv(uint8_t *at, const uint8_t *name, size_t len)
{
    static const uint8_t head[] = {0, 0, 0, 5, 0x14, 0x66, 4, 'x', 'm', 'p', 'p'};
    while (len > 2 && name[1] == '_') {
        len -= name[0] + 1u;
        name += name[0] + 1u;
    }
    at = put_record(at, TYPE_SRV, sizeof(head) + len);
    memcpy(at, head, sizeof(head));
    memcpy(at + sizeof(head), name, len);
    return at + sizeof(head) + len;
}

static uint8_t *put_answer(_Atomic uint32_t *count, uint8_t *at, unsigned type, const uint8_t *name,
                           size_t len)
{
    uint32_t address = htonl(0xC6336401); /* 198.51.100.1 */
    if (len > 6 && memcmp(name, "\5count", 6) == 0)
        address = htonl(*count);
    else
        ++*count;
    if (type == TYPE_SRV)
        return put_srv(at, name, len);
    if (type != TYPE_A)
        return at;
    at = put_record(at, TYPE_A, sizeof(address));
    memcpy(at, &address, sizeof(address));
    return at + sizeof(address);
}

size_t respond(_Atomic uint32_t *count, uint8_t *bytes, size_t len)
{
    static const uint8_t opt[] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
    size_t at = HEADER;
    while (at < len && bytes[at] != 0)
        at += bytes[at] + 1u;
    size_t name_len = at + 1 - HEADER;
    if (at + 5 > len || name_len > NAME_MAX)
        return 0;
    unsigned type = (unsigned)bytes[at + 1] << 8 | bytes[at + 2];
    bool edns = bytes[11] != 0;
    uint8_t *start = bytes + at + 5;
    uint8_t *end = put_answer(count, start, type, bytes + HEADER, name_len);
    bytes[2] |= 0x80; /* QR */
    bytes[3] = 0x80;  /* RA, NOERROR */
    put16(bytes + 6, end > start);
    put16(bytes + 8, 0);
    put16(bytes + 10, edns);
    if (edns) {
        memcpy(end, opt, sizeof(opt));
        end += sizeof(opt);
    }
    return (size_t)(end - bytes);
}

static void responder_run(struct responder *r, int fd)
{
    for (;;) {
        unsigned replies = 0;
        for (unsigned i = 0; i < BATCH; i++) {
            r->parts[i] = (struct iovec){r->bytes[i], SLOT};
            r->messages[i].msg_hdr = (struct msghdr){.msg_name = &r->peers[i],
                                                     .msg_namelen = sizeof(r->peers[i]),
                                                     .msg_iov = &r->parts[i],
                                                     .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, r->messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            size_t len = respond(r->count, r->bytes[i], r->messages[i].msg_len);
            r->parts[i].iov_len = len;
            if (len > 0)
                r->messages[replies++] = r->messages[i];
        }
        for (unsigned sent = 0; sent < replies;) {
            int n = sendmmsg(fd, r->messages + sent, replies - sent, 0);
            sent += n > 0 ? (unsigned)n : 1;
        }
    }
}

static int udp_open(const struct sockaddr_in *at)
{
    const int size = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ? fd : -1;
}

static int tcp_open(const struct sockaddr_in *at)
{
    const int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    bool bound = bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
    return bound && listen(fd, 1024) == 0 ? fd : -1;
}

/* TCP has a process of its own, which ends with this one. */
int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct responder *r = calloc(1, sizeof(*r));
    if (argc != 2 || !r) {
        fprintf(stderr, "usage: responder PORT\n");
        return 2;
    }
    at.sin_port = htons((uint16_t)atoi(argv[1]));
    int udp = udp_open(&at), tcp = tcp_open(&at);
    void *shared =
        mmap(NULL, sizeof(*r->count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (udp < 0 || tcp < 0 || shared == MAP_FAILED) {
        perror("responder");
        return 1;
    }
    r->count = shared;
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        respond_tcp(r->count, tcp);
    }
    responder_run(r, udp);
}
