/* Constants of the message format, and a walk over the records of a message as it came. Numbers in
 * these interfaces are in host byte order. */
#ifndef SHUNT_DNS_MESSAGE_H
#define SHUNT_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "dns/name.h"

#define DNS_HEADER_LEN  12
#define DNS_MESSAGE_MAX 65535
#define DNS_UDP_PLAIN   512  /* without EDNS (RFC 1035 §2.3.4) */
#define DNS_UDP_PAYLOAD 1232 /* what we offer and the most we send over UDP (DNS flag day 2020) */

/* The flags word, RFC 1035 §4.1.1; AD and CD RFC 4035 §3.2. */
#define DNS_FLAG_QR     0x8000
#define DNS_OPCODE_MASK 0x7800
#define DNS_FLAG_AA     0x0400
#define DNS_FLAG_TC     0x0200
#define DNS_FLAG_RD     0x0100
#define DNS_FLAG_RA     0x0080
#define DNS_FLAG_AD     0x0020
#define DNS_FLAG_CD     0x0010
#define DNS_RCODE_MASK  0x000f

enum dns_rcode {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_FORMERR = 1,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_RCODE_NOTIMP = 4,
    DNS_RCODE_REFUSED = 5,
    DNS_RCODE_BADVERS = 16, /* RFC 6891 §6.1.3: upper bits in the OPT record */
};

enum dns_class { DNS_CLASS_IN = 1, DNS_CLASS_CH = 3, DNS_CLASS_NONE = 254, DNS_CLASS_ANY = 255 };

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_MD = 3,
    DNS_TYPE_MF = 4,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_MB = 7,
    DNS_TYPE_MG = 8,
    DNS_TYPE_MR = 9,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_HINFO = 13,
    DNS_TYPE_MINFO = 14,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_RP = 17,
    DNS_TYPE_AFSDB = 18,
    DNS_TYPE_RT = 21,
    DNS_TYPE_SIG = 24,
    DNS_TYPE_PX = 26,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_LOC = 29,
    DNS_TYPE_NXT = 30,
    DNS_TYPE_SRV = 33,
    DNS_TYPE_NAPTR = 35,
    DNS_TYPE_KX = 36,
    DNS_TYPE_DNAME = 39,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_SSHFP = 44,
    DNS_TYPE_RRSIG = 46,
    DNS_TYPE_NSEC = 47,
    DNS_TYPE_DNSKEY = 48,
    DNS_TYPE_NSEC3 = 50,
    DNS_TYPE_NSEC3PARAM = 51,
    DNS_TYPE_TLSA = 52,
    DNS_TYPE_SVCB = 64,
    DNS_TYPE_HTTPS = 65,
    DNS_TYPE_TSIG = 250,
    DNS_TYPE_IXFR = 251,
    DNS_TYPE_AXFR = 252,
    DNS_TYPE_ANY = 255,
    DNS_TYPE_URI = 256,
    DNS_TYPE_CAA = 257,
};

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

/* One record. `rdata` points into what was read; in a message as it came it may hold compressed
 * names, and then only dns_rdata_expand may copy it. */
struct dns_rr {
    struct dns_name owner; /* in the case it came in */
    uint16_t type, class;
    uint32_t ttl; /* seconds; as on the wire */
    const uint8_t *rdata;
    uint16_t rdlen;
    enum dns_section section;
};

/* The text of a type, "SRV" or "TYPE65280" (RFC 3597 §5), for logs; returns `out`. */
const char *dns_type_to_text(uint16_t type, char out[16]);
/* The reverse, any case; ERR_NOTFOUND for a mnemonic that is not in the table above,
 * ERR_RANGE for TYPE and a number over 65535. */
enum err dns_type_from_text(uint16_t *out, const char *text);
/* "NOERROR", "NXDOMAIN", …, or "RCODE23" in `out`. */
const char *dns_rcode_to_text(uint16_t rcode, char out[16]);

/* A walk over the records of a whole message. */
struct dns_walk {
    struct reader r;
    uint16_t left[DNS_SECTIONS];
};

/* Stands the walk behind the question section; ERR_INVALID when the header or a question is cut
 * off. Reads any number of questions. */
enum err dns_walk_init(struct dns_walk *walk, const uint8_t *message, size_t len);

/* The next record: 1 and *rr filled; 0 at the end; ERR_INVALID when the message is broken. */
int dns_walk_next(struct dns_walk *walk, struct dns_rr *rr);
/* The same, but the owner is only checked: rr->owner stays as it was. */
int dns_walk_skim(struct dns_walk *walk, struct dns_rr *rr);

/* Copies RDATA with every compressed name in it written out (RFC 3597 §4: the types that may hold
 * them are known and listed in rdata.c). `rr` comes from a walk over `message`. Writes to `w`, and
 * fails it when it is full; ERR_INVALID when the RDATA does not fit its type. */
enum err dns_rdata_expand(const struct dns_rr *rr, const uint8_t *message, size_t len,
                          struct writer *w);

#endif
