/* Live changes with a publisher that only keeps what it is given, and a clock of the test's. */
#ifndef SHUNT_TESTS_CONTROL_LIVE_HELP_H
#define SHUNT_TESTS_CONTROL_LIVE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/live.h"

#define WALL UINT64_C(1700000000000) /* ms, when `now` was 0 */

struct lab {
    struct live *live;
    struct log log;
    struct hash_key key;
    struct overlay *overlay;
    struct fault_set *faults;
    uint64_t revision, now;
    unsigned published;
};

static inline void lab_publish(void *ctx, struct overlay *overlay, struct fault_set *faults,
                               uint64_t revision)
{
    struct lab *lab = ctx;
    overlay_free(lab->overlay);
    fault_set_free(lab->faults);
    lab->overlay = overlay;
    lab->faults = faults;
    lab->revision = revision;
    lab->published++;
}

static inline uint64_t lab_wall(const struct lab *lab)
{
    return WALL + lab->now;
}

/* What the files say: addresses to fail with, a TTL of 5 s, and faults. */
static inline void lab_configure(struct lab *lab, const struct fault_spec *faults, size_t count)
{
    struct addr refuse, blackhole[2];
    assert_int_equal(addr_parse(&refuse, "10.5.0.2", 0), ERR_OK);
    assert_int_equal(addr_parse(&blackhole[0], "192.0.2.1", 0), ERR_OK);
    assert_int_equal(addr_parse(&blackhole[1], "100::1", 0), ERR_OK);
    const struct live_lab files = {.refuse = &refuse,
                                   .refuse_count = 1,
                                   .blackhole = blackhole,
                                   .blackhole_count = 2,
                                   .ttl = 5};
    assert_int_equal(live_configure(lab->live, &files, faults, count, lab->now, lab_wall(lab)),
                     ERR_OK);
}

/* Not configured yet. */
static inline void lab_open(struct lab *lab, const char *path)
{
    *lab = (struct lab){.log = {.fd = -1}, .key = {1, 2}, .now = 1000};
    const struct live_init init = {.key = &lab->key,
                                   .log = &lab->log,
                                   .state_path = path,
                                   .seed = 7,
                                   .publish = lab_publish,
                                   .ctx = lab};
    lab->live = live_new(&init);
    assert_non_null(lab->live);
}

static inline void lab_init(struct lab *lab)
{
    lab_open(lab, NULL);
    lab_configure(lab, NULL, 0);
}

static inline void lab_deinit(struct lab *lab)
{
    overlay_free(lab->overlay);
    fault_set_free(lab->faults);
    live_free(lab->live);
}

static inline struct dns_name lab_name(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    dns_name_lower(&name);
    return name;
}

static inline struct live_target lab_target(const char *target, const char *how)
{
    return (struct live_target){.target = lab_name(target), .service = -1, .how = how};
}

static inline struct live_target lab_priority(const char *target, uint16_t priority)
{
    struct live_target spec = lab_target(target, NULL);
    spec.fields = POLICY_EDIT_PRIORITY;
    spec.priority = priority;
    return spec;
}

static inline uint32_t lab_set(struct lab *lab, const struct live_target *spec)
{
    uint32_t id = 0;
    assert_int_equal(live_target_set(lab->live, spec, -1, lab->now, lab_wall(lab), &id), ERR_OK);
    assert_int_equal(lab->revision, live_revision(lab->live));
    return id;
}

static inline size_t lab_restore(struct lab *lab, const struct live_target *spec)
{
    size_t count;
    assert_int_equal(live_target_restore(lab->live, spec, -1, lab->now, lab_wall(lab), &count),
                     ERR_OK);
    return count;
}

static inline void lab_reset(struct lab *lab, size_t expected)
{
    size_t count;
    assert_int_equal(live_reset(lab->live, lab->now, lab_wall(lab), &count), ERR_OK);
    assert_int_equal(count, expected);
}

static inline uint64_t lab_tick(struct lab *lab, uint64_t now)
{
    lab->now = now;
    return live_tick(lab->live, now, lab_wall(lab));
}

/* A fault from words "type=SRV drop=true". */
static inline struct fault_spec lab_fault(const char *name, const char *words)
{
    struct fault_spec spec;
    char copy[256], *rest = NULL;
    const char *expected;
    fault_init(&spec, name);
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        assert_int_equal(fault_set(&spec, word, value, &expected), ERR_OK);
    }
    assert_null(fault_problem(&spec));
    return spec;
}

static inline void lab_add(struct lab *lab, const struct fault_spec *spec)
{
    assert_int_equal(live_fault_add(lab->live, spec, -1, lab->now, lab_wall(lab)), ERR_OK);
}

/* The name of the fault that befalls a reply to an SRV question from 10.5.0.20; "" = none. */
static inline const char *lab_befalls(const struct lab *lab)
{
    struct dns_name name = lab_name("_xmpp-client._tcp.lab.example");
    struct addr client;
    uint64_t draw;
    assert_int_equal(addr_parse(&client, "10.5.0.20", 0), ERR_OK);
    const struct fault_reply reply = {.name = &name,
                                      .type = DNS_TYPE_SRV,
                                      .service = POLICY_XMPP_CLIENT,
                                      .client = &client,
                                      .view = "",
                                      .source = FAULT_POLICY};
    const struct fault_spec *spec = lab->faults ? fault_find(lab->faults, &reply, &draw) : NULL;
    return spec ? spec->name : "";
}

/* All that is live as one text, "" for nothing: for comparing. */
static inline char *lab_text(const struct lab *lab)
{
    json_t *targets = live_targets_json(lab->live, lab->now);
    json_t *faults = live_faults_json(lab->live, lab->now);
    json_t *both = json_pack("{s:o, s:o}", "targets", targets, "faults", faults);
    assert_non_null(both);
    char *text = json_dumps(both, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(both);
    assert_non_null(text);
    return text;
}

/* The word after "change": how many changes to targets there are. */
static inline size_t lab_count(const struct lab *lab)
{
    json_t *targets = live_targets_json(lab->live, lab->now);
    size_t count = json_array_size(targets);
    json_decref(targets);
    return count;
}

/* What an SRV record of a domain and service, with port 5222, becomes: "p20 w5", "remove", "". */
static inline const char *lab_outcome(const struct lab *lab, const char *domain, int service,
                                      const char *target, char out[64])
{
    struct live_outcome live;
    struct dns_name d = lab_name(domain), t = lab_name(target);
    size_t len = 0;
    live_outcome(lab->live, &d, service, &t, 5222, &live);
    out[0] = '\0';
    if (live.fields & POLICY_EDIT_REMOVE)
        len += (size_t)snprintf(out + len, 64 - len, "remove ");
    if (live.fields & POLICY_EDIT_NONE)
        len += (size_t)snprintf(out + len, 64 - len, "none ");
    if (live.fields & POLICY_EDIT_PRIORITY)
        len += (size_t)snprintf(out + len, 64 - len, "p%u ", live.priority);
    if (live.fields & POLICY_EDIT_WEIGHT)
        len += (size_t)snprintf(out + len, 64 - len, "w%u ", live.weight);
    if (live.fields & POLICY_EDIT_PORT)
        len += (size_t)snprintf(out + len, 64 - len, "port%u ", live.port);
    if (live.fields & POLICY_EDIT_TTL)
        len += (size_t)snprintf(out + len, 64 - len, "ttl%u ", live.ttl);
    if (len > 0)
        out[len - 1] = '\0';
    return out;
}

#endif
