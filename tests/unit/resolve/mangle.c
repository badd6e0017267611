/* Replies made wrong on purpose, read back by the walk over messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dns/reply.h"
#include "resolve/mangle.h"

#define NAME "_xmpp-client._tcp.lab.example"

static uint16_t buffer[(DNS_ANSWER_MAX + 1) / 2];

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    return name;
}

static void add_rr(struct dns_builder *b, enum dns_section section, const char *owner,
                   uint16_t type, const void *rdata, size_t rdlen)
{
    const struct dns_rr rr = {name_of(owner),  type,   DNS_CLASS_IN, 60, rdata,
                              (uint16_t)rdlen, section};
    dns_builder_add(b, &rr);
}

static void add_srv(struct dns_builder *b, const char *owner, const char *target)
{
    struct dns_name name = name_of(target);
    uint8_t rdata[6 + DNS_NAME_MAX] = {0, 10, 0, 5, 0x14, 0x66};
    memcpy(rdata + 6, name.wire, name.len);
    add_rr(b, DNS_ANSWER, owner, DNS_TYPE_SRV, rdata, 6u + name.len);
}

/* A reply, in memory of exactly its capacity. */
struct reply {
    uint8_t *bytes;
    size_t len, capacity;
};

/* The reply to a query for `question` as it came, with the SRV targets (up to NULL) as its answer,
 * a SOA-like record as authority, and an address for the first target. */
static struct reply make_reply(const char *question, bool edns, const char *const *targets,
                               size_t capacity)
{
    uint8_t packet[DNS_QUERY_MAX];
    struct dns_question q = {
        .name = name_of(question), .type = DNS_TYPE_SRV, .class = DNS_CLASS_IN, .recursion = true};
    struct dns_name lowered = q.name;
    struct dns_query query;
    struct dns_builder b;
    const struct dns_reply_options options = {
        .limit = capacity, .ede = DNS_EDE_FORGED_ANSWER, .ede_text = "lab.yaml:12"};
    size_t len = dns_query_write(&q, 0x1234, edns, packet, sizeof(packet));
    assert_int_equal(dns_query_parse(&query, packet, len), DNS_QUERY_OK);
    dns_name_lower(&lowered);
    dns_builder_init(&b, buffer, sizeof(buffer), &lowered);
    for (size_t i = 0; targets[i]; i++)
        add_srv(&b, question, targets[i]);
    add_rr(&b, DNS_AUTHORITY, "lab.example", DNS_TYPE_NS, "\2ns\0", 4);
    if (targets[0])
        add_rr(&b, DNS_ADDITIONAL, targets[0], DNS_TYPE_A, "\12\5\0\1", 4);
    const struct dns_answer *answer = dns_builder_finish(&b, DNS_FLAG_AA | DNS_FLAG_AD);
    assert_non_null(answer);
    struct reply reply = {malloc(capacity), 0, capacity};
    assert_non_null(reply.bytes);
    reply.len = dns_reply_write(&query, answer, &options, reply.bytes);
    assert_int_not_equal(reply.len, 0);
    return reply;
}

static const char *const two[] = {"xmpp1.lab.example", "gw.host.net", NULL};
static const char *const nobody[] = {NULL};

static void add_rdata(struct text *out, const struct reply *reply, const struct dns_rr *rr)
{
    uint8_t expanded[1024];
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name name;
    struct writer w;
    struct reader r;
    writer_init(&w, expanded, sizeof(expanded));
    assert_int_equal(dns_rdata_expand(rr, reply->bytes, reply->len, &w), ERR_OK);
    assert_false(w.failed);
    reader_init(&r, expanded, writer_len(&w));
    if (rr->type != DNS_TYPE_SRV) {
        for (size_t i = 0; i < writer_len(&w); i++)
            text_addf(out, "%02x", expanded[i]);
        return;
    }
    text_addf(out, "%u", reader_u16(&r));
    text_addf(out, " %u", reader_u16(&r));
    text_addf(out, " %u", reader_u16(&r));
    assert_int_equal(dns_name_read(&name, &r), ERR_OK);
    text_addf(out, " %s", dns_name_to_text(&name, text));
}

/* "QUESTION | OWNER TTL TYPE RDATA | auth … | add … | opt"; ends a message that is broken with
 * "broken". RDATA other than SRV in hexadecimal. */
