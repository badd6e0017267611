/* Replies to clients: a prepared answer made into a packet, and error replies. No allocation. */
#ifndef SHUNT_DNS_REPLY_H
#define SHUNT_DNS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "dns/query.h"

/* The order of the records in the answer section. */
enum dns_order { DNS_ORDER_FIXED, DNS_ORDER_ROTATE, DNS_ORDER_SHUFFLE };

struct dns_reply_options {
    uint32_t age;       /* seconds that are taken off every TTL, down to 0 */
    uint32_t stale_ttl; /* when not 0: every TTL is this instead (RFC 8767 §4: 30) */
    size_t limit;       /* the most bytes of the reply: query.payload over UDP, 65535 over TCP */
    enum dns_order order;
    uint32_t order_seed;  /* ROTATE starts at record seed % n; SHUFFLE draws from it */
    uint16_t ede;         /* extended error, before the answer's own; DNS_EDE_NONE */
    const char *ede_text; /* or NULL */
};

/* Writes the reply to `query`: its ID, opcode, RD and CD copied, RA set (always; see xmpp-dns rule
 * 2), the question byte for byte, OPT if it sent one. AD only for those who set DO or AD (RFC 6840
 * §5.8). What does not fit: first the additional section goes, silently; then TC is set and whole
 * records are kept as long as they fit, SRV records of the lowest priority first. `tx` needs
 * options->limit bytes. Returns the length; never 0 for a limit of 512 or more. */
size_t dns_reply_write(const struct dns_query *query, const struct dns_answer *answer,
                       const struct dns_reply_options *options, uint8_t *tx);

/* An empty reply with an RCODE (BADVERS too, RFC 6891 §6.1.3), question echoed if there is one.
 * `tx` needs 512 bytes. The extended error is left out when it doesn't fit. */
size_t dns_reply_error(const struct dns_query *query, enum dns_rcode rcode, uint16_t ede,
                       const char *ede_text, uint8_t *tx);

#endif
