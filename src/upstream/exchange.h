/* Questions in flight. An exchange is one question on its way through the servers of its route; an
 * attempt is one query message that was sent for it and may still be answered. Attempts stay open
 * when the next server is tried, so that a late reply is as good as any. */
#ifndef SHUNT_UPSTREAM_EXCHANGE_H
#define SHUNT_UPSTREAM_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "upstream/routes.h"
#include "upstream/schedule.h"

#define EXCHANGE_ATTEMPTS 8 /* open at once, as exchange.open has bits; the oldest gives way */

struct exchange;

struct attempt {
    struct exchange *owner;
    struct schedule_step *step;
    struct server *server;
    struct udp_socket *socket; /* one of these two leads to it */
    struct stream *stream;
    uint64_t sent_at;
    uint16_t id;     /* of the query message */
    uint16_t slot;   /* in the socket or stream */
    bool edns;       /* the query had an OPT record */
    bool first_trip; /* over a connection that was not open yet: its time is no measure */
};

enum exchange_queue { QUEUE_NONE, QUEUE_STEP, QUEUE_SOON };

struct exchange {
    TAILQ_ENTRY(exchange) by_deadline; /* or in the list of free ones */
    TAILQ_ENTRY(exchange) by_step;
    enum exchange_queue queue; /* where by_step is */
    uint8_t class;             /* of the time-out that runs: index into schedule_classes */
    uint8_t open;              /* bit i: attempts[i] is in use */
    bool probe;                /* asked by ourselves, of one server */
    bool asked;                /* a query was sent */
    bool reconnected;          /* had its second chance after a connection died */
    bool silence;              /* a server did not answer in time */
    bool kept_truncated;
    uint64_t deadline;
    uint64_t step_due;
    upstream_done_fn done;
    void *arg;
    struct route_set *routes; /* a reference */
    const struct route *route;
    struct schedule_step *resend; /* to be tried next, whatever the schedule says */
    const struct server *last;    /* tried last; kept alive by `routes` */
    struct attempt *current;      /* whose time-out runs */
    uint8_t *kept;                /* a poor or truncated reply, for want of a better; malloc'd */
    size_t kept_len;
    const struct server *kept_from;
    struct attempt attempts[EXCHANGE_ATTEMPTS];
    struct schedule schedule;
    struct dns_question question;
};

TAILQ_HEAD(exchange_list, exchange);

/* Why an attempt came to nothing. */
enum attempt_failure {
    ATTEMPT_NETWORK,  /* refused, unreachable, or its certificate is no good */
    ATTEMPT_CLOSED,   /* an open connection died under it */
    ATTEMPT_SHORTAGE, /* we are out of something here: no fault of the server's */
};

/* Starts a question: ERR_LIMIT when the table is full. */
enum err exchange_start(struct upstream *u, const struct route *route,
                        const struct dns_question *question, upstream_done_fn done, void *arg,
                        uint64_t now);

/* Ends all questions, as shutting down does. */
void exchange_cancel_all(struct upstream *u);

/* Moves all on whose time is over at `now`; returns when it wants to be called next, or
 * TIMER_NEVER. */
uint64_t exchange_expire(struct upstream *u, uint64_t now);

/* For udp.c and stream.c: a message came where `attempt` waits. Any question may be over when this
 * returns, and any socket retired. */
void exchange_on_message(struct upstream *u, struct attempt *attempt, const uint8_t *message,
                         size_t len, uint64_t now);
/* A socket or connection failed under `attempt`, which is let go. The question goes on from the
 * timer, so nothing else changes before this returns. */
void exchange_on_failure(struct upstream *u, struct attempt *attempt, enum attempt_failure why,
                         uint64_t now);

/* The rest is shared by exchange.c, exchange_reply.c and attempt.c. */

/* Sends the question to the server of `step` and starts the time-out; false when it cannot be sent,
 * and then the step is out. */
bool attempt_send(struct upstream *u, struct exchange *x, struct schedule_step *step, uint64_t now);
void attempt_release(struct upstream *u, struct attempt *a);
void attempt_release_all(struct upstream *u, struct exchange *x);
/* The server of `a` failed it; that may set the server aside. */
void attempt_blame(struct upstream *u, const struct attempt *a, uint64_t now);

/* Starts the time-out of a class, in place of what runs. */
void exchange_queue_step(struct upstream *u, struct exchange *x, unsigned class, uint64_t now);
/* Has the timer call exchange_go_on at once. */
void exchange_queue_soon(struct upstream *u, struct exchange *x, uint64_t now);

/* Tries the next server; when there is none that may help, the question ends. */
void exchange_go_on(struct upstream *u, struct exchange *x, uint64_t now);
/* Ends the question with a reply. */
void exchange_reply(struct upstream *u, struct exchange *x, const struct server *from,
                    const uint8_t *message, size_t len, uint64_t now);
/* Ends it with what there is: the reply that was kept, or a failure. */
void exchange_conclude(struct upstream *u, struct exchange *x, uint64_t now);

#endif
