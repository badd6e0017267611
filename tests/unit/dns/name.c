#include "wire.h"

#include "dns/name_bytes.h"

static void test_text_round_trip(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
        unsigned len, labels;
    } rows[] = {
        {".", ".", 1, 0},
        {"example", "example.", 9, 1},
        {"example.", "example.", 9, 1},
        {"_xmpp-client._tcp.Lab.example", "_xmpp-client._tcp.Lab.example.", 31, 4},
        {"a\\.b.c", "a\\.b.c.", 7, 2},
        {"a\\046b.c", "a\\.b.c.", 7, 2},
        {"\\000\\255.x", "\\000\\255.x.", 6, 2},
        {"sp\\ ace", "sp\\032ace.", 8, 1},
        {"b\\\\s\\\"q\\;\\(\\)\\@\\$", "b\\\\s\\\"q\\;\\(\\)\\@\\$.", 12, 1},
        {"*.example", "*.example.", 11, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_name name = name_of(rows[i].text), again;
        char out[DNS_NAME_TEXT_MAX];
        assert_int_equal(name.len, rows[i].len);
        assert_int_equal(dns_name_labels(&name), rows[i].labels);
        assert_string_equal(dns_name_to_text(&name, out), rows[i].canonical);
        assert_int_equal(dns_name_from_text(&again, out), ERR_OK);
        assert_int_equal(again.len, name.len);
        assert_memory_equal(again.wire, name.wire, name.len);
    }
}

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123"
#define L61 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1"

static void test_text_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } rows[] = {
        {"", ERR_INVALID},
        {"..", ERR_INVALID},
        {".a", ERR_INVALID},
        {"a..b", ERR_INVALID},
        {"a..", ERR_INVALID},
        {"a b", ERR_INVALID},
        {"a\tb", ERR_INVALID},
        {"pl\xc3\xa4", ERR_INVALID},
        {"a\\", ERR_INVALID},
        {"a\\1", ERR_INVALID},
        {"a\\12", ERR_INVALID},
        {"a\\12x", ERR_INVALID},
        {"a\\256", ERR_INVALID},
        {"a\\\xc3\xa4", ERR_INVALID},
        {L63, ERR_OK},
        {L63 "4", ERR_RANGE},
        {L63 "." L63 "." L63 "." L61, ERR_OK}, /* 255 bytes */
        {L63 "." L63 "." L63 "." L61 ".", ERR_OK},
        {L63 "." L63 "." L63 "." L61 "2", ERR_RANGE},
        {L63 "." L63 "." L63 "." L61 ".x", ERR_RANGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_name name;
        assert_int_equal(dns_name_from_text(&name, rows[i].text), rows[i].err);
        if (rows[i].err)
            assert_int_equal(name.len, 1);
    }
}

static void test_longest_text_fits(void **state)
{
    (void)state;
    struct dns_name name = {.len = 255};
    char out[DNS_NAME_TEXT_MAX];
    static const uint8_t labels[] = {63, 63, 63, 61};
    memset(name.wire, 0xff, sizeof(name.wire));
    for (size_t i = 0, at = 0; i < 4; at += 1u + labels[i++])
        name.wire[at] = labels[i];
    name.wire[254] = 0;
    assert_int_equal(strlen(dns_name_to_text(&name, out)), 250 * 4 + 4);
}

static void test_read_plain(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        enum err err;
    } rows[] = {
        {"\0", 1, ERR_OK},
        {"\1a\0", 3, ERR_OK},
        {"\1a\0zz", 5, ERR_OK},
        {"", 0, ERR_INVALID},
        {"\1", 1, ERR_INVALID},          /* label cut off */
        {"\1a", 2, ERR_INVALID},         /* no root */
        {"\5a\0", 3, ERR_INVALID},       /* label longer than what is there */
        {"\xc0\x0c", 2, ERR_INVALID},    /* pointer */
        {"\1a\xc0\x0c", 4, ERR_INVALID}, /* pointer behind a label */
        {"\x40z\0", 3, ERR_INVALID},     /* RFC 6891 §5: extended labels are gone */
        {"\x80z\0", 3, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *bytes = exact_copy((const uint8_t *)rows[i].bytes, rows[i].len);
        struct dns_name name;
        struct reader r;
        reader_init(&r, bytes, rows[i].len);
        assert_int_equal(dns_name_read(&name, &r), rows[i].err);
        assert_int_equal(r.failed, rows[i].err != ERR_OK);
        if (rows[i].err == ERR_OK)
            assert_ptr_equal(r.at, bytes + name.len);
        free(bytes);
    }
}

