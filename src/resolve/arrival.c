/* What upstream said, made into an answer and a cache entry. */
#include <stdio.h>
#include <string.h>

#include "resolve/resolver.h"

static struct dns_answer *answer_empty(struct answer_buffer *buffer, uint16_t rcode, uint16_t ede)
{
    struct dns_answer *answer = (struct dns_answer *)(void *)buffer->bytes;
    *answer = (struct dns_answer){.flags = rcode, .ede = ede};
    return answer;
}

/* A SERVFAIL of ours with an extended error that says why (RFC 8914 §4.23, §4.24). */
static void arrival_failure(struct resolver *r, const struct upstream_result *result,
                            char *ede_text, struct arrival *out)
{
    static const struct {
        uint16_t ede;
        const char *text;
    } reasons[] = {
        [UPSTREAM_REPLY] = {DNS_EDE_INVALID_DATA, "unusable reply from"},
        [UPSTREAM_TIMEOUT] = {DNS_EDE_NO_REACHABLE_AUTHORITY, "no reply from"},
        [UPSTREAM_UNREACHABLE] = {DNS_EDE_NETWORK_ERROR, "cannot reach"},
        [UPSTREAM_NO_ROUTE] = {DNS_EDE_NO_REACHABLE_AUTHORITY, "no upstream server"},
        [UPSTREAM_CANCELLED] = {DNS_EDE_OTHER, "shutting down"},
    };
    char server[ENDPOINT_TEXT_MAX] = "";
    if (result->server)
        endpoint_format(result->server, server);
    snprintf(ede_text, DNS_EDE_TEXT_MAX, "%.60s%s%.120s", reasons[result->status].text,
             result->server ? " " : "", server);
    out->answer = answer_empty(&r->arrived, DNS_RCODE_SERVFAIL, reasons[result->status].ede);
    out->ede_text = ede_text;
    out->failed = true;
}

/* Seconds for which an answer may be kept. Negative ones need a SOA (RFC 2308 §5); a truncated
 * answer is not the whole truth. */
static uint32_t answer_lifetime(const struct resolve_settings *settings,
                                const struct dns_answer *answer,
                                const struct dns_message_info *info, uint16_t type)
{
    if (info->truncated)
        return 0;
    if (info->rcode != DNS_RCODE_NOERROR && info->rcode != DNS_RCODE_NXDOMAIN)
        return settings->failure_ttl;
    if (dns_answer_is_negative(answer, type) && !info->has_soa)
        return 0;
    return info->min_ttl == UINT32_MAX ? 0 : info->min_ttl;
}

static void arrival_keep(struct resolver *r, const struct arrival *a, uint32_t lifetime,
                         uint64_t now)
{
    const struct dns_question *question = a->question;
    /* Without RD an upstream answers from what it happens to have. */
    if (!question->recursion)
        return;
    struct cache_key key = {
        .name = &question->name,
        .name_hash = a->name_hash,
        .type = question->type,
        .class = question->class,
        .flags = resolver_key_flags(question->dnssec_ok, question->checking_off),
    };
    uint16_t rcode = dns_answer_rcode(a->answer);
    if (rcode != DNS_RCODE_NOERROR && rcode != DNS_RCODE_NXDOMAIN)
        key.flags |= CACHE_KEY_FAILED;
    if (rcode == DNS_RCODE_NXDOMAIN && a->answer->counts[DNS_ANSWER] == 0)
        key.type = CACHE_TYPE_NXDOMAIN;
    cache_put(r->init.cache, &key, a->answer, now, lifetime);
}

/* Upstream hands on a truncated reply only when TCP failed too. Without an answer it tells nothing,
 * and must not look as if there were no such record. */
static bool arrival_is_hollow(const struct dns_answer *answer, const struct dns_message_info *info)
{
    return info->truncated && answer->counts[DNS_ANSWER] == 0;
}

void arrival_take(struct resolver *r, const struct resolve_settings *settings,
                  const struct dns_question *question, uint64_t name_hash,
                  const struct upstream_result *result, char *ede_text, struct arrival *out)
{
    struct dns_answer *answer;
    struct dns_message_info info;
    *out = (struct arrival){.question = question, .name_hash = name_hash};
    if (result->status != UPSTREAM_REPLY ||
        dns_answer_from_message(&answer, &info, result->message, result->len, &settings->ttl,
                                r->arrived.bytes, sizeof(r->arrived.bytes)) != ERR_OK ||
        arrival_is_hollow(answer, &info)) {
        arrival_failure(r, result, ede_text, out);
        if (result->status != UPSTREAM_CANCELLED)
            arrival_keep(r, out, settings->failure_ttl, result->now);
        return;
    }
    if (info.rcode > DNS_RCODE_MASK) /* such as BADCOOKIE: between upstream and us */
        answer = answer_empty(&r->arrived, DNS_RCODE_SERVFAIL, DNS_EDE_INVALID_DATA);
    if (info.truncated)
        answer->flags |= DNS_FLAG_TC;
    uint16_t rcode = dns_answer_rcode(answer);
    out->answer = answer;
    /* RFC 8767 §4: only NOERROR and NXDOMAIN take the place of stale data. */
    out->failed = rcode != DNS_RCODE_NOERROR && rcode != DNS_RCODE_NXDOMAIN;
    arrival_keep(r, out, answer_lifetime(settings, answer, &info, question->type), result->now);
}
