/* Faults that say too little, or contradict themselves. */
#include <string.h>

#include "policy/fault.h"

static bool does(const struct fault_spec *spec, unsigned actions)
{
    return (spec->actions & actions) != 0;
}

/* A name goes into paths of the API, and onto command lines. */
static bool name_is_bad(const struct fault_spec *spec)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    return spec->name[0] == '\0' || spec->name[strspn(spec->name, allowed)] != '\0';
}

static bool names_disagree(const struct fault_match *match)
{
    if (match->name.len == 0 || match->domain.len == 0)
        return false;
    return !dns_name_is_within(&match->name, &match->domain);
}

/* no-edns says which replies are dropped; tcp has its way where it is TCP. */
static bool drop_is_contradicted(const struct fault_spec *spec)
{
    unsigned others = spec->actions & ~(unsigned)(FAULT_DO_DROP | FAULT_DO_TCP);
    if (spec->mangle == FAULT_MANGLE_NO_EDNS)
        others &= ~(unsigned)FAULT_DO_MANGLE;
    return does(spec, FAULT_DO_DROP) && others != 0;
}

static const char *match_problem(const struct fault_spec *spec)
{
    if (names_disagree(&spec->match))
        return "name is not within domain, so that nothing can match both";
    if (spec->match.transport == FAULT_UDP && spec->actions == FAULT_DO_TCP)
        return "tcp is done to TCP connections, but transport is udp";
    if (spec->match.transport == FAULT_TCP && spec->actions == FAULT_DO_TRUNCATE)
        return "truncate is for UDP, but transport is tcp";
    if (spec->match.transport != FAULT_TCP || !does(spec, FAULT_DO_MANGLE))
        return NULL;
    if (spec->mangle == FAULT_MANGLE_WRONG_SOURCE)
        return "mangle wrong-source is for UDP, but transport is tcp";
    return NULL;
}

const char *fault_problem(const struct fault_spec *spec)
{
    if (name_is_bad(spec))
        return "the name of a fault has 1 to 63 letters, digits, '.', '_' or '-'";
    if (spec->jitter_ms > 0 && !does(spec, FAULT_DO_DELAY))
        return "jitter without delay";
    if (spec->jitter_ms > spec->delay_ms)
        return "jitter is longer than delay";
    if (spec->actions == 0)
        return "no action: one of rcode, drop, delay, truncate, tcp, ttl or mangle is needed";
    if (drop_is_contradicted(spec))
        return "drop sends nothing: what else happens to the reply contradicts it";
    if (does(spec, FAULT_DO_RCODE) && does(spec, FAULT_DO_TTL))
        return "rcode leaves no record whose TTL could be set";
    return match_problem(spec);
}
