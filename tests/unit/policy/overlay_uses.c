/* Live changes that end after so many queries. */
#include "unit/policy/overlay_fixture.h"

#include <pthread.h>

/* Each answer takes one use, however many of its records change. */
static void test_uses(void **state)
{
    struct overlay_uses uses = {2};
    const struct change changes[CHANGES_MAX] = {
        {.target = "one.example", .edit = PRIORITY(1)},
        {.target = "*", .edit = PRIORITY(9), .uses = &uses},
    };
    const struct given pair = PAIR;
    struct given alone = SINGLE(LAB);
    struct overlay *overlay = make_overlay(changes);
    struct text said = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say_srv(overlay, &pair, 0, &said)[3], '2');
        assert_non_null(strstr(said.data, "SRV 9 5 5222 one"));
        assert_non_null(strstr(said.data, "SRV 9 5 5222 two"));
    }
    assert_int_equal(atomic_load(&uses.left), 0);
    assert_string_equal(say_srv(overlay, &alone, 0, &said),
                        "1 #1 " LAB " 60 SRV 1 5 5222 one.example.");
    alone.answer = LAB " 60 SRV 10 5 5222 two.example.\n";
    assert_string_equal(say_srv(overlay, &alone, 0, &said), "0");
    assert_int_equal(atomic_load(&uses.left), 0);
    text_deinit(&said);
    overlay_free(overlay);
}

/* A change that later ones leave nothing to say for is not used. */
static void test_unneeded_use(void **state)
{
    struct overlay_uses uses = {1};
    const struct change changes[CHANGES_MAX] = {
        {.target = "one.example", .edit = PRIORITY(1), .uses = &uses},
        {.target = "one.example", .edit = PRIORITY(2)},
    };
    const struct given alone = SINGLE(LAB);
    struct overlay *overlay = make_overlay(changes);
    struct text said = {0};
    (void)state;
    say_srv(overlay, &alone, 0, &said);
    assert_int_equal(atomic_load(&uses.left), 1);
    text_deinit(&said);
    overlay_free(overlay);
}

/* Addresses beside an SRV answer cost nothing, but go along. */
static void test_address_uses(void **state)
{
    struct overlay_uses uses = {2};
    const struct change changes[CHANGES_MAX] = {
        {.target = "one.example", .address = OVERLAY_ADDRESS_NODATA, .uses = &uses},
    };
    const struct given pair = PAIR;
    struct overlay *overlay = make_overlay(changes);
    struct text said = {0};
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(say_srv(overlay, &pair, 0, &said)[0], '1');
    assert_int_equal(say_address(overlay, "one.example", DNS_TYPE_A, &said)[0], 'N');
    assert_int_equal(say_address(overlay, "one.example", DNS_TYPE_AAAA, &said)[0], 'N');
    assert_string_equal(say_address(overlay, "one.example", DNS_TYPE_A, &said), "-1");
    assert_string_equal(say_srv(overlay, &pair, 0, &said), "0");
    text_deinit(&said);
    overlay_free(overlay);
}

/* More limited changes than one answer takes: the rest does not apply, and is not used. */
static void test_many_uses(void **state)
{
    enum { MANY = 100 };
    static struct overlay_change list[MANY];
    static struct overlay_uses uses[MANY];
    static struct text lines;
    struct text said = {0};
    int used = 0;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        char target[32];
        snprintf(target, sizeof(target), "t%d.example", i);
        uses[i].left = 1;
        fill_change(&list[i],
                    &(struct change){.target = target, .edit = PRIORITY(9), .uses = &uses[i]});
        text_addf(&lines, LAB " 60 SRV 10 5 5222 t%d.example.\n", i);
    }
    struct overlay *overlay = overlay_new(list, MANY, &key);
    assert_non_null(overlay);
    struct given given = {.question = LAB, .answer = lines.data};
    assert_int_equal(say_srv(overlay, &given, 0, &said)[0], '1');
    for (int i = 0; i < MANY; i++)
        used += atomic_load(&uses[i].left) == 0;
    int changed = 0;
    for (const char *at = said.data; (at = strstr(at, "SRV 9 ")); at++)
        changed++;
    assert_int_equal(changed, used);
    assert_in_range(used, 1, MANY - 1);
    text_deinit(&said);
    text_deinit(&lines);
    overlay_free(overlay);
}

struct racer {
    pthread_t thread;
    struct overlay *overlay;
    long answered;
};

#define RACE_USES  1000
#define RACE_TRIES 800

static void *race(void *arg)
{
    struct racer *racer = arg;
    struct dns_name name = name_of("one.example");
    uint64_t hash = hash_bytes(&key, name.wire, name.len);
    uint16_t buffer[512];
    for (int i = 0; i < RACE_TRIES; i++) {
        struct dns_builder b;
        uint32_t id;
        dns_builder_init(&b, buffer, sizeof(buffer), &name);
        racer->answered +=
            overlay_address_answer(racer->overlay, &name, hash, DNS_TYPE_A, &b, &id) >= 0;
    }
    return NULL;
}

/* As many answers as there are uses, whoever gives them. */
static void test_race(void **state)
{
    struct overlay_uses uses = {RACE_USES};
    const struct change changes[CHANGES_MAX] = {
        {.target = "one.example", .address = OVERLAY_ADDRESS_NODATA, .uses = &uses},
    };
    struct overlay *overlay = make_overlay(changes);
    struct racer racers[4] = {{0}};
    long answered = 0;
    (void)state;
    for (int i = 0; i < 4; i++) {
        racers[i].overlay = overlay;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(racers[i].thread, NULL);
        answered += racers[i].answered;
    }
    assert_int_equal(answered, RACE_USES);
    overlay_free(overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses),         cmocka_unit_test(test_unneeded_use),
        cmocka_unit_test(test_address_uses), cmocka_unit_test(test_many_uses),
        cmocka_unit_test(test_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
