#include "policy/service.h"

#include <string.h>

struct service {
    const char *name;
    uint16_t port;
    struct dns_name prefix; /* the two labels in wire form */
};

/* The literal's closing NUL is the root's zero. */
#define WIRE(literal)                                                                              \
    {                                                                                              \
        sizeof(literal), literal                                                                   \
    }

static const struct service services[POLICY_SERVICES] = {
    [POLICY_XMPP_CLIENT] = {"xmpp-client", 5222, WIRE("\014_xmpp-client\004_tcp")},
    [POLICY_XMPP_SERVER] = {"xmpp-server", 5269, WIRE("\014_xmpp-server\004_tcp")},
    [POLICY_XMPPS_CLIENT] = {"xmpps-client", 5223, WIRE("\015_xmpps-client\004_tcp")},
    [POLICY_XMPPS_SERVER] = {"xmpps-server", 5270, WIRE("\015_xmpps-server\004_tcp")},
};

const char *policy_service_name(enum policy_service service)
{
    return services[service].name;
}

uint16_t policy_service_port(enum policy_service service)
{
    return services[service].port;
}

int policy_service_of(const struct dns_name *name)
{
    if (name->wire[0] < 12 || name->wire[0] > 13 || name->wire[1] != '_')
        return -1;
    for (int i = 0; i < POLICY_SERVICES; i++) {
        const struct dns_name *prefix = &services[i].prefix;
        if (name->len < prefix->len)
            continue;
        if (memcmp(name->wire, prefix->wire, prefix->len - 1u) == 0)
            return i;
    }
    return -1;
}

const struct dns_name *policy_service_prefix(enum policy_service service)
{
    return &services[service].prefix;
}

enum err policy_service_owner(struct dns_name *out, enum policy_service service,
                              const struct dns_name *domain)
{
    return dns_name_join(out, &services[service].prefix, domain);
}
