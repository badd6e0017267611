/* The OPT pseudo-record (RFC 6891) and extended errors (RFC 8914). */
#ifndef SHUNT_DNS_EDNS_H
#define SHUNT_DNS_EDNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "dns/message.h"

#define DNS_EDNS_DO      0x8000 /* in the flags half of the TTL field (RFC 3225) */
#define DNS_EDNS_LEN     11     /* an OPT record without options */
#define DNS_OPTION_EDE   15
#define DNS_EDE_NONE     0xffff /* "no extended error", ours */
#define DNS_EDE_TEXT_MAX 200    /* longer text is cut */

/* RFC 8914 §4, those we use. */
enum dns_ede {
    DNS_EDE_OTHER = 0,
    DNS_EDE_STALE_ANSWER = 3,
    DNS_EDE_FORGED_ANSWER = 4,
    DNS_EDE_CACHED_ERROR = 13,
    DNS_EDE_BLOCKED = 15,
    DNS_EDE_FILTERED = 17,
    DNS_EDE_PROHIBITED = 18,
    DNS_EDE_STALE_NXDOMAIN = 19,
    DNS_EDE_NOT_SUPPORTED = 21,
    DNS_EDE_NO_REACHABLE_AUTHORITY = 22,
    DNS_EDE_NETWORK_ERROR = 23,
    DNS_EDE_INVALID_DATA = 24,
};

/* What an OPT record says. */
struct dns_edns {
    uint16_t payload; /* the sender's UDP size as sent, which may be under 512 */
    uint8_t extended_rcode;
    uint8_t version;
    bool dnssec_ok;
    uint16_t ede; /* the first extended error in it, or DNS_EDE_NONE */
};

/* Reads an OPT record that a walk returned. ERR_INVALID when its owner is not the root or an option
 * is cut off. */
enum err dns_edns_read(struct dns_edns *out, const struct dns_rr *rr);

/* Writes an OPT record; text may be NULL, and no EDE is written for DNS_EDE_NONE. */
void dns_edns_write(struct writer *w, const struct dns_edns *edns, const char *ede_text);

/* Bytes that dns_edns_write will take. */
size_t dns_edns_size(uint16_t ede, const char *ede_text);

#endif
