/* Live changes to targets: what is in force after which calls, and when it ends. */
#include "unit/control/live_help.h"

#include "dns/answer.h"

#define C2S POLICY_XMPP_CLIENT
#define S2S POLICY_XMPP_SERVER

static void expect(const struct lab *lab, const char *target, const char *outcome)
{
    char out[64];
    assert_string_equal(lab_outcome(lab, "lab.example", C2S, target, out), outcome);
}

static void test_nothing(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    assert_int_equal(lab.published, 1);
    assert_null(lab.overlay);
    assert_null(lab.faults);
    assert_int_equal(live_revision(lab.live), 1);
    assert_int_equal(live_changed_at(lab.live), WALL + 1000);
    assert_true(lab_tick(&lab, 5000) == UINT64_MAX);
    assert_int_equal(lab.published, 1);
    assert_int_equal(live_changed_at(lab.live), WALL + 1000);
    lab_deinit(&lab);
}

/* The hows as one change each. */
static void test_hows(void **state)
{
    static const struct {
        const char *how, *outcome;
        bool address;
    } cases[] = {
        {"remove", "remove", false}, {"demote", "p65535", false}, {"none", "none", false},
        {"no-address", "", true},    {"nxdomain", "", true},      {"refuse", "", true},
        {"blackhole", "", true},
    };
    size_t hows;
    (void)state;
    live_hows(&hows);
    assert_int_equal(hows, sizeof(cases) / sizeof(cases[0]));
    for (size_t i = 0; i < hows; i++) {
        struct lab lab;
        uint32_t ttl;
        const struct addr *addresses;
        size_t count;
        lab_init(&lab);
        struct live_target spec = lab_target("x.example", cases[i].how);
        lab_set(&lab, &spec);
        expect(&lab, "x.example", cases[i].outcome);
        assert_int_equal(live_how_is_address(cases[i].how), cases[i].address);
        const char *how = live_address(lab.live, &spec.target, &ttl, &addresses, &count);
        if (cases[i].address)
            assert_string_equal(how, cases[i].how);
        else
            assert_null(how);
        assert_non_null(lab.overlay);
        lab_deinit(&lab);
    }
}

/* What workers get is what is said: the addresses of a target that is refused. */
static void test_overlay(void **state)
{
    static const struct {
        const char *how;
        uint16_t type, flags;
        unsigned records; /* in the answer section */
    } cases[] = {
        {"refuse", DNS_TYPE_A, DNS_FLAG_AA, 1},
        {"refuse", DNS_TYPE_AAAA, DNS_FLAG_AA, 0},
        {"blackhole", DNS_TYPE_AAAA, DNS_FLAG_AA, 1},
        {"no-address", DNS_TYPE_A, DNS_FLAG_AA, 0},
        {"nxdomain", DNS_TYPE_A, DNS_FLAG_AA | DNS_RCODE_NXDOMAIN, 0},
    };
    struct dns_answer_walk walk;
    struct dns_rr rr;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static uint8_t room[DNS_ANSWER_MAX] __attribute__((aligned(8)));
        struct lab lab;
        struct dns_builder builder;
        uint32_t id = 0;
        lab_init(&lab);
        struct live_target spec = lab_target("x.example", cases[i].how);
        spec.fields = i % 2 ? POLICY_EDIT_TTL : 0;
        spec.ttl = 99;
        uint32_t made = lab_set(&lab, &spec);
        dns_builder_init(&builder, room, sizeof(room), &spec.target);
        uint64_t hash = hash_bytes(&lab.key, spec.target.wire, spec.target.len);
        int flags =
            overlay_address_answer(lab.overlay, &spec.target, hash, cases[i].type, &builder, &id);
        assert_int_equal(flags, cases[i].flags);
        assert_int_equal(id, made);
        const struct dns_answer *answer = dns_builder_finish(&builder, (uint16_t)flags);
        assert_non_null(answer);
        assert_int_equal(answer->counts[DNS_ANSWER], cases[i].records);
        dns_answer_walk_init(&walk, answer, &spec.target);
        assert_true(dns_answer_walk_next(&walk, &rr));
        assert_int_equal(rr.ttl, i % 2 ? 99 : 5);
        lab_deinit(&lab);
    }
}

