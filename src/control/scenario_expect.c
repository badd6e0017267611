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

void scenario_expect_open(struct scenario *scenario, struct scenario_step *step)
{
    uint64_t within = step->config->expect.within_ms;
    bool last = scenario->next == scenario->config.step_count;
    if (within == 0 && last)
        within = SCENARIO_LAST_WITHIN_MS;
    step->verdict = SCENARIO_OPEN;
    step->opened = scenario->now;
    step->deadline = within > 0 ? scenario->now + within : NEVER;
}

/* `at` is when it was decided; takes `why` over. */
static void decide(struct scenario *s, struct scenario_step *step, bool held, uint64_t at,
                   struct text *why)
{
    step->verdict = held ? SCENARIO_HELD : SCENARIO_FAILED;
    step->decided = at;
    step->why = why->data;
    *why = (struct text){0};
    json_t *report = scenario_expect_report(step);
    json_object_set_new(report, "step", json_integer((json_int_t)(step - s->steps) + 1));
    s->host.tell(s->host.ctx, "expect", report);
    json_decref(report);
}

/* Its time is over: that is what `none` waits for. */
static void close_expect(struct scenario *s, struct scenario_step *step, uint64_t at)
{
    const struct config_expect *expect = &step->config->expect;
    struct text why = {0};
    if (expect->none)
        text_add(&why, "none came");
    else if (step->seen == 0)
        text_add(&why, "none came");
    else
        text_addf(&why, "%llu of %llu came", (unsigned long long)step->seen,
                  (unsigned long long)expect->count);
    if (!expect->none) {
        text_add(&why, " in ");
        add_seconds(&why, at - step->opened);
    }
    decide(s, step, expect->none, at, &why);
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

static bool fits(const struct config_expect *expect, const json_t *event)
{
    struct addr client;
    struct dns_name name;
    const char *client_text = json_string_value(json_object_get(event, "client"));
    const char *name_text = json_string_value(json_object_get(event, "name"));
    const char *service = json_string_value(json_object_get(event, "service"));
    if (expect->service >= 0) {
        const char *want = policy_service_name((enum policy_service)expect->service);
        if (!service || strcmp(service, want) != 0)
            return false;
    }
    if (expect->name.len > 0) {
        if (!name_text || dns_name_from_text(&name, name_text) != ERR_OK)
            return false;
        if (!dns_name_equal(&name, &expect->name))
            return false;
    }
    if (!expect->has_client)
        return true;
    if (!client_text || addr_parse(&client, client_text, 0) != ERR_OK)
        return false;
    return subnet_contains(&expect->client, &client);
}

/* "10.5.0.20 asked for _xmpp-client._tcp.lab.example. SRV 2.1 s after" */
static void add_event(struct text *why, const json_t *event, uint64_t after)
{
    const char *client = json_string_value(json_object_get(event, "client"));
    const char *name = json_string_value(json_object_get(event, "name"));
    const char *type = json_string_value(json_object_get(event, "type"));
    text_addf(why, "%s asked for %s %s ", client ? client : "somebody", name ? name : "something",
              type ? type : "");
    add_seconds(why, after);
    text_add(why, " after");
}

static void take_event(struct scenario *s, struct scenario_step *step, const json_t *event,
                       uint64_t at)
{
    const struct config_expect *expect = &step->config->expect;
    struct text why = {0};
    /* Told together with later ones: it was too late, and the next tick says so. */
    if (at > step->deadline)
        return;
    step->seen++;
    if (!expect->none && step->seen < expect->count)
        return;
    add_event(&why, event, at > step->opened ? at - step->opened : 0);
    decide(s, step, !expect->none, at, &why);
}

void scenario_expect_event(struct scenario *scenario, const json_t *event, uint64_t at)
{
    for (size_t i = 0; i < scenario->next; i++) {
        struct scenario_step *step = &scenario->steps[i];
        if (step->verdict == SCENARIO_OPEN && fits(&step->config->expect, event))
            take_event(scenario, step, event, at);
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
