#include "upstream/server.h"

#include <stdlib.h>

#include "upstream/stream.h"
#include "upstream/udp.h"
#include "upstream/worker.h"

struct server *server_get(struct upstream *u, const struct endpoint *endpoint)
{
    struct server *s;
    TAILQ_FOREACH(s, &u->servers, in_worker)
    {
        if (!endpoint_equal(&s->endpoint, endpoint))
            continue;
        server_ref(s);
        return s;
    }
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->upstream = u;
    s->refs = 1;
    s->endpoint = *endpoint;
    TAILQ_INSERT_TAIL(&u->servers, s, in_worker);
    return s;
}

void server_ref(struct server *s)
{
    s->refs++;
}

void server_unref(struct server *s)
{
    if (--s->refs > 0)
        return;
    udp_close_pool(s);
    if (s->stream)
        stream_close(s->stream);
    TAILQ_REMOVE(&s->upstream->servers, s, in_worker);
    free(s);
}
