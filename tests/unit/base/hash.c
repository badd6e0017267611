#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* A second SipHash, written for this test from the paper's description and as plainly as can be: a
 * byte at a time, any numbers of rounds. Its 2-4 form is checked against the paper's own example;
 * its 1-3 form then judges ours. */
static uint64_t plain_rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void plain_rounds(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        for (int half = 0; half < 2; half++) {
            /* A round is twice the same step with other pairs and other shifts. */
            int a = half ? 2 : 0, b = 1, c = half ? 0 : 2, d = 3;
            v[a] += v[b];
            v[c] += v[d];
            v[b] = plain_rotate(v[b], half ? 17 : 13) ^ v[a];
            v[d] = plain_rotate(v[d], half ? 21 : 16) ^ v[c];
            v[a] = plain_rotate(v[a], 32);
        }
    }
}

static uint64_t plain_siphash(unsigned c, unsigned d, const uint8_t key[16], const uint8_t *data,
                              size_t len)
{
    static const char start[] = "somepseudorandomlygeneratedbytes";
    uint64_t v[4] = {0};
    for (int i = 0; i < 32; i++)
        v[i / 8] = v[i / 8] << 8 | (uint8_t)start[i];
    for (int i = 0; i < 32; i++)
        v[i / 8] ^= (uint64_t)key[i % 16] << (i % 8 * 8);
    for (size_t word = 0; word <= len / 8; word++) {
        uint64_t m = 0;
        for (size_t i = 0; i < 8; i++) {
            size_t at = word * 8 + i;
            uint8_t byte = at < len ? data[at] : 0;
            if (i == 7 && word == len / 8)
                byte = (uint8_t)len;
            m |= (uint64_t)byte << (i * 8);
        }
        v[3] ^= m;
        plain_rounds(v, c);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    plain_rounds(v, d);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void counting(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)i;
}

static const struct hash_key counting_key = {UINT64_C(0x0706050403020100),
                                             UINT64_C(0x0f0e0d0c0b0a0908)};

/* Appendix A of the paper: key 00 to 0f, input 00 to 0e, SipHash-2-4. */
static void test_the_judge(void **state)
{
    (void)state;
    uint8_t key[16], data[15];
    counting(key, 16);
    counting(data, 15);
    assert_int_equal(plain_siphash(2, 4, key, data, 15), UINT64_C(0xa129ca6149be45e5));
}

static void test_all_lengths(void **state)
{
    (void)state;
    uint8_t key[16], data[300];
    counting(key, 16);
    counting(data, sizeof(data));
    for (size_t len = 0; len <= sizeof(data); len++) {
        uint64_t expected = plain_siphash(1, 3, key, data, len);
        assert_int_equal(hash_bytes(&counting_key, data, len), expected);
    }
}

static void test_unaligned(void **state)
{
    (void)state;
    uint8_t data[64], moved[65];
    counting(data, sizeof(data));
    counting(moved + 1, sizeof(data));
    assert_int_equal(hash_bytes(&counting_key, data, 64), hash_bytes(&counting_key, moved + 1, 64));
}

static void test_key_matters(void **state)
{
    (void)state;
    struct hash_key a, b;
    hash_key_init(&a);
    hash_key_init(&b);
    assert_true(a.k0 != b.k0);
    assert_true(a.k1 != b.k1);
    assert_true(hash_bytes(&a, "lab.example", 11) != hash_bytes(&b, "lab.example", 11));
}

static void test_mix_tells_fields_apart(void **state)
{
    (void)state;
    uint64_t hash = hash_bytes(&counting_key, "lab.example", 11);
    assert_true(hash_mix(hash, 1) != hash_mix(hash, 28));
    assert_true(hash_mix(hash_mix(hash, 1), 2) != hash_mix(hash_mix(hash, 2), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_judge),
        cmocka_unit_test(test_all_lengths),
        cmocka_unit_test(test_unaligned),
        cmocka_unit_test(test_key_matters),
        cmocka_unit_test(test_mix_tells_fields_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
