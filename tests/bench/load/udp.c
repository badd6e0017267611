/* Questions over UDP. Each socket keeps a window of them in flight; a reply belongs to the one with
 * its ID. What is not answered within a second is lost. */
#define SLOTS   256 /* of a socket; at least the window, a power of two */
#define SOCKETS 64
#define BATCH   64
#define TIMEOUT 1000000000u /* ns */
#define RX      1600
#define PASSES  5     /* of a warm-up: what is lost is asked again */
#define PART    16384 /* names */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

struct slot {
    uint64_t due;    /* when it was to be sent; 0 = nothing in flight here */
    uint64_t number; /* of the question */
    uint16_t id;
};

struct sender {
    int fd;
    uint16_t next_id;
    unsigned flying;
    uint64_t heard; /* when the last reply came, or the first question of a silence went */
    struct slot slots[SLOTS];
};

struct udp_load {
    const struct options *options;
    struct load_result result;
    uint64_t start, end, sent;
    uint64_t random;
    uint8_t *answered;       /* of a warm-up: a byte a name; else NULL */
    uint64_t cursor;         /* of a warm-up: the next name to look at */
    uint64_t last;           /* … and the one to stop at */
    void (*step)(void *arg); /* called each time round; NULL = nothing */
    void *step_arg;
    struct sender senders[SOCKETS];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    uint8_t bytes[BATCH][RX];
};

