/* Networks, and hosts compared whatever their family: all in the IPv4-mapped form of IPv6
 * (RFC 4291 section 2.5.5.2). Declared in addr.h. */
#include <string.h>

#include "base/addr.h"
#include "base/text.h"

#define SUBNET_V4_BITS 96 /* what stands before an IPv4 address in its mapped form */

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

bool subnet_contains(const struct subnet *net, const struct addr *a)
{
    uint8_t bytes[16];
    if (!subnet_map(bytes, a))
        return false;
    /* ::/0 means all of IPv6, and must not let in IPv4 because of how we store it. */
    if (net->bits < SUBNET_V4_BITS && memcmp(bytes, v4_prefix, sizeof(v4_prefix)) == 0)
        return false;
    size_t whole = net->bits / 8;
    if (memcmp(bytes, net->bytes, whole) != 0)
        return false;
    if (net->bits % 8 == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - net->bits % 8));
    return ((bytes[whole] ^ net->bytes[whole]) & mask) == 0;
}