static const char *read_reply(const struct reply *reply, struct text *out)
{
    static const char *const marks[] = {"", "auth ", "add "};
    char text[DNS_NAME_TEXT_MAX], type[16];
    struct dns_walk walk;
    struct dns_name question;
    struct reader r;
    struct dns_rr rr;
    int got;
    text_deinit(out);
    *out = (struct text){0};
    reader_init(&r, reply->bytes, reply->len);
    reader_bytes(&r, DNS_HEADER_LEN);
    assert_int_equal(dns_name_read(&question, &r), ERR_OK);
    text_add(out, dns_name_to_text(&question, text));
    assert_int_equal(dns_walk_init(&walk, reply->bytes, reply->len), ERR_OK);
    while ((got = dns_walk_next(&walk, &rr)) > 0) {
        if (rr.type == DNS_TYPE_OPT) {
            text_add(out, " | opt");
            continue;
        }
        text_addf(out, " | %s%s %u %s ", marks[rr.section], dns_name_to_text(&rr.owner, text),
                  rr.ttl, dns_type_to_text(rr.type, type));
        add_rdata(out, reply, &rr);
    }
    if (got < 0 || reader_left(&walk.r) > 0)
        text_add(out, " broken");
    return out->data;
}

static void mangle(struct reply *reply, enum fault_mangle kind, bool edns, uint64_t draw)
{
    const struct fault_reply about = {.edns = edns, .type = DNS_TYPE_SRV};
    reply->len = mangle_reply(kind, &about, draw, reply->bytes, reply->len, reply->capacity);
    assert_true(reply->len <= reply->capacity);
}

#define WHOLE                                                                                      \
    NAME ". | " NAME ". 60 SRV 10 5 5222 xmpp1.lab.example. | " NAME                               \
         ". 60 SRV 10 5 5222 gw.host.net. | auth lab.example. 60 NS 026e7300"
#define ADDRESS " | add xmpp1.lab.example. 60 A 0a050001"
#define POISON(name)                                                                               \
    " | add " name " 60 A c0000242 | add " name " 60 AAAA 20010db8000000000000000000000066"

/* What stays as it is, but for the bytes that a kind is about. */
static const struct {
    const char *what;
    enum fault_mangle kind;
    const char *question;
    bool edns;
    const char *const *targets;
    const char *said;
} cases[] = {
    {"nothing", FAULT_MANGLE_NOTHING, NAME, true, two, WHOLE ADDRESS " | opt"},
    {"no such kind", FAULT_MANGLES, NAME, true, two, WHOLE ADDRESS " | opt"},
    {"another port", FAULT_MANGLE_WRONG_SOURCE, NAME, false, two, WHOLE ADDRESS},
    {"compression", FAULT_MANGLE_COMPRESSED_SRV, NAME, true, two, WHOLE ADDRESS " | opt"},
    {"ra", FAULT_MANGLE_RA_CLEAR, NAME, true, two, WHOLE ADDRESS " | opt"},
    {"id", FAULT_MANGLE_WRONG_ID, NAME, true, two, WHOLE ADDRESS " | opt"},
    {"question", FAULT_MANGLE_WRONG_QUESTION, NAME, true, nobody,
     "_xmpp-clienu._tcp.lab.example. | auth lab.example. 60 NS 026e7300 | opt"},
    {"question that ends in z", FAULT_MANGLE_WRONG_QUESTION, "z.lab.example", false, nobody,
     "a.lab.example. | auth lab.example. 60 NS 026e7300"},
    {"question that ends in a dash", FAULT_MANGLE_WRONG_QUESTION, "-.lab.example", false, nobody,
     "a.lab.example. | auth lab.example. 60 NS 026e7300"},
    {"case", FAULT_MANGLE_CASE, "_XMPP-client._tcp.LAB.e{z@9", true, nobody,
     "_xmpp-CLIENT._TCP.lab.E{Z\\@9. | auth lab.example. 60 NS 026e7300 | opt"},
    {"poison", FAULT_MANGLE_ADDITIONAL_POISON, NAME, true, two,
     WHOLE POISON("xmpp1.lab.example.") POISON("gw.host.net.") " | opt"},
    {"poison without OPT", FAULT_MANGLE_ADDITIONAL_POISON, NAME, false, two,
     WHOLE POISON("xmpp1.lab.example.") POISON("gw.host.net.")},
    {"poison for nobody", FAULT_MANGLE_ADDITIONAL_POISON, NAME, true, nobody,
     NAME ". | auth lab.example. 60 NS 026e7300 | opt"},
    {"EDNS unknown", FAULT_MANGLE_NO_EDNS, NAME, true, two, NAME "."},
    {"EDNS not used", FAULT_MANGLE_NO_EDNS, NAME, false, two, WHOLE ADDRESS},
};

