/* Keeping and finding: keys, ages, expiry, replacement, sizes. */
#include "unit/cache/support.h"

struct fixture {
    struct cache *c;
    union buffer *in, *out;
    struct cache_hit hit;
};

static int setup(void **state)
{
    static union buffer in, out;
    static struct fixture f = {.in = &in, .out = &out};
    f.c = cache_new(1 << 20, 0);
    *state = &f;
    return f.c ? 0 : -1;
}

static int setup_stale(void **state)
{
    setup(state);
    struct fixture *f = *state;
    cache_free(f->c);
    f->c = cache_new(1 << 20, 60000);
    return f->c ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cache_free(f->c);
    return 0;
}

static bool get(struct fixture *f, const struct cache_key *key, uint64_t now)
{
    memset(f->out, 0xee, sizeof(*f->out));
    memset(&f->hit, 0xee, sizeof(f->hit));
    return get_once(f->c, key, now, &f->out->answer, sizeof(*f->out), &f->hit);
}

static void put(struct fixture *f, const struct cache_key *key, uint32_t mark, uint64_t now,
                uint32_t lifetime)
{
    assert_int_equal(cache_put(f->c, key, answer_fill(f->in, 40, mark), now, lifetime), ERR_OK);
}

static void test_empty(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    assert_false(get(f, &key, FIRST_MS));
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.entries, 0);
    assert_int_equal(stats.used, 0);
    assert_int_equal(stats.misses, 1);
    assert_true(stats.capacity > (1 << 20) * 8 / 10 && stats.capacity < 1 << 20);
}

static void test_ages(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 60);
    static const struct {
        uint64_t after;
        bool found;
        uint32_t age, left;
    } rows[] = {
        {0, true, 0, 60},     {999, true, 0, 60},   {1000, true, 1, 59},  {59000, true, 59, 1},
        {59999, true, 59, 1}, {60000, false, 0, 0}, {60001, false, 0, 0}, {1u << 31, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(get(f, &key, FIRST_MS + rows[i].after), rows[i].found);
        if (!rows[i].found)
            continue;
        assert_true(answer_shows(&f->out->answer, 40, 7));
        assert_int_equal(f->hit.age, rows[i].age);
        assert_int_equal(f->hit.left, rows[i].left);
        assert_int_equal(f->hit.generation, 0);
        assert_false(f->hit.stale);
    }
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.hits, 5);
    assert_int_equal(stats.misses, 3);
    assert_int_equal(stats.expired, 3);
}

static void test_clock_behind_counts_as_age_0(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 60);
    assert_true(get(f, &key, FIRST_MS - 5));
    assert_int_equal(f->hit.age, 0);
    assert_int_equal(f->hit.left, 60);
}

static void test_longest_lifetime(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, UINT32_MAX);
    assert_true(get(f, &key, FIRST_MS + UINT64_C(1000) * (UINT32_MAX - 1)));
    assert_int_equal(f->hit.left, 1);
    assert_false(get(f, &key, FIRST_MS + UINT64_C(1000) * UINT32_MAX));
}

static void test_stale_window(void **state)
{
    struct fixture *f = *state; /* 60 s stale */
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 10);
    assert_true(get(f, &key, FIRST_MS + 9999));
    assert_false(f->hit.stale);
    assert_true(get(f, &key, FIRST_MS + 10000));
    assert_true(f->hit.stale);
    assert_int_equal(f->hit.left, 0);
    assert_int_equal(f->hit.age, 10);
    assert_true(answer_shows(&f->out->answer, 40, 7));
    assert_true(get(f, &key, FIRST_MS + 69999));
    assert_int_equal(f->hit.age, 69);
    assert_false(get(f, &key, FIRST_MS + 70000));
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.expired, 3);
    assert_int_equal(stats.hits, 3);
    assert_int_equal(stats.misses, 1);
}

static void test_lifetime_0_is_not_kept(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 0);
    assert_false(get(f, &key, FIRST_MS));
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.insertions, 0);
}

static void test_replacement(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    for (uint32_t i = 0; i < 100; i++)
        put(f, &key, i, FIRST_MS + i * 1000, 60);
    assert_true(get(f, &key, FIRST_MS + 99500));
    assert_true(answer_shows(&f->out->answer, 40, 99));
    assert_int_equal(f->hit.age, 0);
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.insertions, 100);
    assert_true(stats.used <= 160);
}

