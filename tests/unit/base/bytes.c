#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static void test_numbers(void **state)
{
    (void)state;
    uint8_t b[4];
    bytes_put32(b, 0xfedcba98);
    assert_int_equal(b[0], 0xfe);
    assert_int_equal(b[3], 0x98);
    assert_int_equal(bytes_get32(b), 0xfedcba98);
    assert_int_equal(bytes_get16(b + 1), 0xdcba);
    bytes_put16(b, 0x0102);
    assert_int_equal(bytes_get32(b), 0x0102ba98);
}

static void test_reader(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct reader r;
    reader_init(&r, data, sizeof(data));
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u32(&r), 0x04050607);
    assert_int_equal(reader_left(&r), 1);
    assert_false(r.failed);
    assert_int_equal(reader_u16(&r), 0);
    assert_true(r.failed);
    /* The error sticks, though one byte is there. */
    assert_int_equal(reader_u8(&r), 0);
    assert_null(reader_bytes(&r, 0));
    assert_int_equal(reader_left(&r), 1);
}

static void test_reader_of_huge_lengths(void **state)
{
    (void)state;
    static const uint8_t data[] = {1};
    struct reader r;
    reader_init(&r, data, 1);
    assert_null(reader_bytes(&r, SIZE_MAX));
    assert_true(r.failed);
}

static void test_writer(void **state)
{
    (void)state;
    uint8_t data[8] = {0};
    struct writer w;
    writer_init(&w, data, 7);
    writer_u8(&w, 1);
    writer_u16(&w, 0x0203);
    writer_bytes(&w, "\4\5\6", 3);
    assert_int_equal(writer_len(&w), 6);
    writer_u16(&w, 0xffff);
    assert_true(w.failed);
    writer_u8(&w, 0xff); /* there is room for it, but the error sticks */
    assert_int_equal(writer_len(&w), 6);
    assert_memory_equal(data, "\1\2\3\4\5\6\0\0", 8);
}

static void test_writer_to_the_end(void **state)
{
    (void)state;
    uint8_t data[4];
    struct writer w;
    writer_init(&w, data, 4);
    writer_u32(&w, 0x01020304);
    assert_false(w.failed);
    assert_memory_equal(data, "\1\2\3\4", 4);
    writer_bytes(&w, "", 0);
    assert_false(w.failed);
    assert_null(writer_reserve(&w, SIZE_MAX));
    assert_true(w.failed);
}

/* No bytes at no place: empty, and no failure until something is asked of it. */
static void test_nothing(void **state)
{
    (void)state;
    struct reader r;
    struct writer w;
    reader_init(&r, NULL, 0);
    assert_int_equal(reader_left(&r), 0);
    assert_null(reader_bytes(&r, 0));
    assert_false(r.failed);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.failed);
    writer_init(&w, NULL, 0);
    writer_bytes(&w, NULL, 0);
    assert_false(w.failed);
    assert_int_equal(writer_len(&w), 0);
    writer_u8(&w, 1);
    assert_true(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_reader_of_huge_lengths),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_writer_to_the_end),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