/* Domain, service and port narrow a change. */
static void test_scope(void **state)
{
    struct lab lab;
    char out[64];
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("X.example", "remove");
    spec.domain = lab_name("lab.example");
    spec.service = C2S;
    lab_set(&lab, &spec);
    expect(&lab, "x.example", "remove");
    assert_string_equal(lab_outcome(&lab, "lab.example", S2S, "x.example", out), "");
    assert_string_equal(lab_outcome(&lab, "other.example", C2S, "x.example", out), "");
    assert_string_equal(lab_outcome(&lab, "lab.example", C2S, "y.example", out), "");
    spec = lab_priority("y.example", 3);
    spec.match_port = 5269;
    lab_set(&lab, &spec);
    expect(&lab, "y.example", "");
    spec.match_port = 5222;
    lab_set(&lab, &spec);
    expect(&lab, "y.example", "p3");
    lab_deinit(&lab);
}

/* Later changes go first, field by field; one that says all that an earlier one says replaces it.
 */
static void test_order(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_priority("x.example", 1);
    spec.fields |= POLICY_EDIT_WEIGHT;
    spec.weight = 9;
    lab_set(&lab, &spec);
    for (uint16_t i = 0; i < 2000; i++) {
        spec = lab_priority("x.example", i);
        lab_set(&lab, &spec);
    }
    assert_int_equal(lab_count(&lab), 2);
    assert_int_equal(live_revision(lab.live), 2002);
    expect(&lab, "x.example", "p1999 w9");
    spec = lab_target("x.example", "demote");
    lab_set(&lab, &spec);
    expect(&lab, "x.example", "p65535 w9");
    spec.how = "no-address";
    lab_set(&lab, &spec);
    assert_int_equal(lab_count(&lab), 3);
    expect(&lab, "x.example", "p1999 w9");
    spec = lab_priority("x.example", 4);
    spec.service = C2S; /* narrower: covers nothing */
    lab_set(&lab, &spec);
    assert_int_equal(lab_count(&lab), 4);
    expect(&lab, "x.example", "p4 w9");
    lab_deinit(&lab);
}

/* What covers what: the same records, and as much to say of them. */
static void test_covers(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("X.example", "remove");
    spec.fields = POLICY_EDIT_TTL;
    lab_set(&lab, &spec);
    spec = lab_target("x.EXAMPLE", "demote");
    lab_set(&lab, &spec);
    assert_int_equal(lab_count(&lab), 1);
    spec = lab_priority("x.example", 1);
    spec.match_port = 5222;
    lab_set(&lab, &spec);
    spec.match_port = 5269;
    lab_set(&lab, &spec);
    spec.service = C2S;
    lab_set(&lab, &spec);
    assert_int_equal(lab_count(&lab), 4);
    spec.match_port = 0;
    assert_int_equal(lab_restore(&lab, &spec), 1);
    assert_int_equal(lab_count(&lab), 3);
    lab_deinit(&lab);
}

/* One SRV record of lab.example as workers edit it: the result of overlay_edit_answer. */
static int edit(const struct lab *lab, const char *target, uint32_t *id)
{
    static uint8_t from[DNS_ANSWER_MAX] __attribute__((aligned(8)));
    static uint8_t to[DNS_ANSWER_MAX] __attribute__((aligned(8)));
    struct dns_name owner = lab_name("_xmpp-client._tcp.lab.example"), name = lab_name(target);
    uint8_t rdata[6 + DNS_NAME_MAX] = {0, 10, 0, 5, 0x14, 0x66};
    struct dns_builder builder;
    memcpy(rdata + 6, name.wire, name.len);
    const struct dns_rr rr = {.owner = owner,
                              .type = DNS_TYPE_SRV,
                              .class = DNS_CLASS_IN,
                              .ttl = 5,
                              .rdata = rdata,
                              .rdlen = (uint16_t)(6 + name.len),
                              .section = DNS_ANSWER};
    dns_builder_init(&builder, from, sizeof(from), &owner);
    dns_builder_add(&builder, &rr);
    const struct dns_answer *answer = dns_builder_finish(&builder, DNS_FLAG_AA);
    assert_non_null(answer);
    dns_builder_init(&builder, to, sizeof(to), &owner);
    return overlay_edit_answer(lab->overlay, answer, &owner, 0, &builder, id);
}

