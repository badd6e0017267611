/* Flushing and listing. */
#include "unit/cache/support.h"

static const struct {
    const char *name;
    uint16_t type;
    uint8_t flags;
} entries[] = {
    {"example", DNS_TYPE_A, 0},
    {"a.example", DNS_TYPE_A, 0},
    {"a.example", DNS_TYPE_A, CACHE_KEY_DO},
    {"a.example", DNS_TYPE_SRV, 0},
    {"a.example", CACHE_TYPE_NXDOMAIN, 0},
    {"b.a.example", DNS_TYPE_A, 0},
    {"c.b.a.example", DNS_TYPE_SRV, 0},
    {"d.a.example", CACHE_TYPE_NXDOMAIN, 0},
    {"aa.example", DNS_TYPE_A, 0},
    {"other", DNS_TYPE_SRV, 0},
};
#define COUNT (sizeof(entries) / sizeof(entries[0]))

static struct cache *filled(size_t bytes)
{
    struct cache *c = cache_new(bytes, 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        union buffer b;
        struct dns_name name = name_of(entries[i].name);
        struct cache_key key = key_of(&name, entries[i].type);
        key.flags = entries[i].flags;
        cache_put(c, &key, answer_fill(&b, 40, i), FIRST_MS, 60 + i);
    }
    return c;
}

static bool here(struct cache *c, size_t i)
{
    union buffer b;
    struct cache_hit hit;
    struct dns_name name = name_of(entries[i].name);
    struct cache_key key = key_of(&name, entries[i].type);
    key.flags = entries[i].flags;
    return get_once(c, &key, FIRST_MS, &b.answer, sizeof(b), &hit);
}

/* `stay` has a '1' for each of the entries above that is to be there afterwards. */
static void test_flush(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool below;
        uint16_t type;
        const char *stay;
    } rows[] = {
        {NULL, false, 0, "0000000000"},
        {NULL, true, DNS_TYPE_SRV, "1110010010"},
        {"a.example", false, 0, "1000011111"},
        {"a.example", false, DNS_TYPE_A, "1001011111"},
        {"a.example", false, DNS_TYPE_SRV, "1110011111"},
        {"a.example", false, DNS_TYPE_MX, "1111011111"},
        {"a.example", true, 0, "1000000011"},
        {"a.example", true, DNS_TYPE_A, "1001001011"},
        {"a.example", true, DNS_TYPE_SRV, "1110010011"},
        {"x.example", true, 0, "1111111111"},
        {"", true, 0, "0000000000"},
        {"", false, 0, "1111111111"},
    };
    for (size_t r = 0; r < 2 * sizeof(rows) / sizeof(rows[0]); r++) {
        size_t row = r / 2;
        struct cache *c = filled(r % 2 ? 65536 : 8 << 20);
        struct dns_name name = name_of(rows[row].name ? rows[row].name : "");
        size_t removed =
            cache_flush(c, rows[row].name ? &name : NULL, rows[row].below, rows[row].type);
        size_t stay = 0;
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(here(c, i), rows[row].stay[i] == '1');
            stay += rows[row].stay[i] == '1';
        }
        assert_int_equal(removed, COUNT - stay);
        struct cache_stats stats;
        cache_stats(c, &stats);
        assert_int_equal(stats.entries, stay);
        assert_int_equal(stats.used == 0, stay == 0);
        cache_free(c);
    }
}

static void test_goes_on_after_flush(void **state)
{
    (void)state;
    struct cache *c = cache_new(65536, 0);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned n = 0; n < 2000; n++)
            put_number(c, n, FIRST_MS, 60);
        assert_true(get_number(c, 1999, FIRST_MS));
        cache_flush(c, NULL, false, 0);
        for (unsigned n = 0; n < 2000; n++)
            assert_false(get_number(c, n, FIRST_MS));
    }
    cache_free(c);
}

struct seen {
    unsigned times[COUNT];
    unsigned calls, stop_after;
    struct cache *c;
};