/* RFC 1035 §2.3.4: 255 bytes are the most; both ways of reading. */
static void test_read_length_limit(void **state)
{
    (void)state;
    for (size_t last = 60; last <= 62; last++) {
        uint8_t bytes[300] = {0};
        struct dns_name name;
        struct reader r;
        size_t at = 0;
        for (int i = 0; i < 4; i++) {
            bytes[at] = i < 3 ? 63 : (uint8_t)last;
            at += 1u + bytes[at];
        }
        enum err expected = at + 1 <= 255 ? ERR_OK : ERR_INVALID;
        reader_init(&r, bytes, sizeof(bytes));
        assert_int_equal(dns_name_read(&name, &r), expected);
        reader_init(&r, bytes, sizeof(bytes));
        assert_int_equal(dns_name_read_compressed(&name, &r), expected);
    }
}

static void test_read_compressed(void **state)
{
    (void)state;
    /* Each row: a message whose header is 12 bytes of zeros; the name is read from `at`. */
    static const struct {
        const char *bytes;
        size_t len, at;
        const char *name; /* NULL = ERR_INVALID */
        size_t after;
    } rows[] = {
        {"\1a\1b\0\xc0\x0c", 7, 5, "a.b.", 7},
        {"\1a\1b\0\1c\xc0\x0e", 9, 5, "c.b.", 9},
        {"\1a\1b\0\xc0\x10", 7, 5, ".", 7},                   /* to the root's zero */
        {"\1a\0\1b\xc0\x0c\1c\xc0\x0f", 11, 7, "c.b.a.", 11}, /* two jumps */
        {"\xc0\x0c", 2, 0, NULL, 0},                          /* to itself */
        {"\xc0\x0d\0", 3, 0, NULL, 0},                        /* forward */
        {"\1a\xc0\x0c", 4, 0, NULL, 0},                       /* into its own labels */
        {"\1a\xc0\x0e", 4, 0, NULL, 0},                       /* to the pointer itself */
        {"\xc0\x0e\xc0\x0c", 4, 2, NULL, 0},                  /* two that point to each other */
        {"\xc0\x00", 2, 0, NULL, 0},                          /* into the header */
        {"\1a\0\xc0\x0b", 5, 3, NULL, 0},                     /* its last byte */
        {"\1a\0\xc0\xff", 5, 3, NULL, 0},                     /* behind the message */
        {"\1a\0\xff\xff", 5, 3, NULL, 0},
        {"\1a\0\xc0", 4, 3, NULL, 0},  /* half a pointer */
        {"\1a\0\1b", 5, 3, NULL, 0},   /* no end */
        {"\1a\0\x41z", 5, 3, NULL, 0}, /* unknown label type */
        {"\1a\0\x81z", 5, 3, NULL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t message[64] = {0};
        memcpy(message + 12, rows[i].bytes, rows[i].len);
        uint8_t *bytes = exact_copy(message, 12 + rows[i].len);
        struct dns_name name;
        struct reader r;
        reader_init(&r, bytes, 12 + rows[i].len);
        r.at += 12 + rows[i].at;
        enum err err = dns_name_read_compressed(&name, &r);
        assert_int_equal(err, rows[i].name ? ERR_OK : ERR_INVALID);
        assert_int_equal(r.failed, rows[i].name == NULL);
        if (rows[i].name) {
            assert_name(&name, rows[i].name);
            assert_ptr_equal(r.at, bytes + 12 + rows[i].after);
        } else {
            assert_int_equal(name.len, 1);
        }
        free(bytes);
    }
}

/* Pointers that each add one label would make a name of any length: it ends at 255 bytes. */
static void test_read_compressed_ladder(void **state)
{
    (void)state;
    uint8_t message[12 + 1 + 200 * 4] = {0};
    struct dns_name name;
    struct reader r;
    size_t at = 13, previous = 12;
    for (int i = 0; i < 200; i++, at += 4) {
        message[at] = 1;
        message[at + 1] = 'x';
        bytes_put16(message + at + 2, (uint16_t)(0xc000 | previous));
        previous = at;
        reader_init(&r, message, at + 4);
        r.at += at;
        enum err err = dns_name_read_compressed(&name, &r);
        assert_int_equal(err, 2 * (i + 1) + 1 <= 255 ? ERR_OK : ERR_INVALID);
        if (err == ERR_OK)
            assert_int_equal(dns_name_labels(&name), i + 1);
    }
}

/* A cursor that failed before stays failed, and reads nothing. */
static void test_read_after_failure(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 'a', 0};
    struct dns_name name;
    struct reader r;
    reader_init(&r, bytes, sizeof(bytes));
    r.failed = true;
    assert_int_equal(dns_name_read(&name, &r), ERR_INVALID);
    assert_int_equal(dns_name_read_compressed(&name, &r), ERR_INVALID);
    assert_ptr_equal(r.at, bytes);
}

