/* Expectations: opened by their step, held or failed by lookups and by time. */
#include <stdlib.h>
#include <string.h>

#include "control/scenario_parts.h"

#define NEVER UINT64_MAX

static void add_seconds(struct text *out, uint64_t ms)
{
    text_addf(out, "%g s", (double)ms / 1000);
}

/* How the file writes it. */
static void add_client(struct text *out, const struct subnet *client)
{
    struct addr addr;
    char text[ADDR_TEXT_MAX];
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool v4 = client->bits >= 96 && memcmp(client->bytes, mapped, sizeof(mapped)) == 0;
    addr_from_bytes(&addr, client->bytes + (v4 ? 12 : 0), v4 ? 4 : 16, 0);
    unsigned bits = v4 ? client->bits - 96u : client->bits;
    text_addf(out, "%s", addr_format_host(&addr, text));
    if (bits != (v4 ? 32u : 128u))
        text_addf(out, "/%u", bits);
}

void scenario_expect_text(const struct config_expect *expect, struct text *out)
{
    char name[DNS_NAME_TEXT_MAX];
    if (expect->none)
        text_add(out, "no lookup");
    else
        text_addf(out, "%llu lookup%s", (unsigned long long)expect->count,
                  expect->count == 1 ? "" : "s");
    if (expect->service >= 0)
        text_addf(out, " of %s", policy_service_name((enum policy_service)expect->service));
    if (expect->name.len > 0)
        text_addf(out, " of %s", dns_name_to_text(&expect->name, name));
    if (expect->has_client) {
        text_add(out, " by ");
        add_client(out, &expect->client);
    }
    if (expect->within_ms > 0) {
        text_add(out, " within ");
        add_seconds(out, expect->within_ms);
    }
}

/* Tells of the verdict; `why` and `decided` are set. */
static void decide(struct scenario *s, struct scenario_step *step, bool held)
{
    step->verdict = held ? SCENARIO_HELD : SCENARIO_FAILED;
    json_t *report = scenario_expect_report(step);
    json_object_set_new(report, "step", json_integer((json_int_t)(step - s->steps) + 1));
    s->host.tell(s->host.ctx, "expect", report);
    json_decref(report);
}

void scenario_expect_open(struct scenario *scenario, struct scenario_step *step)
{
    uint64_t within = step->config->expect.within_ms;
    bool last = scenario->next == scenario->config.step_count;
    if (within == 0 && last)
        within = SCENARIO_LAST_WITHIN_MS;
    step->verdict = SCENARIO_OPEN;
    step->since = scenario->since;
    step->deadline = within > 0 ? scenario->now + within : NEVER;
    if (step->why)
        decide(scenario, step, !step->config->expect.none);
}

void scenario_expect_forget(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->config.step_count; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (step->verdict != SCENARIO_AHEAD)
            continue;
        step->seen = 0;
        free(step->why);
        step->why = NULL;
    }
}

static const char *after_what(const struct scenario *s)
{
    return s->changed ? "the change" : "the start";
}

/* Its time is over: that is what `none` waits for. */
static void close_expect(struct scenario *s, struct scenario_step *step, uint64_t at)
{
    const struct config_expect *expect = &step->config->expect;
    struct text why = {0};
    if (step->seen == 0)
        text_add(&why, "none came in the ");
    else
        text_addf(&why, "%llu of %llu came in the ", (unsigned long long)step->seen,
                  (unsigned long long)expect->count);
    add_seconds(&why, at - step->since);
    text_addf(&why, " after %s", after_what(s));
    step->why = why.data;
    step->decided = at;
    decide(s, step, expect->none);
}

void scenario_expect_tick(struct scenario *scenario, uint64_t now)
{
    for (size_t i = 0; i < scenario->next; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (step->verdict == SCENARIO_OPEN && step->deadline <= now)
            close_expect(scenario, step, step->deadline);
    }
}

void scenario_expect_until(struct scenario *scenario, const struct config_step *next)
{
    for (size_t i = 0; i < scenario->next; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (step->verdict != SCENARIO_OPEN || step->deadline != NEVER)
            continue;
        /* Steps of one time are one: what they expect goes on together. */
        bool together = !next->on_next && next->at_ms == scenario->position;
        if (!together)
            close_expect(scenario, step, scenario->now);
    }
}

/* What of an event is looked at. */
struct lookup {
    struct addr client;
    struct dns_name name;
    int service; /* -1 = none */
    const json_t *event;
    uint64_t at;
};

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static void read_lookup(struct lookup *out, const json_t *event, uint64_t at)
{
    const char *service = text_of(event, "service");
    *out = (struct lookup){.service = -1, .event = event, .at = at};
    if (addr_parse(&out->client, text_of(event, "client"), 0) != ERR_OK)
        out->client = (struct addr){0};
    if (dns_name_from_text(&out->name, text_of(event, "name")) != ERR_OK)
        out->name.len = 0;
    for (int i = 0; i < POLICY_SERVICES; i++) {
        if (strcmp(service, policy_service_name((enum policy_service)i)) == 0)
            out->service = i;
    }
}

static bool fits(const struct config_expect *expect, const struct lookup *lookup)
{
    if (expect->service >= 0 && expect->service != lookup->service)
        return false;
    if (expect->name.len > 0 && lookup->name.len == 0)
        return false;
    if (expect->name.len > 0 && !dns_name_equal(&expect->name, &lookup->name))
        return false;
    if (!expect->has_client)
        return true;
    return lookup->client.sa.sa_family != AF_UNSPEC &&
           subnet_contains(&expect->client, &lookup->client);
}

/* "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 2.1 s after the change" */
static char *describe(const struct scenario *s, const struct lookup *lookup, uint64_t since)
{
    struct text out = {0};
    text_addf(&out, "%s asked for %s %s ", text_of(lookup->event, "client"),
              text_of(lookup->event, "name"), text_of(lookup->event, "type"));
    add_seconds(&out, lookup->at > since ? lookup->at - since : 0);
    text_addf(&out, " after %s", after_what(s));
    return out.data;
}

static void take_lookup(struct scenario *s, struct scenario_step *step, const struct lookup *lookup)
{
    const struct config_expect *expect = &step->config->expect;
    bool open = step->verdict == SCENARIO_OPEN;
    /* Told together with earlier ones: it was too late, and the next tick says so. */
    if (open && lookup->at > step->deadline)
        return;
    step->seen++;
    if (step->why || (!expect->none && step->seen < expect->count))
        return;
    step->decided = lookup->at;
    step->why = describe(s, lookup, open ? step->since : s->since);
    if (open)
        decide(s, step, !expect->none);
}

void scenario_expect_event(struct scenario *scenario, const json_t *event, uint64_t at)
{
    struct lookup lookup;
    read_lookup(&lookup, event, at);
    for (size_t i = 0; i < scenario->config.step_count; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (!step->config->has_expect || step->verdict > SCENARIO_OPEN)
            continue;
        if (fits(&step->config->expect, &lookup))
            take_lookup(scenario, step, &lookup);
    }
}

void scenario_expect_skip(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->config.step_count; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (step->verdict == SCENARIO_OPEN || step->verdict == SCENARIO_AHEAD)
            step->verdict = SCENARIO_SKIPPED;
    }
}