static void test_cases(void **state)
{
    struct text out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].what);
        struct reply reply =
            make_reply(cases[i].question, cases[i].edns, cases[i].targets, DNS_UDP_PAYLOAD);
        mangle(&reply, cases[i].kind, cases[i].edns, 7);
        assert_string_equal(read_reply(&reply, &out), cases[i].said);
        free(reply.bytes);
    }
    text_deinit(&out);
}

/* The header: only what the kind is about. */
static void test_header(void **state)
{
    const uint16_t before = DNS_FLAG_QR | DNS_FLAG_AA | DNS_FLAG_RD | DNS_FLAG_RA | DNS_FLAG_AD;
    static const struct {
        enum fault_mangle kind;
        uint16_t flags;
        bool id;
    } headers[] = {
        {FAULT_MANGLE_NOTHING, before, true},
        {FAULT_MANGLE_COMPRESSED_SRV, before, true},
        {FAULT_MANGLE_RA_CLEAR, before & ~DNS_FLAG_RA, true},
        {FAULT_MANGLE_WRONG_ID, before, false},
        {FAULT_MANGLE_WRONG_QUESTION, before, true},
        {FAULT_MANGLE_CASE, before, true},
        {FAULT_MANGLE_ADDITIONAL_POISON, before, true},
        {FAULT_MANGLE_NO_EDNS, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | DNS_RCODE_FORMERR, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct reply reply = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
        mangle(&reply, headers[i].kind, true, 0);
        assert_int_equal(bytes_get16(reply.bytes + 2), headers[i].flags);
        assert_int_equal(bytes_get16(reply.bytes) == 0x1234, headers[i].id);
        free(reply.bytes);
    }
}

/* Whatever is drawn, the ID is another. */
static void test_ids(void **state)
{
    struct reply reply = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    (void)state;
    for (uint64_t draw = 0; draw < 70000; draw += 13) {
        bytes_put16(reply.bytes, 0x1234);
        mangle(&reply, FAULT_MANGLE_WRONG_ID, true, draw);
        assert_int_not_equal(bytes_get16(reply.bytes), 0x1234);
    }
    free(reply.bytes);
}

/* The root has no other name of its length: the type is another. */
static void test_root_question(void **state)
{
    struct reply reply = make_reply(".", false, nobody, DNS_UDP_PAYLOAD);
    (void)state;
    mangle(&reply, FAULT_MANGLE_WRONG_QUESTION, false, 0);
    assert_int_equal(reply.bytes[DNS_HEADER_LEN], 0);
    assert_int_not_equal(bytes_get16(reply.bytes + DNS_HEADER_LEN + 1), DNS_TYPE_SRV);
    free(reply.bytes);
}

/* Targets hold pointers wherever an earlier name ends as they do. */
static void test_compression(void **state)
{
    static const char *const targets[] = {
        "xmpp1.lab.example", "a.host.net", "b.host.net", "a.host.net", ".", "lab.example", NULL};
    /* priority, weight, port; labels of its own; a pointer (or the root) */
    static const uint16_t sizes[] = {6 + 6 + 2, 6 + 12, 6 + 2 + 2, 6 + 2, 6 + 1, 6 + 2};
    struct reply reply = make_reply("_xmpp-client._tcp.LAB.Example", true, targets, 4096);
    size_t before = reply.len;
    struct dns_walk walk;
    struct dns_rr rr;
    struct text out = {0};
    (void)state;
    mangle(&reply, FAULT_MANGLE_COMPRESSED_SRV, true, 0);
    assert_true(reply.len < before);
    assert_int_equal(dns_walk_init(&walk, reply.bytes, reply.len), ERR_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(dns_walk_next(&walk, &rr), 1);
        assert_int_equal(rr.rdlen, sizes[i]);
    }
    assert_non_null(strstr(read_reply(&reply, &out), "SRV 10 5 5222 b.host.net. | "));
    assert_non_null(strstr(out.data, "SRV 10 5 5222 xmpp1.LAB.Example. | "));
    assert_non_null(strstr(out.data, "SRV 10 5 5222 . | "));
    assert_non_null(strstr(out.data, " | add xmpp1.LAB.Example. 60 A 0a050001 | opt"));
    assert_null(strstr(out.data, "broken"));
    text_deinit(&out);
    free(reply.bytes);
}

/* Each target gets them once; what has no room is left out, and OPT stays. */
static void test_poison_room(void **state)
{
    static const char *const targets[] = {"a.net", "b.net", "a.net", "A.net", ".", NULL};
    struct text out = {0};
    struct reply whole = make_reply(NAME, true, targets, 4096);
    (void)state;
    for (size_t room = whole.len; room < whole.len + 60; room++) {
        struct reply reply = {malloc(room), whole.len, room};
        assert_non_null(reply.bytes);
        memcpy(reply.bytes, whole.bytes, whole.len);
        mangle(&reply, FAULT_MANGLE_ADDITIONAL_POISON, true, 0);
        read_reply(&reply, &out);
        assert_string_equal(out.data + out.len - 6, " | opt");
        assert_null(strstr(out.data, "0a050001"));
        free(reply.bytes);
    }
    mangle(&whole, FAULT_MANGLE_ADDITIONAL_POISON, true, 0);
    assert_non_null(strstr(read_reply(&whole, &out), " | auth lab.example. 60 NS 026e7300" POISON(
                                                         "a.net.") POISON("b.net.") " | opt"));
    text_deinit(&out);
    free(whole.bytes);
}

/* All but the ID is random, the same for the same draw. */
static void test_garbage(void **state)
{
    struct reply plain = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    struct reply a = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    struct reply b = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    size_t same = 0;
    (void)state;
    mangle(&a, FAULT_MANGLE_GARBAGE, true, 1);
    mangle(&b, FAULT_MANGLE_GARBAGE, true, 1);
    assert_int_equal(a.len, plain.len);
    assert_memory_equal(a.bytes, plain.bytes, 2);
    assert_memory_equal(a.bytes, b.bytes, a.len);
    for (size_t i = 2; i < a.len; i++)
        same += a.bytes[i] == plain.bytes[i];
    assert_true(same < a.len / 10);
    mangle(&b, FAULT_MANGLE_GARBAGE, true, 2);
    assert_memory_not_equal(a.bytes, b.bytes, a.len);
    free(plain.bytes);
    free(a.bytes);
    free(b.bytes);
}

static void test_truncate(void **state)
{
    struct text out = {0};
    (void)state;
    for (int edns = 0; edns < 2; edns++) {
        struct reply reply = make_reply(NAME, edns, two, DNS_UDP_PAYLOAD);
        uint16_t flags = bytes_get16(reply.bytes + 2);
        reply.len = truncate_reply(reply.bytes, reply.len);
        assert_string_equal(read_reply(&reply, &out), edns ? NAME ". | opt" : NAME ".");
        assert_int_equal(bytes_get16(reply.bytes + 2), flags | DNS_FLAG_TC);
        assert_int_equal(bytes_get16(reply.bytes + 10), edns);
        free(reply.bytes);
    }
    text_deinit(&out);
}

static void test_ttl(void **state)
{
    struct reply reply = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    struct dns_edns edns;
    struct dns_walk walk;
    struct dns_rr rr;
    unsigned records = 0;
    (void)state;
    ttl_reply(reply.bytes, reply.len, 0x12345678);
    assert_int_equal(dns_walk_init(&walk, reply.bytes, reply.len), ERR_OK);
    while (dns_walk_next(&walk, &rr) > 0) {
        if (rr.type == DNS_TYPE_OPT) {
            assert_int_equal(dns_edns_read(&edns, &rr), ERR_OK);
            assert_int_equal(edns.version, 0);
            assert_int_equal(edns.extended_rcode, 0);
            assert_int_equal(edns.ede, DNS_EDE_FORGED_ANSWER);
        } else {
            assert_int_equal(rr.ttl, 0x12345678);
        }
        records++;
    }
    assert_int_equal(records, 5);
    free(reply.bytes);
}

/* A message of which an end is missing is left alone. */
static void expect_untouched(const uint8_t *bytes, size_t len)
{
    static const enum fault_mangle kinds[] = {FAULT_MANGLE_COMPRESSED_SRV,
                                              FAULT_MANGLE_ADDITIONAL_POISON, FAULT_MANGLE_NO_EDNS};
    uint8_t copy[DNS_UDP_PAYLOAD];
    struct reply reply = {copy, len, sizeof(copy)};
    memcpy(copy, bytes, len);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        mangle(&reply, kinds[i], true, 1);
        assert_int_equal(reply.len, len);
        assert_memory_equal(copy, bytes, len);
    }
    assert_int_equal(truncate_reply(copy, len), len);
    ttl_reply(copy, len, 1);
    assert_memory_equal(copy, bytes, len);
}

