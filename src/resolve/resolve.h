/* The pipeline of a query: access -> policy -> cache -> upstream. One resolver per worker, used in
 * its thread only; the policy and the cache behind it are shared. */
#ifndef SHUNT_RESOLVE_RESOLVE_H
#define SHUNT_RESOLVE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "cache/cache.h"
#include "dns/answer.h"
#include "policy/fault.h"
#include "policy/overlay.h"
#include "policy/policy.h"
#include "resolve/counters.h"
#include "resolve/event.h"
#include "upstream/upstream.h"

/* Ways to misbehave towards a client on purpose, for faults. */
enum resolve_failure {
    RESOLVE_FAIL_RESET,       /* TCP: the connection ends with RST */
    RESOLVE_FAIL_HALF_LENGTH, /* TCP: the length of the whole message, half of it, and the end */
    RESOLVE_FAIL_CLOSE,       /* TCP: the connection ends without a word */
    RESOLVE_FAIL_SOURCE,      /* UDP: the reply comes from another port */
};

/* Who asked, and how to reach them later. Copied when an answer has to wait. */
struct resolve_client {
    struct addr peer;
    struct addr local; /* where it was asked; family 0 when not known */
    bool tcp;
    /* Sends a late reply; `now` in ms. With message NULL there is nothing to send: the query was
     * dropped. For a client that left meanwhile nothing is to happen. */
    void (*send)(const struct resolve_client *client, const uint8_t *message, size_t len,
                 uint64_t now);
    /* In place of a reply, at once (then the verdict is DROP) or late (in place of `send`). May be
     * NULL: then nothing is sent. */
    void (*fail)(const struct resolve_client *client, enum resolve_failure how,
                 const uint8_t *message, size_t len, uint64_t now, bool late);
    void *owner;     /* the sender's own: its socket or connection table … */
    uint64_t handle; /* … and which one in it */
};

enum resolve_verdict {
    RESOLVE_REPLY,   /* the reply is in tx */
    RESOLVE_DROP,    /* nothing is to be sent */
    RESOLVE_PENDING, /* client->send will be called, exactly once */
};

/* Sends a reply after `ms`, by client->send (daemon/delay.h). Nothing is sent after an error. */
typedef enum err (*resolve_defer_fn)(void *ctx, const struct resolve_client *client,
                                     const uint8_t *message, size_t len, uint32_t ms);

/* Asks upstream; upstream_ask but for tests, which give a fake. */
typedef enum err (*resolve_ask_fn)(void *upstream, const struct dns_question *question,
                                   upstream_done_fn done, void *arg, uint64_t now);

/* A group of clients with a policy of its own. */
struct resolve_view {
    char *name;             /* owned, as all here */
    struct subnet *clients; /* none = every client */
    size_t client_count;
    struct addr *listeners; /* none = wherever it was asked; port 0 = any port */
    size_t listener_count;
    struct policy *policy;
};

/* What may change by a reload or a live change; shared by all workers, read under RCU, replaced as
 * a whole. */
struct resolve_settings {
    struct subnet *allow; /* clients that are served */
    size_t allow_count;
    struct dns_ttl_limits ttl;
    uint32_t failure_ttl;       /* seconds that a failure is kept (RFC 9520: 1 s to 5 min) */
    uint32_t stale_window;      /* seconds past expiry that may be served; 0 = off (RFC 8767) */
    struct policy *policy;      /* of clients in no view; owned */
    struct resolve_view *views; /* the first that fits a client is the client's; owned */
    size_t view_count;
    bool unrecorded;          /* nobody can ask what was told to whom: init.record is not called */
    struct overlay *overlay;  /* live changes; NULL = none. Not owned, nor are the faults */
    struct fault_set *faults; /* NULL = none */
    /* Cache entries that were compared with the policy of view i, and with this overlay, are marked
     * with mark + i; view 0 is that of clients in no view. Never 0, and no two settings share any.
     */
    uint32_t mark;
};
void resolve_settings_free(struct resolve_settings *settings);

struct resolver_init {
    struct resolve_settings *const *settings; /* the shared root pointer, see resolve/root.h */
    struct cache *cache;
    const struct hash_key *hash_key; /* the policy's */
    struct random *random;
    const struct log *log;
    const char *server_id; /* answer to id.server CH TXT; NULL = refused */
    resolve_ask_fn ask;
    void *upstream;
    resolve_defer_fn defer; /* for faults that delay; NULL = they do not */
    void *defer_ctx;
    resolve_record_fn record; /* is told of every reply; NULL = nobody */
    void *record_ctx;
    unsigned max_pending; /* waiters; 0 = 4096 */
};

struct resolver;
/* NULL without memory. Everything in `init` must outlive the resolver. */
struct resolver *resolver_new(const struct resolver_init *init);
/* To be called once upstream_free has ended everything in flight. */
void resolver_free(struct resolver *r);

/* Brackets the work on queries: the RCU read side. Late replies bracket themselves. */
void resolver_enter(struct resolver *r);
void resolver_leave(struct resolver *r);

/* One query: rx is the packet; the reply goes to tx (65535 bytes for TCP, DNS_UDP_PAYLOAD for UDP),
 * its length to *tx_len. As a batch of one, see resolve/batch.h. */
enum resolve_verdict resolve_query(struct resolver *r, const struct resolve_client *client,
                                   const uint8_t *rx, size_t rx_len, uint8_t *tx, size_t *tx_len,
                                   uint64_t now);

unsigned resolver_pending(const struct resolver *r);
const struct resolve_counters *resolver_counters(const struct resolver *r);

#endif
