/* The index of targets: a target of very many records is counted beforehand, and told from others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/targets.h"
#include "policy/zone.h"

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    return name;
}

/* Records d0 to d(count - 1), each to `target`, the last with the largest TTL. */
static void add_records(struct policy_model *model, unsigned count, const char *target)
{
    struct diag_list diags = {0};
    struct text text = {0};
    for (unsigned i = 0; i < count; i++)
        text_addf(&text, "_xmpp-client._tcp.d%u.example. %u SRV 1 2 3 %s\n", i, i + 1, target);
    enum err e =
        policy_zone_read(model, text.data, text.len, &(struct place){"zone", 1, 1}, 5, &diags);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(diags.count, 0);
    text_deinit(&text);
}

static bool on_set(void *arg, const struct target_set *set)
{
    unsigned *seen = arg;
    assert_int_equal(set->item, *seen % 500); /* in the order of the file */
    return ++*seen < 600;
}

static bool on_any(void *arg, const struct target_set *set)
{
    (void)set;
    return ++*(unsigned *)arg > 0;
}

static void expect_known(const struct targets *targets, const char *text, size_t count,
                         uint32_t ttl)
{
    struct dns_name name = name_of(text);
    size_t found;
    uint32_t most;
    assert_int_equal(targets_known(targets, &name, &found, &most), count > 0);
    if (count > 0) {
        assert_int_equal(found, count);
        assert_int_equal(most, ttl);
    }
}

static void test_counts(void **state)
{
    struct policy_model model = {0};
    struct dns_name many = name_of("many.example");
    unsigned seen = 0;
    (void)state;
    add_records(&model, 500, "MANY.example.");
    add_records(&model, 64, "some.example.");
    add_records(&model, 65, "more.example.");
    add_records(&model, 1, "one.example.");
    struct targets *targets = targets_new(&model);
    assert_non_null(targets);
    expect_known(targets, "many.example", 500, 500);
    expect_known(targets, "some.example", 64, 64);
    expect_known(targets, "more.example", 65, 65);
    expect_known(targets, "one.example", 1, 1);
    expect_known(targets, "none.example", 0, 0);
    expect_known(targets, "_xmpp-client._tcp.d1.example", 0, 0); /* an owner is no target */
    targets_of(targets, &many, on_set, &seen);
    assert_int_equal(seen, 500);
    targets_free(targets);
    policy_model_deinit(&model);
}

/* Large enough for a shorter way to the entries. */
static void test_large(void **state)
{
    struct policy_model model = {0};
    char text[64];
    (void)state;
    add_records(&model, 40000, "many.example.");
    struct targets *targets = targets_new(&model);
    assert_non_null(targets);
    expect_known(targets, "many.example", 40000, 40000);
    for (unsigned i = 0; i < 40001; i++) {
        unsigned seen = 0;
        snprintf(text, sizeof(text), "d%u.example", i);
        struct dns_name domain = name_of(text);
        assert_int_equal(targets_of_domain(targets, &domain, on_any, &seen), i < 40000);
        assert_int_equal(seen, i < 40000);
    }
    targets_free(targets);
    policy_model_deinit(&model);
}

static bool on_row(void *arg, const struct target_row *row)
{
    struct dns_name many = name_of("many.example");
    assert_true(dns_name_equal(&row->target, &many));
    return ++*(unsigned *)arg > 0;
}

struct rows {
    struct targets *targets;
    unsigned count;
};

static bool on_set_rows(void *arg, const struct target_set *set)
{
    struct rows *rows = arg;
    targets_rows(rows->targets, set, on_row, &rows->count);
    return true;
}

/* An owner's rows are its SRV records; one that has an address only is known, and is no set. */
static void test_rows(void **state)
{
    static const char odd[] = "_xmpp-client._tcp.d2.example. 5 A 192.0.2.1\n"
                              "_xmpp-client._tcp.odd.example. 5 A 192.0.2.1\n";
    struct policy_model model = {0};
    struct diag_list diags = {0};
    struct dns_name domain = name_of("d2.example"), known = name_of("odd.example");
    (void)state;
    add_records(&model, 9, "many.example.");
    add_records(&model, 9, "many.example.");
    assert_int_equal(
        policy_zone_read(&model, odd, strlen(odd), &(struct place){"zone", 1, 1}, 5, &diags),
        ERR_OK);
    struct rows rows = {targets_new(&model), 0};
    assert_non_null(rows.targets);
    assert_true(targets_of_domain(rows.targets, &domain, on_set_rows, &rows));
    assert_int_equal(rows.count, 2);
    assert_true(targets_of_domain(rows.targets, &known, on_set_rows, &rows));
    assert_int_equal(rows.count, 2);
    targets_free(rows.targets);
    policy_model_deinit(&model);
}

static void test_empty(void **state)
{
    struct policy_model model = {0};
    struct targets *targets = targets_new(&model);
    (void)state;
    assert_non_null(targets);
    expect_known(targets, "a.example", 0, 0);
    targets_free(targets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