/* An owner that points at what moves: no reply of ours, and not compressed. */
static void test_foreign_pointer(void **state)
{
    uint8_t bytes[200];
    struct dns_name name = name_of("x.example"), target = name_of("t.example");
    (void)state;
    for (int foreign = 0; foreign < 2; foreign++) {
        struct writer w;
        struct reply reply = {bytes, 0, sizeof(bytes)};
        static const uint8_t head[DNS_HEADER_LEN] = {0, 1, 0x81, 0x80, 0, 1, 0, 2};
        writer_init(&w, bytes, sizeof(bytes));
        writer_bytes(&w, head, sizeof(head));
        writer_bytes(&w, name.wire, name.len);
        writer_u32(&w, DNS_TYPE_SRV << 16 | DNS_CLASS_IN);
        size_t target_at = writer_len(&w) + 12 + 6;
        for (int i = 0; i < 2; i++) {
            writer_u16(&w, i == 1 && foreign ? (uint16_t)(0xc000 | target_at) : 0xc00c);
            writer_u32(&w, DNS_TYPE_SRV << 16 | DNS_CLASS_IN);
            writer_u32(&w, 60);
            writer_u16(&w, (uint16_t)(6 + target.len));
            writer_u32(&w, 1);
            writer_u16(&w, 1);
            writer_bytes(&w, target.wire, target.len);
        }
        size_t len = reply.len = writer_len(&w);
        mangle(&reply, FAULT_MANGLE_COMPRESSED_SRV, false, 0);
        assert_int_equal(reply.len == len, foreign);
    }
}

