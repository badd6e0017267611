/* IP addresses with ports, and networks. Ports are in host byte order in every interface here. */
#ifndef SHUNT_BASE_ADDR_H
#define SHUNT_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

#define ADDR_TEXT_MAX 64 /* room for "[…%scope]:port" and the closing NUL */

/* One socket address, IPv4 or IPv6; family 0 (AF_UNSPEC) is "none". */
struct addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
};

/* Size of the sockaddr in use: for bind, connect and sendto. 0 for "none". */
socklen_t addr_len(const struct addr *a);

/* Reads `ADDR`, `ADDR:PORT`, `[ADDR6]` or `[ADDR6]:PORT`; a bare IPv6 address is taken without
 * brackets too, and may carry a %scope. ERR_INVALID when it is none of these, ERR_RANGE for a port
 * over 65535. */
enum err addr_parse(struct addr *out, const char *text, uint16_t default_port);

/* Copies a socket address of the kernel's; ERR_INVALID for other families. */
enum err addr_from_sockaddr(struct addr *out, const struct sockaddr *sa, socklen_t len);

/* An address from 4 or 16 bytes in network order. */
void addr_from_bytes(struct addr *out, const uint8_t *bytes, size_t len, uint16_t port);

/* The 4 or 16 bytes of the IP address, network order; points into `a`. */
const uint8_t *addr_bytes(const struct addr *a, size_t *len);

uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);

/* Same family, address, port (and scope, for IPv6). */
bool addr_equal(const struct addr *a, const struct addr *b);
/* Same host whatever the port; an IPv4-mapped IPv6 address equals its IPv4 form. */
bool addr_same_host(const struct addr *a, const struct addr *b);
/* 0.0.0.0 or :: */
bool addr_is_wildcard(const struct addr *a);

/* "192.0.2.1:53" or "[2001:db8::1]:53"; returns `out`. */
const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* The same without port and brackets. */
const char *addr_format_host(const struct addr *a, char out[ADDR_TEXT_MAX]);

/* A network: the first `bits` of `bytes`. IPv4 is kept in its IPv4-mapped IPv6 form. */
struct subnet {
    uint8_t bytes[16];
    uint8_t bits; /* 0 to 128, counted in the mapped form */
};

/* Reads `ADDR/BITS` or `ADDR` (one host). ERR_INVALID, or ERR_RANGE for too many bits. Host bits
 * that are set beyond the prefix are cleared. */
enum err subnet_parse(struct subnet *out, const char *text);

/* A network of fewer than 96 bits, such as ::/0, is IPv6 only: it holds no IPv4 address, mapped or
 * not. */
bool subnet_contains(const struct subnet *net, const struct addr *a);

#endif
