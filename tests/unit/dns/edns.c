#include "wire.h"

static void write_opt(struct writer *w, uint8_t *out, size_t capacity, const struct dns_edns *edns,
                      const char *text)
{
    writer_init(w, out, capacity);
    dns_edns_write(w, edns, text);
}

static struct dns_rr opt_rr(const uint8_t *bytes)
{
    struct dns_rr rr = {.owner = {.len = 1}, .type = DNS_TYPE_OPT};
    rr.class = bytes_get16(bytes + 3);
    rr.ttl = bytes_get32(bytes + 5);
    rr.rdlen = bytes_get16(bytes + 9);
    rr.rdata = bytes + 11;
    return rr;
}

/* RFC 6891 §6.1.3: where each bit stands. */
static void test_write_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0, 0, 41, 0x04, 0xd0, 1, 2,  0x80, 0,   0,
                                       9, 0, 15, 0,    5,    0, 22, 'a',  'b', 'c'};
    const struct dns_edns edns = {
        .payload = 1232, .extended_rcode = 1, .version = 2, .dnssec_ok = true, .ede = 22};
    uint8_t out[64];
    struct writer w;
    write_opt(&w, out, sizeof(out), &edns, "abc");
    assert_int_equal(writer_len(&w), sizeof(expected));
    assert_memory_equal(out, expected, sizeof(expected));
}

static void test_round_trip(void **state)
{
    (void)state;
    static const struct dns_edns rows[] = {
        {.payload = 1232, .ede = DNS_EDE_NONE},
        {.payload = 0, .ede = 0},
        {.payload = 65535, .extended_rcode = 255, .version = 255, .dnssec_ok = true, .ede = 22},
        {.payload = 512, .extended_rcode = 1, .ede = 0xfffe},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[64];
        struct writer w;
        struct dns_edns back;
        write_opt(&w, out, sizeof(out), &rows[i], NULL);
        assert_false(w.failed);
        assert_int_equal(writer_len(&w), dns_edns_size(rows[i].ede, NULL));
        struct dns_rr rr = opt_rr(out);
        assert_int_equal(dns_edns_read(&back, &rr), ERR_OK);
        assert_int_equal(back.payload, rows[i].payload);
        assert_int_equal(back.extended_rcode, rows[i].extended_rcode);
        assert_int_equal(back.version, rows[i].version);
        assert_int_equal(back.dnssec_ok, rows[i].dnssec_ok);
        assert_int_equal(back.ede, rows[i].ede);
    }
}

/* Text is cut to whole characters, and only goes with a code. */
static void test_text(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(dns_edns_size(1, text), 11 + 6 + DNS_EDE_TEXT_MAX);
    text[DNS_EDE_TEXT_MAX] = '\0';
    assert_int_equal(dns_edns_size(1, text), 11 + 6 + DNS_EDE_TEXT_MAX);
    memcpy(text + DNS_EDE_TEXT_MAX - 1, "\xc3\xa4", 3); /* half of it would fit */
    assert_int_equal(dns_edns_size(1, text), 11 + 6 + DNS_EDE_TEXT_MAX - 1);
    memcpy(text + DNS_EDE_TEXT_MAX - 2, "\xc3\xa4y", 4);
    assert_int_equal(dns_edns_size(1, text), 11 + 6 + DNS_EDE_TEXT_MAX);
    assert_int_equal(dns_edns_size(DNS_EDE_NONE, text), 11);
    assert_int_equal(dns_edns_size(1, ""), 17);

    uint8_t out[300];
    struct writer w;
    const struct dns_edns edns = {.ede = 1};
    write_opt(&w, out, sizeof(out), &edns, text);
    assert_int_equal(writer_len(&w), dns_edns_size(1, text));
}

static void test_no_room(void **state)
{
    (void)state;
    const struct dns_edns edns = {.ede = 1};
    for (size_t room = 0; room < dns_edns_size(1, "abc"); room++) {
        uint8_t *out = malloc(room ? room : 1);
        struct writer w;
        assert_non_null(out);
        write_opt(&w, out, room, &edns, "abc");
        assert_true(w.failed);
        free(out);
    }
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        size_t len;
        enum err err;
        uint16_t ede;
    } rows[] = {
        {"", 0, ERR_OK, DNS_EDE_NONE},
        {"\0\x0a\0\2hi", 6, ERR_OK, DNS_EDE_NONE}, /* a cookie of sorts */
        {"\0\x0f\0\2\0\x16", 6, ERR_OK, 22},
        {"\0\x0a\0\0\0\x0f\0\3\0\x16z", 11, ERR_OK, 22},     /* behind another */
        {"\0\x0f\0\2\0\x03\0\x0f\0\2\0\x16", 12, ERR_OK, 3}, /* the first counts */
        {"\0\x0f\0\1\0", 5, ERR_INVALID, 0},                 /* half a code */
        {"\0\x0f\0\0", 4, ERR_INVALID, 0},
        {"\0", 1, ERR_INVALID, 0},
        {"\0\x0a\0", 3, ERR_INVALID, 0},
        {"\0\x0a\0\3hi", 6, ERR_INVALID, 0}, /* longer than the record */
        {"\0\x0a\xff\xffhi", 6, ERR_INVALID, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *bytes = exact_copy((const uint8_t *)rows[i].options, rows[i].len);
        struct dns_rr rr = {.owner = {.len = 1}, .type = DNS_TYPE_OPT};
        struct dns_edns edns;
        rr.rdata = bytes;
        rr.rdlen = (uint16_t)rows[i].len;
        assert_int_equal(dns_edns_read(&edns, &rr), rows[i].err);
        if (rows[i].err == ERR_OK)
            assert_int_equal(edns.ede, rows[i].ede);
        free(bytes);
    }
    struct dns_rr rr = {.owner = name_of("x"), .type = DNS_TYPE_OPT};
    struct dns_edns edns;
    assert_int_equal(dns_edns_read(&edns, &rr), ERR_INVALID); /* RFC 6891 §6.1.2: the root */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_bytes), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_text),        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