/* Does everything to a message, whatever it is, in memory of exactly its size. */
static void do_all(const uint8_t *bytes, size_t len, size_t spare)
{
    for (int kind = 0; kind <= FAULT_MANGLES + 2; kind++) {
        struct reply reply = {malloc(len + spare + 1), len, len + spare};
        assert_non_null(reply.bytes);
        uint8_t *end = reply.bytes + len + spare;
        memcpy(reply.bytes, bytes, len);
        *end = 0xa5;
        if (kind <= FAULT_MANGLES)
            mangle(&reply, (enum fault_mangle)kind, true, len);
        else if (kind == FAULT_MANGLES + 1)
            assert_true(truncate_reply(reply.bytes, len) <= len);
        else
            ttl_reply(reply.bytes, len, 1);
        assert_int_equal(*end, 0xa5);
        free(reply.bytes);
    }
}

/* Messages that are cut off, or have any one byte changed. */
static void test_broken(void **state)
{
    static const uint8_t values[] = {0, 1, 0x3f, 0x40, 0xc0, 0xff};
    struct reply reply = make_reply(NAME, true, two, DNS_UDP_PAYLOAD);
    (void)state;
    for (size_t len = 0; len <= reply.len; len++)
        do_all(reply.bytes, len, 3);
    for (size_t len = 0; len < reply.len; len++)
        expect_untouched(reply.bytes, len);
    for (size_t at = 0; at < reply.len; at++) {
        uint8_t was = reply.bytes[at];
        for (size_t i = 0; i < sizeof(values); i++) {
            reply.bytes[at] = values[i];
            do_all(reply.bytes, reply.len, 40);
        }
        reply.bytes[at] = was;
    }
    free(reply.bytes);
}

/* The longest reply: what is far behind cannot be pointed to, and nothing is written behind it. */
static void test_longest(void **state)
{
    static char names[2000][16];
    static const char *targets[2001];
    struct text out = {0};
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        snprintf(names[i], sizeof(names[i]), "t%zu.net", i);
        targets[i] = names[i];
    }
    struct reply reply = make_reply(NAME, true, targets, DNS_MESSAGE_MAX);
    assert_true(reply.len > 50000);
    do_all(reply.bytes, reply.len, 0);
    mangle(&reply, FAULT_MANGLE_COMPRESSED_SRV, true, 0);
    assert_non_null(strstr(read_reply(&reply, &out), " t1999.net. | auth "));
    assert_null(strstr(out.data, "broken"));
    text_deinit(&out);
    free(reply.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_root_question),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_poison_room),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_ttl),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_foreign_pointer),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
