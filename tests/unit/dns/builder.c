#include "wire.h"

static uint16_t buffer[(DNS_ANSWER_MAX + 1) / 2];

static void add(struct dns_builder *b, enum dns_section section, const char *owner, unsigned type,
                uint32_t ttl, const void *rdata, size_t rdlen)
{
    struct dns_rr rr = {.owner = name_of(owner),
                        .type = (uint16_t)type,
                        .class = DNS_CLASS_IN,
                        .ttl = ttl,
                        .rdata = rdata,
                        .rdlen = (uint16_t)rdlen,
                        .section = section};
    dns_builder_add(b, &rr);
}

static void test_empty(void **state)
{
    (void)state;
    struct dns_name question = name_of("lab.example");
    struct dns_builder b;
    dns_builder_init(&b, buffer, sizeof(struct dns_answer), &question);
    struct dns_answer *a = dns_builder_finish(&b, 0xffff);
    assert_non_null(a);
    assert_int_equal(a->flags, DNS_FLAG_AA | DNS_FLAG_AD | DNS_FLAG_TC | DNS_RCODE_MASK);
    assert_int_equal(a->body_len, 0);
    assert_int_equal(a->ede, DNS_EDE_NONE);
    assert_int_equal(dns_answer_records(a), 0);
    assert_int_equal(dns_answer_size(a), sizeof(*a));
    dns_builder_init(&b, buffer, sizeof(struct dns_answer) - 1, &question);
    assert_null(dns_builder_finish(&b, 0));
}

/* The bytes of an owner in the body, for the question a.Bb.c: names at offsets 12, 14 and 17. */
static void test_owners(void **state)
{
    (void)state;
    static const struct {
        const char *owner;
        bool wildcard;
        const char *bytes;
        size_t len;
    } rows[] = {
        {"a.Bb.c", false, "\xc0\x0c", 2},
        {"A.bB.C", false, "\xc0\x0c", 2},
        {"bb.c", false, "\xc0\x0e", 2},
        {"c", false, "\xc0\x11", 2},
        {".", false, "\0", 1},
        {"x.a.bb.c", false, "\1x\xc0\x0c", 4},
        {"X.bb.c", false, "\1X\xc0\x0e", 4},
        {"a.c", false, "\1a\xc0\x11", 4},
        {"a.bb.d", false, "\1a\2bb\1d\0", 8},
        {"a.x.c", false, "\1a\1x\xc0\x11", 6},
        {"a.bb.x.c", false, "\1a\2bb\1x\xc0\x11", 9},
        {"abb.c", false, "\3abb\xc0\x11", 6},
        {"A.bB.C", true, "\xc0\x0c", 2},
        {"bb.c", true, "\2bb\1c\0", 6},
        {"x.a.bb.c", true, "\1x\1a\2bb\1c\0", 10},
        {".", true, "\0", 1},
    };
    struct dns_name question = name_of("a.Bb.c");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_builder b;
        dns_builder_init(&b, buffer, sizeof(buffer), &question);
        if (rows[i].wildcard)
            dns_builder_set_wildcard(&b);
        add(&b, DNS_ANSWER, rows[i].owner, DNS_TYPE_A, 5, "\1\2\3\4", 4);
        struct dns_answer *a = dns_builder_finish(&b, 0);
        assert_non_null(a);
        assert_int_equal(a->body_len, rows[i].len + 14);
        assert_memory_equal(a->data, rows[i].bytes, rows[i].len);
        assert_int_equal(dns_answer_offsets(a)[0], rows[i].len + 4);

        struct dns_answer_walk walk;
        struct dns_rr rr;
        struct dns_name owner = name_of(rows[i].owner);
        dns_answer_walk_init(&walk, a, &question);
        assert_true(dns_answer_walk_next(&walk, &rr));
        assert_true(dns_name_equal(&rr.owner, &owner));
        assert_false(dns_answer_walk_next(&walk, &rr));
    }
}

