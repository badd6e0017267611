#include "upstream.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/message.h"

#define OWNER (0xc000 | DNS_HEADER_LEN) /* the question's name */

static const uint8_t soa[] = "\2ns\7example\3com\0\4root\7example\3com\0"
                             "\0\0\0\1\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80\0\0\1\x2c";

static void put_record(struct writer *w, uint16_t type, uint32_t ttl, const void *rdata, size_t len)
{
    writer_u16(w, OWNER);
    writer_u16(w, type);
    writer_u16(w, DNS_CLASS_IN);
    writer_u32(w, ttl);
    writer_u16(w, (uint16_t)len);
    writer_bytes(w, rdata, len);
}

/* A domain's TTLs differ, as they do on the Internet: 300 s to about two hours. */
static uint32_t pick_ttl(const struct dns_question *q)
{
    uint32_t sum = q->type;
    for (unsigned i = 0; i < q->name.len; i++)
        sum = sum * 31 + q->name.wire[i];
    return 300 + sum % 7000;
}

static unsigned put_answers(struct writer *w, const struct dns_question *q)
{
    static const uint8_t srv[] = "\0\0\0\5\x14\x66\4xmpp\7example\3com";
    static const uint8_t address[] = {198, 51, 100, 1};
    static const uint8_t address6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t text[] = "\17v=spf1 mx -all.";
    uint32_t ttl = pick_ttl(q);
    switch (q->type) {
    case DNS_TYPE_SRV:
        put_record(w, q->type, ttl, srv, sizeof(srv));
        return 1;
    case DNS_TYPE_A:
        put_record(w, q->type, ttl, address, sizeof(address));
        if (ttl % 3 != 0)
            return 1;
        put_record(w, q->type, ttl, "\xc6\x33\x64\2", sizeof(address));
        return 2;
    case DNS_TYPE_AAAA:
        if (ttl % 2 != 0)
            return 0;
        put_record(w, q->type, ttl, address6, sizeof(address6));
        return 1;
    case DNS_TYPE_TXT:
        put_record(w, q->type, ttl, text, sizeof(text) - 1);
        return 1;
    default:
        return 0;
    }
}

size_t upstream_answer(const struct dns_question *q, uint8_t out[UPSTREAM_MESSAGE_MAX])
{
    size_t len = dns_query_write(q, 1, false, out, UPSTREAM_MESSAGE_MAX);
    bool exists = q->name.len < 3 || memcmp(q->name.wire + 1, "nx", 2) != 0;
    struct writer w;
    writer_init(&w, out + len, UPSTREAM_MESSAGE_MAX - len);
    unsigned answers = exists ? put_answers(&w, q) : 0;
    if (answers == 0)
        put_record(&w, DNS_TYPE_SOA, 600, soa, sizeof(soa) - 1);
    bytes_put16(out + 2, exists ? 0x8180 : 0x8183); /* QR RD RA, NOERROR or NXDOMAIN */
    bytes_put16(out + 6, (uint16_t)answers);
    bytes_put16(out + 8, answers == 0);
    bytes_put16(out + 10, 0);
    return len + writer_len(&w);
}
