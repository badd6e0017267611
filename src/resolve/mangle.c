#include "resolve/mangle.h"

#include "base/hash.h"
#include "resolve/mangle_parts.h"

#define FLAGS_AT          2
#define COUNT_AT(section) (6 + 2 * (size_t)(section))

bool mangle_layout_read(struct mangle_layout *out, const uint8_t *message, size_t len)
{
    struct dns_walk walk;
    struct dns_rr rr;
    int got;
    *out = (struct mangle_layout){0};
    if (len > DNS_MESSAGE_MAX || dns_walk_init(&walk, message, len) != ERR_OK)
        return false;
    size_t start = out->records = (size_t)(walk.r.at - message);
    while ((got = dns_walk_next(&walk, &rr)) > 0) {
        size_t end = (size_t)(walk.r.at - message);
        if (rr.section == DNS_ADDITIONAL && out->additional == 0)
            out->additional = start;
        if (rr.section == DNS_ADDITIONAL && rr.type == DNS_TYPE_OPT && out->opt == 0) {
            out->opt = start;
            out->opt_len = end - start;
        }
        start = end;
    }
    if (out->additional == 0)
        out->additional = start;
    return got == 0;
}

size_t mangle_close(const struct mangle_layout *layout, uint8_t *message, size_t at,
                    uint16_t answers, uint16_t authorities, uint16_t additionals)
{
    if (layout->opt != 0) {
        memmove(message + at, message + layout->opt, layout->opt_len);
        at += layout->opt_len;
        additionals++;
    }
    bytes_put16(message + COUNT_AT(DNS_ANSWER), answers);
    bytes_put16(message + COUNT_AT(DNS_AUTHORITY), authorities);
    bytes_put16(message + COUNT_AT(DNS_ADDITIONAL), additionals);
    return at;
}

size_t truncate_reply(uint8_t *message, size_t len)
{
    struct mangle_layout layout;
    if (!mangle_layout_read(&layout, message, len))
        return len;
    bytes_put16(message + FLAGS_AT, bytes_get16(message + FLAGS_AT) | DNS_FLAG_TC);
    return mangle_close(&layout, message, layout.records, 0, 0, 0);
}

void ttl_reply(uint8_t *message, size_t len, uint32_t ttl)
{
    struct mangle_layout layout;
    struct dns_walk walk;
    struct dns_rr rr;
    if (!mangle_layout_read(&layout, message, len))
        return;
    dns_walk_init(&walk, message, len);
    while (dns_walk_next(&walk, &rr) > 0)
        if (rr.type != DNS_TYPE_OPT) /* TTL, RDLENGTH, RDATA (RFC 1035 §4.1.3) */
            bytes_put32(message + (rr.rdata - message) - 6, ttl);
}

static uint8_t flip_letter(uint8_t c)
{
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'z' ? c ^ 0x20 : c;
}

/* Another letter or digit. */
static uint8_t other_letter(uint8_t c)
{
    if ((c >= 'a' && c < 'z') || (c >= 'A' && c < 'Z') || (c >= '0' && c < '9'))
        return (uint8_t)(c + 1);
    return 'a';
}

/* The name of the question, written out as it always is in a reply, stands at DNS_HEADER_LEN. Its
 * length with the root's zero; 0 when there is none. */
static size_t question_name(const uint8_t *message, size_t len)
{
    struct reader r;
    struct dns_name name;
    reader_init(&r, message, len);
    reader_bytes(&r, 4);
    uint16_t questions = reader_u16(&r);
    reader_bytes(&r, DNS_HEADER_LEN - 6);
    if (questions == 0 || dns_name_read(&name, &r) != ERR_OK)
        return 0;
    return reader_left(&r) >= 4 ? name.len : 0;
}

static void change_case(uint8_t *message, size_t len)
{
    size_t name_len = question_name(message, len); /* length bytes are no letters */
    for (size_t i = 0; i < name_len; i++)
        message[DNS_HEADER_LEN + i] = flip_letter(message[DNS_HEADER_LEN + i]);
}

/* Names of records that point into the question change along with it. */
static void change_question(uint8_t *message, size_t len)
{
    size_t name_len = question_name(message, len);
    if (name_len == 0)
        return;
    uint8_t *name = message + DNS_HEADER_LEN;
    if (name_len > 1)
        name[name[0]] = other_letter(name[name[0]]); /* the last of the first label */
    else
        name[2] ^= 1; /* the root is the only name of its length: another type */
}

static void change_id(uint8_t *message, uint64_t draw)
{
    uint16_t id = bytes_get16(message);
    bytes_put16(message, (uint16_t)(id ^ ((draw & 0xffff) | 1)));
}

static void fill_garbage(uint8_t *message, size_t len, uint64_t draw)
{
    const struct hash_key key = {draw, ~draw};
    uint64_t word = 0;
    for (size_t i = 2; i < len; i++, word >>= 8) {
        if ((i - 2) % 8 == 0)
            word = hash_bytes(&key, &i, sizeof(i));
        message[i] = (uint8_t)word;
    }
}

/* What a server older than EDNS says to a query with OPT (RFC 6891 §7). */
static size_t refuse_edns(uint8_t *message, size_t len)
{
    const uint16_t kept = DNS_FLAG_QR | DNS_OPCODE_MASK | DNS_FLAG_RD | DNS_FLAG_RA;
    struct mangle_layout layout;
    if (!mangle_layout_read(&layout, message, len))
        return len;
    uint16_t flags = bytes_get16(message + FLAGS_AT) & kept;
    bytes_put16(message + FLAGS_AT, flags | DNS_RCODE_FORMERR);
    layout.opt = 0;
    return mangle_close(&layout, message, layout.records, 0, 0, 0);
}

size_t mangle_reply(enum fault_mangle kind, const struct fault_reply *about, uint64_t draw,
                    uint8_t *message, size_t len, size_t capacity)
{
    if (len < DNS_HEADER_LEN)
        return len;
    switch (kind) {
    case FAULT_MANGLE_COMPRESSED_SRV:
        return mangle_compress_srv(message, len);
    case FAULT_MANGLE_RA_CLEAR:
        bytes_put16(message + FLAGS_AT, bytes_get16(message + FLAGS_AT) & (uint16_t)~DNS_FLAG_RA);
        break;
    case FAULT_MANGLE_WRONG_ID:
        change_id(message, draw);
        break;
    case FAULT_MANGLE_WRONG_QUESTION:
        change_question(message, len);
        break;
    case FAULT_MANGLE_GARBAGE:
        fill_garbage(message, len, draw);
        break;
    case FAULT_MANGLE_CASE:
        change_case(message, len);
        break;
    case FAULT_MANGLE_ADDITIONAL_POISON:
        return mangle_poison(message, len, capacity);
    case FAULT_MANGLE_NO_EDNS:
        return about->edns ? refuse_edns(message, len) : len;
    case FAULT_MANGLE_NOTHING:
    case FAULT_MANGLE_WRONG_SOURCE: /* the sender's business */
    case FAULT_MANGLES:
        break;
    }
    return len;
}