/* An answer made for a wildcard fits any question, the longest too. */
static void test_wildcard_takes_the_question(void **state)
{
    (void)state;
    struct dns_name placeholder = name_of("*.lab.example"), question = {.len = 255};
    struct dns_builder b;
    for (int i = 0; i < 127; i++)
        memcpy(question.wire + 2 * i, "\1q", 2);
    question.wire[254] = 0;
    dns_builder_init(&b, buffer, sizeof(buffer), &placeholder);
    dns_builder_set_wildcard(&b);
    add(&b, DNS_ANSWER, "*.lab.example", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    add(&b, DNS_ADDITIONAL, "lab.example", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    struct dns_answer_walk walk;
    struct dns_rr rr;
    dns_answer_walk_init(&walk, a, &question);
    assert_true(dns_answer_walk_next(&walk, &rr));
    assert_true(dns_name_equal(&rr.owner, &question));
    assert_true(dns_answer_walk_next(&walk, &rr));
    assert_name(&rr.owner, "lab.example.");
}

static void test_layout(void **state)
{
    (void)state;
    struct dns_name question = name_of("a");
    struct dns_builder b;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add(&b, DNS_ANSWER, "a", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    add(&b, DNS_ANSWER, "a", DNS_TYPE_TXT, 6, "\0", 1);
    add(&b, DNS_ADDITIONAL, "a", DNS_TYPE_A, 7, "\1\2\3\5", 4);
    struct dns_answer *a = dns_builder_finish(&b, DNS_FLAG_AA | DNS_RCODE_NXDOMAIN);
    assert_non_null(a);
    assert_int_equal(a->counts[DNS_ANSWER], 2);
    assert_int_equal(a->counts[DNS_AUTHORITY], 0);
    assert_int_equal(a->counts[DNS_ADDITIONAL], 1);
    assert_int_equal(dns_answer_rcode(a), DNS_RCODE_NXDOMAIN);
    assert_int_equal(a->body_len, 16 + 13 + 16);
    assert_int_equal(dns_answer_size(a), 12 + 45 + 1 + 6);
    assert_ptr_equal(dns_answer_offsets(a), a->data + 46);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bytes_get32(a->data + dns_answer_offsets(a)[i]), 5 + i);

    /* One block that may be moved. */
    static uint16_t copy[64];
    memcpy(copy, a, dns_answer_size(a));
    struct dns_answer_walk walk;
    struct dns_rr rr;
    static const enum dns_section sections[] = {DNS_ANSWER, DNS_ANSWER, DNS_ADDITIONAL};
    dns_answer_walk_init(&walk, (struct dns_answer *)(void *)copy, &question);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dns_answer_walk_next(&walk, &rr));
        assert_int_equal(rr.ttl, 5 + i);
        assert_int_equal(rr.section, sections[i]);
        assert_name(&rr.owner, "a.");
    }
    assert_false(dns_answer_walk_next(&walk, &rr));
}

