#include "listen/pktinfo.h"

#include <string.h>

int pktinfo_enable(int fd, int family)
{
    int on = 1;
    if (family == AF_INET6)
        return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
    return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
}

static void read_v4(struct addr *local, const struct cmsghdr *c)
{
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(c), sizeof(info));
    local->v4.sin_family = AF_INET;
    /* Not ipi_addr: for a broadcast that is no address one may send from. */
    local->v4.sin_addr = info.ipi_spec_dst;
}

static void read_v6(struct addr *local, const struct cmsghdr *c)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(c), sizeof(info));
    local->v6.sin6_family = AF_INET6;
    local->v6.sin6_addr = info.ipi6_addr;
    /* A link-local address means nothing without its interface; any other one is left to routing.
     */
    local->v6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
}

void pktinfo_read(struct addr *local, const struct msghdr *m)
{
    /* The macros of RFC 3542 take a pointer to what they only read. */
    struct msghdr copy = *m;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c; c = CMSG_NXTHDR(&copy, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            read_v4(local, c);
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            read_v6(local, c);
    }
}

void pktinfo_write(struct msghdr *m, union pktinfo *room, const struct addr *local)
{
    memset(room, 0, sizeof(*room));
    struct cmsghdr *c = &room->align;
    m->msg_control = room;
    if (local->sa.sa_family == AF_INET6) {
        struct in6_pktinfo info = {.ipi6_addr = local->v6.sin6_addr,
                                   .ipi6_ifindex = local->v6.sin6_scope_id};
        *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(info)),
                              .cmsg_level = IPPROTO_IPV6,
                              .cmsg_type = IPV6_PKTINFO};
        memcpy(CMSG_DATA(c), &info, sizeof(info));
        m->msg_controllen = CMSG_SPACE(sizeof(info));
        return;
    }
    struct in_pktinfo info = {.ipi_spec_dst = local->v4.sin_addr};
    *c = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    m->msg_controllen = CMSG_SPACE(sizeof(info));
}
