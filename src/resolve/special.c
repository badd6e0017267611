/* Queries that never go further: class CHAOS, other classes, and transfers. */
#include <string.h>

#include "resolve/resolver.h"

/* The one TXT record of a name in class CH, as `version.bind` is asked since BIND 4.9 and id.server
 * by RFC 4892. */
static size_t chaos_reply(struct resolver *r, const struct dns_query *query, const char *text,
                          size_t limit, uint8_t *tx)
{
    uint8_t rdata[256];
    size_t len = strlen(text);
    if (len > 255)
        len = 255;
    rdata[0] = (uint8_t)len;
    memcpy(rdata + 1, text, len);
    struct dns_rr rr = {.owner = query->name,
                        .type = DNS_TYPE_TXT,
                        .class = DNS_CLASS_CH,
                        .rdata = rdata,
                        .rdlen = (uint16_t)(len + 1)};
    struct dns_builder builder;
    dns_builder_init(&builder, r->composed.bytes, sizeof(r->composed.bytes), &query->name);
    if (query->type == DNS_TYPE_TXT || query->type == DNS_TYPE_ANY)
        dns_builder_add(&builder, &rr);
    struct dns_answer *answer = dns_builder_finish(&builder, DNS_FLAG_AA);
    if (!answer)
        return 0;
    resolver_count(r, RESOLVE_FROM_POLICY, DNS_RCODE_NOERROR, 0);
    struct dns_reply_options options = {.limit = limit, .ede = DNS_EDE_NONE};
    return dns_reply_write(query, answer, &options, tx);
}

static const char *chaos_text(const struct resolver *r, const struct dns_name *name)
{
    static const struct {
        const char *wire;
        bool is_id;
    } names[] = {
        {"\7version\4bind", false},
        {"\7version\6server", false},
        {"\10hostname\4bind", true},
        {"\2id\6server", true},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i].wire) + 1;
        if (name->len == len && memcmp(name->wire, names[i].wire, len) == 0)
            return names[i].is_id ? r->init.server_id : "shunt " SHUNT_VERSION;
    }
    return NULL;
}

static size_t refused(struct resolver *r, const struct dns_query *query, uint8_t *tx)
{
    resolver_count(r, RESOLVE_FROM_REFUSED, DNS_RCODE_REFUSED, 0);
    return dns_reply_error(query, DNS_RCODE_REFUSED, DNS_EDE_NOT_SUPPORTED, NULL, tx);
}

/* Types that ask for an action and not for data (RFC 6895 §3.1): transfers, and the meta types. ANY
 * is data enough. */
static bool type_is_served(uint16_t type)
{
    if (type == DNS_TYPE_OPT || type == 0)
        return false;
    return type < 128 || type > 254;
}

size_t special_reply(struct resolver *r, const struct dns_query *query, size_t limit, uint8_t *tx)
{
    if (query->class == DNS_CLASS_IN)
        return type_is_served(query->type) ? 0 : refused(r, query, tx);
    const char *text = query->class == DNS_CLASS_CH ? chaos_text(r, &query->name) : NULL;
    size_t len = text ? chaos_reply(r, query, text, limit, tx) : 0;
    return len > 0 ? len : refused(r, query, tx);
}
