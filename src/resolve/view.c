/* Which view a client is in: the first that fits. */
#include "resolve/resolver.h"

static bool view_has_client(const struct resolve_view *view, const struct addr *peer)
{
    for (size_t i = 0; i < view->client_count; i++) {
        if (subnet_contains(&view->clients[i], peer))
            return true;
    }
    return view->client_count == 0;
}

/* `listener` is as it is written: 0.0.0.0 and :: are every address of their family. A container
 * does not know its own address beforehand, and is told apart by port alone. */
static bool listener_is(const struct addr *listener, const struct addr *local)
{
    if (addr_port(listener) != 0 && addr_port(listener) != addr_port(local))
        return false;
    if (addr_is_wildcard(listener))
        return listener->sa.sa_family == local->sa.sa_family;
    return addr_same_host(listener, local);
}

static bool view_has_listener(const struct resolve_view *view, const struct addr *local)
{
    for (size_t i = 0; i < view->listener_count; i++) {
        if (listener_is(&view->listeners[i], local))
            return true;
    }
    return view->listener_count == 0;
}

unsigned view_find(const struct resolve_settings *settings, const struct resolve_client *client)
{
    for (size_t i = 0; i < settings->view_count; i++) {
        const struct resolve_view *view = &settings->views[i];
        if (view_has_client(view, &client->peer) && view_has_listener(view, &client->local))
            return (unsigned)i + 1;
    }
    return 0;
}

const struct policy *view_policy(const struct resolve_settings *settings, unsigned view)
{
    return view > 0 ? settings->views[view - 1].policy : settings->policy;
}
