#include "policy/fault_key.h"

#include <string.h>

const char *const fault_key_names[FAULT_KEYS + 1] = {
    "type",   "name",   "domain", "service", "client", "view",     "transport",
    "source", "rcode",  "drop",   "delay",   "jitter", "truncate", "tcp",
    "ttl",    "mangle", "share",  "first",   "every",  "for",      NULL,
};
#define KEYS_TEXT                                                                                  \
    "one of type, name, domain, service, client, view, transport, source, rcode, drop, delay, "    \
    "jitter, truncate, tcp, ttl, mangle, share, first, every, for"

/* The words of some keys; an index is the value of the enumeration. The first of some of them,
 * for "not set", nobody can write: it is the empty word. */
#define WORDS(list, all)                                                                           \
    {                                                                                              \
        (list), sizeof(list) / sizeof((list)[0]), (all)                                            \
    }
static const char *const services[POLICY_SERVICES] = {
    [POLICY_XMPP_CLIENT] = "xmpp-client",
    [POLICY_XMPP_SERVER] = "xmpp-server",
    [POLICY_XMPPS_CLIENT] = "xmpps-client",
    [POLICY_XMPPS_SERVER] = "xmpps-server",
};
static const char *const transports[] = {
    [FAULT_ANY_TRANSPORT] = "", [FAULT_UDP] = "udp", [FAULT_TCP] = "tcp"};
static const char *const sources[] = {[FAULT_ANY_SOURCE] = "",
                                      [FAULT_POLICY] = "policy",
                                      [FAULT_CACHE] = "cache",
                                      [FAULT_UPSTREAM] = "upstream"};
static const char *const tcps[] = {[FAULT_TCP_NOTHING] = "",
                                   [FAULT_TCP_RESET] = "reset",
                                   [FAULT_TCP_HALF_LENGTH] = "half-length",
                                   [FAULT_TCP_REFUSE] = "refuse"};
static const char *const mangles[FAULT_MANGLES] = {
    [FAULT_MANGLE_NOTHING] = "",
    [FAULT_MANGLE_COMPRESSED_SRV] = "compressed-srv",
    [FAULT_MANGLE_RA_CLEAR] = "ra-clear",
    [FAULT_MANGLE_WRONG_ID] = "wrong-id",
    [FAULT_MANGLE_WRONG_QUESTION] = "wrong-question",
    [FAULT_MANGLE_GARBAGE] = "garbage",
    [FAULT_MANGLE_CASE] = "case",
    [FAULT_MANGLE_WRONG_SOURCE] = "wrong-source",
    [FAULT_MANGLE_ADDITIONAL_POISON] = "additional-poison",
    [FAULT_MANGLE_NO_EDNS] = "no-edns",
};
const struct fault_words fault_service_words =
    WORDS(services, "xmpp-client, xmpp-server, xmpps-client or xmpps-server");
const struct fault_words fault_transport_words = WORDS(transports, "udp or tcp");
const struct fault_words fault_source_words = WORDS(sources, "policy, cache or upstream");
const struct fault_words fault_tcp_words = WORDS(tcps, "reset, half-length or refuse");
const struct fault_words fault_mangle_words =
    WORDS(mangles, "compressed-srv, ra-clear, wrong-id, wrong-question, garbage, case, "
                   "wrong-source, additional-poison or no-edns");

/* A word that is not the empty one. */
static enum err read_word(int *out, const char *value, const struct fault_words *words,
                          const char **expected)
{
    if (value[0] != '\0')
        return fault_read_word(out, value, words, expected);
    *expected = words->all;
    return ERR_INVALID;
}

static enum err set_domain(struct fault_match *match, const char *value, const char **expected)
{
    struct dns_name name;
    enum err e = fault_read_name(&name, value, expected);
    if (e == ERR_OK && name.wire[0] == 1 && name.wire[1] == '*') {
        *expected = "a domain name without the asterisk: it means all names below as well";
        e = ERR_INVALID;
    }
    if (e == ERR_OK)
        match->domain = name;
    return e;
}

static enum err set_view(struct fault_match *match, const char *value, const char **expected)
{
    size_t len = strlen(value);
    if (len == 0 || len >= sizeof(match->view)) {
        *expected = "the name of a view, of at most 63 bytes";
        return len == 0 ? ERR_INVALID : ERR_RANGE;
    }
    memcpy(match->view, value, len + 1);
    return ERR_OK;
}