/* Keys that differ in one thing only; all have the same name hash, so that only the comparison of
 * the key tells them apart. */
static void test_keys(void **state)
{
    struct fixture *f = *state;
    struct dns_name names[] = {name_of("a.example"), name_of("b.example"), name_of("a.exampl"),
                               name_of("a.a.example"), name_of("a.example.a")};
    const struct cache_key keys[] = {
        {&names[0], 9, DNS_TYPE_A, DNS_CLASS_IN, 0},
        {&names[0], 9, DNS_TYPE_A, DNS_CLASS_IN, CACHE_KEY_DO},
        {&names[0], 9, DNS_TYPE_A, DNS_CLASS_IN, CACHE_KEY_CD},
        {&names[0], 9, DNS_TYPE_A, DNS_CLASS_IN, CACHE_KEY_DO | CACHE_KEY_CD},
        {&names[0], 9, DNS_TYPE_A, DNS_CLASS_CH, 0},
        {&names[0], 9, DNS_TYPE_AAAA, DNS_CLASS_IN, 0},
        {&names[0], 9, CACHE_TYPE_NXDOMAIN, DNS_CLASS_IN, 0},
        {&names[1], 9, DNS_TYPE_A, DNS_CLASS_IN, 0},
        {&names[2], 9, DNS_TYPE_A, DNS_CLASS_IN, 0},
        {&names[3], 9, DNS_TYPE_A, DNS_CLASS_IN, 0},
        {&names[4], 9, DNS_TYPE_A, DNS_CLASS_IN, 0},
    };
    const uint32_t count = sizeof(keys) / sizeof(keys[0]);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i; j < count; j++)
            assert_false(get(f, &keys[j], FIRST_MS));
        put(f, &keys[i], i, FIRST_MS, 60);
        for (uint32_t j = i > 5 ? i - 5 : 0; j <= i; j++) {
            assert_true(get(f, &keys[j], FIRST_MS));
            assert_true(answer_shows(&f->out->answer, 40, j));
        }
    }
}

/* Names with one hash and one type share a bucket and a tag: eight stay, the oldest goes first. */
static void test_full_bucket(void **state)
{
    struct fixture *f = *state;
    struct dns_name names[12];
    struct cache_key keys[12];
    for (unsigned i = 0; i < 12; i++) {
        names[i] = name_number(i);
        keys[i] = (struct cache_key){&names[i], 9, DNS_TYPE_A, DNS_CLASS_IN, 0};
        put(f, &keys[i], i, FIRST_MS, 60);
    }
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(get(f, &keys[i], FIRST_MS), i >= 4);
        if (i >= 4)
            assert_true(answer_shows(&f->out->answer, 40, i));
    }
    struct cache_stats stats;
    cache_stats(f->c, &stats);
    assert_int_equal(stats.entries, 8);
    assert_int_equal(stats.evictions, 4);
}

static void test_mark(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct dns_name other = name_of("b.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    struct cache_key absent = key_of(&other, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 60);
    assert_true(get(f, &key, FIRST_MS));
    uint64_t place = f->hit.place;
    cache_mark(f->c, &key, place, 42);
    cache_mark(f->c, &absent, 0, 43);
    assert_true(get(f, &key, FIRST_MS));
    assert_int_equal(f->hit.generation, 42);
    assert_false(get(f, &absent, FIRST_MS));
    put(f, &key, 8, FIRST_MS, 60);
    assert_true(get(f, &key, FIRST_MS));
    assert_int_equal(f->hit.generation, 0);
    cache_mark(f->c, &key, place, 44); /* that was the answer before this one */
    assert_true(get(f, &key, FIRST_MS));
    assert_int_equal(f->hit.generation, 0);
}

static void test_output_too_small(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 60);
    size_t size = dns_answer_size(&f->in->answer);
    memset(f->out, 0xee, sizeof(*f->out));
    assert_false(get_once(f->c, &key, FIRST_MS, &f->out->answer, size - 1, &f->hit));
    assert_int_equal(f->out->bytes[0], 0xee);
    assert_true(get_once(f->c, &key, FIRST_MS, &f->out->answer, size, &f->hit));
    assert_int_equal(f->out->bytes[size], 0xee);
}