static void sender_open(struct sender *s, const struct options *o)
{
    const int size = 4 << 20;
    const struct sockaddr_in to = load_address(o->port);
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        load_die("cannot open a socket");
    setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static struct udp_load *udp_new(const struct options *o)
{
    struct udp_load *l = calloc(1, sizeof(*l));
    if (!l)
        load_die("no memory");
    if (o->connections > SOCKETS || o->window > SLOTS / 4)
        load_die("at most 64 sockets with 64 questions each");
    l->options = o;
    l->random = 0x9E3779B97F4A7C15u;
    l->result.latency = latency_new();
    for (unsigned i = 0; i < o->connections; i++)
        sender_open(&l->senders[i], o);
    for (unsigned i = 0; i < BATCH; i++)
        l->messages[i].msg_hdr = (struct msghdr){.msg_iov = &l->parts[i], .msg_iovlen = 1};
    l->start = load_now();
    l->end = l->start + (uint64_t)(o->seconds * 1e9);
    return l;
}

static void udp_free(struct udp_load *l)
{
    for (unsigned i = 0; i < l->options->connections; i++)
        close(l->senders[i].fd);
    free(l->answered);
    free(l->result.latency);
    free(l);
}

/* The number of the next question; false when a warm-up has none left. */
static bool next_number(struct udp_load *l, uint64_t *number)
{
    const struct options *o = l->options;
    if (o->kind == QUESTION_UNIQUE) {
        *number = o->first + l->sent;
        return true;
    }
    if (!l->answered) {
        *number = question_draw(&l->random) % o->names;
        return true;
    }
    while (l->cursor < l->last && l->answered[l->cursor])
        l->cursor++;
    *number = l->cursor++;
    return *number < l->last;
}

/* How many questions this sender may send now: as its window has room, in portions that are worth a
 * system call; with a rate, as many as are due. */
static unsigned sender_room(const struct udp_load *l, const struct sender *s, uint64_t now)
{
    const struct options *o = l->options;
    unsigned room = s->flying < o->window ? o->window - s->flying : 0;
    room = room < BATCH ? room : BATCH;
    if (now >= l->end)
        return 0;
    if (o->rate <= 0)
        return room >= (o->window + 3) / 4 ? room : 0;
    double due = (double)(now - l->start) * 1e-9 * o->rate - (double)l->sent;
    return due < 1 ? 0 : due < room ? (unsigned)due : room;
}

static uint64_t due_time(const struct udp_load *l, uint64_t now)
{
    if (l->options->rate <= 0)
        return now;
    return l->start + (uint64_t)((double)l->sent * 1e9 / l->options->rate);
}

static void sender_send(struct udp_load *l, struct sender *s, uint64_t now)
{
    unsigned room = sender_room(l, s, now), count = 0;
    uint64_t number;
    for (; count < room && next_number(l, &number); count++) {
        uint16_t id = s->next_id++;
        struct slot *slot = &s->slots[id % SLOTS];
        size_t len = question_write(l->options->kind, number, id, l->bytes[count]);
        l->parts[count] = (struct iovec){l->bytes[count], len};
        if (slot->due != 0) { /* its reply never came, while others did */
            l->result.lost++;
            s->flying--;
        }
        *slot = (struct slot){due_time(l, now), number, id};
        l->sent++;
    }
    if (count == 0)
        return;
    if (s->flying == 0)
        s->heard = now;
    s->flying += count;
    /* What the kernel does not take is found to be lost. */
    sendmmsg(s->fd, l->messages, count, 0);
}

static void take_reply(struct udp_load *l, struct sender *s, const uint8_t *reply, unsigned len,
                       uint64_t now)
{
    uint16_t id = (uint16_t)(reply[0] << 8 | reply[1]);
    struct slot *slot = &s->slots[id % SLOTS];
    if (len < 12 || slot->due == 0 || slot->id != id)
        return;
    bool good = (reply[3] & 15) == 0 && (reply[6] | reply[7]) != 0;
    latency_add(l->result.latency, now > slot->due ? now - slot->due : 0);
    slot->due = 0;
    s->flying--;
    if (!good)
        l->result.other++;
    l->result.answers++;
    if (good && l->answered)
        l->answered[slot->number] = 1;
}

static bool sender_receive(struct udp_load *l, struct sender *s)
{
    for (unsigned i = 0; i < BATCH; i++)
        l->parts[i] = (struct iovec){l->bytes[i], RX};
    int count = recvmmsg(s->fd, l->messages, BATCH, MSG_DONTWAIT, NULL);
    if (count <= 0)
        return false;
    s->heard = load_now();
    for (int i = 0; i < count; i++)
        take_reply(l, s, l->bytes[i], l->messages[i].msg_len, s->heard);
    return true;
}

static void sender_give_up(struct udp_load *l, struct sender *s, uint64_t now)
{
    if (s->flying == 0 || now - s->heard < TIMEOUT)
        return;
    l->result.lost += s->flying;
    s->flying = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        s->slots[i].due = 0;
}

/* Nothing moved: waits for a reply. With a rate the next question is due at once. */
static void udp_wait(const struct udp_load *l)
{
    struct pollfd polls[SOCKETS];
    for (unsigned i = 0; i < l->options->connections; i++)
        polls[i] = (struct pollfd){.fd = l->senders[i].fd, .events = POLLIN};
    if (l->options->rate <= 0)
        poll(polls, l->options->connections, 5);
}

/* Until all was sent, and answered or lost. */
static void udp_run(struct udp_load *l)
{
    bool more = true;
    for (unsigned flying = 0; more || flying > 0;) {
        bool moved = false;
        flying = 0;
        for (unsigned i = 0; i < l->options->connections; i++) {
            struct sender *s = &l->senders[i];
            uint64_t now = load_now();
            sender_send(l, s, now);
            more = now < l->end && (!l->answered || l->cursor < l->last);
            if (s->flying > 0)
                moved |= sender_receive(l, s);
            sender_give_up(l, s, load_now());
            flying += s->flying;
        }
        if (l->step)
            l->step(l->step_arg);
        if (!moved && flying > 0)
            udp_wait(l);
    }
    uint64_t now = load_now();
    l->result.seconds = (double)(now < l->end ? now - l->start : l->end - l->start) * 1e-9;
}

int load_udp_beside(const struct options *o, void (*step)(void *arg), void *arg)
{
    struct udp_load *l = udp_new(o);
    l->step = step;
    l->step_arg = arg;
    udp_run(l);
    load_print(&l->result);
    udp_free(l);
    return 0;
}

int load_udp(const struct options *o)
{
    return load_udp_beside(o, NULL, NULL);
}

/* Asks for names from `first` on, until all are answered. Returns how many are not. */
static uint64_t warm_part(struct udp_load *l, uint64_t first)
{
    uint64_t missing = l->last - first;
    memset(l->answered + first, 0, missing);
    for (int pass = 0; pass < PASSES && missing > 0; pass++) {
        l->cursor = first;
        udp_run(l);
        missing = 0;
        for (uint64_t i = first; i < l->last; i++)
            missing += !l->answered[i];
    }
    return missing;
}

/* Each name is asked for a second time soon: caches rightly keep little of what is asked once. */
int load_warm(const struct options *o)
{
    struct udp_load *l = udp_new(o);
    uint64_t missing = 0;
    l->answered = calloc(o->names, 1);
    if (!l->answered)
        load_die("no memory");
    for (uint64_t first = 0; first < o->names; first += PART) {
        l->last = first + PART < o->names ? first + PART : o->names;
        missing += warm_part(l, first);
        missing += warm_part(l, first);
    }
    load_print(&l->result);
    udp_free(l);
    return missing > 0;
}
