/* Which events somebody wants. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"
#include "control/event_record.h"
#include "dns/message.h"
#include "policy/model.h"

void event_filter_init(struct event_filter *filter)
{
    *filter = (struct event_filter){.service = -1, .rcode = -1};
}

static enum err set_client(struct event_filter *filter, const char *value)
{
    filter->has_client = subnet_parse(&filter->client, value) == ERR_OK;
    return filter->has_client ? ERR_OK : ERR_INVALID;
}

static enum err set_service(struct event_filter *filter, const char *value)
{
    const char *name = *value == '_' ? value + 1 : value;
    for (unsigned s = 0; s < POLICY_SERVICES; s++) {
        if (strcasecmp(name, policy_service_name((enum policy_service)s)) == 0) {
            filter->service = (int)s;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

static enum err set_rcode(struct event_filter *filter, const char *value)
{
    char name[16];
    uint64_t number;
    if (text_number(&number, value, 4095) == ERR_OK) { /* 12 bits with EDNS (RFC 6891 §6.1.3) */
        filter->rcode = (int)number;
        return ERR_OK;
    }
    for (int rcode = 0; rcode <= DNS_RCODE_BADVERS; rcode++) {
        if (strcasecmp(dns_rcode_to_text((uint16_t)rcode, name), value) == 0) {
            filter->rcode = rcode;
            return ERR_OK;
        }
    }
    return ERR_INVALID;
}

/* Two digits, or -1. */
static int two_digits(const char *at)
{
    if (at[0] < '0' || at[0] > '9')
        return -1;
    if (at[1] < '0' || at[1] > '9')
        return -1;
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* "Z" or "+02:00" (RFC 3339 §5.6). */
static enum err read_offset(const char *at, int *minutes)
{
    if (strcasecmp(at, "Z") == 0)
        return ERR_OK;
    if (strlen(at) != 6 || at[3] != ':')
        return ERR_INVALID;
    if (*at != '+' && *at != '-')
        return ERR_INVALID;
    int hour = two_digits(at + 1), minute = two_digits(at + 4);
    if (hour < 0 || minute < 0)
        return ERR_INVALID;
    *minutes = (hour * 60 + minute) * (*at == '+' ? 1 : -1);
    return ERR_OK;
}

/* ".123", of which three digits count; returns what follows. */
static const char *read_fraction(const char *at, uint64_t *ms)
{
    unsigned scale = 100;
    if (*at != '.')
        return at;
    for (at++; *at >= '0' && *at <= '9'; at++, scale /= 10)
        *ms += (uint64_t)(*at - '0') * scale;
    return at;
}

static enum err read_time(const char *value, uint64_t *wall)
{
    struct tm tm = {0};
    uint64_t ms = 0;
    int offset = 0;
    const char *end = strptime(value, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || read_offset(read_fraction(end, &ms), &offset) != ERR_OK)
        return ERR_INVALID;
    time_t seconds = timegm(&tm) - (time_t)offset * 60;
    if (seconds <= 0)
        return ERR_INVALID;
    *wall = (uint64_t)seconds * 1000 + ms;
    return ERR_OK;
}

static enum err set_since(struct event_filter *filter, const char *value, uint64_t wall_now)
{
    uint64_t ago;
    if (strcmp(value, "now") == 0) {
        filter->since = wall_now;
        return ERR_OK;
    }
    if (text_duration(&ago, value) == ERR_OK) {
        filter->since = ago < wall_now ? wall_now - ago : 1;
        return ERR_OK;
    }
    return read_time(value, &filter->since);
}

static enum err set_name(struct dns_name *name, const char *value)
{
    return policy_name_from_user(name, value) == ERR_OK ? ERR_OK : ERR_INVALID;
}

static enum err set_answer(struct event_filter *filter, const char *value)
{
    int len = snprintf(filter->answer, sizeof(filter->answer), "%s", value);
    return len > 0 && (size_t)len < sizeof(filter->answer) ? ERR_OK : ERR_INVALID;
}

enum err event_filter_set(struct event_filter *filter, const char *key, const char *value,
                          uint64_t wall_now, const char **expected)
{
    if (strcmp(key, "client") == 0) {
        *expected = "an address or a network, 10.5.0.20 or 10.5.0.0/16";
        return set_client(filter, value);
    }
    if (strcmp(key, "name") == 0 || strcmp(key, "domain") == 0) {
        *expected = "a domain name";
        return set_name(*key == 'n' ? &filter->name : &filter->domain, value);
    }
    if (strcmp(key, "service") == 0) {
        *expected = "xmpp-client, xmpp-server, xmpps-client or xmpps-server";
        return set_service(filter, value);
    }
    if (strcmp(key, "rcode") == 0) {
        *expected = "an RCODE, NOERROR, NXDOMAIN or SERVFAIL, or its number";
        return set_rcode(filter, value);
    }
    if (strcmp(key, "answer") == 0) {
        *expected = "a text of 1 to 255 bytes";
        return set_answer(filter, value);
    }
    if (strcmp(key, "since") == 0) {
        *expected = "now, so long ago (10s), or a time (2026-01-31T12:00:00Z)";
        return set_since(filter, value, wall_now);
    }
    return ERR_NOTFOUND;
}

static bool answer_matches(const struct event_filter *filter, const struct event_view *view)
{
    struct text text = {0};
    bool found = event_answer(view, &text) == ERR_OK && text.data &&
                 strcasestr(text.data, filter->answer) != NULL;
    text_deinit(&text);
    return found;
}

bool event_filter_match(const struct event_filter *filter, const struct event_view *view,
                        uint64_t wall)
{
    if (wall < filter->since)
        return false;
    if (filter->service >= 0 && view->head.service != filter->service)
        return false;
    if (filter->rcode >= 0 && view->head.rcode != filter->rcode)
        return false;
    if (filter->has_client && !subnet_contains(&filter->client, &view->client))
        return false;
    if (filter->name.len > 0 && !dns_name_equal(&view->name, &filter->name))
        return false;
    if (filter->domain.len > 0 && !dns_name_is_within(&view->name, &filter->domain))
        return false;
    /* Last, for it costs the most. */
    return !filter->answer[0] || answer_matches(filter, view);
}