static enum err set_match(struct fault_match *match, enum fault_key key, const char *value,
                          const char **expected)
{
    int index = 0;
    enum err e = ERR_OK;
    switch (key) {
    case FAULT_KEY_TYPE:
        return fault_read_type(&match->type, value, expected);
    case FAULT_KEY_NAME:
        return fault_read_name(&match->name, value, expected);
    case FAULT_KEY_DOMAIN:
        return set_domain(match, value, expected);
    case FAULT_KEY_SERVICE:
        e = read_word(&index, value, &fault_service_words, expected);
        match->service = e == ERR_OK ? index : match->service;
        return e;
    case FAULT_KEY_CLIENT:
        return fault_read_client(match, value, expected);
    case FAULT_KEY_VIEW:
        return set_view(match, value, expected);
    case FAULT_KEY_TRANSPORT:
        e = read_word(&index, value, &fault_transport_words, expected);
        match->transport = e == ERR_OK ? (enum fault_transport)index : match->transport;
        return e;
    default:
        e = read_word(&index, value, &fault_source_words, expected);
        match->source = e == ERR_OK ? (enum fault_source)index : match->source;
        return e;
    }
}

/* Notes an action once its value was read. */
static enum err act(struct fault_spec *spec, unsigned action, enum err e)
{
    if (e == ERR_OK)
        spec->actions |= action;
    return e;
}

static enum err set_switch(struct fault_spec *spec, unsigned action, const char *value,
                           const char **expected)
{
    bool on = false;
    enum err e = fault_read_bool(&on, value, expected);
    if (e == ERR_OK)
        spec->actions = on ? spec->actions | action : spec->actions & ~action;
    return e;
}

static enum err set_action(struct fault_spec *spec, enum fault_key key, const char *value,
                           const char **expected)
{
    int index = 0;
    enum err e = ERR_OK;
    switch (key) {
    case FAULT_KEY_RCODE:
        return act(spec, FAULT_DO_RCODE, fault_read_rcode(&spec->rcode, value, expected));
    case FAULT_KEY_DROP:
        return set_switch(spec, FAULT_DO_DROP, value, expected);
    case FAULT_KEY_DELAY:
        return act(spec, FAULT_DO_DELAY, fault_read_delay(&spec->delay_ms, value, expected));
    case FAULT_KEY_JITTER:
        return fault_read_delay(&spec->jitter_ms, value, expected);
    case FAULT_KEY_TRUNCATE:
        return set_switch(spec, FAULT_DO_TRUNCATE, value, expected);
    case FAULT_KEY_TCP:
        e = read_word(&index, value, &fault_tcp_words, expected);
        spec->tcp = e == ERR_OK ? (enum fault_tcp)index : spec->tcp;
        return act(spec, FAULT_DO_TCP, e);
    case FAULT_KEY_TTL:
        return act(spec, FAULT_DO_TTL, fault_read_ttl(&spec->ttl, value, expected));
    default:
        e = read_word(&index, value, &fault_mangle_words, expected);
        spec->mangle = e == ERR_OK ? (enum fault_mangle)index : spec->mangle;
        return act(spec, FAULT_DO_MANGLE, e);
    }
}

enum err fault_set(struct fault_spec *spec, const char *key, const char *value,
                   const char **expected)
{
    unsigned i = 0;
    while (i < FAULT_KEYS && strcmp(fault_key_names[i], key) != 0)
        i++;
    if (i < FAULT_KEY_MATCH_END)
        return set_match(&spec->match, (enum fault_key)i, value, expected);
    if (i < FAULT_KEY_SHARE)
        return set_action(spec, (enum fault_key)i, value, expected);
    switch (i) {
    case FAULT_KEY_SHARE:
        return fault_read_share(&spec->share, value, expected);
    case FAULT_KEY_FIRST:
        return fault_read_count(&spec->first, value, expected);
    case FAULT_KEY_EVERY:
        return fault_read_count(&spec->every, value, expected);
    case FAULT_KEY_FOR:
        return fault_read_period(&spec->for_ms, value, expected);
    }
    const char *near = text_nearest(key, fault_key_names, FAULT_KEYS);
    *expected = near ? near : KEYS_TEXT;
    return ERR_NOTFOUND;
}

const char *const *fault_keys(void)
{
    return fault_key_names;
}

void fault_init(struct fault_spec *spec, const char *name)
{
    size_t len = strlen(name);
    *spec = (struct fault_spec){.match.service = -1, .share = FAULT_SHARE_ALL};
    if (len < sizeof(spec->name))
        memcpy(spec->name, name, len + 1);
}