/* Workers do what is said here, while one change hides another too. */
static void test_workers(void **state)
{
    struct lab lab;
    uint32_t id = 0;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "remove");
    uint32_t removed = lab_set(&lab, &spec);
    assert_int_equal(edit(&lab, "x.example", &id), 2);
    assert_int_equal(id, removed);
    assert_int_equal(edit(&lab, "y.example", &id), 0);
    spec = lab_target("x.example", "demote");
    spec.for_ms = 30000;
    uint32_t demoted = lab_set(&lab, &spec);
    assert_int_equal(edit(&lab, "x.example", &id), 1);
    assert_int_equal(id, demoted);
    lab_tick(&lab, 31000);
    assert_int_equal(edit(&lab, "x.example", &id), 2);
    lab_deinit(&lab);
}

/* A change with an end hides what it covers, and gives it back. */
static void test_for(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "remove");
    lab_set(&lab, &spec);
    spec = lab_target("x.example", "demote");
    spec.for_ms = 30000;
    uint32_t id = lab_set(&lab, &spec);
    expect(&lab, "x.example", "p65535");
    assert_int_equal(lab_tick(&lab, 2000), 31000);
    char *text = lab_text(&lab);
    char want[128];
    snprintf(want, sizeof(want), "{\"change\":%u,\"how\":\"demote\",\"left\":29,", id);
    assert_non_null(strstr(text, want));
    free(text);
    assert_int_equal(lab_tick(&lab, 30999), 31000);
    assert_int_equal(live_revision(lab.live), 3);
    assert_true(lab_tick(&lab, 31000) == UINT64_MAX);
    assert_int_equal(live_revision(lab.live), 4);
    assert_int_equal(lab.revision, 4);
    assert_int_equal(live_changed_at(lab.live), WALL + 31000);
    expect(&lab, "x.example", "remove");
    lab_deinit(&lab);
}

static void test_count(void **state)
{
    struct lab lab;
    static uint8_t room[DNS_ANSWER_MAX] __attribute__((aligned(8)));
    struct dns_builder builder;
    uint32_t id;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "no-address");
    spec.uses = 2;
    lab_set(&lab, &spec);
    uint64_t hash = hash_bytes(&lab.key, spec.target.wire, spec.target.len);
    for (int i = 0; i < 3; i++) {
        dns_builder_init(&builder, room, sizeof(room), &spec.target);
        int flags =
            overlay_address_answer(lab.overlay, &spec.target, hash, DNS_TYPE_A, &builder, &id);
        assert_int_equal(flags >= 0, i < 2);
        lab_tick(&lab, lab.now + 1);
        assert_int_equal(lab_count(&lab), i == 0 ? 1 : 0);
        if (i == 0)
            continue;
        assert_null(lab.overlay);
        assert_int_equal(live_revision(lab.live), 3);
        break;
    }
    lab_deinit(&lab);
}

/* Several ends at once are several changes. */
static void test_ends_together(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a.example", "b.example", "c.example"};
        struct live_target spec = lab_target(names[i], "remove");
        spec.for_ms = i < 2 ? 1000 : 5000;
        lab_set(&lab, &spec);
    }
    assert_int_equal(lab_tick(&lab, 2500), 6000);
    assert_int_equal(live_revision(lab.live), 6);
    assert_int_equal(lab_count(&lab), 1);
    lab_deinit(&lab);
}

