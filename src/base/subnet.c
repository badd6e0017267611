/* Networks, and hosts compared whatever their family: all in the IPv4-mapped form of IPv6
 * (RFC 4291 section 2.5.5.2). Declared in addr.h. */
#include <string.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/text.h"

#define SUBNET_V4_BITS 96 /* what stands before an IPv4 address in its mapped form … */
#define V4_PREFIX      UINT64_C(0xffff00000000) /* … the end of it, as a number */

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* The 16 bytes of an address; false for "none". */
static bool subnet_map(uint8_t out[16], const struct addr *a)
{
    size_t len;
    const uint8_t *bytes = addr_bytes(a, &len);
    if (!bytes)
        return false;
    if (len == 4)
        memcpy(out, v4_prefix, sizeof(v4_prefix));
    memcpy(out + 16 - len, bytes, len);
    return true;
}

bool addr_same_host(const struct addr *a, const struct addr *b)
{
    uint8_t a_bytes[16], b_bytes[16];
    if (!subnet_map(a_bytes, a))
        return false;
    if (!subnet_map(b_bytes, b))
        return false;
    return memcmp(a_bytes, b_bytes, 16) == 0;
}

static void subnet_clear_host_bits(struct subnet *net)
{
    for (unsigned bit = net->bits; bit < 128; bit++)
        net->bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
}

enum err subnet_parse(struct subnet *out, const char *text)
{
    char host[ADDR_TEXT_MAX];
    const char *slash = strchrnul(text, '/');
    size_t len = (size_t)(slash - text);
    if (len >= sizeof(host))
        return ERR_INVALID;
    memcpy(host, text, len);
    host[len] = '\0';
    if (strpbrk(host, "[]%"))
        return ERR_INVALID;
    struct addr a;
    enum err e = addr_parse(&a, host, 0);
    if (e != ERR_OK)
        return e;
    bool v4 = a.sa.sa_family == AF_INET;
    if (v4 && strchr(host, ':')) /* a port */
        return ERR_INVALID;
    uint64_t most = v4 ? 32 : 128, bits = most;
    if (*slash)
        e = text_number(&bits, slash + 1, most);
    if (e != ERR_OK)
        return e;
    struct subnet net = {.bits = (uint8_t)(bits + 128 - most)};
    subnet_map(net.bytes, &a);
    subnet_clear_host_bits(&net);
    *out = net;
    return ERR_OK;
}

/* An address in its mapped form, as two numbers. */
struct mapped {
    uint64_t high, low;
};

static inline bool mapped_read(struct mapped *out, const struct addr *a)
{
    const uint8_t *v6 = a->v6.sin6_addr.s6_addr;
    switch (a->sa.sa_family) {
    case AF_INET:
        *out = (struct mapped){.low = V4_PREFIX | ntohl(a->v4.sin_addr.s_addr)};
        return true;
    case AF_INET6:
        *out = (struct mapped){.high = bytes_get64(v6), .low = bytes_get64(v6 + 8)};
        return true;
    default:
        return false;
    }
}

/* The upper `bits` bits of 64. */
static inline uint64_t upper(unsigned bits)
{
    return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

/* Asked for every query and every network of `allow`. */
bool subnet_contains(const struct subnet *net, const struct addr *a)
{
    struct mapped m;
    if (!mapped_read(&m, a))
        return false;
    /* ::/0 means all of IPv6, and must not let in IPv4 because of how we store it. */
    if (net->bits < SUBNET_V4_BITS && m.high == 0 && m.low >> 32 == V4_PREFIX >> 32)
        return false;
    uint64_t high = upper(net->bits < 64 ? net->bits : 64);
    uint64_t low = upper(net->bits < 64 ? 0 : net->bits - 64u);
    return ((m.high ^ bytes_get64(net->bytes)) & high) == 0 &&
           ((m.low ^ bytes_get64(net->bytes + 8)) & low) == 0;
}
