#include "listen/listen.h"

#include <stdlib.h>

#include "listen/tcp.h"
#include "listen/udp.h"

struct listen {
    struct listen_stats stats;
    struct udp *udp;
    struct tcp *tcp;
};

struct listen *listen_new(struct event_base *base, const struct listen_sockets *sockets,
                          size_t count, struct resolver *resolver,
                          const struct listen_limits *limits, const struct log *log)
{
    struct listen *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->udp = udp_new(base, sockets, count, resolver, &l->stats.send_failed);
    if (l->udp)
        l->tcp = tcp_new(base, sockets, count, resolver, limits, &l->stats, l->udp, log);
    if (!l->tcp) {
        listen_free(l);
        return NULL;
    }
    return l;
}

void listen_stop(struct listen *l)
{
    udp_stop(l->udp);
    tcp_stop(l->tcp);
}

void listen_free(struct listen *l)
{
    if (!l)
        return;
    tcp_free(l->tcp);
    udp_free(l->udp);
    free(l);
}

void listen_stats(const struct listen *l, struct listen_stats *out)
{
    *out = l->stats;
}