/* Bodies of every small size, odd ones too, and names of odd and even length. */
static void test_sizes(void **state)
{
    struct fixture *f = *state;
    for (size_t body = 12; body < 300; body++) {
        char text[64];
        snprintf(text, sizeof(text), "%.*s.example", (int)(body % 7) + 1, "abcdefg");
        struct dns_name name = name_of(text);
        struct cache_key key = key_of(&name, (uint16_t)(100 + body));
        const struct dns_answer *a = answer_fill(f->in, body, (uint32_t)body);
        assert_int_equal(cache_put(f->c, &key, a, FIRST_MS, 60), ERR_OK);
        assert_true(get(f, &key, FIRST_MS));
        assert_true(answer_shows(&f->out->answer, body, (uint32_t)body));
    }
}

static void test_longest_name(void **state)
{
    struct fixture *f = *state;
    struct dns_name name = {.len = 255};
    memset(name.wire, 'x', sizeof(name.wire));
    name.wire[0] = name.wire[64] = name.wire[128] = 63;
    name.wire[192] = 61;
    name.wire[254] = 0;
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    put(f, &key, 7, FIRST_MS, 60);
    name.wire[253] = 'y';
    assert_false(get(f, &key, FIRST_MS));
    name.wire[253] = 'x';
    assert_true(get(f, &key, FIRST_MS));
}

/* The largest answer there can be: 64 KiB of body, all of records of 11 bytes. */
static const struct dns_answer *answer_largest(union buffer *b)
{
    answer_fill(b, 65535, 1);
    memset(b->bytes + sizeof(struct dns_answer) + 65536, 0,
           sizeof(b->bytes) - sizeof(struct dns_answer) - 65536);
    b->answer.counts[DNS_ANSWER] = 65536 / 11;
    return &b->answer;
}

static void test_largest_answers_fit(void **state)
{
    static const size_t sizes[] = {1 << 20, 2 << 20, 3 << 20, 8 << 20, 64 << 20};
    struct fixture *f = *state;
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_TXT);
    const struct dns_answer *largest = answer_largest(f->in);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct cache *c = cache_new(sizes[i], 0);
        assert_int_equal(cache_put(c, &key, largest, FIRST_MS, 60), ERR_OK);
        assert_true(get_once(c, &key, FIRST_MS, &f->out->answer, sizeof(*f->out), &f->hit));
        assert_memory_equal(f->out, largest, dns_answer_size(largest));
        cache_free(c);
    }
}

static void test_smallest_cache(void **state)
{
    struct fixture *f = *state;
    assert_null(cache_new(65535, 0));
    struct cache *c = cache_new(65536, 0);
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_TXT);
    const struct dns_answer *large = answer_fill(f->in, 60000, 1);
    assert_int_equal(cache_put(c, &key, large, FIRST_MS, 60), ERR_RANGE);
    assert_false(get_once(c, &key, FIRST_MS, &f->out->answer, sizeof(*f->out), &f->hit));
    /* Those that fit may come in any number, beside small ones. */
    for (uint32_t i = 0; i < 1000; i++) {
        key.type = (uint16_t)(1 + i);
        const struct dns_answer *a = answer_fill(f->in, i % 3 == 0 ? 10000 : 50, i);
        assert_int_equal(cache_put(c, &key, a, FIRST_MS, 60), ERR_OK);
        assert_true(get_once(c, &key, FIRST_MS, &f->out->answer, sizeof(*f->out), &f->hit));
        assert_true(answer_shows(&f->out->answer, i % 3 == 0 ? 10000 : 50, i));
    }
    cache_free(c);
}

int main(void)
{
#define CASE(name)       cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_STALE(name) cmocka_unit_test_setup_teardown(name, setup_stale, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_empty),
        CASE(test_ages),
        CASE(test_clock_behind_counts_as_age_0),
        CASE(test_longest_lifetime),
        CASE_STALE(test_stale_window),
        CASE(test_lifetime_0_is_not_kept),
        CASE(test_replacement),
        CASE(test_keys),
        CASE(test_full_bucket),
        CASE(test_mark),
        CASE(test_output_too_small),
        CASE(test_sizes),
        CASE(test_longest_name),
        CASE(test_largest_answers_fit),
        CASE(test_smallest_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
