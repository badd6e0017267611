/* What commands did is taken back, and nothing else. */
#include "unit/control/live_help.h"

#include "control/live_undo.h"

struct fixture {
    struct lab lab;
    struct live_undo *undo;
};

static int setup(void **state)
{
    static struct fixture f;
    const struct fault_spec files[] = {lab_fault("file-1", "rcode=SERVFAIL"),
                                       lab_fault("file-2", "drop=true")};
    lab_init(&f.lab);
    lab_configure(&f.lab, files, 2);
    f.undo = live_undo_new(f.lab.live);
    assert_non_null(f.undo);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    live_undo_free(f->undo);
    lab_deinit(&f->lab);
    return 0;
}

static void before(struct fixture *f)
{
    assert_int_equal(live_undo_before(f->undo), ERR_OK);
}

static void after(struct fixture *f)
{
    assert_int_equal(live_undo_after(f->undo), ERR_OK);
}

static size_t undo(struct fixture *f)
{
    size_t count;
    assert_int_equal(live_undo_run(f->undo, f->lab.now, lab_wall(&f->lab), &count), ERR_OK);
    return count;
}

/* The changes to targets as "TARGET PRIORITY|HOW, ", in order; good until the next call. */
static const char *targets(const struct fixture *f)
{
    static char out[512];
    size_t i, len = 0;
    json_t *change, *list = live_targets_json(f->lab.live, f->lab.now);
    out[0] = '\0';
    json_array_foreach(list, i, change)
    {
        const char *how = json_string_value(json_object_get(change, "how"));
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s ", i > 0 ? ", " : "",
                                json_string_value(json_object_get(change, "target")));
        if (how)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%s", how);
        else
            len += (size_t)snprintf(
                out + len, sizeof(out) - len, "%lld",
                (long long)json_integer_value(json_object_get(change, "priority")));
    }
    json_decref(list);
    return out;
}

/* The faults as "NAME STATUS, ". */
static const char *faults(const struct fixture *f)
{
    static char out[512];
    size_t i, len = 0;
    json_t *fault, *list = live_faults_json(f->lab.live, f->lab.now);
    out[0] = '\0';
    json_array_foreach(list, i, fault) len +=
        (size_t)snprintf(out + len, sizeof(out) - len, "%s%s %s", i > 0 ? ", " : "",
                         json_string_value(json_object_get(fault, "name")),
                         json_string_value(json_object_get(fault, "status")));
    json_decref(list);
    return out;
}

static void set(struct fixture *f, const char *target, uint16_t priority)
{
    const struct live_target spec = lab_priority(target, priority);
    lab_set(&f->lab, &spec);
}

static void restore(struct fixture *f, const char *target)
{
    const struct live_target spec = lab_target(target, NULL);
    lab_restore(&f->lab, &spec);
}

static void add(struct fixture *f, const char *name)
{
    const struct fault_spec spec = lab_fault(name, "rcode=REFUSED");
    lab_add(&f->lab, &spec);
}

static void take_away(struct fixture *f, const char *name)
{
    assert_int_equal(live_fault_remove(f->lab.live, name, -1, f->lab.now, lab_wall(&f->lab)),
                     ERR_OK);
}

static void test_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t revision = f->lab.revision;
    before(f);
    after(f);
    assert_int_equal(undo(f), 0);
    assert_int_equal(f->lab.revision, revision);
}

static void test_ends_ours_and_leaves_theirs(void **state)
{
    struct fixture *f = *state;
    set(f, "theirs.example", 1);
    add(f, "theirs");
    before(f);
    set(f, "ours.example", 2);
    add(f, "ours");
    after(f);
    set(f, "later.example", 3);
    add(f, "later");
    uint64_t revision = f->lab.revision;
    assert_int_equal(undo(f), 2);
    assert_int_equal(f->lab.revision, revision + 1); /* at once */
    assert_string_equal(targets(f), "theirs.example. 1, later.example. 3");
    assert_string_equal(faults(f), "later on, theirs on, file-1 on, file-2 on");
    assert_int_equal(undo(f), 0);
}

/* What a command took away is back in its place: the later change goes before the earlier. */
static void test_puts_back(void **state)
{
    struct fixture *f = *state;
    set(f, "a.example", 1);
    set(f, "b.example", 2);
    set(f, "c.example", 3);
    add(f, "x");
    add(f, "y");
    add(f, "z");
    before(f);
    restore(f, "b.example");
    take_away(f, "y");
    take_away(f, "x");
    after(f);
    assert_int_equal(undo(f), 3);
    assert_string_equal(targets(f), "a.example. 1, b.example. 2, c.example. 3");
    assert_string_equal(faults(f), "z on, y on, x on, file-1 on, file-2 on");
}

/* A change in place of an earlier one of somebody else, and then in place of our own. */
static void test_covered(void **state)
{
    struct fixture *f = *state;
    set(f, "a.example", 1);
    for (uint16_t priority = 2; priority < 5; priority++) {
        before(f);
        set(f, "a.example", priority);
        after(f);
    }
    assert_string_equal(targets(f), "a.example. 4");
    assert_int_equal(undo(f), 2);
    assert_string_equal(targets(f), "a.example. 1");
}