/* RFC 4343: the 26 letters and nothing else, byte by byte and eight at once. */
static void test_lower_every_byte(void **state)
{
    (void)state;
    uint8_t in[256 + 7], out[256 + 7];
    for (size_t shift = 0; shift < 8; shift++) {
        size_t len = 256 + shift;
        for (size_t i = 0; i < len; i++)
            in[i] = (uint8_t)(i * 7 + shift);
        name_lower_copy(out, in, len);
        for (size_t i = 0; i < len; i++) {
            bool letter = in[i] >= 'A' && in[i] <= 'Z';
            assert_int_equal(out[i], letter ? in[i] + 32 : in[i]);
            assert_int_equal(name_lower_byte(in[i]), out[i]);
        }
    }
    struct dns_name name = name_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ.[\\092]^`{|}");
    dns_name_lower(&name);
    assert_name(&name, "abcdefghijklmnopqrstuvwxyz.[\\\\]^`{|}.");
}

static void test_compare(void **state)
{
    (void)state;
    static const struct {
        const char *name, *other;
        bool equal, within;
    } rows[] = {
        {".", ".", true, true},
        {"a", ".", false, true},
        {".", "a", false, false},
        {"Lab.Example", "lab.eXAMPLE", true, true},
        {"x.Lab.Example", "lab.example", false, true},
        {"xlab.example", "lab.example", false, false},
        {"x.y", "y.x", false, false},
        {"a.b", "b", false, true},
        {"a.b", "c", false, false},
        {"aa\\003lab.example", "lab.example", false, false}, /* looks like a label's length */
        {"a@.b", "a`.b", false, false},                      /* one bit apart, but no letters */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_name a = name_of(rows[i].name), b = name_of(rows[i].other);
        assert_int_equal(dns_name_equal(&a, &b), rows[i].equal);
        assert_int_equal(dns_name_is_within(&a, &b), rows[i].within);
    }
}

static void test_suffix_and_parent(void **state)
{
    (void)state;
    struct dns_name name = name_of("a.bb.ccc"), parent;
    static const size_t lengths[] = {10, 8, 5, 1, 1, 1};
    for (unsigned i = 0; i < 6; i++) {
        size_t len;
        const uint8_t *wire = dns_name_suffix(&name, i, &len);
        assert_int_equal(len, lengths[i]);
        assert_ptr_equal(wire + len, name.wire + name.len);
    }
    assert_true(dns_name_parent(&parent, &name));
    assert_name(&parent, "bb.ccc.");
    assert_true(dns_name_parent(&parent, &parent));
    assert_true(dns_name_parent(&parent, &parent));
    assert_name(&parent, ".");
    assert_false(dns_name_parent(&parent, &parent));
}

static void test_join(void **state)
{
    (void)state;
    struct dns_name a = name_of("_xmpp-client._tcp"), b = name_of("lab.example"),
                    root = name_of(".");
    struct dns_name out;
    assert_int_equal(dns_name_join(&out, &a, &b), ERR_OK);
    assert_name(&out, "_xmpp-client._tcp.lab.example.");
    assert_int_equal(dns_name_join(&out, &root, &b), ERR_OK);
    assert_name(&out, "lab.example.");
    assert_int_equal(dns_name_join(&b, &a, &b), ERR_OK); /* in place */
    assert_name(&b, "_xmpp-client._tcp.lab.example.");
    struct dns_name long_name = name_of(L63 "." L63 "." L63 "." L61);
    assert_int_equal(dns_name_join(&out, &root, &long_name), ERR_OK);
    struct dns_name x = name_of("x");
    assert_int_equal(dns_name_join(&out, &x, &long_name), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trip),        cmocka_unit_test(test_text_errors),
        cmocka_unit_test(test_longest_text_fits),      cmocka_unit_test(test_read_plain),
        cmocka_unit_test(test_read_length_limit),      cmocka_unit_test(test_read_compressed),
        cmocka_unit_test(test_read_compressed_ladder), cmocka_unit_test(test_read_after_failure),
        cmocka_unit_test(test_lower_every_byte),       cmocka_unit_test(test_compare),
        cmocka_unit_test(test_suffix_and_parent),      cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
