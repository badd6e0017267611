/* The table of names: tags that are equal by chance, full buckets, and names that are there for
 * what is below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/names.h"

struct fixture {
    struct policy_arena arena;
    struct names table;
};

static struct dns_name name_of(const char *host, unsigned number)
{
    char text[64];
    struct dns_name name;
    snprintf(text, sizeof(text), "%s%u.example", host, number);
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    return name;
}

static uint32_t node_of(struct fixture *f, const struct dns_name *name)
{
    struct policy_node_draft draft = {.name = name->wire, .name_len = name->len};
    uint32_t ref = policy_node_new(&f->arena, &draft);
    assert_int_not_equal(ref, 0);
    return ref;
}

static bool has(const struct fixture *f, const struct dns_name *name, uint64_t hash)
{
    const struct policy_node *node = names_get(&f->table, &f->arena, name->wire, name->len, hash);
    const uint32_t *slot = names_find(&f->table, &f->arena, name->wire, name->len, hash);
    assert_int_equal(node != NULL, slot != NULL);
    if (node)
        assert_ptr_equal(node, policy_arena_at(&f->arena, *slot));
    return node != NULL;
}

static void fixture_deinit(struct fixture *f)
{
    names_deinit(&f->table);
    policy_arena_deinit(&f->arena);
}

/* Hashes that crowd at one place, the last included, which goes on at the first. */
static void check_crowd(size_t expected, uint64_t base, uint64_t step)
{
    enum { COUNT = 1000 };
    struct fixture f = {0};
    assert_int_equal(names_init(&f.table, expected), ERR_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        struct dns_name name = name_of("n", i);
        assert_false(has(&f, &name, base + i * step));
        assert_int_equal(names_add(&f.table, base + i * step, node_of(&f, &name)), ERR_OK);
    }
    for (int fitted = 0; fitted < 2; fitted++) {
        for (unsigned i = 0; i < COUNT; i++) {
            struct dns_name name = name_of("n", i), other = name_of("m", i);
            assert_true(has(&f, &name, base + i * step));
            assert_false(has(&f, &other, base + i * step));
        }
        names_fit(&f.table);
        assert_in_range(f.table.bucket_count, COUNT / NAMES_SLOTS, COUNT / 4);
    }
    fixture_deinit(&f);
}

static void test_crowds(void **state)
{
    (void)state;
    check_crowd(0, 0, UINT64_C(1) << 32);
    check_crowd(1000, 0, 0); /* one tag for all */
    check_crowd(100, UINT64_MAX, 0);
    check_crowd(10000, UINT64_C(0xfffffc0000000000), UINT64_C(1) << 32);
    check_crowd(1, UINT64_C(0x12345), UINT64_C(0x0041893700000000));
}

static void test_empty(void **state)
{
    struct fixture f = {0};
    struct dns_name name = name_of("a", 0);
    (void)state;
    assert_false(has(&f, &name, 0));
    assert_int_equal(names_init(&f.table, 0), ERR_OK);
    assert_false(has(&f, &name, 7));
    names_fit(&f.table);
    assert_int_equal(names_init(&f.table, 20), ERR_OK);
    assert_false(has(&f, &name, UINT64_MAX));
    assert_false(has(&f, &name, 0)); /* as the tags of free slots are */
    names_fit(&f.table);
    assert_null(f.table.buckets);
    fixture_deinit(&f);
}

/* A table in huge pages, whose size is no multiple of theirs. */
static void test_large(void **state)
{
    struct fixture f = {0};
    struct dns_name name = name_of("a", 0);
    (void)state;
    assert_int_equal(names_init(&f.table, 400000), ERR_OK);
    assert_false(has(&f, &name, UINT64_MAX));
    assert_int_equal(names_add(&f.table, UINT64_MAX, node_of(&f, &name)), ERR_OK);
    assert_true(has(&f, &name, UINT64_MAX));
    fixture_deinit(&f);
}

/* All with one hash, so that only the names tell them apart. */
static void test_above(void **state)
{
    static const uint8_t trap[] = "\005x\001b\001c\001d"; /* "b.c" only if labels are miscounted */
    struct fixture f = {0};
    struct dns_name node = {.len = sizeof(trap)}, above = {.len = 3, .wire = "\001d"},
                    none = {.len = 5, .wire = "\001c\001d"};
    (void)state;
    memcpy(node.wire, trap, sizeof(trap));
    uint32_t ref = node_of(&f, &node);
    assert_int_equal(names_add(&f.table, 5, ref | NAMES_ABOVE), ERR_OK);
    assert_null(names_find(&f.table, &f.arena, none.wire, none.len, 5));
    assert_non_null(names_find(&f.table, &f.arena, above.wire, above.len, 5));
    assert_non_null(names_find(&f.table, &f.arena, node.wire, node.len, 5));
    assert_null(names_get(&f.table, &f.arena, above.wire, above.len, 5));
    assert_null(names_get(&f.table, &f.arena, node.wire, node.len, 5));
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowds),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