static bool on_entry(void *arg, const struct cache_key *key, const struct dns_answer *answer,
                     uint32_t age, uint32_t left)
{
    struct seen *seen = arg;
    for (uint32_t i = 0; i < COUNT; i++) {
        struct dns_name name = name_of(entries[i].name);
        struct cache_key wanted = key_of(&name, entries[i].type);
        if (key->type != entries[i].type || key->flags != entries[i].flags ||
            key->name->len != name.len || memcmp(key->name->wire, name.wire, name.len) != 0)
            continue;
        assert_int_equal(key->class, DNS_CLASS_IN);
        assert_int_equal(key->name_hash, wanted.name_hash);
        assert_true(answer_shows(answer, 40, i));
        assert_int_equal(age, 5);
        assert_int_equal(left, 55 + i);
        assert_true(here(seen->c, i)); /* the cache may be used meanwhile */
        seen->times[i]++;
    }
    return ++seen->calls != seen->stop_after;
}

static void test_walk(void **state)
{
    (void)state;
    struct cache *c = filled(4 << 20);
    struct seen seen = {.c = c};
    cache_walk(c, FIRST_MS + 5999, on_entry, &seen);
    assert_int_equal(seen.calls, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(seen.times[i], 1);
    cache_free(c);
}

static void test_walk_ends_early(void **state)
{
    (void)state;
    struct cache *c = filled(4 << 20);
    struct seen seen = {.c = c, .stop_after = 3};
    cache_walk(c, FIRST_MS + 5000, on_entry, &seen);
    assert_int_equal(seen.calls, 3);
    cache_free(c);
}

static bool count_calls(void *arg, const struct cache_key *key, const struct dns_answer *answer,
                        uint32_t age, uint32_t left)
{
    (void)key, (void)answer, (void)age, (void)left;
    ++*(unsigned *)arg;
    return true;
}

static void test_walk_leaves_out_what_is_gone(void **state)
{
    (void)state;
    struct cache *c = filled(65536);
    unsigned calls = 0;
    cache_walk(c, FIRST_MS + 64000, count_calls, &calls); /* the first five live 60 to 64 s */
    assert_int_equal(calls, COUNT - 5);

    struct dns_name name = name_of("other");
    cache_flush(c, &name, false, 0);
    calls = 0;
    cache_walk(c, FIRST_MS, count_calls, &calls);
    assert_int_equal(calls, COUNT - 1);

    union buffer b;
    name = name_of("example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    cache_put(c, &key, answer_fill(&b, 40, 99), FIRST_MS, 60);
    calls = 0;
    cache_walk(c, FIRST_MS, count_calls, &calls);
    assert_int_equal(calls, COUNT - 1);
    cache_free(c);
}

/* A cache that its visitor fills further, so that what the walk stands on is given up. */
struct growth {
    struct cache *c;
    unsigned next, calls;
};

/* Entries of all sizes: what is read at an old position is then no entry. */
static void put_more(struct growth *g, unsigned count)
{
    for (unsigned i = 0; i < count; i++, g->next++) {
        union buffer b;
        struct dns_name name = name_number(g->next);
        struct cache_key key = key_of(&name, DNS_TYPE_SRV);
        const struct dns_answer *a = answer_fill(&b, 12 + g->next * 7 % 150, g->next);
        assert_int_equal(cache_put(g->c, &key, a, FIRST_MS, 60), ERR_OK);
    }
}

static bool check_and_put_more(void *arg, const struct cache_key *key,
                               const struct dns_answer *answer, uint32_t age, uint32_t left)
{
    struct growth *g = arg;
    unsigned number = 0;
    assert_int_equal(age, 0);
    assert_int_equal(left, 60);
    assert_int_equal(key->name->len, 36);
    for (int i = 0; i < 7; i++) /* behind "_xmpp-client", "_tcp", and "n" */
        number = number * 10 + key->name->wire[20 + i] - '0';
    assert_true(number < g->next);
    assert_true(answer_shows(answer, 12 + number * 7 % 150, number));
    put_more(g, 1 + g->calls++ % 40);
    return true;
}

static void test_walk_while_entries_go(void **state)
{
    (void)state;
    struct growth g = {.c = cache_new(65536, 0)};
    put_more(&g, 1000);
    cache_walk(g.c, FIRST_MS, check_and_put_more, &g);
    assert_true(g.calls > 0);
    cache_free(g.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_goes_on_after_flush),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_ends_early),
        cmocka_unit_test(test_walk_leaves_out_what_is_gone),
        cmocka_unit_test(test_walk_while_entries_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
