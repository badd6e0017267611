/* Pieces of memory lie apart and where they may, whatever sizes come in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/chunk.h"

#define PIECES 3000

struct piece {
    uint8_t *at;
    size_t size;
};

/* Odd sizes, and now and then one that is larger than a chunk. */
static size_t size_of(unsigned i)
{
    if (i % 1000 == 999)
        return ((size_t)5 << 20) + 3;
    return i % 17 * 31 % 400;
}

static void take(struct chunk **chunks, unsigned i, struct piece *out)
{
    size_t size = size_of(i);
    if (i % 2 == 0) {
        size = (size / CHUNK_ALIGN + 1) * CHUNK_ALIGN;
        out->at = chunk_take_aligned(chunks, size);
        assert_int_equal((uintptr_t)out->at % CHUNK_ALIGN, 0);
    } else {
        out->at = chunk_take(chunks, size);
    }
    assert_non_null(out->at);
    out->size = size;
    memset(out->at, (int)(i % 251), size);
}

static void test_pieces(void **state)
{
    static struct piece pieces[PIECES];
    struct chunk *chunks = NULL;
    (void)state;
    for (unsigned i = 0; i < PIECES; i++)
        take(&chunks, i, &pieces[i]);
    for (unsigned i = 0; i < PIECES; i++) {
        for (size_t n = 0; n < pieces[i].size; n++)
            assert_true(pieces[i].at[n] == i % 251);
    }
    chunk_free_all(chunks);
}

static void test_nothing(void **state)
{
    (void)state;
    chunk_free_all(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
