/* The fields of a record in an answer's body, found from its TTL's offset: TYPE and CLASS stand
 * before it, RDLENGTH and the RDATA behind it (RFC 1035 §4.1.3). For the .c files of this folder.
 */
#ifndef SHUNT_DNS_RECORD_H
#define SHUNT_DNS_RECORD_H

#include "base/bytes.h"
#include "dns/answer.h"

#define RECORD_FIXED 10 /* bytes between the owner and the RDATA */

static inline uint16_t record_type(const uint8_t *body, size_t ttl_at)
{
    return bytes_get16(body + ttl_at - 4);
}

static inline uint16_t record_class(const uint8_t *body, size_t ttl_at)
{
    return bytes_get16(body + ttl_at - 2);
}

static inline uint16_t record_rdlen(const uint8_t *body, size_t ttl_at)
{
    return bytes_get16(body + ttl_at + 4);
}

static inline const uint8_t *record_rdata(const uint8_t *body, size_t ttl_at)
{
    return body + ttl_at + 6;
}

/* Where the record at `ttl_at` ends, and the next begins. */
static inline size_t record_end(const uint8_t *body, size_t ttl_at)
{
    return ttl_at + 6 + record_rdlen(body, ttl_at);
}

/* Where the first `index` records end, and so where that record begins. */
static inline size_t record_start(const struct dns_answer *a, unsigned index)
{
    return index == 0 ? 0 : record_end(a->data, dns_answer_offsets(a)[index - 1]);
}

#endif
