#include "upstream/reply.h"

#include "dns/answer.h"
#include "dns/edns.h"
#include "dns/message.h"

struct summary {
    bool edns;      /* an OPT record is there */
    uint16_t rcode; /* 12 bits */
};

/* Walks the whole message; false when any of it cannot be read. */
static bool summarize(struct summary *out, const uint8_t *message, size_t len)
{
    struct dns_walk walk;
    struct dns_rr rr;
    if (dns_walk_init(&walk, message, len) != ERR_OK)
        return false;
    out->edns = false;
    out->rcode = bytes_get16(message + 2) & DNS_RCODE_MASK;
    int more;
    while ((more = dns_walk_skim(&walk, &rr)) == 1) {
        if (rr.type != DNS_TYPE_OPT || rr.section != DNS_ADDITIONAL)
            continue;
        out->edns = true;
        /* RFC 6891 §6.1.3: the upper 8 bits of the RCODE are the first byte of the TTL field */
        out->rcode |= (uint16_t)((rr.ttl >> 24) << 4);
    }
    return more == 0;
}

/* RFC 6891 §7: a server without EDNS says FORMERR, and does not include an OPT record; some say
 * NOTIMP. BADVERS to version 0 is as good as "I don't". */
static bool says_no_edns(const struct summary *s)
{
    if (s->rcode == DNS_RCODE_BADVERS)
        return true;
    if (s->edns)
        return false;
    return s->rcode == DNS_RCODE_FORMERR || s->rcode == DNS_RCODE_NOTIMP;
}

#define RCODE_YXDOMAIN 6 /* a DNAME made the name too long (RFC 6672 §2.2): an answer */

static bool is_poor(uint16_t rcode)
{
    return rcode != DNS_RCODE_NOERROR && rcode != DNS_RCODE_NXDOMAIN && rcode != RCODE_YXDOMAIN;
}

enum reply_verdict reply_judge(const uint8_t *message, size_t len, uint16_t id,
                               const struct dns_question *question, bool edns, bool whole)
{
    struct summary summary;
    if (len < DNS_HEADER_LEN)
        return REPLY_FOREIGN;
    if (!dns_reply_matches(message, len, id, question))
        return REPLY_FOREIGN;
    /* Before the records are read: a truncated message may end anywhere. */
    if (!whole && (bytes_get16(message + 2) & DNS_FLAG_TC))
        return REPLY_TRUNCATED;
    if (!summarize(&summary, message, len))
        return REPLY_FOREIGN;
    if (edns && says_no_edns(&summary))
        return REPLY_NO_EDNS;
    return is_poor(summary.rcode) ? REPLY_POOR : REPLY_GOOD;
}

bool reply_is_readable(const uint8_t *message, size_t len)
{
    struct summary summary;
    return len >= DNS_HEADER_LEN && summarize(&summary, message, len);
}
