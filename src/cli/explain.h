/* What `shunt explain` knows of a domain. Private to explain*.c. */
#ifndef SHUNT_CLI_EXPLAIN_H
#define SHUNT_CLI_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/odds.h"
#include "dns/name.h"
#include "policy/model.h"

struct explain_target {
    struct dns_name name;
    uint16_t port;
    enum policy_service service;
    struct odds_target odds;
};

/* In the order in which they are most likely tried. */
struct explain_list {
    struct explain_target *items;
    size_t count;
    bool placed; /* every mean place is known */
};

enum explain_kind {
    EXPLAIN_NOT_ASKED,
    EXPLAIN_NO_REPLY,
    EXPLAIN_FAILED,     /* `rcode`, or a reply that cannot be read */
    EXPLAIN_NO_RECORDS, /* NXDOMAIN, or no SRV record */
    EXPLAIN_DOT,        /* a lone ".": no such service (RFC 2782) */
    EXPLAIN_TARGETS,
};

/* The answer for one service. */
struct explain_set {
    enum policy_service service;
    enum explain_kind kind;
    bool broken;    /* with EXPLAIN_FAILED: the reply cannot be read */
    bool dot_too;   /* with EXPLAIN_TARGETS: a "." beside them */
    uint16_t rcode; /* of the header */
    uint32_t ttl;   /* seconds, the lowest */
    struct explain_list targets;
};

/* The two services of clients, or of servers: direct TLS and STARTTLS. */
struct explain_pair {
    const struct explain_set *tls, *starttls;
    struct explain_list both; /* as one set (XEP-0368); empty unless both have targets */
};

enum { EXPLAIN_CLIENTS, EXPLAIN_SERVERS, EXPLAIN_PAIRS };

struct explain {
    struct dns_name domain;
    struct explain_set sets[POLICY_SERVICES];
    struct explain_pair pairs[EXPLAIN_PAIRS];
};

/* `service` -1: all four are to be asked for. */
void explain_init(struct explain *explain, const struct dns_name *domain, int service);
void explain_deinit(struct explain *explain);
/* `_service._tcp.DOMAIN`; ERR_RANGE when it is too long. */
enum err explain_owner(const struct explain *explain, enum policy_service service,
                       struct dns_name *out);

/* Fills a set from a reply; len 0 = there was none. ERR_NOMEM; a bad message is EXPLAIN_FAILED. */
enum err explain_set_read(struct explain_set *set, const uint8_t *message, size_t len);
/* The odds of each set, and of both of a pair as one. ERR_NOMEM. */
enum err explain_compute(struct explain *explain);

/* Whether any service leads to a target. */
bool explain_has_targets(const struct explain *explain);

/* Asks for every set that is not EXPLAIN_NOT_ASKED. The exit status; what is wrong is printed. */
struct explain_source {
    const char *server, *asker; /* --server, --client; NULL = not given */
    struct client_options daemon;
};
int explain_ask(struct explain *explain, const struct explain_source *source);

void explain_print(const struct explain *explain, struct text *out);
/* New reference; NULL without memory. */
json_t *explain_json(const struct explain *explain);

#endif
