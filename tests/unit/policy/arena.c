/* Pieces of memory keep apart, whatever their sizes; ASan sees to the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/arena.h"

static void test_pieces(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,    7,    8,       9,       40,      4088,    4096,
                                   4097, 9000, 1 << 19, 1 << 20, 1000001, 2 << 20, 3};
    enum { SIZES = sizeof(sizes) / sizeof(*sizes), ROUNDS = 20 };
    struct policy_arena arena = {0};
    uint32_t pieces[ROUNDS * SIZES];
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        pieces[i] = policy_arena_take(&arena, sizes[i % SIZES]);
        assert_int_not_equal(pieces[i], 0);
        uint8_t *piece = policy_arena_at(&arena, pieces[i]);
        assert_int_equal((uintptr_t)piece % POLICY_ARENA_UNIT, 0);
        memset(piece, (int)i, sizes[i % SIZES]);
    }
    policy_arena_fit(&arena);
    assert_int_equal(arena.capacity, arena.used);
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        const uint8_t *piece = policy_arena_at(&arena, pieces[i]);
        assert_int_equal(piece[0], (uint8_t)i);
        assert_int_equal(piece[sizes[i % SIZES] - 1], (uint8_t)i);
    }
    policy_arena_deinit(&arena);
    assert_null(arena.bytes);
    assert_int_not_equal(policy_arena_take(&arena, 1), 0); /* and may be used again */
    policy_arena_deinit(&arena);
}

static void test_too_large(void **state)
{
    (void)state;
    struct policy_arena arena = {0};
    assert_int_equal(policy_arena_take(&arena, SIZE_MAX), 0);
    assert_int_equal(policy_arena_take(&arena, SIZE_MAX - 8), 0);
    assert_int_equal(policy_arena_take(&arena, (size_t)8 << 30), 0);
    policy_arena_fit(&arena); /* which is empty */
    policy_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
