/* One question to one server over plain sockets, as a client asks it: for `shunt query`. Waits. */
#ifndef SHUNT_CLI_EXCHANGE_H
#define SHUNT_CLI_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "dns/query.h"

struct exchange_request {
    struct addr server;
    struct dns_question question;
    bool edns;
    bool tcp;            /* at once, and not only when the UDP reply is truncated */
    uint64_t timeout_ms; /* for each of the two */
};

struct exchange_reply {
    bool tcp;          /* how it came */
    bool truncated;    /* UDP was tried first, and its reply had TC set */
    unsigned ignored;  /* datagrams that did not belong: wrong ID or question */
    uint64_t time_ms;  /* from the query to the reply */
    const char *where; /* after an error: what could not be done; static */
    size_t len;
    uint8_t message[DNS_MESSAGE_MAX];
};

/* ERR_TIMEOUT; ERR_SYSTEM with errno; ERR_INVALID when a TCP server closes before its reply is
 * whole, or sends one that does not belong. A query over UDP is sent once: what a lab counts must
 * not depend on a client's patience. */
enum err exchange_ask(const struct exchange_request *request, struct exchange_reply *reply);

#endif
