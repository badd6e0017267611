/* The load generator's parts: options, clock, latencies. Its commands print one JSON object. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "questions.h"

struct options {
    enum question_kind kind;
    uint64_t names;       /* how many different ones */
    uint64_t first;       /* number of the first unique name */
    double seconds;       /* how long questions are sent */
    double rate;          /* questions a second; 0 = as many as are answered */
    unsigned connections; /* TCP connections, or UDP sockets */
    unsigned window;      /* questions in flight on each */
    uint16_t port;        /* on 127.0.0.1 */
};

uint64_t load_now(void); /* ns, monotonic */
_Noreturn void load_die(const char *what);
struct sockaddr_in load_address(uint16_t port);

/* Latencies in steps of a microsecond. */
#define LATENCY_STEPS 1000000
struct latency {
    uint64_t count;
    unsigned most;                 /* us */
    uint32_t steps[LATENCY_STEPS]; /* the last one holds all that took longer */
};
struct latency *latency_new(void);
void latency_add(struct latency *l, uint64_t ns);
/* The time in us within which `share` of them were; 0 without any. */
unsigned latency_at(const struct latency *l, double share);

/* Prints: answers, lost, other (replies that are not an answer), seconds, p50, p99, p999, most. */
struct load_result {
    uint64_t answers, lost, other;
    double seconds;
    struct latency *latency;
};
void load_print(const struct load_result *result);

int load_udp(const struct options *o); /* questions over UDP, in a random order */
/* The same; calls `step` each time round, which is some microseconds. */
int load_udp_beside(const struct options *o, void (*step)(void *arg), void *arg);
int load_warm(const struct options *o); /* each question twice, until all are answered */
int load_tcp(const struct options *o);  /* pipelined over TCP */
int load_idle(const struct options *o); /* connections that wait; idle.c says for what */

#endif
