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
    if (r->end - at < 2)
        return NULL;
    size_t offset = bytes_get16(at) & 0x3fff;
    if (offset < HEADER_LEN)
        return NULL;
    if (offset >= (size_t)(segment - r->start))
        return NULL;
    return r->start + offset;
}

/* Adds the plain label at `at` to the name; false when it is cut off or one too many. */
static bool add_label(struct dns_name *out, const uint8_t *at, const uint8_t *end)
{
    size_t size = 1u + *at;
    if ((size_t)(end - at) < size)
        return false;
    if (out->len + size > DNS_NAME_MAX)
        return false;
    memcpy(out->wire + out->len, at, size);
    out->len = (uint8_t)(out->len + size);
    return true;
}

enum err dns_name_read_compressed(struct dns_name *out, struct reader *r)
{
    const uint8_t *at = r->at;
    const uint8_t *segment = at;
    const uint8_t *after = NULL; /* behind the first pointer */

    out->len = 0;
    while (!r->failed && at < r->end) {
        if ((*at & POINTER_BITS) == POINTER_BITS) {
            const uint8_t *target = pointer_target(r, at, segment);
            if (!target)
                break;
            after = after ? after : at + 2;
            at = segment = target;
            continue;
        }
        if (*at > DNS_LABEL_MAX || !add_label(out, at, r->end))
            break;
        if (*at == 0) {
            r->at = after ? after : at + 1;
            return ERR_OK;
        }
        at += 1u + *at;
    }
    return name_fail(out, r);
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
