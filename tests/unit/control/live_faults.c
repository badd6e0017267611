/* Live faults, and those of the file: which befalls, and when they end. */
#include "unit/control/live_help.h"

/* A list of the file: order, what goes before what, removal and return. */
static void test_faults(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct fault_spec file[2] = {lab_fault("first", "type=SRV drop=true"),
                                 lab_fault("second", "rcode=SERVFAIL")};
    lab_configure(&lab, file, 2);
    assert_int_equal(live_revision(lab.live), 2);
    assert_string_equal(lab_befalls(&lab), "first");
    struct fault_spec spec = lab_fault("live", "type=SRV delay=3s");
    lab_add(&lab, &spec);
    assert_string_equal(lab_befalls(&lab), "live");
    assert_int_equal(live_fault_add(lab.live, &spec, -1, lab.now, lab_wall(&lab)), ERR_EXISTS);
    assert_int_equal(live_fault_remove(lab.live, "live", -1, lab.now, lab_wall(&lab)), ERR_OK);
    assert_int_equal(live_fault_remove(lab.live, "first", -1, lab.now, lab_wall(&lab)), ERR_OK);
    assert_int_equal(live_fault_remove(lab.live, "first", -1, lab.now, lab_wall(&lab)),
                     ERR_NOTFOUND);
    assert_string_equal(lab_befalls(&lab), "second");
    lab_configure(&lab, file, 2);
    assert_string_equal(lab_befalls(&lab), "second"); /* a reload keeps live changes */
    spec = lab_fault("first", "type=SRV delay=1s");
    lab_add(&lab, &spec); /* the name is free */
    assert_string_equal(lab_befalls(&lab), "first");
    lab_reset(&lab, 2);
    assert_string_equal(lab_befalls(&lab), "first");
    lab_configure(&lab, NULL, 0);
    assert_string_equal(lab_befalls(&lab), "");
    lab_deinit(&lab);
}

/* Counts go on over a reload where the fault is the same, and begin again where it is not. */
static void test_fault_counts(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct fault_spec file = lab_fault("first", "drop=true first=2");
    lab_configure(&lab, &file, 1);
    assert_string_equal(lab_befalls(&lab), "first");
    struct live_target spec = lab_target("x.example", "remove");
    lab_set(&lab, &spec);
    lab_configure(&lab, &file, 1);
    assert_string_equal(lab_befalls(&lab), "first");
    assert_string_equal(lab_befalls(&lab), "");
    lab_configure(&lab, &file, 1);
    assert_string_equal(lab_befalls(&lab), "");
    file = lab_fault("first", "drop=true first=3");
    lab_configure(&lab, &file, 1);
    assert_string_equal(lab_befalls(&lab), "first");
    lab_deinit(&lab);
}

/* Faults end by time and by number; one of the file is back after a reset. */
static void test_fault_ends(void **state)
{
    struct lab lab;
    (void)state;
    lab_init(&lab);
    struct fault_spec file = lab_fault("file", "drop=true for=10s");
    struct fault_spec live = lab_fault("live", "drop=true");
    lab_configure(&lab, &file, 1);
    live.uses_max = 1;
    lab_add(&lab, &live);
    assert_string_equal(lab_befalls(&lab), "live");
    assert_string_equal(lab_befalls(&lab), "file");
    assert_int_equal(lab_tick(&lab, 2000), 11000);
    assert_int_equal(live_revision(lab.live), 4);
    lab_configure(&lab, &file, 1); /* a reload does not lengthen it */
    assert_int_equal(lab_tick(&lab, 2000), 11000);
    assert_int_equal(live_fault_remove(lab.live, "live", -1, lab.now, lab_wall(&lab)),
                     ERR_NOTFOUND);
    assert_true(lab_tick(&lab, 11000) == UINT64_MAX);
    assert_null(lab.faults);
    lab_configure(&lab, &file, 1); /* ended is ended, for the same fault */
    assert_null(lab.faults);
    lab_reset(&lab, 0);
    assert_string_equal(lab_befalls(&lab), "file");
    assert_int_equal(lab_tick(&lab, 12000), 21000);
    lab_deinit(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_fault_counts),
        cmocka_unit_test(test_fault_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
