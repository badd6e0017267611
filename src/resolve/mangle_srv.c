/* SRV targets compressed, and addresses that are not the targets' own. */
#include "resolve/mangle_parts.h"

#define SRV_TARGET   6      /* where the target begins in SRV RDATA (RFC 2782) */
#define POINTER      0xc000 /* RFC 1035 §4.1.4; the lower 14 bits are where it leads */
#define POINTER_END  0x4000
#define LABELS_MAX   127 /* of a name */
#define KNOWN_MAX    16  /* names that targets are compressed against */
#define POISONED_MAX 32  /* targets that get other addresses */

/* Where the labels of a name stand in a message. */
struct labels {
    size_t count;
    size_t at[LABELS_MAX];
};

struct compressor {
    uint8_t *message;
    size_t out;              /* what is before it is done */
    size_t known[KNOWN_MAX]; /* where names begin in it */
    size_t known_count;
};

/* The name was read before, so that it ends and its pointers lead backwards. */
static void find_labels(struct labels *out, const uint8_t *message, size_t at)
{
    out->count = 0;
    while (message[at] != 0) {
        if (message[at] > DNS_LABEL_MAX) {
            at = bytes_get16(message + at) & (POINTER_END - 1);
            continue;
        }
        if (out->count == LABELS_MAX)
            return;
        out->at[out->count++] = at;
        at += 1u + message[at];
    }
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool label_equal(const uint8_t *a, const uint8_t *b)
{
    if (*a != *b)
        return false;
    for (unsigned i = 1; i <= *a; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* How many labels at the end of `target` stand at the end of a known name too, and *at where. */
static size_t common_labels(const uint8_t *message, const struct labels *known,
                            const struct dns_name *target, const struct labels *own, size_t *at)
{
    size_t most = known->count < own->count ? known->count : own->count, n = 0;
    while (n < most && label_equal(message + known->at[known->count - 1 - n],
                                   target->wire + own->at[own->count - 1 - n]))
        n++;
    if (n > 0)
        *at = known->at[known->count - n];
    return n;
}

/* Writes a target with as little of its own as can be. */
static void write_target(struct compressor *c, const struct dns_name *target)
{
    struct labels known, own;
    size_t best = 0, best_at = 0;
    find_labels(&own, target->wire, 0);
    for (size_t i = 0; i < c->known_count; i++) {
        size_t at = 0;
        find_labels(&known, c->message, c->known[i]);
        size_t common = common_labels(c->message, &known, target, &own, &at);
        if (common > best && at < POINTER_END) {
            best = common;
            best_at = at;
        }
    }
    size_t head = best > 0 ? own.at[own.count - best] : target->len;
    memcpy(c->message + c->out, target->wire, head);
    c->out += head;
    if (best > 0) {
        bytes_put16(c->message + c->out, (uint16_t)(POINTER | best_at));
        c->out += 2;
    }
}

static void know(struct compressor *c, size_t at)
{
    if (c->known_count < KNOWN_MAX)
        c->known[c->known_count++] = at;
}

/* Moves bytes of the message down to where it is done. */
static void keep(struct compressor *c, const uint8_t *from, size_t len)
{
    memmove(c->message + c->out, from, len);
    c->out += len;
}

static bool read_target(const struct dns_rr *rr, struct dns_name *target)
{
    struct reader r;
    if (rr->section != DNS_ANSWER || rr->type != DNS_TYPE_SRV)
        return false;
    reader_init(&r, rr->rdata, rr->rdlen);
    reader_bytes(&r, SRV_TARGET);
    return dns_name_read(target, &r) == ERR_OK && reader_left(&r) == 0;
}

/* Copies the record that begins at `start`. It never gets longer, so that what comes behind it is
 * still to be read afterwards. */
static void compress_record(struct compressor *c, const uint8_t *start, const struct dns_rr *rr)
{
    struct dns_name target;
    size_t owner_at = c->out;
    bool plain_owner = *start > 0 && *start <= DNS_LABEL_MAX;
    bool srv = read_target(rr, &target);
    keep(c, start, (size_t)(rr->rdata - start));
    size_t rdata_at = c->out;
    if (plain_owner)
        know(c, owner_at);
    if (!srv) {
        keep(c, rr->rdata, rr->rdlen);
        return;
    }
    keep(c, rr->rdata, SRV_TARGET);
    write_target(c, &target);
    bytes_put16(c->message + rdata_at - 2, (uint16_t)(c->out - rdata_at));
    if (target.len > 1)
        know(c, rdata_at + SRV_TARGET);
}

/* Owners may only point into the question: all else moves. */
static bool owners_stay_good(const uint8_t *message, size_t len, size_t question_end)
{
    struct dns_walk walk;
    struct dns_rr rr;
    dns_walk_init(&walk, message, len);
    size_t at = question_end;
    while (dns_walk_next(&walk, &rr) > 0) {
        while (message[at] != 0 && message[at] <= DNS_LABEL_MAX)
            at += 1u + message[at];
        size_t target = bytes_get16(message + at) & (POINTER_END - 1);
        if (message[at] != 0 && target >= question_end)
            return false;
        at = (size_t)(walk.r.at - message);
    }
    return true;
}

size_t mangle_compress_srv(uint8_t *message, size_t len)
{
    struct mangle_layout layout;
    struct dns_walk walk;
    struct dns_rr rr;
    if (!mangle_layout_read(&layout, message, len))
        return len;
    if (!owners_stay_good(message, len, layout.records))
        return len;
    struct compressor c = {.message = message, .out = layout.records};
    if (layout.records > DNS_HEADER_LEN)
        know(&c, DNS_HEADER_LEN);
    dns_walk_init(&walk, message, len);
    const uint8_t *start = walk.r.at;
    while (dns_walk_next(&walk, &rr) > 0) {
        const uint8_t *end = walk.r.at;
        compress_record(&c, start, &rr);
        start = end;
    }
    return c.out;
}

struct poison {
    size_t at[POISONED_MAX]; /* the targets' names in the message */
    struct dns_name names[POISONED_MAX];
    size_t count;
    uint32_t ttl; /* of the first SRV record */
};

static void note_target(struct poison *poison, const uint8_t *message, const struct dns_rr *rr)
{
    struct dns_name name;
    size_t at = (size_t)(rr->rdata - message) + SRV_TARGET;
    if (!read_target(rr, &name) || name.len == 1)
        return;
    if (at >= POINTER_END || poison->count == POISONED_MAX)
        return;
    for (size_t i = 0; i < poison->count; i++)
        if (dns_name_equal(&poison->names[i], &name))
            return;
    if (poison->count == 0)
        poison->ttl = rr->ttl;
    poison->at[poison->count] = at;
    poison->names[poison->count++] = name;
}

static bool write_address(struct writer *w, const struct poison *poison, size_t index,
                          uint16_t type, const void *address, size_t len)
{
    struct writer before = *w;
    writer_u16(w, (uint16_t)(POINTER | poison->at[index]));
    writer_u16(w, type);
    writer_u16(w, DNS_CLASS_IN);
    writer_u32(w, poison->ttl);
    writer_u16(w, (uint16_t)len);
    writer_bytes(w, address, len);
    if (w->failed)
        *w = before;
    return w->at != before.at;
}

/* Addresses of the blocks for documentation (RFC 5737, RFC 3849): nobody has them. */
static uint16_t write_addresses(struct writer *w, const struct poison *poison)
{
    static const uint8_t v4[] = {192, 0, 2, 66};
    static const uint8_t v6[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x66};
    uint16_t written = 0;
    for (size_t i = 0; i < poison->count; i++) {
        written += write_address(w, poison, i, DNS_TYPE_A, v4, sizeof(v4));
        written += write_address(w, poison, i, DNS_TYPE_AAAA, v6, sizeof(v6));
    }
    return written;
}

size_t mangle_poison(uint8_t *message, size_t len, size_t capacity)
{
    struct mangle_layout layout;
    struct dns_walk walk;
    struct poison poison;
    struct dns_rr rr;
    struct writer w;
    poison.count = 0;
    if (!mangle_layout_read(&layout, message, len) || capacity < len)
        return len;
    dns_walk_init(&walk, message, len);
    while (dns_walk_next(&walk, &rr) > 0)
        note_target(&poison, message, &rr);
    if (poison.count == 0)
        return len;
    size_t room = (capacity < DNS_MESSAGE_MAX ? capacity : DNS_MESSAGE_MAX) - layout.opt_len;
    if (layout.opt != 0) { /* out of the way */
        memmove(message + room, message + layout.opt, layout.opt_len);
        layout.opt = room;
    }
    writer_init(&w, message, room);
    w.at += layout.additional;
    uint16_t written = write_addresses(&w, &poison);
    return mangle_close(&layout, message, writer_len(&w), bytes_get16(message + 6),
                        bytes_get16(message + 8), written);
}
