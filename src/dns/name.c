#include "dns/name.h"

#include "dns/name_bytes.h"

#define POINTER_BITS 0xc0 /* both top bits: a pointer (RFC 1035 §4.1.4) */
#define HEADER_LEN   12   /* no name begins in a message's header */

static enum err name_fail(struct dns_name *out, struct reader *r)
{
    r->failed = true;
    out->len = 1;
    out->wire[0] = 0;
    return ERR_INVALID;
}

enum err dns_name_read(struct dns_name *out, struct reader *r)
{
    if (r->failed)
        return name_fail(out, r);
    size_t len = name_wire_length(r->at, r->end);
    if (len == 0)
        return name_fail(out, r);
    memcpy(out->wire, r->at, len);
    out->len = (uint8_t)len;
    r->at += len;
    return ERR_OK;
}

/* Where the pointer at `at` leads, or NULL. It must lead to before `segment`, where the labels that
 * it ends began: each jump then goes further back, so there are no loops. */
static const uint8_t *pointer_target(const struct reader *r, const uint8_t *at,
                                     const uint8_t *segment)
{
    if ((*at & POINTER_BITS) != POINTER_BITS || r->end - at < 2)
        return NULL;
    size_t offset = bytes_get16(at) & 0x3fff;
    if (offset < HEADER_LEN)
        return NULL;
    if (offset >= (size_t)(segment - r->start))
        return NULL;
    return r->start + offset;
}

/* Where the plain labels from `at` on end: at the root's zero, at a pointer, at what is neither, or
 * where the message ends. */
static const uint8_t *labels_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != 0 && *at <= DNS_LABEL_MAX) {
        if ((size_t)(end - at) <= *at)
            return end;
        at += 1u + *at;
    }
    return at;
}

/* Adds bytes to the name, of which `len` are there; false when they are too many. */
static inline bool add_bytes(struct dns_name *out, size_t *len, const uint8_t *at, size_t size)
{
    if (*len + size > DNS_NAME_MAX)
        return false;
    if (out)
        memcpy(out->wire + *len, at, size);
    *len += size;
    return true;
}

/* Returns the length of the name, or 0 when it cannot be read; *out may be NULL. */
static inline size_t read_compressed(struct dns_name *out, struct reader *r)
{
    const uint8_t *segment = r->at; /* labels without a pointer between them */
    const uint8_t *after = NULL;    /* behind the first pointer */
    size_t len = 0;

    if (r->failed)
        return 0;
    for (;;) {
        const uint8_t *at = labels_end(segment, r->end);
        bool whole = at < r->end && *at == 0;
        if (at == r->end || !add_bytes(out, &len, segment, (size_t)(at - segment) + whole))
            return 0;
        if (whole) {
            r->at = after ? after : at + 1;
            return len;
        }
        const uint8_t *target = pointer_target(r, at, segment);
        if (!target)
            return 0;
        after = after ? after : at + 2;
        segment = target;
    }
}

enum err dns_name_read_compressed(struct dns_name *out, struct reader *r)
{
    size_t len = read_compressed(out, r);
    if (len == 0)
        return name_fail(out, r);
    out->len = (uint8_t)len;
    return ERR_OK;
}

enum err dns_name_skip_compressed(struct reader *r)
{
    if (read_compressed(NULL, r) > 0)
        return ERR_OK;
    r->failed = true;
    return ERR_INVALID;
}

void dns_name_lower(struct dns_name *name)
{
    name_lower_copy(name->wire, name->wire, name->len);
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return a->len == b->len && name_bytes_equal(a->wire, b->wire, a->len);
}

bool dns_name_is_within(const struct dns_name *name, const struct dns_name *ancestor)
{
    size_t pos = 0;
    while (name->len - pos > ancestor->len)
        pos += 1u + name->wire[pos];
    if (name->len - pos != ancestor->len)
        return false;
    return name_bytes_equal(name->wire + pos, ancestor->wire, ancestor->len);
}

unsigned dns_name_labels(const struct dns_name *name)
{
    unsigned labels = 0;
    for (size_t pos = 0; name->wire[pos] != 0; pos += 1u + name->wire[pos])
        labels++;
    return labels;
}

const uint8_t *dns_name_suffix(const struct dns_name *name, unsigned labels, size_t *len)
{
    size_t pos = 0;
    for (; labels > 0 && name->wire[pos] != 0; labels--)
        pos += 1u + name->wire[pos];
    *len = name->len - pos;
    return name->wire + pos;
}

bool dns_name_parent(struct dns_name *out, const struct dns_name *name)
{
    size_t len;
    const uint8_t *wire = dns_name_suffix(name, 1, &len);
    if (name->wire[0] == 0)
        return false;
    memmove(out->wire, wire, len);
    out->len = (uint8_t)len;
    return true;
}

enum err dns_name_join(struct dns_name *out, const struct dns_name *prefix,
                       const struct dns_name *suffix)
{
    struct dns_name joined;
    size_t head = prefix->len - 1u;
    if (head + suffix->len > DNS_NAME_MAX)
        return ERR_RANGE;
    memcpy(joined.wire, prefix->wire, head);
    memcpy(joined.wire + head, suffix->wire, suffix->len);
    joined.len = (uint8_t)(head + suffix->len);
    out->len = joined.len;
    memcpy(out->wire, joined.wire, joined.len);
    return ERR_OK;
}