static void test_restore(void **state)
{
    struct lab lab;
    size_t count = 7;
    (void)state;
    lab_init(&lab);
    struct live_target all = lab_target("x.example", "remove"), one = all, other = all;
    one.domain = lab_name("lab.example");
    other.target = lab_name("y.example");
    lab_set(&lab, &all);
    lab_set(&lab, &one);
    lab_set(&lab, &other);
    assert_int_equal(lab_restore(&lab, &one), 1);
    assert_int_equal(live_target_restore(lab.live, &one, -1, lab.now, lab_wall(&lab), &count),
                     ERR_NOTFOUND);
    assert_int_equal(count, 0);
    assert_int_equal(live_revision(lab.live), 5);
    lab_set(&lab, &one);
    assert_int_equal(lab_restore(&lab, &all), 2);
    expect(&lab, "x.example", "");
    expect(&lab, "y.example", "remove");
    assert_int_equal(lab_restore(&lab, &other), 1);
    assert_null(lab.overlay);
    lab_deinit(&lab);
}

static void test_if_match(void **state)
{
    struct lab lab;
    uint32_t id;
    size_t count;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "remove");
    struct fault_spec fault = lab_fault("f", "drop=true");
    uint64_t wall = lab_wall(&lab);
    assert_int_equal(live_target_set(lab.live, &spec, 2, lab.now, wall, &id), ERR_EXISTS);
    assert_int_equal(live_target_set(lab.live, &spec, 0, lab.now, wall, &id), ERR_EXISTS);
    assert_int_equal(lab_count(&lab), 0);
    assert_int_equal(live_target_set(lab.live, &spec, 1, lab.now, wall, &id), ERR_OK);
    assert_int_equal(live_target_restore(lab.live, &spec, 1, lab.now, wall, &count), ERR_EXISTS);
    assert_int_equal(live_fault_add(lab.live, &fault, 1, lab.now, wall), ERR_EXISTS);
    assert_int_equal(live_fault_add(lab.live, &fault, 2, lab.now, wall), ERR_OK);
    assert_int_equal(live_fault_remove(lab.live, "f", 2, lab.now, wall), ERR_EXISTS);
    assert_int_equal(live_fault_remove(lab.live, "f", 3, lab.now, wall), ERR_OK);
    assert_int_equal(live_target_restore(lab.live, &spec, 4, lab.now, wall, &count), ERR_OK);
    lab_deinit(&lab);
}

static void test_refused(void **state)
{
    struct lab lab;
    uint32_t id = 0;
    char name[64];
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "explode");
    assert_int_equal(live_target_set(lab.live, &spec, -1, lab.now, lab_wall(&lab), &id),
                     ERR_INVALID);
    spec.how = "remove";
    enum err e = ERR_OK;
    int i = 0;
    for (; e == ERR_OK && i < 2000; i++) {
        snprintf(name, sizeof(name), "t%d.example", i);
        spec.target = lab_name(name);
        e = live_target_set(lab.live, &spec, -1, lab.now, lab_wall(&lab), &id);
    }
    assert_int_equal(e, ERR_LIMIT);
    assert_int_equal(i, 1001);
    assert_int_equal(live_revision(lab.live), 1001);
    lab_reset(&lab, 1000);
    assert_null(lab.overlay);
    lab_deinit(&lab);
}

static void test_reset(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct live_target spec = lab_target("x.example", "remove");
    struct fault_spec fault = lab_fault("f", "drop=true");
    lab_set(&lab, &spec);
    lab_add(&lab, &fault);
    lab.now = 9000;
    lab_reset(&lab, 2);
    assert_null(lab.overlay);
    assert_null(lab.faults);
    assert_int_equal(live_revision(lab.live), 4);
    assert_int_equal(live_changed_at(lab.live), WALL + 9000);
    lab_reset(&lab, 0);
    assert_int_equal(live_revision(lab.live), 5);
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_hows),
        cmocka_unit_test(test_overlay), cmocka_unit_test(test_scope),
        cmocka_unit_test(test_order),   cmocka_unit_test(test_for),
        cmocka_unit_test(test_covers),  cmocka_unit_test(test_workers),
        cmocka_unit_test(test_count),   cmocka_unit_test(test_ends_together),
        cmocka_unit_test(test_restore), cmocka_unit_test(test_if_match),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
