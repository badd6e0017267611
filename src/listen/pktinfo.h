/* Which of our addresses a datagram came to, and from which one a reply is to leave: control data
 * of recvmsg and sendmsg (ip(7), RFC 3542 §6). Needed for wildcard sockets only. */
#ifndef SHUNT_LISTEN_PKTINFO_H
#define SHUNT_LISTEN_PKTINFO_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/addr.h"

#define PKTINFO_SPACE CMSG_SPACE(sizeof(struct in6_pktinfo)) /* enough for IPv4 too */

/* Room for either kind, aligned as the macros want it. */
union pktinfo {
    struct cmsghdr align;
    unsigned char bytes[PKTINFO_SPACE];
};

/* Asks the kernel to tell; negative with errno. */
int pktinfo_enable(int fd, int family);

/* Reads the address that a received message was sent to into *local, port untouched; *local is
 * left alone when the message doesn't say. */
void pktinfo_read(struct addr *local, const struct msghdr *m);

/* Makes `m` leave from `local`: fills `room` and points m->msg_control to it. */
void pktinfo_write(struct msghdr *m, union pktinfo *room, const struct addr *local);

#endif