static void test_sections_in_order(void **state)
{
    (void)state;
    struct dns_name question = name_of("a");
    struct dns_builder b;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add(&b, DNS_AUTHORITY, "a", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    assert_false(b.failed);
    add(&b, DNS_ANSWER, "a", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    assert_true(b.failed);
    add(&b, DNS_ADDITIONAL, "a", DNS_TYPE_A, 5, "\1\2\3\4", 4);
    assert_null(dns_builder_finish(&b, 0));
}

/* Whatever the capacity, nothing is written behind it, and an answer is whole or NULL. */
static void test_every_capacity(void **state)
{
    (void)state;
    struct dns_name question = name_of("a");
    for (unsigned records = 0; records < 4; records++) {
        size_t needed = sizeof(struct dns_answer) + records * (13 + 2) + (records & 1);
        for (size_t capacity = 0; capacity < needed + 4; capacity++) {
            void *exact = malloc(capacity ? capacity : 1);
            struct dns_builder b;
            assert_non_null(exact);
            dns_builder_init(&b, exact, capacity, &question);
            for (unsigned i = 0; i < records; i++)
                add(&b, DNS_ANSWER, "a", DNS_TYPE_TXT, i, "\0", 1);
            struct dns_answer *a = dns_builder_finish(&b, 0);
            /* An odd last byte is of no use; a pad byte is always kept free. */
            if (capacity >= needed + 2)
                assert_non_null(a);
            if (capacity < needed)
                assert_null(a);
            if (a) {
                assert_true(dns_answer_size(a) <= capacity);
                for (unsigned i = 0; i < records; i++)
                    assert_int_equal(bytes_get32(a->data + dns_answer_offsets(a)[i]), i);
            }
            free(exact);
        }
    }
}

/* DNS_ANSWER_MAX holds the most and smallest records that a body can have, and then it is full. */
static void test_largest(void **state)
{
    (void)state;
    struct dns_name question = name_of("."), root = name_of(".");
    const struct dns_rr rr = {.owner = root, .type = 65280, .class = 1, .ttl = 9};
    struct dns_builder b;
    dns_builder_init(&b, buffer, DNS_ANSWER_MAX & ~(size_t)1, &question);
    unsigned records = 0;
    struct dns_builder before = b;
    uint16_t body_len = 0;
    for (; !b.failed; records++) {
        before = b;
        body_len = b.answer->body_len;
        dns_builder_add(&b, &rr);
    }
    assert_int_equal(records - 1, (65535 - 12 - 5 - 17) / 11);
    assert_int_equal(body_len, (records - 1) * 11);
    before.failed = false;
    struct dns_answer *a = dns_builder_finish(&before, 0);
    assert_non_null(a);
    assert_int_equal(dns_answer_records(a), records - 1);
    for (unsigned i = 0; i < dns_answer_records(a); i++)
        assert_int_equal(dns_answer_offsets(a)[i], i * 11 + 5);
}

static void test_large_rdata(void **state)
{
    (void)state;
    static uint8_t rdata[65535];
    struct dns_name question = name_of("a");
    struct dns_builder b;
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add(&b, DNS_ANSWER, "a", 65280, 5, rdata, sizeof(rdata));
    assert_true(b.failed);
    dns_builder_init(&b, buffer, sizeof(buffer), &question);
    add(&b, DNS_ANSWER, "a", 65280, 5, rdata, 65535 - 12 - 7 - 17 - 12);
    assert_false(b.failed);
    struct dns_answer *a = dns_builder_finish(&b, 0);
    assert_non_null(a);
    assert_true(dns_answer_size(a) <= DNS_ANSWER_MAX);
}

static void test_is_negative(void **state)
{
    (void)state;
    static const struct {
        unsigned rcode, record; /* 0 = none */
        uint16_t type;
        bool negative;
    } rows[] = {
        {DNS_RCODE_NOERROR, 0, DNS_TYPE_SRV, true},
        {DNS_RCODE_NOERROR, DNS_TYPE_SRV, DNS_TYPE_SRV, false},
        {DNS_RCODE_NOERROR, DNS_TYPE_CNAME, DNS_TYPE_SRV, true},
        {DNS_RCODE_NOERROR, DNS_TYPE_CNAME, DNS_TYPE_CNAME, false},
        {DNS_RCODE_NOERROR, DNS_TYPE_CNAME, DNS_TYPE_ANY, false},
        {DNS_RCODE_NOERROR, 0, DNS_TYPE_ANY, true},
        {DNS_RCODE_NXDOMAIN, 0, DNS_TYPE_SRV, true},
        {DNS_RCODE_NXDOMAIN, DNS_TYPE_CNAME, DNS_TYPE_CNAME, true},
        {DNS_RCODE_SERVFAIL, 0, DNS_TYPE_SRV, false},
        {DNS_RCODE_REFUSED, 0, DNS_TYPE_SRV, false},
    };
    struct dns_name question = name_of("a");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_builder b;
        dns_builder_init(&b, buffer, sizeof(buffer), &question);
        if (rows[i].record)
            add(&b, DNS_ANSWER, "a", rows[i].record, 5, "\0", 1);
        /* Of the other sections nothing counts. */
        add(&b, DNS_ADDITIONAL, "a", rows[i].type, 5, "\0", 1);
        struct dns_answer *a = dns_builder_finish(&b, (uint16_t)rows[i].rcode);
        assert_int_equal(dns_answer_is_negative(a, rows[i].type), rows[i].negative);
    }
}

/* A walk over an answer that is not as it should be ends, and reads nothing outside. */
static void test_walk_of_broken_answers(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t len;
    } rows[] = {
        {"\xc0\x0f\0\1\0\1\0\0\0\0\0\0", 12}, /* behind the question */
        {"\xc0\x0b\0\1\0\1\0\0\0\0\0\0", 12}, /* into the header */
        {"\xff\xff\0\1\0\1\0\0\0\0\0\0", 12},
        {"\xc0\x0c\0\1\0\1\0\0\0\0\0\1", 12}, /* RDATA that is not there */
        {"\xc0\x0c\0\1\0\1", 6},
        {"\xc0", 1},
        {"\5a", 2},
        {"", 0},
    };
    struct dns_name question = name_of("a");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_answer_walk walk;
        struct dns_rr rr;
        struct dns_answer *a = malloc(sizeof(*a) + rows[i].len + 4);
        assert_non_null(a);
        *a = (struct dns_answer){.counts = {1}, .body_len = (uint16_t)rows[i].len};
        memcpy(a->data, rows[i].body, rows[i].len);
        dns_answer_walk_init(&walk, a, &question);
        assert_false(dns_answer_walk_next(&walk, &rr));
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_wildcard_takes_the_question),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_sections_in_order),
        cmocka_unit_test(test_every_capacity),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_large_rdata),
        cmocka_unit_test(test_is_negative),
        cmocka_unit_test(test_walk_of_broken_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