static void test_ours_that_we_took_away_ourselves(void **state)
{
    struct fixture *f = *state;
    before(f);
    set(f, "a.example", 1);
    add(f, "x");
    after(f);
    before(f);
    restore(f, "a.example");
    take_away(f, "x");
    after(f);
    assert_int_equal(undo(f), 0);
    assert_string_equal(targets(f), "");
}

/* Somebody restored it already, or took the name for a fault of theirs. */
static void test_others_were_at_it(void **state)
{
    struct fixture *f = *state;
    before(f);
    set(f, "a.example", 1);
    add(f, "x");
    after(f);
    restore(f, "a.example");
    take_away(f, "x");
    add(f, "x");
    assert_int_equal(undo(f), 0);
    assert_string_equal(faults(f), "x on, file-1 on, file-2 on");
}

static void test_faults_of_the_file(void **state)
{
    struct fixture *f = *state;
    take_away(f, "file-1");
    before(f);
    take_away(f, "file-2");
    add(f, "file-2");
    after(f);
    assert_string_equal(faults(f), "file-2 on, file-1 removed, file-2 removed");
    assert_int_equal(undo(f), 2);
    assert_string_equal(faults(f), "file-1 removed, file-2 on");
}

/* A reset is never taken back, whoever made it, and nothing of before it comes back. */
static void test_reset(void **state)
{
    struct fixture *f = *state;
    set(f, "a.example", 1);
    before(f);
    restore(f, "a.example");
    set(f, "b.example", 2);
    after(f);
    before(f);
    lab_reset(&f->lab, 1);
    after(f);
    before(f);
    set(f, "c.example", 3);
    after(f);
    assert_int_equal(undo(f), 1);
    assert_string_equal(targets(f), "");
    before(f);
    set(f, "d.example", 4);
    after(f);
    lab_reset(&f->lab, 1);
    set(f, "d.example", 5);
    assert_int_equal(undo(f), 0);
    assert_string_equal(targets(f), "d.example. 5");
}

/* What would have come to its end meanwhile stays away. */
static void test_ended_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct live_target spec = lab_priority("a.example", 1);
    spec.for_ms = 5000;
    lab_set(&f->lab, &spec);
    set(f, "b.example", 2);
    before(f);
    restore(f, "a.example");
    restore(f, "b.example");
    after(f);
    f->lab.now += 5000;
    assert_int_equal(undo(f), 1);
    assert_string_equal(targets(f), "b.example. 2");
}

/* A seed begins the draws and counts of the file's faults again, and of no others. */
static void test_seed(void **state)
{
    struct fixture *f = *state;
    const struct fault_spec spec = lab_fault("mine", "rcode=REFUSED first=2");
    const struct fault_spec file = lab_fault("file", "rcode=SERVFAIL first=1");
    lab_configure(&f->lab, &file, 1);
    lab_add(&f->lab, &spec);
    uint64_t revision = f->lab.revision;
    assert_string_equal(lab_befalls(&f->lab), "mine");
    assert_int_equal(live_seed(f->lab.live, 42, f->lab.now, lab_wall(&f->lab)), ERR_OK);
    assert_string_equal(lab_befalls(&f->lab), "mine");
    assert_string_equal(lab_befalls(&f->lab), "file");
    assert_string_equal(lab_befalls(&f->lab), "");
    assert_int_equal(live_seed(f->lab.live, 42, f->lab.now, lab_wall(&f->lab)), ERR_OK);
    assert_string_equal(lab_befalls(&f->lab), "file");
    assert_int_equal(f->lab.revision, revision);
}

/* The same seed draws the same, in every run. */
static void test_seed_repeats(void **state)
{
    struct fixture *f = *state;
    const struct fault_spec file = lab_fault("file", "rcode=SERVFAIL share=50%");
    char runs[3][65] = {"", "", ""};
    static const uint64_t seeds[] = {42, 43, 42};
    lab_configure(&f->lab, &file, 1);
    for (int run = 0; run < 3; run++) {
        assert_int_equal(live_seed(f->lab.live, seeds[run], f->lab.now, lab_wall(&f->lab)), ERR_OK);
        for (int i = 0; i < 64; i++)
            runs[run][i] = *lab_befalls(&f->lab) ? 'x' : '-';
    }
    assert_string_equal(runs[0], runs[2]);
    assert_string_not_equal(runs[0], runs[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_ends_ours_and_leaves_theirs),
        TEST(test_puts_back),
        TEST(test_covered),
        TEST(test_ours_that_we_took_away_ourselves),
        TEST(test_others_were_at_it),
        TEST(test_faults_of_the_file),
        TEST(test_reset),
        TEST(test_ended_meanwhile),
        TEST(test_seed),
        TEST(test_seed_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
