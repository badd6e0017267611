/* A fault in one line. */
#include <string.h>

#include "policy/fault_key.h"

static void add_key(struct text *out, enum fault_key key)
{
    text_addf(out, " %s=", fault_key_names[key]);
}

static void add_word(struct text *out, enum fault_key key, const char *word)
{
    add_key(out, key);
    text_add(out, word);
}

static void add_name(struct text *out, enum fault_key key, const struct dns_name *name)
{
    char buffer[DNS_NAME_TEXT_MAX];
    if (name->len > 0)
        add_word(out, key, dns_name_to_text(name, buffer));
}

static void add_duration(struct text *out, enum fault_key key, uint64_t ms)
{
    add_key(out, key);
    fault_write_duration(out, ms);
}

static void add_number(struct text *out, enum fault_key key, uint64_t number)
{
    add_key(out, key);
    text_addf(out, "%llu", (unsigned long long)number);
}

static void add_match(struct text *out, const struct fault_match *match)
{
    char buffer[16];
    if (match->type != 0)
        add_word(out, FAULT_KEY_TYPE, dns_type_to_text(match->type, buffer));
    add_name(out, FAULT_KEY_NAME, &match->name);
    add_name(out, FAULT_KEY_DOMAIN, &match->domain);
    if (match->service >= 0)
        add_word(out, FAULT_KEY_SERVICE, fault_service_words.words[match->service]);
    if (match->has_client) {
        add_key(out, FAULT_KEY_CLIENT);
        fault_write_client(out, &match->client);
    }
    if (match->view[0] != '\0')
        add_word(out, FAULT_KEY_VIEW, match->view);
    if (match->transport != FAULT_ANY_TRANSPORT)
        add_word(out, FAULT_KEY_TRANSPORT, fault_transport_words.words[match->transport]);
    if (match->source != FAULT_ANY_SOURCE)
        add_word(out, FAULT_KEY_SOURCE, fault_source_words.words[match->source]);
}

static void add_actions(struct text *out, const struct fault_spec *spec)
{
    char buffer[16];
    if (spec->actions & FAULT_DO_RCODE)
        add_word(out, FAULT_KEY_RCODE, dns_rcode_to_text(spec->rcode, buffer));
    if (spec->actions & FAULT_DO_DROP)
        add_word(out, FAULT_KEY_DROP, "true");
    if (spec->actions & FAULT_DO_DELAY)
        add_duration(out, FAULT_KEY_DELAY, spec->delay_ms);
    if (spec->jitter_ms > 0)
        add_duration(out, FAULT_KEY_JITTER, spec->jitter_ms);
    if (spec->actions & FAULT_DO_TRUNCATE)
        add_word(out, FAULT_KEY_TRUNCATE, "true");
    if (spec->actions & FAULT_DO_TCP)
        add_word(out, FAULT_KEY_TCP, fault_tcp_words.words[spec->tcp]);
    if (spec->actions & FAULT_DO_TTL)
        add_duration(out, FAULT_KEY_TTL, (uint64_t)spec->ttl * 1000);
    if (spec->actions & FAULT_DO_MANGLE)
        add_word(out, FAULT_KEY_MANGLE, fault_mangle_words.words[spec->mangle]);
}

void fault_text(const struct fault_spec *spec, struct text *out)
{
    size_t before = out->len;
    text_add(out, "match:");
    add_match(out, &spec->match);
    if (out->len == before + strlen("match:"))
        text_add(out, " all");
    text_add(out, ";");
    add_actions(out, spec);
    if (spec->share != FAULT_SHARE_ALL) {
        add_key(out, FAULT_KEY_SHARE);
        fault_write_share(out, spec->share);
    }
    if (spec->first > 0)
        add_number(out, FAULT_KEY_FIRST, spec->first);
    if (spec->every > 1)
        add_number(out, FAULT_KEY_EVERY, spec->every);
    if (spec->for_ms > 0)
        add_duration(out, FAULT_KEY_FOR, spec->for_ms);
}
